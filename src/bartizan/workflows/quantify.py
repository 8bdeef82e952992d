"""Annual loss by Monte Carlo, in the manner of FAIR: how often a loss happens, times how much it costs each time.

For every risk and every simulated year: the yearly rate is drawn from the PERT distribution of the risk's likelihood
step, the number of events from Poisson with that rate, and each event's loss from the PERT distribution of its impact
step (Open FAIR: The Open Group, Risk Taxonomy O-RT 3.0.1 and Risk Analysis O-RA 2.0.1; PERT with shape 4: Vose, Risk
Analysis, 3rd edition, 2008). Every risk draws from a stream of its own, named by the seed and its id, so that adding
or reordering risks changes no other risk's draws.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bartizan.catalog.entries import Catalog
from bartizan.catalog.scales import Span
from bartizan.core.errors import MissingExtra
from bartizan.core.records import AnnualLoss, Assessment, Level, Loss, Risk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Losses = NDArray[np.float64]

TRIALS = 20_000
_SHAPE = 4.0
_SURE = 1.959963984540054
"""Standard deviations around the mean of a normal distribution that hold 95 % of it."""
_CHUNK = 1_000_000
"""Events drawn at a time, which bounds the memory."""
_CURVE = (0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.075, 0.05, 0.03, 0.02, 0.01)


def quantify(assessment: Assessment, catalog: Catalog, *, seed: int = 1, trials: int = TRIALS) -> Loss:
    """The annual loss that the risks of an assessment add up to: today, without controls, and after the plan.

    The same seed and trials give the same numbers. Raises MissingExtra without numpy, ValueError for less than one
    trial or a seed below 0.
    """
    if trials < 1 or seed < 0:
        raise ValueError("at least one trial, and a seed from 0")
    inherent, today, residual = _Simulator(catalog, seed, trials).years(assessment.risks)
    return Loss(
        mean=today.mean,
        median=today.median,
        p90=today.p90,
        p95=today.p95,
        intervals=today.intervals,
        curve=today.curve,
        per_risk=today.per_risk,
        unit=catalog.quantities.unit,
        trials=trials,
        seed=seed,
        inherent=inherent,
        residual=residual,
    )


def span_at(spans: Sequence[Span], step: int, steps: int) -> Span:
    """The span for a step (from 1) of a scale of ``steps``; spans for another number of steps are spread over it.

    Between two spans the numbers grow by equal factors, as the steps of a scale do.
    """
    place = (step - 1) / max(1, steps - 1) * (len(spans) - 1)
    below = min(math.floor(place), len(spans) - 1)
    above, part = min(below + 1, len(spans) - 1), place - below
    low, high = spans[below], spans[above]

    def between(a: float, b: float) -> float:
        return a if part == 0 else math.exp((1 - part) * math.log(a) + part * math.log(b))

    return Span(min=between(low.min, high.min), mode=between(low.mode, high.mode), max=between(low.max, high.max))


def _numpy() -> Any:
    try:
        import numpy  # noqa: PLC0415  heavy, and only this needs it
    except ImportError:
        raise MissingExtra("Quantifying the annual loss", "lab") from None
    return numpy


class _Simulator:
    def __init__(self, catalog: Catalog, seed: int, trials: int) -> None:
        self.np = _numpy()
        self.seed, self.trials = seed, trials
        self.quantities = catalog.quantities
        self.sizes = len(catalog.scales.likelihood), len(catalog.scales.impact)

    def years(self, risks: Sequence[Risk]) -> list[AnnualLoss]:
        """The annual loss without controls, today and after the plan, one risk after the other to save memory."""
        totals: list[Losses] = [self.np.zeros(self.trials) for _ in range(3)]
        parts: list[list[tuple[str, float]]] = [[] for _ in totals]
        for risk in sorted(risks, key=lambda r: r.id):
            known: dict[tuple[int, int], Losses] = {}
            for total, part, level in zip(totals, parts, (risk.inherent, risk.current, risk.residual), strict=True):
                key = level.likelihood, level.impact
                losses = known.get(key)
                if losses is None:
                    losses = known[key] = self._losses(risk.id, level)
                self.np.add(total, losses, out=total)
                part.append((risk.id, float(losses.mean())))
        return [self._summed_up(total, part) for total, part in zip(totals, parts, strict=True)]

    def _losses(self, risk: str, level: Level) -> Losses:
        rates = span_at(self.quantities.frequency, level.likelihood, self.sizes[0])
        sizes = span_at(self.quantities.magnitude, level.impact, self.sizes[1])
        return self._simulate(self._stream(risk), rates, sizes)

    def _stream(self, risk: str) -> np.random.Generator:
        words = self.np.frombuffer(hashlib.sha256(risk.encode()).digest(), dtype="<u4")
        seed = self.np.random.SeedSequence([self.seed, *map(int, words)])
        generator: np.random.Generator = self.np.random.Generator(self.np.random.PCG64(seed))
        return generator

    def _simulate(self, draw: np.random.Generator, rates: Span, sizes: Span) -> Losses:
        counts = draw.poisson(_pert(draw, rates, self.trials))
        losses: Losses = self.np.zeros(self.trials)
        for start, end in self._chunks(counts):
            years = self.np.repeat(self.np.arange(start, end), counts[start:end])
            paid = _pert(draw, sizes, len(years))
            losses += self.np.bincount(years, weights=paid, minlength=self.trials)
        return losses

    def _chunks(self, counts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        ends = self.np.searchsorted(self.np.cumsum(counts), self.np.arange(_CHUNK, counts.sum(), _CHUNK)) + 1
        borders = [0, *map(int, ends), self.trials]
        yield from ((a, b) for a, b in itertools.pairwise(borders) if a < b)

    def _summed_up(self, total: Losses, parts: Sequence[tuple[str, float]]) -> AnnualLoss:
        ordered: Losses = self.np.sort(total)
        mean, spread = float(total.mean()), float(total.std(ddof=1)) if self.trials > 1 else 0.0
        margin = _SURE * spread / math.sqrt(self.trials)
        found = {"mean": (mean, (max(0.0, mean - margin), mean + margin))}
        for name, share in (("median", 0.5), ("p90", 0.9), ("p95", 0.95)):
            found[name] = self._quantile(ordered, share)
        return AnnualLoss(
            mean=mean,
            median=found["median"][0],
            p90=found["p90"][0],
            p95=found["p95"][0],
            intervals={name: interval for name, (_, interval) in found.items()},
            curve=tuple((self._quantile(ordered, 1 - share)[0], share) for share in _CURVE),
            per_risk=tuple(sorted(parts, key=lambda part: (-part[1], part[0]))),
        )

    def _quantile(self, ordered: Losses, share: float) -> tuple[float, tuple[float, float]]:
        """The quantile and its interval from the order of the trials, which needs no distribution (Conover 1999)."""
        middle, margin = share * self.trials, _SURE * math.sqrt(self.trials * share * (1 - share))

        def at(rank: float) -> float:
            return float(ordered[min(self.trials, max(1, math.ceil(rank))) - 1])

        return at(middle), (at(middle - margin), at(middle + margin))


def _pert(draw: np.random.Generator, span: Span, count: int) -> Losses:
    width = span.max - span.min
    a = 1 + _SHAPE * (span.mode - span.min) / width if width else 1.0
    b = 1 + _SHAPE * (span.max - span.mode) / width if width else 1.0
    return span.min + width * draw.beta(a, b, count)
