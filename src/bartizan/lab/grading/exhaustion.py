"""Grading exhaustion: an input wins that takes the target several times as long as an ordinary one."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Exhaustion
from bartizan.core.measurement import Figure
from bartizan.lab.cell import Cell
from bartizan.lab.grading.evasion import chosen
from bartizan.lab.grading.graded import Graded, last_of, signs
from bartizan.lab.stage import Stage
from bartizan.targets.border import Border
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Predictor

DEAR = 3.0
"""How many times the median ordinary input one must take to count: less drowns in the noise of a busy machine."""
_TIMES = 5
"""Each input is timed so often; the least counts, since everything else on the machine only adds."""


def grade(cell: Cell, stage: Stage, border: Border, rng: np.random.Generator) -> Graded:
    """Let the attack search by time, then time again what it found, input by input."""
    attack = cell.attack
    assert isinstance(attack, Exhaustion)
    origin = chosen(stage, cell)
    found, stopped = last_of(attack.propose(border, origin, lambda x: seconds(border, x), rng))
    target = stage.guarded()
    ordinary = seconds(target, origin.x)
    proposed = origin.x if found is None else found
    taken = seconds(target, proposed)
    refused = np.asarray(target.labels(proposed) == REFUSED)
    usual = float(np.median(ordinary)) or 1e-9
    won = np.asarray((taken > DEAR * usual) & ~refused)
    times = Figure(
        name="cost of the dearest input, as a multiple of the median", value=float(taken.max() / usual), n=len(taken)
    )
    return Graded(
        flags=signs(won),
        unchanged=found is None or bool(np.array_equal(proposed, origin.x)),
        why=stopped or ("" if won.any() else f"no input took {DEAR:g} times as long as an ordinary one"),
        figures=(times,),
    )


def seconds(target: Predictor, x: Inputs) -> NDArray[np.float64]:
    """CPU seconds that each input takes on its own, shape (n,): the least of several tries."""
    return np.array([min(_once(target.labels, x[i : i + 1]) for _ in range(_TIMES)) for i in range(len(x))])


def _once(ask: Callable[[Inputs], object], x: Inputs) -> float:
    start = time.process_time()
    ask(x)
    return time.process_time() - start
