"""Tables in shares of each column's range, so that one limit means the same for an income and for an age.

An attack sees values from 0 to 1; the target is asked in its own units. What an attacker can change, and what it costs,
stays as the target's own domain says.
"""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.predictor import Card, Labels, Predictor, Pull, Scores, Wrapped
from bartizan.targets.recipe import Recipe


class Scale(msgspec.Struct, frozen=True):
    """From a table's own units to shares of each column's range, and back."""

    low: Inputs
    span: Inputs

    @classmethod
    def of(cls, domain: Domain) -> Scale:
        """The scale of a table; a column without bounds keeps its units."""
        low, _ = domain.bounds()
        return cls(np.where(np.isfinite(low), low, 0.0), domain.span())

    def down(self, x: Inputs) -> Inputs:
        """Own units -> shares."""
        shares: Inputs = (x - self.low) / self.span
        return shares

    def up(self, x: Inputs) -> Inputs:
        """Shares -> own units."""
        units: Inputs = self.low + x * self.span
        return units


class ScaledDomain(Domain, frozen=True, kw_only=True):
    """A table's domain in shares; feasibility and cost are judged in its own units."""

    own: Domain

    def feasible(self, x: Inputs, origin: Inputs) -> Inputs:
        """As the table's own domain says; values that were left alone come back exactly as they were."""
        scale = Scale.of(self.own)
        found = scale.down(self.own.feasible(scale.up(x), scale.up(origin)))
        back = np.isclose(found, origin, rtol=0, atol=1e-12)
        return np.where(back, origin, found).astype(x.dtype, copy=False)

    def cost(self, x: Inputs, origin: Inputs) -> NDArray[np.float64]:
        """As the table's own domain says."""
        scale = Scale.of(self.own)
        return self.own.cost(scale.up(x), scale.up(origin))


class Scaled(Wrapped):
    """A predictor over a table that is asked in shares of each column's range."""

    def __init__(self, inner: Predictor) -> None:
        super().__init__(inner)
        self.scale = Scale.of(inner.card.domain)
        self._card = msgspec.structs.replace(inner.card, domain=_in_shares(inner.card.domain, self.scale))

    @property
    def card(self) -> Card:
        """The inner one's, with the domain in shares."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """As the inner one."""
        return self.inner.labels(self.scale.up(x))

    def scores(self, x: Inputs) -> Scores:
        """As the inner one."""
        return self.inner.scores(self.scale.up(x))

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """As the inner one, with gradients by shares."""
        logits, pull = self.inner.differentiate(self.scale.up(x))
        return logits, lambda weights: pull(weights) * self.scale.span


class ScaledRecipe(Recipe):
    """Trains in the table's own units on data that come in shares."""

    def __init__(self, inner: Recipe, domain: Domain) -> None:
        self.inner, self.scale = inner, Scale.of(domain)

    @property
    def name(self) -> str:
        """The inner one's."""
        return self.inner.name

    @property
    def digest(self) -> str:
        """SHA-256 over the inner one's and the scale."""
        parts = self.inner.digest.encode() + self.scale.low.tobytes() + self.scale.span.tobytes()
        return hashlib.sha256(parts).hexdigest()

    def fit(self, data: Dataset, seed: int) -> Predictor:
        """The inner one's model, asked in shares."""
        own = Dataset(x=self.scale.up(data.x), y=data.y, classes=data.classes, name=data.name)
        return Scaled(self.inner.fit(own, seed))


def in_shares(data: Dataset, domain: Domain) -> Dataset:
    """The same rows in shares of each column's range."""
    return Dataset(x=Scale.of(domain).down(data.x), y=data.y, classes=data.classes, name=data.name)


def gaps(domain: Domain) -> NDArray[np.float64]:
    """How far the next value of each column is, in the units of the domain: 1, or the share of the range that is."""
    if isinstance(domain, ScaledDomain):
        return np.asarray(gaps(domain.own) / Scale.of(domain.own).span, np.float64)
    return np.array([_gap(feature) for feature in domain.features], float)


def _gap(feature: Feature) -> float:
    if feature.kind == "categorical" and len(feature.categories) > 1:
        return float(np.diff(np.unique(feature.categories)).min())
    return 1.0


def _in_shares(domain: Domain, scale: Scale) -> ScaledDomain:
    def share(value: float, i: int) -> float:
        return float((value - scale.low[i]) / scale.span[i])

    features = tuple(
        Feature(
            name=f.name,
            kind=f.kind,
            low=share(f.low, i),
            high=share(f.high, i),
            direction=f.direction,
            cost=f.cost * float(scale.span[i]),
            categories=tuple(share(value, i) for value in f.categories),
        )
        for i, f in enumerate(domain.features)
    )
    return ScaledDomain(modality=domain.modality, shape=domain.shape, low=0, high=1, features=features, own=domain)
