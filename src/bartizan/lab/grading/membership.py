"""Grading membership inference: how many members an attacker finds while hardly any stranger is taken for one."""

from __future__ import annotations

import numpy as np

from bartizan.attacks.family import Knowledge, Membership
from bartizan.core.measurement import Curve, Figure, Point, Rate
from bartizan.lab.cell import Cell
from bartizan.lab.grading.graded import Graded, signs
from bartizan.lab.roc import Found, Roc, roc
from bartizan.lab.stage import Stage
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Unsuitable

RATES = (0.001, 0.01, 0.05, 0.1)
"""False-positive rates that are looked at; the lowest that the non-members are enough for is the one that counts."""
_LEAST = 20
"""Fewer members or non-members give no interval worth printing."""


def grade(cell: Cell, stage: Stage, border: Border, knowledge: Knowledge, rng: np.random.Generator) -> Graded:
    """Members are rows of the training data, non-members rows of test and reserve; both drawn by the seed.

    The flags are the members', at the lowest false-positive rate that the non-members are enough for. The baseline is
    that rate: so many would be found by pointing at random.
    """
    attack = cell.attack
    assert isinstance(attack, Membership)
    members, others = _records(stage, cell)
    suspicion = attack.suspect(border, members.join(others), knowledge, rng)
    inside, outside = suspicion[: len(members)], suspicion[len(members) :]
    curve = roc(inside, outside, RATES)
    counting = next((found for found in curve.found if found.enough), curve.found[-1])
    bar = _bar(outside, counting)
    return Graded(
        flags=signs(np.asarray(inside > bar)),
        unchanged=float(np.ptp(suspicion)) == 0,
        why=_why(suspicion, counting),
        baseline=Rate(hits=counting.accused, trials=len(others)),
        figures=_figures(curve),
        curves=(_drawn(curve),),
        digests={"data": members.digest},
    )


def _records(stage: Stage, cell: Cell) -> tuple[Dataset, Dataset]:
    rig = stage.rig
    if rig.train is None:
        raise Unsuitable(f"membership needs the training data; {rig.name} has none")
    strangers = rig.test if rig.reserve is None else rig.test.join(rig.reserve)
    members, others = _some(rig.train, cell, 1), _some(strangers, cell, 2)
    if min(len(members), len(others)) < _LEAST:
        raise Unsuitable(f"{len(members)} members and {len(others)} others are too few: {_LEAST} of each at least")
    return members, others


def _some(data: Dataset, cell: Cell, stream: int) -> Dataset:
    rows = np.random.default_rng([cell.seed, stream]).permutation(len(data))[: cell.samples]
    return data.take(np.sort(rows))


def _bar(outside: np.ndarray[tuple[int], np.dtype[np.float64]], counting: Found) -> float:
    """The score that is to be exceeded: as `roc` counts."""
    allowed = int(np.floor(counting.fpr * len(outside) + 1e-9))
    ranked = np.sort(outside)[::-1]
    return float(ranked[allowed]) if allowed < len(ranked) else -np.inf


def _why(suspicion: np.ndarray[tuple[int], np.dtype[np.float64]], counting: Found) -> str:
    if float(np.ptp(suspicion)) == 0:
        return "the attack gave every record the same score"
    return counting.note or f"counted at a false-positive rate of {100 * counting.fpr:g} %"


def _figures(curve: Roc) -> tuple[Figure, ...]:
    area = Figure(
        name="area under the ROC curve",
        value=curve.auc,
        low=curve.low,
        high=curve.high,
        n=curve.members + curve.non_members,
    )
    rates = tuple(
        Figure(
            name=f"members found at a false-positive rate of {100 * found.fpr:g} %",
            value=found.rate,
            low=found.low,
            high=found.high,
            n=found.trials,
        )
        for found in curve.found
        if found.enough
    )
    return (area, *rates)


def _drawn(curve: Roc) -> Curve:
    points = tuple(Point(x=x, y=y) for x, y in zip(curve.fpr, curve.tpr, strict=True))
    return Curve(name="ROC", x="share of strangers taken for members", y="share of members found", points=points)
