"""Adversarial training without gradients: for trees, linear models, and whatever else answers and can be fitted again.

The model is asked which small changes of its training rows it misjudges or doubts. Those go into the training set with
their right label, and it is fitted again, for some rounds. A change is what the domain says an attacker can do.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Hardened, mark, numbers_only
from bartizan.controls.ranges import Count, Part, Positive, Strength
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import Predictor
from bartizan.targets.recipe import Recipe


class AdversarialRows(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Adds changed copies of the training rows that the present model misjudges, with their right label.

    The copies are found by asking: each starts at a random corner of the box around its row, and values are moved to
    the other side as long as the answer gets worse. No gradients, so that trees can be hardened.
    """

    id: ClassVar[ControlId] = ControlId("train_adversarial")
    variant: ClassVar[str] = "rows"
    title: ClassVar[str] = "Adversarial training, changed rows found by asking"
    source: ClassVar[str] = (
        "Kantchelian, Tygar and Joseph 2016, 'Evasion and hardening of tree ensemble classifiers', section 6; "
        "search by sign flips after Moon, An and Song 2019"
    )

    radius: Positive = 0.1
    """How far each value is moved, as a share of its span."""
    rounds: Count = 8
    """How often the model is asked and fitted again."""
    tries: Count = 30
    """Changes tried for each row and round. More: worse copies to learn from, and as many more predictions."""
    sure: Strength = 0.8
    """Copies in whose right class the model is less sure than this are learnt from; above 1: all of them."""
    share: Part = 1.0
    """Of the rows, how many are tried in each round."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The recipe with those rounds around it. Unsuitable for texts."""
        return RowRecipe(recipe, self, numbers_only(recipe, self.title))


class RowRecipe(Hardened):
    """Fits, asks and fits again."""

    def __init__(self, inner: Recipe, control: AdversarialRows, domain: Domain) -> None:
        super().__init__(inner, mark(control))
        self.control, self._domain = control, domain

    def fit(self, data: Dataset, seed: int) -> Predictor:
        """The model after the last round. Copies of all rounds stay, so that it does not forget the earlier ones."""
        rng = np.random.default_rng([seed, 1])
        model, rows = self.inner.fit(data, seed), data
        for _ in range(self.control.rounds):
            wrong = self._misjudged(model, data, rng)
            if not len(wrong):
                break
            rows = rows.join(wrong)
            model = self.inner.fit(rows, seed)
        return model

    def _misjudged(self, model: Predictor, data: Dataset, rng: np.random.Generator) -> Dataset:
        tried = data.take(np.sort(rng.permutation(len(data))[: round(self.control.share * len(data))]))
        found = worst_nearby(model, tried, self._domain, self.control.radius, self.control.tries, rng)
        unsure = np.flatnonzero(_confidence(model, found, tried.y) < self.control.sure)
        return Dataset(x=found[unsure], y=tried.y[unsure], classes=data.classes, name=data.name)


def worst_nearby(
    model: Predictor, rows: Dataset, domain: Domain, radius: float, tries: int, rng: np.random.Generator
) -> Inputs:
    """For each row a feasible input in the box of that radius (shares of the span) that is answered as badly as found.

    Same shape and type as ``rows.x``. With scores the search goes downhill; with labels alone it draws until one is
    wrong. Asks the model ``tries`` + 1 times, all rows at once.
    """
    reach = radius * domain.span()
    signs = rng.choice([-1.0, 1.0], rows.x.shape)
    found = domain.feasible(_moved(rows.x, reach * signs), rows.x)
    best = _confidence(model, found, rows.y)
    for turn in range(tries):
        width = max(0.05, 0.5 * (1 - turn / tries))
        flips = np.where(rng.random(rows.x.shape) < width, -signs, signs)
        still = rng.random((len(rows), *[1] * (rows.x.ndim - 1))) < 0.3
        asked = domain.feasible(_moved(rows.x, reach * np.where(still, flips, flips * rng.random(flips.shape))), rows.x)
        now = _confidence(model, asked, rows.y)
        better = now < best
        found[better], best[better], signs[better] = asked[better], now[better], flips[better]
    return found


def _moved(x: Inputs, change: Inputs) -> Inputs:
    moved: Inputs = (x + change).astype(x.dtype)
    return moved


def _confidence(model: Predictor, x: Inputs, y: NDArray[np.int64]) -> NDArray[np.float64]:
    """How sure the model is of the right class; with labels alone 1 where it is right and 0 where it is not."""
    if "scores" in model.card.capabilities:
        return np.array(model.scores(x)[np.arange(len(y)), y])
    return np.asarray(model.labels(x) == y, np.float64)
