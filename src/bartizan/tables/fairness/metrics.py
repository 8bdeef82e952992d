"""What is counted of a group, and the measures of fairness that compare it: closed lists, each with its source.

People are counted in four cells: what would have been right (truth) by what was decided, each favourable or not.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

RateId: TypeAlias = Literal[
    "selection_rate", "base_rate", "true_positive_rate", "false_positive_rate", "precision", "accuracy"
]
MetricId: TypeAlias = Literal[
    "demographic_parity",
    "demographic_parity_ratio",
    "equal_opportunity",
    "false_positive_parity",
    "equalised_odds",
    "predictive_parity",
    "accuracy_parity",
    "calibration",
    "base_rate_difference",
]

_TN, _FP, _FN, _TP = range(4)
"""Cells: 2 x (truth is favourable) + (decision is favourable)."""


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A share of people in a group."""

    id: RateId
    title: str
    hits: tuple[int, ...]
    """The cells that count."""
    of: tuple[int, ...]
    """The cells that it is a share of."""
    who: str
    """The people it is a share of."""
    needs_truth: bool = True


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of how far groups lie apart."""

    id: MetricId
    title: str
    rates: tuple[RateId, ...]
    """The rates that are compared: the widest difference of any."""
    what: str
    source: str
    is_ratio: bool = False
    """The lowest rate divided by the highest: 1 is equal, and a limit is a floor."""


_ALL: Final = (_TN, _FP, _FN, _TP)

RATES: Final[dict[RateId, Rate]] = {
    one.id: one
    for one in (
        Rate(
            id="selection_rate",
            title="decided in favour",
            hits=(_FP, _TP),
            of=_ALL,
            who="people",
            needs_truth=False,
        ),
        Rate(id="base_rate", title="favourable in truth", hits=(_FN, _TP), of=_ALL, who="people"),
        Rate(
            id="true_positive_rate",
            title="decided in favour, of those for whom that is right",
            hits=(_TP,),
            of=(_FN, _TP),
            who="people with a favourable truth",
        ),
        Rate(
            id="false_positive_rate",
            title="decided in favour, of those for whom that is wrong",
            hits=(_FP,),
            of=(_TN, _FP),
            who="people with an unfavourable truth",
        ),
        Rate(
            id="precision",
            title="right, of decisions in favour",
            hits=(_TP,),
            of=(_FP, _TP),
            who="people decided in favour",
        ),
        Rate(id="accuracy", title="decided right", hits=(_TN, _TP), of=_ALL, who="people"),
    )
}
"""Every rate, in the order in which it is told."""

METRICS: Final[dict[MetricId, Metric]] = {
    one.id: one
    for one in (
        Metric(
            id="demographic_parity",
            title="Demographic parity",
            rates=("selection_rate",),
            what="Groups are decided in favour of equally often, whatever the truth.",
            source="Dwork et al., Fairness through awareness, ITCS 2012",
        ),
        Metric(
            id="demographic_parity_ratio",
            title="Demographic parity, as a ratio",
            rates=("selection_rate",),
            what="The lowest rate of favourable decisions, divided by the highest.",
            source="29 CFR 1607.4(D), the rule of four fifths",
            is_ratio=True,
        ),
        Metric(
            id="equal_opportunity",
            title="Equal opportunity",
            rates=("true_positive_rate",),
            what="Of those for whom a favourable decision is right, each group gets it equally often.",
            source="Hardt, Price, Srebro, Equality of opportunity in supervised learning, NIPS 2016",
        ),
        Metric(
            id="false_positive_parity",
            title="False positive rates",
            rates=("false_positive_rate",),
            what="Of those for whom a favourable decision is wrong, each group gets it equally often.",
            source="Corbett-Davies et al., Algorithmic decision making and the cost of fairness, KDD 2017",
        ),
        Metric(
            id="equalised_odds",
            title="Equalised odds",
            rates=("true_positive_rate", "false_positive_rate"),
            what="Both of these: errors in either direction are equally frequent.",
            source="Hardt, Price, Srebro, Equality of opportunity in supervised learning, NIPS 2016",
        ),
        Metric(
            id="predictive_parity",
            title="Predictive parity",
            rates=("precision",),
            what="A favourable decision is right equally often, whoever gets it.",
            source="Chouldechova, Fair prediction with disparate impact, Big Data 5(2), 2017",
        ),
        Metric(
            id="accuracy_parity",
            title="Accuracy",
            rates=("accuracy",),
            what="Decisions are right equally often in each group.",
            source="Berk et al., Fairness in criminal justice risk assessments, 2018, section 3",
        ),
        Metric(
            id="calibration",
            title="Calibration within groups",
            rates=(),
            what="The mean score of a group is its share of favourable truths; the widest gap of any group.",
            source="Kleinberg, Mullainathan, Raghavan, Inherent trade-offs, ITCS 2017, condition (A), over all scores",
        ),
        Metric(
            id="base_rate_difference",
            title="Difference in the truth itself",
            rates=("base_rate",),
            what="How far groups lie apart before anything is decided: no fault of a model, and a limit to equality.",
            source="Chouldechova, Fair prediction with disparate impact, Big Data 5(2), 2017",
        ),
    )
}
"""Every measure, in the order in which it is told."""
