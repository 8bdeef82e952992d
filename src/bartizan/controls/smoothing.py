"""Randomised smoothing: the majority answer under Gaussian noise, with a radius within which it cannot change.

The model should have been trained on noise of the same strength (train_data_distortion/noise), or it answers badly.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.controls.averaging import count_votes, majority, mean_probability, shares
from bartizan.controls.input_distortion import InputDistortion, noisy_span
from bartizan.controls.ranges import Count, Positive, Share
from bartizan.core.extras import need
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Capability, Card, Labels, Predictor, Pull, Scores, Wrapped

_AT_ONCE = 8192
"""Noisy copies that are held in memory and asked about in one batch."""


class Smoothing(InputDistortion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks about many noisy copies and answers by majority."""

    variant: ClassVar[str] = "smoothing"
    title: ClassVar[str] = "Randomised smoothing"
    source: ClassVar[str] = "Cohen, Rosenfeld and Kolter 2019, 'Certified adversarial robustness', sections 3.1 and 3.2"
    random: ClassVar[bool] = True

    strength: Positive = 0.25
    """Standard deviation of the noise, as a share of the span. More: larger radii, and less accurate."""
    copies: Count = 64
    """Asked about for each input: so many times the cost."""
    doubt: Share = 0.0
    """Inputs whose two first classes are not told apart at this level of significance are refused; 0: none."""

    def _around(self, target: Predictor, domain: Domain, rng: np.random.Generator) -> Smoothed:
        return Smoothed(target, self, self.strength * noisy_span(domain), rng)


class Smoothed(Wrapped):
    """A target that answers by the majority of its answers to noisy copies; scores are shares of the vote."""

    def __init__(self, inner: Predictor, control: Smoothing, scale: Inputs, rng: np.random.Generator) -> None:
        super().__init__(inner)
        self._control, self._scale, self._rng = control, scale, rng

    @property
    def card(self) -> Card:
        """The inner one's, random, and with scores: the vote gives them."""
        card = self.inner.card
        known: frozenset[Capability] = card.capabilities | {"scores"}
        return msgspec.structs.replace(card, random=True, capabilities=known)

    def labels(self, x: Inputs) -> Labels:
        """The majority's class; REFUSED where the vote is too close, if the control says so."""
        votes = self.votes(x, self._control.copies)
        return np.where(self._doubtful(votes), REFUSED, majority(votes)).astype(np.int64)

    def scores(self, x: Inputs) -> Scores:
        """The share of the copies that each class got; a row of zeros where the vote is too close."""
        votes = self.votes(x, self._control.copies)
        return shares(np.where(self._doubtful(votes)[:, None], 0, votes))

    def votes(self, x: Inputs, copies: int) -> NDArray[np.int64]:
        """How many of so many noisy copies got each class, shape (n, classes); refused copies do not count."""
        together = max(1, _AT_ONCE // copies)
        found = [self._votes(x[i : i + together], copies) for i in range(0, len(x), together)]
        return np.concatenate(found) if found else np.zeros((0, self.card.classes), np.int64)

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """Of the mean probability over at most 16 noisy copies; noise is drawn anew for each call."""
        copies, classes = min(self._control.copies, 16), self.card.classes
        logits, pull = self.inner.differentiate(self._noisy(x, copies))

        def pull_all(weights: NDArray[np.float64]) -> Inputs:
            gradient: Inputs = pull(weights.reshape(len(x) * copies, classes)).reshape(copies, *x.shape).sum(axis=0)
            return gradient

        return mean_probability(logits.reshape(copies, len(x), classes), pull_all)

    def certify(
        self, x: Inputs, *, first: int = 100, copies: int = 1000, alpha: float = 0.001
    ) -> tuple[Labels, NDArray[np.float64]]:
        """The answer to each input, and the L2 radius within which it holds with a probability of 1 - ``alpha``.

        The class is chosen on ``first`` copies and its probability bounded from below on ``copies`` others, by
        Clopper and Pearson. Distances are in shares of the span: for images from 0 to 1 the units of a pixel. It
        covers changes of values that are blurred: not of categories. REFUSED and 0 where no class is likely enough.
        Source: Cohen et al. 2019, algorithm CERTIFY.
        """
        chosen = majority(self.votes(x, first))
        hits = self.votes(x, copies)[np.arange(len(x)), np.maximum(chosen, 0)]
        lower = np.where(hits > 0, need("scipy.stats").beta.ppf(alpha, np.maximum(hits, 1), copies - hits + 1), 0.0)
        sure = (lower > 0.5) & (chosen != REFUSED)
        radius = self._control.strength * need("scipy.special").ndtri(np.where(sure, lower, 0.5))
        return np.where(sure, chosen, REFUSED).astype(np.int64), np.asarray(radius, np.float64)

    def _votes(self, x: Inputs, copies: int) -> NDArray[np.int64]:
        labels = self.inner.labels(self._noisy(x, copies))
        return count_votes(labels.reshape(copies, len(x)), self.card.classes)

    def _noisy(self, x: Inputs, copies: int) -> Inputs:
        noise = self._rng.standard_normal((copies, *x.shape)) * self._scale
        noisy: Inputs = (x + noise).astype(x.dtype).reshape(-1, *x.shape[1:])
        return noisy

    def _doubtful(self, votes: NDArray[np.int64]) -> NDArray[np.bool_]:
        if not self._control.doubt:
            return np.zeros(len(votes), bool)
        ranked = np.sort(votes, axis=1)
        top, both = ranked[:, -1], ranked[:, -1] + ranked[:, -2]
        chance = 2 * need("scipy.stats").binom.sf(top - 1, both, 0.5)
        return np.asarray(chance > self._control.doubt)
