"""Changes to images that need no model: turned, shifted, scaled, noisy, blurred, darker or brighter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar, TypeAlias

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.goal import Aim
from bartizan.attacks.reach import Rows
from bartizan.core.extras import need
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs, Modality
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Predictor, Unsuitable

Change: TypeAlias = Callable[[Inputs], Inputs]
"""Images (m, channels, height, width) -> the same, changed; may leave the bounds."""


class ImageChanges(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tries simple changes from faint to strong until one is answered wrongly; one query a sample and change.

    Turned, shifted or scaled images are far away in any norm though they look alike: they count where the limit is
    wide, or where they happen to lie within it. Light, contrast and noise go as far as a narrow limit allows.
    """

    id: ClassVar[str] = "image_changes"
    title: ClassVar[str] = "simple changes to images"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("zero_knowledge_evasion"))
    modalities: ClassVar[tuple[Modality, ...]] = ("image",)
    source: ClassVar[str] = (
        "Engstrom et al. 2019, section 3 (worst of a grid); Hendrycks and Dietterich 2019, section 3"
    )

    degrees: float = 30.0
    """How far images are turned at most, either way."""
    shift: float = 0.15
    """How far they are shifted at most, as a part of their side."""
    zoom: float = 0.25
    """By how much they are made larger or smaller at most."""
    light: float = 0.3
    """By how much they are made brighter or darker at most, as a part of the range."""
    noise: float = 0.3
    """Amplitude of noise at most, as a part of the range."""
    blur: float = 1.0
    """Standard deviation of the blur at most, in pixels."""
    levels: int = 3
    """Strengths of each change between nothing and the most."""
    tries: int = 30
    """Combinations of turn, shift and zoom drawn at random after that, for each sample alike."""
    wanted: int | None = None
    """The class that it wants; None: any wrong one."""

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """What is answered wrongly so far, after each change. Within the limit if anything was; else beyond it."""
        domain = target.card.domain
        if len(domain.shape) not in {2, 3}:
            raise Unsuitable(f"{self.title} need a height and a width; samples have the shape {domain.shape}")
        rows, found = np.arange(len(origin)), origin.x.copy()
        aim = Aim(target, origin.y, self.wanted)
        rows = rows[~aim.given(origin.x, rows)] if len(rows) else rows
        beyond = np.zeros(len(origin), bool)
        yield found
        for change in self._changes(domain, limit, rng):
            if not len(rows):
                return
            tries = _applied(change, origin.x[rows], domain)
            wrong = aim.given(tries, rows)
            within = limit.holds(tries, origin.x[rows])
            _keep(found, rows, tries, wrong & (within | ~beyond[rows]))
            beyond[rows[wrong & ~within]] = True
            rows = rows[~(wrong & within)]
            yield found.copy()

    def _changes(self, domain: Domain, limit: Limit, rng: np.random.Generator) -> Iterator[Change]:
        wide = domain.high - domain.low
        near = limit.radius if limit.norm == "linf" else np.inf
        for strength in np.arange(1, self.levels + 1) / self.levels:
            light, noise = (min(most * wide, near) * strength for most in (self.light, self.noise))
            for sign in (1.0, -1.0):
                yield partial(_lit, by=sign * light)
                yield partial(_contrasted, by=sign * light / wide, middle=(domain.low + domain.high) / 2)
                yield partial(_moved, degrees=sign * strength * self.degrees)
                yield partial(_moved, zoom=1 + sign * strength * self.zoom)
                yield partial(_moved, down=sign * strength * self.shift)
                yield partial(_moved, right=sign * strength * self.shift)
            yield partial(_noisy, by=noise, rng=rng)
            yield partial(_blurred, sigma=strength * self.blur)
        for _ in range(self.tries):
            turn, zoom, down, right = rng.uniform(-1, 1, 4)
            yield partial(
                _moved,
                degrees=turn * self.degrees,
                zoom=1 + zoom * self.zoom,
                down=down * self.shift,
                right=right * self.shift,
            )


def _keep(found: Inputs, rows: Rows, tries: Inputs, chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
    found[rows[chosen]] = tries[chosen]


def _applied(change: Change, x: Inputs, domain: Domain) -> Inputs:
    """The change on images of any layout, clipped and in their own type."""
    shape = domain.shape
    last = len(shape) == 3 and shape[2] in {1, 3, 4} and shape[0] not in {1, 3, 4}
    images = np.moveaxis(x, 3, 1) if last else x.reshape(len(x), -1, *shape[-2:])
    changed = np.clip(change(images.astype(float)), domain.low, domain.high)
    laid = np.moveaxis(changed, 1, 3) if last else changed.reshape(x.shape)
    return domain.feasible(laid.astype(x.dtype), x)


def _lit(x: Inputs, by: float) -> Inputs:
    return np.asarray(x + by)


def _contrasted(x: Inputs, by: float, middle: float) -> Inputs:
    """No value goes farther than brightness by as much would: the ends of the range lie half a range off."""
    return np.asarray(middle + (x - middle) * (1 + 2 * by))


def _noisy(x: Inputs, by: float, rng: np.random.Generator) -> Inputs:
    return np.asarray(x + rng.choice((-by, by), x.shape))


def _blurred(x: Inputs, sigma: float) -> Inputs:
    return np.asarray(need("scipy.ndimage").gaussian_filter(x, (0, 0, sigma, sigma)))


def _moved(x: Inputs, degrees: float = 0.0, zoom: float = 1.0, down: float = 0.0, right: float = 0.0) -> Inputs:
    """Turned about the middle, enlarged, then shifted by parts of the sides; what comes in from outside is the edge."""
    height, width = x.shape[2:]
    angle = np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / max(zoom, 1e-3)
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    offset = middle - matrix @ (middle + np.array([down * height, right * width]))
    whole, start = np.eye(4), np.zeros(4)
    whole[2:, 2:], start[2:] = matrix, offset
    return np.asarray(need("scipy.ndimage").affine_transform(x, whole, start, order=1, mode="nearest"))
