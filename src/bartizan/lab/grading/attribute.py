"""Grading attribute inference: how often the hidden value of a record is told, against what anybody could guess."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.attribute import baseline, candidates
from bartizan.attacks.family import Attribute, Knowledge
from bartizan.core.measurement import Figure, Rate
from bartizan.lab.cell import Cell
from bartizan.lab.effect import paired_interval
from bartizan.lab.grading.graded import Graded, signs
from bartizan.lab.stage import Stage
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.predictor import Unsuitable


def grade(cell: Cell, stage: Stage, border: Border, knowledge: Knowledge, rng: np.random.Generator) -> Graded:
    """Records are rows of the training data with one column blanked; a guess wins that is nearest to the true value.

    The baseline is a forest on the reserve that never asks the target.
    """
    attack = cell.attack
    assert isinstance(attack, Attribute)
    if stage.rig.train is None:
        raise Unsuitable(f"{attack.title} needs the training data; {stage.rig.name} has none")
    hidden = hidden_column(border.card.domain, cell.hidden)
    rows = np.random.default_rng([cell.seed, 1]).permutation(len(stage.rig.train))[: cell.samples]
    whole = stage.rig.train.take(np.sort(rows))
    records = _blanked(whole, hidden)
    values = candidates(knowledge, hidden)
    truth = _nearest(whole.x[:, hidden], values)
    told = _nearest(attack.guess(border, records, hidden, knowledge, rng), values) == truth
    anybody = _nearest(baseline(records, hidden, knowledge, seed=cell.seed), values) == truth
    low, high = paired_interval([(int(a), int(b)) for a, b in zip(told, anybody, strict=True)])
    gain = float(told.mean() - anybody.mean())
    return Graded(
        flags=signs(np.asarray(told)),
        why=f"the hidden column is '{_name(border.card.domain, hidden)}', one of {len(values)} values",
        baseline=Rate(hits=int(anybody.sum()), trials=len(records)),
        figures=(Figure(name="told beyond what anybody could guess", value=gain, low=low, high=high, n=len(records)),),
        digests={"data": whole.digest},
    )


def hidden_column(domain: Domain, name: str) -> int:
    """The column of that name; without one, the first with categories, else the first that cannot be changed."""
    names = [feature.name for feature in domain.features]
    if name:
        if name not in names:
            raise Unsuitable(f"there is no column '{name}' to hide; the columns are {', '.join(names) or 'unnamed'}")
        return names.index(name)
    kinds = [i for i, f in enumerate(domain.features) if f.kind == "categorical"]
    fixed = [i for i, f in enumerate(domain.features) if f.direction == "none"]
    return next(iter((*kinds, *fixed)), 0)


def _name(domain: Domain, column: int) -> str:
    return domain.features[column].name if domain.features else str(column)


def _blanked(data: Dataset, column: int) -> Dataset:
    x = data.x.astype(np.float64)
    x[:, column] = np.nan
    return Dataset(x=x, y=data.y, classes=data.classes, name=data.name)


def _nearest(guesses: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray(np.abs(np.asarray(guesses, float)[:, None] - values).argmin(axis=1), np.int64)
