"""Evasion input handling: refuse inputs that bear the traces of an adversarial change."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Guard
from bartizan.controls.guards.spaces import Points, Space, points_of
from bartizan.controls.guards.squeezing import Squeezer, squeezers
from bartizan.controls.guards.suspicion import Detector, Suspicion, halves, numeric
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels, Predictor, Pull, Scores, Unsuitable

_ID = ControlId("evasion_input_handling")


class SqueezingDetector(Detector):
    """Refuses inputs whose answer changes when they are squeezed."""

    def __init__(self, inner: Predictor, guard: str, ways: tuple[Squeezer, ...]) -> None:
        super().__init__(inner, guard)
        self._ways = ways
        self._usual = np.ones((len(ways), 1))

    def suspicion(self, x: Inputs) -> Suspicion:
        """How much more the scores change by squeezing than is usual, for the squeezer that tells most; shape (n,)."""
        return np.asarray((self._changes(x) / self._usual).max(axis=0))

    def learn(self, ordinary: Inputs, quantile: float) -> None:
        """What is usual for each squeezer: a coarse one that changes much must not drown out the others."""
        self._usual = np.maximum(np.quantile(self._changes(ordinary), quantile, axis=1, keepdims=True), 1e-3)

    def _changes(self, x: Inputs) -> NDArray[np.float64]:
        """L1 distances between the scores of the inputs and of squeezed ones, 0 to 2, shape (squeezers, n)."""
        plain = self.inner.scores(x)
        return np.stack([np.abs(self.inner.scores(squeeze(x)) - plain).sum(axis=1) for squeeze in self._ways])

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """Mean logits over the input and its squeezed versions, which squeezing lets through unchanged on the way back.

        An attack that follows them seeks inputs on which the views agree, which is what passes the detector (He et al.
        2017, section 4). The input counts half; the squeezers share the rest, the less those that are coarse.
        """
        plain, pull = super().differentiate(x)
        others = [self.inner.differentiate(squeeze(x)) for squeeze in self._ways]
        shares = np.concatenate([[0.5], 0.5 * (1 / self._usual[:, 0]) / (1 / self._usual).sum()])
        logits = np.einsum("v,vnc->nc", shares, np.stack([plain, *(logits for logits, _ in others)]))
        pulls = [pull, *(pull for _, pull in others)]

        def back(weights: Scores) -> Inputs:
            return np.asarray(sum(share * each(weights) for share, each in zip(shares, pulls, strict=True)), x.dtype)

        return logits, back


class FeatureSqueezing(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Compares the answer on the input with those on squeezed versions of it."""

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "squeezing"
    title: ClassVar[str] = "Feature squeezing"
    source: ClassVar[str] = "Xu et al. 2018, Feature squeezing, section V"

    false_positives: float = 0.05
    bits: int = 2
    """Values are rounded to 2 ** bits levels over their span."""
    window: int = 2
    """Images: the side of the median filter; 1 for none."""

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> SqueezingDetector:
        """Raises Unsuitable where the target gives no scores."""
        numeric(target, self.title)
        if "scores" not in target.card.capabilities:
            raise Unsuitable(f"{self.title} compares scores, which {target.card.name} does not give")
        detector = SqueezingDetector(target, self.name, squeezers(target.card.domain, self.bits, self.window))
        known, others = halves(clean, rng)
        detector.learn(known.x, 1 - self.false_positives)
        detector.calibrated(others, self.false_positives)
        return detector


class DensityDetector(Detector):
    """Refuses inputs that lie where the class they are answered with has little mass."""

    def __init__(self, inner: Predictor, guard: str, points: Callable[[Inputs], Points], known: Dataset) -> None:
        super().__init__(inner, guard)
        self._points = points
        places, answers = points(known.x), inner.labels(known.x)
        self._of = {int(label): places[answers == label] for label in np.unique(answers)}
        self._width = {label: _width(some) for label, some in self._of.items()}

    def suspicion(self, x: Inputs) -> Suspicion:
        """Minus the log of the class's density, shape (n,); infinite for a class that ordinary inputs never get."""
        places, labels = self._points(x), self.inner.labels(x)
        found = np.full(len(x), np.inf)
        for label, some in self._of.items():
            rows = labels == label
            squares = need("scipy.spatial.distance").cdist(places[rows], some, "sqeuclidean")
            kernel = -squares / (2 * self._width[label] ** 2)
            found[rows] = np.log(len(some)) - need("scipy.special").logsumexp(kernel, axis=1)
        return found


