"""Bringing groups nearer to each other: three ways, each measured on people that it did not learn from.

Thresholds: one for each group, over given scores (Hardt, Price, Srebro, NIPS 2016; by fairlearn). Reweighing: group and
truth are made independent by weights of rows (Kamiran and Calders, Knowledge and Information Systems 33, 2012, section
5.2). Exponentiated gradient: a lottery of models that together keep a constraint (Agarwal et al., ICML 2018; by
fairlearn). Each has a price, and it is told: in accuracy, and in people whose decision changes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.extras import need
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.assessing import NOT_STATED, Fairness, assessed
from bartizan.tables.fairness.counting import Counts, prepared
from bartizan.tables.fairness.features import encoded
from bartizan.tables.fairness.resampling import Estimate, drawn_tables
from bartizan.tables.reading import Table

Method: TypeAlias = Literal["thresholds", "reweighing", "exponentiated-gradient"]
Towards: TypeAlias = Literal["demographic_parity", "equal_opportunity", "false_positive_parity", "equalised_odds"]
Learner: TypeAlias = Literal["logistic", "trees"]

_CONSTRAINTS: Final[dict[Towards, tuple[str, str]]] = {
    "demographic_parity": ("demographic_parity", "DemographicParity"),
    "equal_opportunity": ("true_positive_rate_parity", "TruePositiveRateParity"),
    "false_positive_parity": ("false_positive_rate_parity", "FalsePositiveRateParity"),
    "equalised_odds": ("equalized_odds", "EqualizedOdds"),
}
"""Ours -> fairlearn's, for thresholds and for exponentiated gradient."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be brought nearer, and how."""

    asked: Asked
    """With truth. Its last grouping is the one that matters; for thresholds, its scores are given."""
    method: Method
    towards: Towards = "equal_opportunity"
    """What thresholds and exponentiated gradient aim at. Reweighing has an aim of its own: demographic parity."""
    features: tuple[str, ...] = ()
    """Columns that a model learns from."""
    learner: Learner = "logistic"
    held_out: float = 0.5
    """The share of people on whom before and after are measured."""


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """How a group is decided about: a lottery of two thresholds, and of a constant chance."""

    group: str
    lots: tuple[tuple[float, str], ...]
    """Each with its probability: a rule over the score, or a chance in its place."""


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """How much each row of a group and truth counts in training."""

    group: str
    favourable: bool
    rows: int
    weight: float


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """People of a group whose decision is another after than before, among those held out."""

    group: str
    people: int
    gained: int
    """Who are now decided in favour of."""
    lost: int


