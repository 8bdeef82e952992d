"""What all filters share: a mask of suspects, and a recipe that leaves them out."""

from __future__ import annotations

import abc
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Prepared, mark
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.recipe import Recipe

Mask: TypeAlias = NDArray[np.bool_]


class Filter(Hardening, frozen=True):
    """Finds suspects among training data, by models that the recipe makes of them."""

    id: ClassVar[ControlId] = ControlId("data_quality_control")

    @abc.abstractmethod
    def find(self, data: Dataset, recipe: Recipe, seed: int) -> Mask:
        """Which rows are suspects, shape (len(data),). Raises Unsuitable where the recipe's models do not allow it."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The recipe over what is left of the data. A class that would lose all of its rows keeps them."""

        def clean(data: Dataset, rng: np.random.Generator) -> Dataset:
            suspects = self.find(data, recipe, int(rng.integers(2**31)))
            emptied = [label for label in np.unique(data.y) if suspects[data.y == label].all()]
            return data.take(np.flatnonzero(~suspects | np.isin(data.y, emptied)))

        return Prepared(recipe, mark(self), clean)


def rows_by_class(data: Dataset) -> list[NDArray[np.int64]]:
    """The rows of each class that has any."""
    return [np.asarray(np.flatnonzero(data.y == label), np.int64) for label in np.unique(data.y)]
