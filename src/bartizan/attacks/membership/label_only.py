"""Membership from labels alone: what a model was trained on, it gets right, and how easily it is led astray tells more.

Sturdy and right is no proof: an easy record is both for every model. Right but brittle often is, where labels are
noisy: nobody gets such a record right who has not seen it. Which of the two holds is learnt from shadow models where
the attacker can make them; else the sturdier record is taken for the member, as in the paper's simplest form.
"""

from __future__ import annotations

import hashlib
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Knowledge, Membership
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset, split
from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.predictor import Predictor

_BINS = 8
"""Of sturdiness; how often members fall into each is learnt from the shadows."""
_AT_ONCE = 20_000
"""Inputs asked in one call."""


class LabelOnly(Membership, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Counts how many disturbed copies of a record are still answered rightly, in place of its distance to the border.

    1 + copies x scales queries a record, and for images 8 more for shifts by a pixel; two shadow models where there is
    a recipe, and data to train them on.
    """

    id: ClassVar[str] = "membership_label_only"
    title: ClassVar[str] = "Membership by labels alone"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("membership_inference"),)
    source: ClassVar[str] = "C. Choquette-Choo et al., Label-Only Membership Inference Attacks, ICML 2021, section 3"

    copies: int = 10
    """Disturbed copies of each record at each scale."""
    scales: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.4)
    """Of the noise, in standard deviations of each feature (images: of all pixels); also the share of categories
    that are drawn anew."""

    def __post_init__(self) -> None:
        """Refuse what disturbs nothing."""
        if self.copies < 1 or not self.scales or min(self.scales) <= 0:
            raise ValueError("at least one copy and one scale above 0 are needed, or nothing is disturbed")

    def suspect(
        self, target: Predictor, records: Dataset, knowledge: Knowledge, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """How much likelier a member, by the shadows, as a log ratio; without them right (1) plus sturdy (0 to 1)."""
        domain = target.card.domain
        width = _width(records if knowledge.reserve is None else knowledge.reserve, domain)
        seed = int(rng.integers(2**31))
        right, sturdy = self._watch(target, records, width, domain, rng)
        table = self._learnt(knowledge, width, domain, seed)
        if table is None:
            return np.asarray(right + sturdy, np.float64)
        return np.asarray(table[right.astype(int), _bin(sturdy)], np.float64)

    def _watch(
        self, model: Predictor, records: Dataset, width: Inputs, domain: Domain, rng: np.random.Generator
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Whether each record is answered rightly, and the share of its disturbed copies that are."""
        right = np.asarray(model.labels(records.x) == records.y)
        kept, copies = np.zeros(len(records)), 0
        if domain.modality == "image" and records.x.ndim == 4:
            for shift in _SHIFTS:
                kept += model.labels(np.roll(records.x, shift, axis=(2, 3))) == records.y
                copies += 1
        for scale in self.scales:
            copies += self.copies
            for rows in _batches(len(records), self.copies):
                again = np.repeat(records.x[rows], self.copies, axis=0)
                answers = model.labels(_disturbed(again, scale, width, domain, rng))
                kept[rows] += (answers.reshape(-1, self.copies) == records.y[rows, None]).sum(axis=1)
        return right, kept / copies

    def _learnt(self, knowledge: Knowledge, width: Inputs, domain: Domain, seed: int) -> NDArray[np.float64] | None:
        """The log ratio of members to others for wrong and right by sturdiness, shape (2, bins); None: cannot know."""
        data = knowledge.population if knowledge.population is not None else knowledge.reserve
        recipe = knowledge.recipe
        if data is None or recipe is None:
            return None

        def make() -> bytes:
            rng = np.random.default_rng(seed)
            halves = split(data, (0.5, 0.5), rng)
            counts = np.ones((2, 2, _BINS))
            for i in (0, 1):
                shadow = recipe.fit(halves[i], seed)
                for j in (0, 1):
                    right, sturdy = self._watch(shadow, halves[j], width, domain, rng)
                    np.add.at(counts[int(i == j)], (right.astype(int), _bin(sturdy)), 1)
            return msgspec.json.encode(counts.tolist())

        known = (self, recipe.digest, data.digest, domain, width.tolist(), seed)
        key = "label-only-" + hashlib.sha256(repr(known).encode()).hexdigest()
        counts = np.array(msgspec.json.decode(knowledge.store(key, make) if knowledge.store is not None else make()))
        shares = counts / counts.sum(axis=(1, 2), keepdims=True)
        return np.asarray(np.log(shares[1] / shares[0]))


def _bin(sturdy: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray(np.minimum((sturdy * _BINS).astype(np.int64), _BINS - 1))


_SHIFTS = tuple((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0))


def _batches(n: int, copies: int) -> list[slice]:
    step = max(1, _AT_ONCE // copies)
    return [slice(start, start + step) for start in range(0, n, step)]


def _width(sample: Dataset, domain: Domain) -> Inputs:
    """A standard deviation for each value, shape of a sample."""
    values = np.asarray(sample.x, float)
    if domain.modality == "image":
        return np.full(values.shape[1:], values.std())
    return np.asarray(values.std(axis=0))


def _disturbed(x: Inputs, scale: float, width: Inputs, domain: Domain, rng: np.random.Generator) -> Inputs:
    """One disturbed copy of each, within the domain's bounds. What nobody may change in earnest may be asked about."""
    low, high = domain.bounds()
    moved = np.clip(x + scale * width * rng.normal(size=x.shape), low, high)
    for i, feature in enumerate(domain.features):
        moved[:, i] = _valid(feature, x[:, i], moved[:, i], scale, rng)
    return moved.astype(x.dtype, copy=False)


def _valid(feature: Feature, x: Inputs, moved: Inputs, scale: float, rng: np.random.Generator) -> Inputs:
    if feature.kind == "integer":
        return np.rint(moved)
    if feature.kind == "categorical":
        if not feature.categories:
            return x
        return np.where(rng.random(len(x)) < scale, rng.choice(feature.categories, len(x)), x)
    return moved
