"""Activation clustering: where a class falls into two groups, the one that does not belong is poison."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.data_quality.features import seen_by
from bartizan.controls.data_quality.filtering import Filter, Mask, rows_by_class
from bartizan.controls.ranges import Count, Share
from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.recipe import Recipe


class ActivationClustering(Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leaves out the smaller of two clusters of each class that looks divided."""

    variant: ClassVar[str] = "activations"
    title: ClassVar[str] = "Activation clustering"
    source: ClassVar[str] = "Chen et al. 2018, sections 3 and 4 (relative size, silhouette score)"

    judge: Literal["silhouette", "size"] = "silhouette"
    """What tells a divided class: how well the clusters are set apart, or that one is small."""
    silhouette: Share = 0.1
    """A class with a higher score is divided."""
    smallest: Share = 0.35
    """A cluster with a lower share of its class is poison, where size is the judge."""
    dimensions: Count = 10
    """Principal components that are clustered."""

    def find(self, data: Dataset, recipe: Recipe, seed: int) -> Mask:
        """Needs a model that shows on what it decides."""
        seen = seen_by(recipe.fit(data, seed), data.x)
        suspects = np.zeros(len(data), bool)
        for rows in rows_by_class(data):
            if len(rows) > 2:
                suspects[rows] = self._smaller(seen[rows], seed)
        return suspects

    def _smaller(self, seen: NDArray[np.float64], seed: int) -> Mask:
        narrow = need("sklearn.decomposition").PCA(min(self.dimensions, *seen.shape), random_state=seed)
        places = narrow.fit_transform(seen)
        cluster = need("sklearn.cluster").KMeans(2, n_init=10, random_state=seed).fit_predict(places)
        small = cluster == np.bincount(cluster, minlength=2).argmin()
        if not 0 < small.sum() < len(small):
            return np.zeros(len(seen), bool)
        if self.judge == "size":
            divided = small.mean() < self.smallest
        else:
            divided = need("sklearn.metrics").silhouette_score(places, cluster) > self.silhouette
        return np.asarray(small & divided)
