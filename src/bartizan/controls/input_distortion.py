"""Inputs are altered before the model sees them, so that finely tuned manipulations break.

Strengths are shares of the span of each value. Every guard here can be attacked by one who knows it: through smoothing
the gradient is exact, rounding is passed over straight (BPDA: Athalye, Carlini and Wagner 2018, section 4.1), and noise
is drawn anew for each gradient.
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Guard
from bartizan.controls.ranges import Bits, Count, Positive, Strength
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Card, Labels, Predictor, Pull, Scores, Unsuitable, Wrapped

Distort = Callable[[Inputs], Inputs]
"""A batch -> a batch of the same shape."""


class Distorted(Wrapped):
    """A target that is asked about altered inputs. Where altering fails, the input is refused."""

    def __init__(
        self, inner: Predictor, distort: Distort, back: Distort | None = None, *, random: bool = False
    ) -> None:
        super().__init__(inner)
        self._distort, self._back, self._random = distort, back, random

    @property
    def card(self) -> Card:
        """The inner one's; random where the alteration is."""
        return msgspec.structs.replace(self.inner.card, random=self._random or self.inner.card.random)

    def labels(self, x: Inputs) -> Labels:
        """As the inner one, about the altered inputs."""
        altered, passed = self._altered(x)
        answer = np.full(len(x), REFUSED, np.int64)
        answer[passed] = self.inner.labels(altered)
        return answer

    def scores(self, x: Inputs) -> Scores:
        """As the inner one, about the altered inputs."""
        altered, passed = self._altered(x)
        answer = np.zeros((len(x), self.card.classes))
        answer[passed] = self.inner.scores(altered)
        return answer

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """Logits of the altered inputs; the pull goes back through the alteration, or straight past it."""
        altered, passed = self._altered(x)
        answer = np.zeros((len(x), self.card.classes))
        answer[passed], pull = self.inner.differentiate(altered)

        def back(weights: Scores) -> Inputs:
            gradient = np.zeros(x.shape)
            inner = pull(weights[passed])
            gradient[passed] = self._back(inner) if self._back else inner
            return gradient

        return answer, back

    def _altered(self, x: Inputs) -> tuple[Inputs, NDArray[np.intp]]:
        """What the inner one is asked, and which rows these are."""
        found = self._attempt(x)
        if found is not None:
            return found, np.arange(len(x))
        each = [self._attempt(x[row : row + 1]) for row in range(len(x))]
        passed = np.array([row for row, one in enumerate(each) if one is not None], np.intp)
        kept = [one for one in each if one is not None]
        return (np.concatenate(kept) if kept else x[:0]), passed

    def _attempt(self, x: Inputs) -> Inputs | None:
        try:
            found = self._distort(x).astype(x.dtype)
        except Exception:  # whatever an input does to the guard, it must not reach the model unaltered
            return None
        return found if found.shape == x.shape and np.isfinite(found).all() else None


class InputDistortion(Guard, frozen=True):
    """Root of the guards that alter the input."""

    id: ClassVar[ControlId] = ControlId("input_distortion")
    images_only: ClassVar[bool] = False

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> Predictor:
        """The target behind the alteration. Unsuitable for texts, and for tables where neighbours count."""
        domain = fit_to_distort(target, self.title, images_only=self.images_only)
        return self._around(target, domain, rng)

    @abc.abstractmethod
    def _around(self, target: Predictor, domain: Domain, rng: np.random.Generator) -> Predictor:
        """The target behind the alteration."""


def fit_to_distort(target: Predictor, title: str, *, images_only: bool = False) -> Domain:
    """The target's domain. Raises Unsuitable where its inputs cannot be altered so."""
    domain = target.card.domain
    if domain.modality == "text":
        raise Unsuitable(f"{title} alters numbers, and {target.card.name} reads texts")
    if images_only and (domain.modality != "image" or len(domain.shape) < 2):
        raise Unsuitable(f"{title} needs neighbouring pixels, and {target.card.name} reads a {domain.modality}")
    return domain


def noisy_span(domain: Domain) -> Inputs:
    """The span of each value that may be blurred: not of categories, nor of what no attacker can change."""
    span = domain.span()
    fixed = [f.kind == "categorical" or f.direction == "none" for f in domain.features]
    return np.where(fixed, 0.0, span) if domain.features else span


