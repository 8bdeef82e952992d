"""Spectral signatures: poison lies far along the direction in which a class varies the most."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from bartizan.controls.data_quality.features import seen_by
from bartizan.controls.data_quality.filtering import Filter, Mask, rows_by_class
from bartizan.controls.ranges import Share, Strength
from bartizan.targets.data import Dataset
from bartizan.targets.recipe import Recipe


class SpectralSignatures(Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leaves out a fixed number of rows of every class, whether it is poisoned or not."""

    variant: ClassVar[str] = "spectral"
    title: ClassVar[str] = "Spectral signatures"
    source: ClassVar[str] = "Tran, Li and Madry 2018, algorithm 1"

    expected: Share = 0.05
    """The share of the training data that is thought to be poison, all of it in one class."""
    factor: Strength = 1.5
    """How many times as many are left out."""

    def find(self, data: Dataset, recipe: Recipe, seed: int) -> Mask:
        """Needs a model that shows on what it decides. No class loses more than half."""
        seen = seen_by(recipe.fit(data, seed), data.x)
        suspects = np.zeros(len(data), bool)
        amount = round(self.factor * self.expected * len(data))
        for rows in rows_by_class(data):
            centred = seen[rows] - seen[rows].mean(axis=0)
            _, _, axes = np.linalg.svd(centred, full_matrices=False)
            far = np.argsort(-((centred @ axes[0]) ** 2), kind="stable")
            suspects[rows[far[: min(amount, len(rows) // 2)]]] = True
        return suspects
