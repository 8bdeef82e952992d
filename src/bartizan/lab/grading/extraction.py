"""Grading extraction: how often the stolen copy answers as the target does, against how many questions it took."""

from __future__ import annotations

import numpy as np

from bartizan.attacks.family import Extraction, Knowledge
from bartizan.core.errors import BudgetSpent
from bartizan.core.measurement import Curve, Figure, Point, Rate
from bartizan.lab.cell import Cell
from bartizan.lab.fidelity import Fidelity, fidelity_of
from bartizan.lab.grading.graded import Graded, signs
from bartizan.lab.grading.worth import worth_for_evasion
from bartizan.lab.stage import Stage
from bartizan.targets.border import Border
from bartizan.targets.predictor import Labels, Predictor


def grade(cell: Cell, stage: Stage, border: Border, knowledge: Knowledge, rng: np.random.Generator) -> Graded:
    """Compare the copies with the model behind the guards on all test inputs; the last copy counts.

    The baseline is the best constant answer: a copy that knows nothing of the input agrees so often. A figure says
    what the copy is worth for evasion of the model without guards.
    """
    attack = cell.attack
    assert isinstance(attack, Extraction)
    test, answered = stage.rig.test, stage.bare.labels(stage.rig.test.x)
    copied: Labels | None = None
    stolen: Predictor | None = None
    points, stopped = [], ""
    try:
        for stolen in attack.steal(border, knowledge, rng):
            copied = stolen.labels(test.x)
            points.append(_point(border.ledger.queries, fidelity_of(copied, answered, test.y)))
    except BudgetSpent as spent:
        stopped = str(spent)
    if copied is None or stolen is None:
        return Graded(flags="-" * len(test), why=stopped or "no copy was made")
    found = fidelity_of(copied, answered, test.y)
    worth = worth_for_evasion(stolen, stage.bare, test, rng)
    return Graded(
        flags=signs(np.asarray(copied == answered)),
        unchanged=False,
        why=stopped,
        baseline=Rate(hits=found.constant, trials=found.answered),
        figures=(*_figures(found), *((worth,) if worth is not None else ())),
        curves=(Curve(name="fidelity", x="queries", y="answers that agree with the target's", points=tuple(points)),),
        digests={"data": test.digest},
    )


def _point(queries: int, found: Fidelity) -> Point:
    low, high = found.interval
    return Point(x=queries, y=found.rate, low=low, high=high)


def _figures(found: Fidelity) -> tuple[Figure, ...]:
    low, high = found.accuracy_interval
    return (
        Figure(name="accuracy of the copy", value=found.accuracy, low=low, high=high, n=found.inputs),
        Figure(name="agreement beyond a constant answer", value=found.skill, n=found.answered),
    )
