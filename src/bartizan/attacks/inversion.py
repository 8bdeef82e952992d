"""Model inversion: a likeness of each class, painted by asking the model what would look more like it.

Fredrikson's MIFace climbs the confidence pixel by pixel, and ends where the model is sure and nobody sees anything.
Here the likeness is the most probable input given its class: the margin of the class plus the log of a normal
distribution of inputs. That is learnt from unlabelled data in reserve; without any, neighbouring pixels of a blank
image are taken to be alike (in place of a penalty on total variation: it also says which directions to search).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Inversion, Knowledge
from bartizan.core.terms import ThreatId
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import Capability, Labels, Predictor

_DIRECTIONS = 100
"""At most so many directions of change are searched."""
_EXPLAINED = 0.99
_SAMPLE = 2_000
_TINY = 1e-9
_EOT = 4
"""Answers averaged where a target answers at random."""

Values: TypeAlias = NDArray[np.float64]
Slope: TypeAlias = Callable[[Values], tuple[Values, Values]]
"""Positions, (n, directions) -> margin of each, (n,), and its gradient by the position."""


class Canvas(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs as a standard normal distribution of positions sees them."""

    centre: Values
    """(size,): what an input is like when nothing is known."""
    basis: Values
    """(directions, size): what one step in each direction changes."""
    domain: Domain
    kind: np.dtype[np.generic]

    def paint(self, position: Values) -> Inputs:
        """The inputs at these positions, within the domain's bounds; (n, directions) -> (n, *shape)."""
        low, high = self.domain.bounds()
        made = (self.centre + position @ self.basis).reshape(len(position), *self.domain.shape)
        return np.clip(made, low, high).astype(self.kind)