def _width(points: Points) -> float:
    """Of the kernel: the median distance to the nearest neighbour, so that each point sees a few others."""
    if len(points) < 2:
        return 1.0
    distances = need("scipy.spatial.distance").squareform(need("scipy.spatial.distance").pdist(points))
    np.fill_diagonal(distances, np.inf)
    return float(np.median(distances.min(axis=1))) or 1.0


class KernelDensity(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tests how likely the input is among ordinary ones with the same answer."""

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "density"
    title: ClassVar[str] = "Kernel density of the answered class"
    source: ClassVar[str] = "Feinman et al. 2017, Detecting adversarial samples from artifacts, section 4.1"

    false_positives: float = 0.05
    space: Space = "inputs"

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> DensityDetector:
        """Fitted on half of the clean inputs, its threshold set on the other half."""
        numeric(target, self.title)
        known, others = halves(clean, rng)
        detector = DensityDetector(target, self.name, points_of(target, self.space, known.x), known)
        passable = others.take(np.isfinite(detector.suspicion(others.x)))
        detector.calibrated(passable, self.false_positives)
        return detector


class TrainedDetector(Detector):
    """Refuses what a classifier takes for attacked."""

    def __init__(self, inner: Predictor, guard: str, points: Callable[[Inputs], Points], model: object) -> None:
        super().__init__(inner, guard)
        self._points, self._model = points, model

    def suspicion(self, x: Inputs) -> Suspicion:
        """The classifier's probability that the input was attacked, shape (n,)."""
        return np.asarray(self._model.predict_proba(self._points(x))[:, 1], np.float64)  # type: ignore[attr-defined]


class DetectorNetwork(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second classifier that was trained to tell attacked inputs from ordinary ones.

    It learns from one kind of attack: steps along the sign of the gradient where the target gives one, else ordinary
    inputs moved towards another class until the answer changes. Other attacks may look different to it.
    """

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "detector"
    title: ClassVar[str] = "Trained detector"
    source: ClassVar[str] = "Metzen et al. 2017, On detecting adversarial perturbations; Gong et al. 2017"

    false_positives: float = 0.05
    radius: float = 0.1
    """How far the inputs to learn from are changed: each value at most by this share of its span."""
    steps: int = 5

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> TrainedDetector:
        """Trained on half of the clean inputs and attacked copies, its threshold set on the other half."""
        numeric(target, self.title)
        known, others = halves(clean, rng)
        attacked = _attacked(target, known, self.radius, self.steps, rng)
        points = points_of(target, "inputs", known.x)
        model = need("sklearn.ensemble").ExtraTreesClassifier(
            200, min_samples_leaf=3, class_weight="balanced", random_state=int(rng.integers(2**31))
        )
        x = np.concatenate([known.x, attacked])
        model.fit(points(x), np.arange(len(x)) >= len(known))
        detector = TrainedDetector(target, self.name, points, model)
        detector.calibrated(others, self.false_positives)
        return detector


def _attacked(target: Predictor, known: Dataset, radius: float, steps: int, rng: np.random.Generator) -> Inputs:
    if "gradients" in target.card.capabilities:
        return _along_gradients(target, known, radius, steps)
    labels = target.labels(known.x)
    pairs = rng.permutation(len(known))
    apart = labels != labels[pairs]
    if not apart.any():
        raise Unsuitable(f"{target.card.name} answers one class to all ordinary inputs: there is nothing to learn from")
    return _moved(target, known.x[apart], known.x[pairs][apart], labels[apart])


def _along_gradients(target: Predictor, known: Dataset, radius: float, steps: int) -> Inputs:
    domain, x = target.card.domain, known.x.copy()
    reach = radius * domain.span()
    low, high = domain.bounds()
    for _ in range(steps):
        logits, pull = target.differentiate(x)
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        uphill = pull(exps / exps.sum(axis=1, keepdims=True) - np.eye(known.classes)[known.y])
        stepped = x + 1.5 * reach / steps * np.sign(uphill)
        x = np.clip(np.clip(stepped, known.x - reach, known.x + reach), low, high).astype(known.x.dtype)
    return x


def _moved(target: Predictor, x: Inputs, towards: Inputs, labels: Labels) -> Inputs:
    """Each input moved on the line to another until just past where the answer changes, by ten halvings."""
    low, high = np.zeros(len(x)), np.ones(len(x))
    for _ in range(10):
        middle = (low + high) / 2
        same = target.labels(_between(x, towards, middle)) == labels
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return _between(x, towards, high)


def _between(x: Inputs, towards: Inputs, share: Suspicion) -> Inputs:
    weights = share.reshape(-1, *[1] * (x.ndim - 1))
    return np.asarray(x + weights * (towards - x), x.dtype)
