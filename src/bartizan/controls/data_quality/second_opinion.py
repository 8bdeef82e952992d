"""Second opinion: a group of rows is poison where nobody but the group itself says that its label is right.

A backdoor's rows vouch for one another, so folds drawn at random never expose them. Folds made of groups do: with the
whole group left out, a model takes its rows for what they show, with one voice. An honest group, such as sevens with a
bar, is still recognised in part, because the rest of its class looks alike.
"""

from __future__ import annotations

import warnings
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.data_quality.features import directions, seen_by
from bartizan.controls.data_quality.filtering import Filter, Mask, rows_by_class
from bartizan.controls.ranges import Count, Share
from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Labels, Predictor
from bartizan.targets.recipe import Recipe

Rows: TypeAlias = NDArray[np.int64]
_ROWS_PER_DIRECTION = 12
"""Fewer rows than this for each direction, and a group's shape cannot be told."""


class SecondOpinion(Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Divides each class in two by its whitened activations, and asks a model made without the smaller groups.

    It sees no poison whose labels are right, and none that is more than half of its class.
    """

    variant: ClassVar[str] = "second_opinion"
    title: ClassVar[str] = "Second opinion on groups of rows"
    source: ClassVar[str] = (
        "own; whitening after Hayase et al. 2021, SPECTRE, section 3; leaving groups out and relabelling after "
        "Chen et al. 2018, section 4 (exclusionary reclassification)"
    )

    doubt: Share = 0.35
    """A group is looked at closer where fewer of its rows get their label without all of the groups."""
    agreement: Share = 0.15
    """It is poison where fewer still get their label without this one group."""
    certainty: Share = 0.8
    """And that other label is given them with at least this score on average, where the model gives scores."""
    dimensions: Count = 20
    """Directions in which groups are looked for."""

    def find(self, data: Dataset, recipe: Recipe, seed: int) -> Mask:
        """Groups are looked for in all of the directions, and again in half of them, where smaller classes show more.

        Trains three models, one more for each doubtful group, and one to look through the classes that have poison.
        """
        seen = seen_by(recipe.fit(data, seed), data.x)
        suspects = np.zeros(len(data), bool)
        for part in (1, 2):
            for group in self._guilty(self._groups(data, seen, part, seed), data, recipe, seed):
                suspects[group] = True
        if suspects.any():
            said = _without(np.flatnonzero(suspects), data, recipe, seed).labels(data.x)
            suspects |= np.isin(data.y, data.y[suspects]) & (said != data.y)
        return suspects

    def _guilty(self, groups: list[Rows], data: Dataset, recipe: Recipe, seed: int) -> list[Rows]:
        """The groups that hardly get their label, neither without all of the groups nor without this one alone."""
        if not groups:
            return []
        said = _without(np.concatenate(groups), data, recipe, seed).labels(data.x)
        doubtful = [group for group in groups if _agreed(said, group, data) < self.doubt]
        return [group for group in doubtful if self._denied(group, data, _without(group, data, recipe, seed))]

    def _denied(self, group: Rows, data: Dataset, model: Predictor) -> bool:
        """Whether a model that never saw the group gives it other labels, and is sure of them."""
        other = group[model.labels(data.x[group]) != data.y[group]]
        if 1 - len(other) / len(group) >= self.agreement:
            return False
        # An odd but honest group is not recognised either, but then the model hesitates.
        return "scores" not in model.card.capabilities or bool(
            model.scores(data.x[other]).max(axis=1).mean() >= self.certainty
        )

    def _groups(self, data: Dataset, seen: NDArray[np.float64], part: int, seed: int) -> list[Rows]:
        """The smaller of two groups of each class. Small classes are looked at in fewer directions, divided by part."""
        groups = []
        for rows in rows_by_class(data):
            count = min(self.dimensions, len(rows) // _ROWS_PER_DIRECTION) // part
            if count:
                sides = _sides(directions(seen[rows], count), seed)
                groups.append(rows[sides == np.bincount(sides, minlength=2).argmin()])
        return [group for group in groups if len(group)]


def _agreed(said: Labels, group: Rows, data: Dataset) -> float:
    return float((said[group] == data.y[group]).mean())


def _sides(places: NDArray[np.float64], seed: int) -> Rows:
    """Which of two groups of normal shape each row belongs to, 0 or 1."""
    mixture = need("sklearn.mixture").GaussianMixture(2, n_init=3, reg_covar=1e-3, random_state=seed, max_iter=200)
    with warnings.catch_warnings():
        # Groups that have not quite settled, or that coincide, are still groups to ask about.
        warnings.simplefilter("ignore", need("sklearn.exceptions").ConvergenceWarning)
        return np.asarray(mixture.fit_predict(places), np.int64)


def _without(rows: Rows, data: Dataset, recipe: Recipe, seed: int) -> Predictor:
    """A model that was made without these rows; a class that would vanish keeps them."""
    rest = np.ones(len(data), bool)
    rest[rows] = False
    lost = np.setdiff1d(data.y, data.y[rest])
    rest |= np.isin(data.y, lost)
    return recipe.fit(data.take(np.flatnonzero(rest)), seed)
