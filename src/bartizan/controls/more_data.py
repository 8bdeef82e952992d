"""More training data: collected from elsewhere, or made from what there is, so that a few poisoned rows weigh less."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from bartizan.controls.family import Hardening, Trusting
from bartizan.controls.hardened import Prepared, mark, numbers_only
from bartizan.controls.ranges import Count, Natural, Part, Strength
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.recipe import Recipe


class MoreData(Trusting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Adds clean rows from a source that is independent of the others."""

    id: ClassVar[ControlId] = ControlId("more_train_data")
    variant: ClassVar[str] = "collected"
    title: ClassVar[str] = "More training data, collected"

    share: Part = 1.0
    """Of the trusted rows, how many are added."""
    weight: Count = 1
    """How often each is added: more than once where its provenance is better than that of the rest."""
    rare: bool = False
    """Add rows of the rarest classes of the training data first: there a handful of poisoned rows decides."""

    def harden_with(self, recipe: Recipe, trusted: Dataset) -> Recipe:
        """The recipe with those rows added. Raises Unsuitable where there are none."""
        if not len(trusted) or self.share <= 0 or self.weight < 1:
            raise Unsuitable(f"{self.title}: with these parameters no row is added")

        def change(data: Dataset, rng: np.random.Generator) -> Dataset:
            order = rng.permutation(len(trusted))
            if self.rare:
                order = order[np.argsort(np.bincount(data.y, minlength=data.classes)[trusted.y[order]], kind="stable")]
            added = trusted.take(order[: max(1, round(self.share * len(trusted)))])
            for _ in range(self.weight):
                data = data.join(added)
            return data

        return Prepared(recipe, mark(self, f"trusted={trusted.digest[:16]}"), change)


class Augmentation(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Adds changed copies of the rows that there are: images moved and turned a little, rows between neighbours.

    It multiplies poison like everything else, so filter first.
    """

    id: ClassVar[ControlId] = ControlId("more_train_data")
    variant: ClassVar[str] = "augmented"
    title: ClassVar[str] = "More training data, made by changes that keep the label"
    source: ClassVar[str] = "Images: Simard, Steinkraus and Platt 2003; tables: SMOTE, Chawla et al. 2002, section 4.2"

    copies: Count = 2
    """Made of each row."""
    shift: Natural = 1
    """Images: moved by at most so many pixels each way."""
    turn: Strength = 10.0
    """Images: turned by at most so many degrees."""
    neighbours: Count = 5
    """Tables: a copy lies between a row and one of so many nearest ones of its class."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The recipe with those copies added. Unsuitable for texts."""
        domain = numbers_only(recipe, self.title)
        return Prepared(recipe, mark(self), lambda data, rng: self._grown(data, domain, rng))

    def _grown(self, data: Dataset, domain: Domain, rng: np.random.Generator) -> Dataset:
        grown = data
        for _ in range(self.copies):
            made = self._moved(data.x, domain, rng) if domain.modality == "image" else self._between(data, domain, rng)
            grown = grown.join(Dataset(x=made, y=data.y, classes=data.classes, name=data.name))
        return grown

    def _moved(self, x: Inputs, domain: Domain, rng: np.random.Generator) -> Inputs:
        image = need("scipy.ndimage")
        moved = np.empty_like(x)
        for i, one in enumerate(x):
            turned = image.rotate(one, rng.uniform(-self.turn, self.turn), (-1, -2), reshape=False, order=1)
            way = rng.integers(-self.shift, self.shift, 2, endpoint=True)
            moved[i] = image.shift(turned, (*[0] * (one.ndim - 2), *way), order=0, cval=domain.low)
        return np.clip(moved, domain.low, domain.high)

    def _between(self, data: Dataset, domain: Domain, rng: np.random.Generator) -> Inputs:
        made = data.x.copy()
        unit = data.x.std(axis=0) + 1e-12
        for label in range(data.classes):
            rows = np.flatnonzero(data.y == label)
            if len(rows) < 2:
                continue
            tree = need("scipy.spatial").cKDTree(data.x[rows] / unit)
            near = tree.query(data.x[rows] / unit, min(self.neighbours + 1, len(rows)))[1]
            other = rows[near[np.arange(len(rows)), rng.integers(1, near.shape[1], len(rows))]]
            made[rows] += rng.random((len(rows), 1)) * (data.x[other] - data.x[rows])
        for column, feature in enumerate(domain.features):
            if feature.kind == "categorical":
                made[:, column] = data.x[:, column]
            if feature.kind == "integer":
                made[:, column] = np.rint(made[:, column])
        return made.astype(data.x.dtype, copy=False)