class GradientInversion(Inversion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Climbs by the target's gradient. Two queries a start and step."""

    id: ClassVar[str] = "inversion_gradient"
    title: ClassVar[str] = "Model inversion by gradient"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("model_inversion"),)
    needs: ClassVar[frozenset[Capability]] = frozenset({"gradients"})
    source: ClassVar[str] = (
        "M. Fredrikson et al., Model Inversion Attacks that Exploit Confidence Information, CCS 2015, section 5, "
        "with a normal prior over inputs"
    )

    steps: int = 100
    starts: int = 4
    """Starting points for each class; the best is kept."""
    rate: float = 0.1
    """Of Adam, in standard deviations of the prior; a third of it in the last two fifths of the steps."""
    prior: float = 1.0
    """Weight of the prior against the margin; less paints surer and odder likenesses."""

    @property
    def strong(self) -> bool:
        """With 100 steps or more from two starts or more."""
        return self.steps >= 100 and self.starts >= 2

    def reconstruct(
        self, target: Predictor, classes: Labels, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The likeliest input found for each class, after each step."""
        canvas = _canvas(knowledge, target.card.domain)
        wanted = np.tile(classes, self.starts)

        def slope(position: Values) -> tuple[Values, Values]:
            draws = [_gradient(target, canvas, position, wanted) for _ in range(_EOT if target.card.random else 1)]
            return np.mean([one[0] for one in draws], axis=0), np.mean([one[1] for one in draws], axis=0)

        start = 0.3 * rng.normal(size=(len(wanted), len(canvas.basis)))
        yield from _climb(slope, start, canvas, (self.steps, self.rate, self.prior), len(classes))


class ScoreInversion(Inversion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Climbs by differences of scores in random directions. ``2 x samples`` queries a start and step."""

    id: ClassVar[str] = "inversion_score"
    title: ClassVar[str] = "Model inversion by scores"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("model_inversion"),)
    needs: ClassVar[frozenset[Capability]] = frozenset({"scores"})
    source: ClassVar[str] = (
        "M. Fredrikson et al., CCS 2015, section 5, with natural evolution strategies in place of the gradient "
        "(D. Wierstra et al., JMLR 15, 2014; antithetic sampling)"
    )

    steps: int = 60
    starts: int = 1
    samples: int = 16
    """Pairs of opposite directions asked about at each step."""
    width: float = 0.2
    """How far they lie, in standard deviations of the prior; narrow ones see no slope on a forest."""
    rate: float = 0.15
    prior: float = 1.0

    def reconstruct(
        self, target: Predictor, classes: Labels, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The likeliest input found for each class, after each step."""
        canvas = _canvas(knowledge, target.card.domain)
        wanted = np.tile(classes, self.starts)

        def slope(position: Values) -> tuple[Values, Values]:
            ways = rng.normal(size=(self.samples, *position.shape))
            asked = np.concatenate([position + self.width * ways, position - self.width * ways])
            inputs = canvas.paint(asked.reshape(-1, position.shape[1]))
            margins = _margin(np.log(target.scores(inputs) + 1e-6), np.tile(wanted, 2 * self.samples))
            ahead, behind = margins.reshape(2, self.samples, len(position))
            rise = (ahead - behind) / (2 * self.width)
            return margins.reshape(-1, len(position)).mean(axis=0), np.einsum("sn,snk->nk", rise, ways) / self.samples

        start = 0.3 * rng.normal(size=(len(wanted), len(canvas.basis))) * (self.starts > 1)
        yield from _climb(slope, start, canvas, (self.steps, self.rate, self.prior), len(classes))


def baseline(classes: Labels, knowledge: Knowledge, domain: Domain) -> Inputs:
    """What anybody could paint who never asked the target: the mean of the reserve, or a blank; one for each class."""
    canvas = _canvas(knowledge, domain)
    return canvas.paint(np.zeros((len(classes), len(canvas.basis))))


def _climb(
    slope: Slope, position: Values, canvas: Canvas, schedule: tuple[int, float, float], classes: int
) -> Iterator[Inputs]:
    """Adam on margin minus prior x half the squared distance from the centre; the best of each class so far."""
    steps, rate, prior = schedule
    best, height = np.zeros((classes, position.shape[1])), np.full(classes, -np.inf)
    mean, square = np.zeros_like(position), np.zeros_like(position)
    for step in range(steps):
        margin, gradient = slope(position)
        value = (margin - prior / 2 * (position**2).sum(axis=1)).reshape(-1, classes)
        top = value.argmax(axis=0)
        better = value.max(axis=0) > height
        best[better] = position.reshape(-1, classes, position.shape[1])[top, np.arange(classes)][better]
        height = np.maximum(height, value.max(axis=0))
        yield canvas.paint(best)
        gradient = gradient - prior * position
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        pace = rate if step < 0.6 * steps else rate / 3
        change = mean / (1 - 0.9 ** (step + 1)) / (np.sqrt(square / (1 - 0.99 ** (step + 1))) + _TINY)
        position = position + pace * change


def _gradient(target: Predictor, canvas: Canvas, position: Values, wanted: Labels) -> tuple[Values, Values]:
    """Margins and their gradient by the position. Clipping is ignored: a pixel at its bound may come back."""
    logits, pull = target.differentiate(canvas.paint(position))
    weights = -_softmax_of_others(logits, wanted)
    weights[np.arange(len(wanted)), wanted] = 1.0
    gradient = np.asarray(pull(weights), float).reshape(len(position), -1)
    return _margin(logits, wanted), gradient @ canvas.basis.T


def _margin(logits: Values, wanted: Labels) -> Values:
    """The log of how much likelier the class is than all others together."""
    rows = np.arange(len(wanted))
    others = logits.copy()
    others[rows, wanted] = -np.inf
    top = others.max(axis=1)
    return np.asarray(logits[rows, wanted] - top - np.log(np.exp(others - top[:, None]).sum(axis=1)))


def _softmax_of_others(logits: Values, wanted: Labels) -> Values:
    others = logits.copy()
    others[np.arange(len(wanted)), wanted] = -np.inf
    powers = np.exp(others - others.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _canvas(knowledge: Knowledge, domain: Domain) -> Canvas:
    """From the reserve where it holds anything to learn from, else from what the domain alone says."""
    reserve = knowledge.reserve
    if reserve is not None and len(reserve) > 1:
        values = np.asarray(reserve.x[:_SAMPLE], float).reshape(min(len(reserve), _SAMPLE), -1)
        # Columns of a table come in units of their own; pixels share theirs, and dark ones shall stay dark.
        unit = values.std(axis=0) + _TINY if domain.modality == "table" else np.ones(values.shape[1])
        spread = (values - values.mean(axis=0)) / unit / np.sqrt(len(values) - 1)
        _, lengths, ways = np.linalg.svd(spread, full_matrices=False)
        return Canvas(
            centre=values.mean(axis=0), basis=_leading(lengths, ways) * unit, domain=domain, kind=reserve.x.dtype
        )
    low, high = (np.broadcast_to(bound, domain.shape).ravel() for bound in domain.bounds())
    if domain.modality == "image":
        basis = 0.4 * float(domain.span().max()) * _smooth(domain.shape)
        return Canvas(centre=low.copy(), basis=basis, domain=domain, kind=np.dtype(np.float32))
    bounded = np.isfinite(low) & np.isfinite(high)
    centre = np.where(bounded, (np.where(bounded, low, 0) + np.where(bounded, high, 0)) / 2, 0.0)
    basis = np.diag(domain.span().ravel() / 4)
    return Canvas(centre=centre, basis=basis, domain=domain, kind=np.dtype(np.float64))


def _smooth(shape: tuple[int, ...]) -> Values:
    """Directions in which pixels an eighth of the width apart go together; the last two axes are height and width."""
    height, width = shape[-2:]
    places = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), axis=-1).reshape(-1, 2)
    apart = ((places[:, None] - places[None]) ** 2).sum(axis=-1)
    powers, ways = np.linalg.eigh(np.exp(-apart / (2 * (width / 8) ** 2)))
    leading = _leading(np.sqrt(powers.clip(0))[::-1], ways.T[::-1])
    layers = int(np.prod(shape[:-2], dtype=int))
    return np.asarray(np.kron(np.eye(layers), leading))


def _leading(lengths: Values, ways: Values) -> Values:
    """The longest directions that explain nearly all of the variance, each with its length; longest come first."""
    explained = np.cumsum(lengths**2) / max(float((lengths**2).sum()), _TINY)
    count = min(_DIRECTIONS, int(np.searchsorted(explained, _EXPLAINED)) + 1, len(lengths))
    return np.asarray(ways[:count] * lengths[:count, None])