class Squeezing(InputDistortion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fewer levels of each value, and a median over neighbouring pixels."""

    variant: ClassVar[str] = "squeeze"
    title: ClassVar[str] = "Feature squeezing"
    source: ClassVar[str] = "Xu, Evans and Qi 2018, 'Feature squeezing', section 3"

    bits: Bits = 4
    """Of each value; 2 ** bits levels between its bounds. Values without bounds stay."""
    window: Count = 1
    """Side of the square whose median a pixel becomes; 1: none. Images only."""

    def _around(self, target: Predictor, domain: Domain, rng: np.random.Generator) -> Predictor:
        if self.window > 1:
            fit_to_distort(target, self.title, images_only=True)
        return Distorted(target, lambda x: squeezed(x, domain, self.bits, self.window))


def squeezed(x: Inputs, domain: Domain, bits: int, window: int = 1) -> Inputs:
    """The batch with 2 ** bits levels a value, after a median over ``window`` x ``window`` pixels; same shape."""
    low, high = domain.bounds()
    bounded = np.isfinite(low) & np.isfinite(high)
    base, levels = np.where(bounded, low, 0.0), 2**bits - 1
    if window > 1:
        x = need("scipy.ndimage").median_filter(x, size=(*[1] * (x.ndim - 2), window, window))
    return np.where(bounded, base + np.rint((x - base) / domain.span() * levels) / levels * domain.span(), x)


class Noise(InputDistortion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gaussian noise, drawn anew for each question."""

    variant: ClassVar[str] = "noise"
    title: ClassVar[str] = "Noise on inputs"
    source: ClassVar[str] = "Cohen, Rosenfeld and Kolter 2019 tell why; without a vote it certifies nothing"
    random: ClassVar[bool] = True

    strength: Strength = 0.1
    """Standard deviation, as a share of the span of each value. Categories stay."""

    def _around(self, target: Predictor, domain: Domain, rng: np.random.Generator) -> Predictor:
        scale = self.strength * noisy_span(domain)
        return Distorted(target, lambda x: x + rng.standard_normal(x.shape) * scale, random=True)


class Smooth(InputDistortion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Gaussian blur over neighbouring pixels."""

    variant: ClassVar[str] = "smooth"
    title: ClassVar[str] = "Smoothing of images"
    source: ClassVar[str] = "Xu, Evans and Qi 2018, 'Feature squeezing', section 3.2"
    images_only: ClassVar[bool] = True

    width: Positive = 0.7
    """Standard deviation of the blur, in pixels."""

    def _around(self, target: Predictor, domain: Domain, rng: np.random.Generator) -> Predictor:
        gaussian: Any = need("scipy.ndimage").gaussian_filter
        edge = gaussian(np.ones(domain.shape[-2:]), self.width, mode="constant")

        def blur(x: Inputs) -> Inputs:
            found: Inputs = gaussian(x, (*[0] * (x.ndim - 2), self.width, self.width), mode="constant")
            return found

        # The kernel is symmetric and the border holds zeros, so that the blur is its own transpose.
        return Distorted(target, lambda x: blur(x) / edge, lambda gradient: blur(gradient / edge))


class Compression(InputDistortion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lossy compression as in JPEG: frequencies of blocks of 8 x 8 pixels are rounded, high ones more coarsely."""

    variant: ClassVar[str] = "compress"
    title: ClassVar[str] = "Lossy compression of images"
    source: ClassVar[str] = "Das et al. 2018, 'SHIELD'; Guo et al. 2018, section 3"
    images_only: ClassVar[bool] = True

    loss: Positive = 0.1
    """Rounding of the lowest frequency, as a share of the span; the highest is rounded 15 times as coarsely."""

    def _around(self, target: Predictor, domain: Domain, rng: np.random.Generator) -> Predictor:
        return Distorted(target, lambda x: np.clip(compressed(x, domain, self.loss), domain.low, domain.high))


def compressed(x: Inputs, domain: Domain, loss: float) -> Inputs:
    """The batch after rounding of its frequencies; same shape."""
    fft = need("scipy.fft")
    height, width = x.shape[-2:]
    whole = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(0, -height % 8), (0, -width % 8)], mode="edge")
    tall, wide = whole.shape[-2] // 8, whole.shape[-1] // 8
    blocks = whole.reshape(*x.shape[:-2], tall, 8, wide, 8)
    coarse = loss * (domain.high - domain.low) * (1 + np.arange(8)[:, None, None] + np.arange(8))
    frequencies = fft.dctn(blocks, axes=(-3, -1), norm="ortho")
    rounded = fft.idctn(np.rint(frequencies / coarse) * coarse, axes=(-3, -1), norm="ortho")
    found: Inputs = rounded.reshape(whole.shape)[..., :height, :width]
    return found
