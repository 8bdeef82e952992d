"""Label errors: rows whose label a model that was trained on other rows finds unlikely."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np

from bartizan.controls.data_quality.filtering import Filter, Mask
from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Scores, Unsuitable
from bartizan.targets.recipe import Recipe


class LabelErrors(Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leaves out rows by confident learning. It finds flipped labels; a backdoor's rows vouch for one another."""

    variant: ClassVar[str] = "label_errors"
    title: ClassVar[str] = "Label errors, by confident learning"
    source: ClassVar[str] = "Northcutt, Jiang and Chuang 2021, Confident Learning, section 3; by cleanlab"

    folds: Annotated[int, msgspec.Meta(ge=2)] = 3
    """Models: each gives its scores for the rows that it was not trained on."""

    def find(self, data: Dataset, recipe: Recipe, seed: int) -> Mask:
        """Needs scores, and at least as many rows of each class as there are folds."""
        if np.bincount(data.y, minlength=data.classes).min() < self.folds:
            raise Unsuitable(f"a class has fewer rows than the {self.folds} folds that label errors are found with")
        scores = self._scores(data, recipe, seed)
        found = need("cleanlab.filter").find_label_issues(data.y, scores, n_jobs=1)
        return np.asarray(found, np.bool_)

    def _scores(self, data: Dataset, recipe: Recipe, seed: int) -> Scores:
        folds = need("sklearn.model_selection").StratifiedKFold(self.folds, shuffle=True, random_state=seed)
        scores = np.zeros((len(data), data.classes))
        for others, rows in folds.split(np.zeros(len(data)), data.y):
            scores[rows] = recipe.fit(data.take(others), seed).scores(data.x[rows])
        return scores