class Mitigated(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it, on the people held out."""

    learned_from: int
    held_out: int
    before: Fairness
    after: Fairness
    accuracy: Estimate
    """Of after less before, from the same people: below zero it costs."""
    changes: tuple[Change, ...]
    thresholds: tuple[Threshold, ...] = ()
    weights: tuple[Weight, ...] = ()
    models: int = 0
    """Of exponentiated gradient: models that it draws from."""


class _People(msgspec.Struct, frozen=True):
    """Arrays (n,) of everybody whose truth is known."""

    groups: Any
    truth: Any
    decided: Any
    scores: Any
    features: Any
    learns: Any
    """Who is learned from."""


class _Answers(msgspec.Struct, frozen=True, kw_only=True):
    before: Any
    after: Any
    thresholds: tuple[Threshold, ...] = ()
    weights: tuple[Weight, ...] = ()
    models: int = 0


def mitigated(table: Table, plan: Plan) -> Mitigated:
    """Learn from one part of the people, and measure on the other. The table is held in memory.

    Raises InputError for what is missing, and for groups too small to learn from; MissingExtra.
    """
    people = _people(table, plan)
    _refuse_small(people, plan, table)
    with warnings.catch_warnings():  # fairlearn 0.15 uses what pandas 3 deprecates
        warnings.simplefilter("ignore")
        answers = _METHODS[plan.method](people, plan)
    held = ~people.learns
    groups, truth = people.groups[held], people.truth[held]
    asked = _as_one(plan.asked)
    return Mitigated(
        learned_from=int(people.learns.sum()),
        held_out=int(held.sum()),
        before=assessed(_counts(groups, truth, answers.before), asked),
        after=assessed(_counts(groups, truth, answers.after), asked),
        accuracy=_gain(answers.before == truth, answers.after == truth, asked),
        changes=tuple(_changes(groups, answers)),
        thresholds=answers.thresholds,
        weights=answers.weights,
        models=answers.models,
    )


def _as_one(asked: Asked) -> Asked:
    """The same question of groups that are one attribute already, and of decisions."""
    name = " and ".join(asked.groupings[-1])
    return msgspec.structs.replace(
        asked, attributes=(name,), cuts={}, together=(), flipped={}, score="", decision="decision"
    )


def _people(table: Table, plan: Plan) -> _People:
    polars = need("polars")
    asked = plan.asked
    problems = list(_problems(table, plan))
    if problems:
        raise InputError([Problem(file=str(table.path), finding=finding, fix=fix) for finding, fix in problems])
    learns = plan.method != "thresholds"
    asked = msgspec.structs.replace(asked, decision=asked.truth if learns else asked.decision)
    frame = prepared(table, asked, plan.features).filter(polars.col("truth").is_not_null())
    if not learns:
        frame = frame.filter(polars.col("score").is_not_null() & polars.col("decision").is_not_null())
    rows = table.collected(frame)
    rng = np.random.default_rng(asked.seed)
    part = rng.permutation(rows.height) >= round(plan.held_out * rows.height)
    at = [asked.attributes.index(name) for name in asked.groupings[-1]]
    names = [rows[f"g{i}"].fill_null(NOT_STATED).to_list() for i in at]
    columns = {name: rows[f"x{i}"] for i, name in enumerate(plan.features)}
    return _People(
        groups=np.array([", ".join(values) for values in zip(*names, strict=True)], dtype=object),
        truth=rows["truth"].to_numpy(),
        decided=rows["decision"].to_numpy(),
        scores=rows["score"].to_numpy() if not learns else None,
        features=encoded(columns, part) if learns else None,
        learns=part,
    )


def _problems(table: Table, plan: Plan) -> Iterator[tuple[str, str]]:
    asked = plan.asked
    if not asked.truth:
        yield "nothing says what would have been right", "name its column: --truth COLUMN"
    if len(asked.attributes) > 1 and not asked.together:
        yield "several attributes make groups, and one grouping is brought nearer at a time", "cross them: --cross A B"
    if plan.method == "thresholds" and not asked.score:
        yield "thresholds need scores", "name their column: --score COLUMN"
    if plan.method != "thresholds" and not plan.features:
        yield f"{plan.method} trains a model, and has nothing to learn from", "name columns: --feature COLUMN"
    for name in plan.features:
        if name not in table.columns:
            yield f"the table has no column '{name}'", nearest(name, table.columns)
        elif name == asked.truth:
            yield f"'{name}' is what would have been right: a model may not learn from it", "leave it out"


def _refuse_small(people: _People, plan: Plan, table: Table) -> None:
    """Of each group and truth, both parts must hold enough people to say anything."""
    problems = []
    for group in sorted(set(people.groups)):
        for part, which in ((people.learns, "to learn from"), (~people.learns, "held out")):
            for truth, word in ((True, "a favourable"), (False, "an unfavourable")):
                count = int(((people.groups == group) & part & (people.truth == truth)).sum())
                if count < plan.asked.minimum:
                    finding = f"{group}: {count:,} people {which} have {word} truth; {plan.asked.minimum:,} are needed"
                    fix = "cut groups wider, or leave the attribute out"
                    problems.append(Problem(file=str(table.path), finding=finding, fix=fix))
    if not len(people.truth):
        problems.append(Problem(file=str(table.path), finding="no row says all that is asked for", fix="look at it"))
    if problems:
        raise InputError(problems)


def _by_thresholds(people: _People, plan: Plan) -> _Answers:
    learns, held = people.learns, ~people.learns
    made = need("fairlearn.postprocessing").ThresholdOptimizer(
        estimator=_given(),
        constraints=_CONSTRAINTS[plan.towards][0],
        objective="accuracy_score",
        prefit=True,
        predict_method="predict_proba",
    )
    scores = people.scores[:, None]
    made.fit(scores[learns], people.truth[learns].astype(int), sensitive_features=people.groups[learns])
    after = made.predict(scores[held], sensitive_features=people.groups[held], random_state=plan.asked.seed)
    rules = made.interpolated_thresholder_.interpolation_dict
    return _Answers(
        before=people.decided[held],
        after=np.asarray(after).astype(bool),
        thresholds=tuple(Threshold(group=group, lots=tuple(_lots(rules[group]))) for group in sorted(rules)),
    )


def _given() -> Any:
    """An estimator whose probabilities are the scores themselves."""
    base = need("sklearn.base")

    class Given(base.ClassifierMixin, base.BaseEstimator):  # type: ignore[misc, name-defined]
        def fit(self, x: Any, y: Any) -> Any:
            return self

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict_proba(self, x: Any) -> Any:
            return np.column_stack([1 - np.asarray(x)[:, 0], np.asarray(x)[:, 0]])

    return Given()


def _lots(rule: Any) -> Iterator[tuple[float, str]]:
    ignored = float(rule.get("p_ignore", 0.0))
    for chance, operation in ((rule["p0"], rule["operation0"]), (rule["p1"], rule["operation1"])):
        if (share := (1 - ignored) * float(chance)) > 0:
            side = "above" if operation.operator == ">" else "below"
            yield share, f"score {side} {operation.threshold:.4f}"
    if ignored > 0:
        yield ignored, f"a chance of {float(rule['prediction_constant']):.3f}"


def _by_weights(people: _People, plan: Plan) -> _Answers:
    learns, held = people.learns, ~people.learns
    groups, truth = people.groups[learns], people.truth[learns]
    weights, rows = [], np.ones(len(truth))
    for group in sorted(set(groups)):
        for favourable in (False, True):
            cell = (groups == group) & (truth == favourable)
            weight = float((groups == group).mean() * (truth == favourable).mean() / cell.mean())
            rows[cell] = weight
            weights.append(Weight(group=group, favourable=favourable, rows=int(cell.sum()), weight=weight))
    before = _learner(plan).fit(people.features[learns], truth)
    after = _learner(plan).fit(people.features[learns], truth, sample_weight=rows)
    x = people.features[held]
    return _Answers(before=before.predict(x), after=after.predict(x), weights=tuple(weights))


def _by_gradient(people: _People, plan: Plan) -> _Answers:
    learns, held = people.learns, ~people.learns
    reductions = need("fairlearn.reductions")
    x, y = people.features, people.truth.astype(int)
    before = _learner(plan).fit(x[learns], y[learns])
    made = reductions.ExponentiatedGradient(
        _learner(plan), constraints=getattr(reductions, _CONSTRAINTS[plan.towards][1])()
    )
    made.fit(x[learns], y[learns], sensitive_features=people.groups[learns])
    after = made.predict(x[held], random_state=plan.asked.seed)
    return _Answers(
        before=before.predict(x[held]).astype(bool),
        after=np.asarray(after).astype(bool),
        models=int((np.asarray(made.weights_) > 0).sum()),
    )


_METHODS: Final = {
    "thresholds": _by_thresholds,
    "reweighing": _by_weights,
    "exponentiated-gradient": _by_gradient,
}


def _learner(plan: Plan) -> Any:
    if plan.learner == "trees":
        return need("sklearn.ensemble").HistGradientBoostingClassifier(random_state=plan.asked.seed)
    return need("sklearn.linear_model").LogisticRegression(max_iter=1000)


def _counts(groups: Any, truth: Any, decided: Any) -> Counts:
    names = tuple(sorted(set(groups)))
    cell = 2 * truth.astype(int) + decided.astype(int)
    numbers = np.array([np.bincount(cell[groups == name], minlength=4) for name in names], dtype=np.int64)
    return Counts(rows=len(groups), left={}, groups=tuple((name,) for name in names), numbers=numbers)


def _gain(before: Any, after: Any, asked: Asked) -> Estimate:
    """What is right after less what was right before, of the same people."""
    gain = after.astype(int) - before.astype(int)
    numbers = np.bincount(gain + 1, minlength=3)[None, :]
    (drawn,) = drawn_tables(numbers, [np.ones((1, 1))], asked.bootstraps, np.random.default_rng(asked.seed))
    means = (drawn[:, 0, 2] - drawn[:, 0, 0]) / len(gain)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(value=float(gain.mean()), low=float(low), high=float(high))


def _changes(groups: Any, answers: _Answers) -> Iterator[Change]:
    for group in sorted(set(groups)):
        here = groups == group
        before, after = answers.before[here].astype(bool), answers.after[here].astype(bool)
        yield Change(
            group=group, people=int(here.sum()), gained=int((after & ~before).sum()), lost=int((before & ~after).sum())
        )
