"""Grading inversion: by how much a likeness resembles the class it is of, never by how sure the model is of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Inversion, Knowledge
from bartizan.attacks.inversion import baseline
from bartizan.core.measurement import Figure, Rate
from bartizan.lab.cell import Cell
from bartizan.lab.grading.graded import Graded, examples, last_of, signs
from bartizan.lab.reconstruction import Likeness, Reconstruction
from bartizan.lab.reconstruction import grade as reconstruction
from bartizan.lab.stage import Stage
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels, Unsuitable

RECOGNISED = 0.5
"""From this correlation with the mean of its class on, people take a likeness for one: ours is a judgement."""


def grade(cell: Cell, stage: Stage, border: Border, knowledge: Knowledge, rng: np.random.Generator) -> Graded:
    """A likeness wins that correlates enough with the mean of its class in the training data.

    The baseline is what anybody could paint who never asked the target: the mean of the reserve.
    """
    attack = cell.attack
    assert isinstance(attack, Inversion)
    train = stage.rig.train
    if train is None:
        raise Unsuitable(f"{attack.title} needs the training data to be graded; {stage.rig.name} has none")
    classes = np.arange(min(border.card.classes, cell.samples))
    found, stopped = last_of(attack.reconstruct(border, classes, knowledge, rng))
    if found is None:
        return Graded(flags="-" * len(classes), why=stopped or "no likeness was made")
    made = reconstruction(found, classes, train, seed=cell.seed)
    blank = reconstruction(baseline(classes, knowledge, border.card.domain), classes, train, seed=cell.seed)
    recognised = _recognised(made)
    means = _means(train, classes)
    return Graded(
        flags=signs(recognised),
        why=stopped,
        baseline=Rate(hits=int(_recognised(blank).sum()), trials=len(classes)),
        figures=(
            _figure("correlation with the mean of the class", made.to_mean, made.count),
            _figure("correlation with the nearest training sample", made.to_nearest, made.count),
            _figure("the same without asking the target", blank.to_mean, blank.count),
        ),
        examples=examples(means, found, classes, border.labels(found), recognised, border.card.domain),
        digests={"data": train.digest},
    )


def _recognised(made: Reconstruction) -> NDArray[np.bool_]:
    return np.asarray(made.to_mean.each) >= RECOGNISED


def _figure(name: str, likeness: Likeness, count: int) -> Figure:
    return Figure(name=name, value=likeness.mean, low=likeness.low, high=likeness.high, n=count)


def _means(train: Dataset, classes: Labels) -> Inputs:
    return np.stack([train.x[train.y == one].mean(axis=0) for one in classes])
