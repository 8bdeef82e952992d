"""Resource exhaustion: inputs that cost the target more than ordinary ones.

Only what is dearer beyond the noise of measuring counts. Where the model's cost does not depend on the input, the
originals come back unchanged, which the lab shows as a failed attack and not as strength.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Exhaustion
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs, Modality
from bartizan.targets.predictor import Predictor

Costs: TypeAlias = NDArray[np.float64]
Cost: TypeAlias = Callable[[Inputs], Costs]

_ODD = ("\u200b", "ﷺ", "𝔘", "é́́", "0x7f3a", "]]>", "%%", "aA1!", "…", "ǅ", "\\", "qzxj")
"""Characters and sequences that tokenisers, normalisers and patterns find dear."""


class Sponge(Exhaustion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Genetic search over the measured cost; every sample is a line of its own that may inherit from dear ones."""

    id: ClassVar[str] = "sponge"
    title: ClassVar[str] = "Sponge inputs by genetic search"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("sponge_attack"), ThreatId("ai_resource_exhaustion"))
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table", "text")
    source: ClassVar[str] = "Shumailov et al. 2021, Sponge examples, section 4.2 (genetic search)"

    generations: int = 30
    patience: int = 6
    """Stop after so many generations in a row in which nothing was dearer."""
    repeats: int = 2
    """How often each cost is measured; the smallest counts, for whatever disturbs a clock makes it slower."""
    longest: int = 4000
    """Texts: in characters, at most."""
    gain: float = 0.05
    """A change is kept where it raises the cost by this share, and by more than the noise."""

    @property
    def strong(self) -> bool:
        """With thirty generations."""
        return self.generations >= 30

    def propose(self, target: Predictor, origin: Dataset, cost: Cost, rng: np.random.Generator) -> Iterator[Inputs]:
        """The dearest inputs so far, one for each of the originals; the originals where nothing is dearer."""
        domain = target.card.domain
        best, (prices, noise) = origin.x.copy(), self._measured(cost, origin.x)
        yield best.copy()
        idle = 0
        for generation in range(self.generations):
            children = self._children(best, origin.x, prices, domain, rng, first=generation == 0)
            found, spread = self._measured(cost, children)
            dearer = found > prices + np.maximum(self.gain * np.abs(prices), max(noise, spread))
            best[dearer], prices[dearer] = children[dearer], found[dearer]
            idle = 0 if dearer.any() else idle + 1
            if idle == self.patience:
                break
            yield best.copy()
        yield self._confirmed(best, origin.x, cost)

    def _measured(self, cost: Cost, x: Inputs) -> tuple[Costs, float]:
        """The smallest of the repeated costs, shape (n,), and their noise: how far two smallest ones may be apart."""
        costs = np.stack([np.asarray(cost(x), np.float64) for _ in range(max(2, self.repeats))])
        ordered = np.sort(costs, axis=0)
        return ordered[0], float(3 * np.median(ordered[1] - ordered[0])) if len(x) else 0.0

    def _confirmed(self, best: Inputs, origin: Inputs, cost: Cost) -> Inputs:
        """Measured again, side by side: a lucky measurement is no find."""
        once, noise = self._measured(cost, best)
        before, other = self._measured(cost, origin)
        dearer = once > before + np.maximum(self.gain * np.abs(before), max(noise, other))
        chosen = origin.copy()
        chosen[dearer] = best[dearer]
        return chosen

    def _children(
        self, best: Inputs, origin: Inputs, prices: Costs, domain: Domain, rng: np.random.Generator, *, first: bool
    ) -> Inputs:
        elite = best[np.argsort(-prices)[: max(1, len(best) // 4)]]
        mates = elite[rng.integers(len(elite), size=len(best))]
        if domain.modality == "text":
            return np.array([self._text(a, b, rng) for a, b in zip(best, mates, strict=True)], object)
        return crossed(best, mates, origin, domain, rng, wild=first)

    def _text(self, text: str, mate: str, rng: np.random.Generator) -> str:
        odd = _ODD[rng.integers(len(_ODD))]
        cut = int(rng.integers(len(text) + 1))
        ways = (
            lambda: text + " " + mate,
            lambda: text[:cut] + odd * int(rng.integers(1, 20)) + text[cut:],
            lambda: " ".join([text, *(odd + str(i) for i in rng.integers(10**6, size=20))]),
            lambda: text[:cut] + mate[cut:],
        )
        return ways[rng.integers(len(ways))]()[: self.longest]


def crossed(
    best: Inputs, mates: Inputs, origin: Inputs, domain: Domain, rng: np.random.Generator, *, wild: bool
) -> Inputs:
    """Children: values from a dear mate, and some drawn anew or shifted, within what could be handed in.

    A ``wild`` generation draws half of all values anew.
    """
    shape = (len(best), domain.size)
    flat, other = (np.asarray(x, np.float64).reshape(shape) for x in (best, mates))
    low, high = (np.asarray(bound, np.float64).reshape(-1) for bound in domain.bounds())
    low, high = np.where(np.isfinite(low), low, flat.min(axis=0)), np.where(np.isfinite(high), high, flat.max(axis=0))
    children = np.where(rng.random(shape) < rng.random((len(best), 1)) * 0.7, other, flat)
    share = 0.5 if wild else rng.choice([0.02, 0.1, 0.3], (len(best), 1))
    drawn = rng.random(shape) < share
    children = np.where(drawn, rng.uniform(low, high, shape), children)
    shifted = rng.random(shape) < 0.05
    children = np.where(shifted, children + rng.normal(0, 0.1, shape) * (high - low), children)
    return domain.feasible(children.reshape(best.shape).astype(best.dtype), origin)
