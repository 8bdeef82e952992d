"""The annual loss in words, no number without its interval; the same for every format."""

from __future__ import annotations

from typing import Final

from bartizan.core.records import AnnualLoss, Loss
from bartizan.report import wording
from bartizan.report.dossier import Dossier

_MOST = 3
STAGES: Final = ("Without controls", "Now", "After the plan")
FIGURES: Final = (
    ("mean", "Mean"),
    ("median", "Median: every second year costs more"),
    ("p90", "One year in ten costs more than"),
    ("p95", "One year in twenty costs more than"),
)


def in_words(dossier: Dossier, loss: Loss) -> tuple[str, ...]:
    """What a year costs today, before and after the plan; a bad year; which risks cost most; what it rests on."""
    unit = wording.plain(loss.unit)
    top = [f"{name} {mean}" for name, mean, _ in parts(dossier, loss)[:_MOST]]
    return (
        f"Annual loss in {unit}: {_with(loss, 'mean')} now, {_with(loss.inherent, 'mean')} without controls, "
        f"{_with(loss.residual, 'mean')} after the plan.",
        f"One year in ten costs more than {_with(loss, 'p90')}, one in twenty more than {_with(loss, 'p95')}.",
        *([f"Most of it: {'; '.join(top)}."] if top else []),
        f"{loss.trials:,} simulated years, seed {loss.seed}; in brackets the 95 % interval of the simulation.",
        "It rests on ranges per step of the scales, and after the plan on each of its controls being verified and "
        "working as meant: use it to compare, not as a forecast.",
    )


def stages(loss: Loss) -> tuple[AnnualLoss, AnnualLoss, AnnualLoss]:
    """The years without controls, now and after the plan, as in ``STAGES``."""
    return loss.inherent, loss, loss.residual


def figures(loss: Loss) -> tuple[tuple[str, ...], ...]:
    """Each figure in words, with its value and interval at every stage."""
    return tuple((text, *(_with(stage, name) for stage in stages(loss))) for name, text in FIGURES)


def parts(dossier: Dossier, loss: Loss) -> tuple[tuple[str, str, str], ...]:
    """Each risk that costs something now: its name, its part of the mean, and its share."""
    dear = [(risk, mean) for risk, mean in loss.per_risk if mean > 0]
    total = sum(mean for _, mean in dear) or 1.0
    names = wording.risk_names(dossier, [risk for risk, _ in dear])
    shown = [(_round(mean), wording.percent(mean / total)) for _, mean in dear]
    return tuple((name, mean, share) for name, (mean, share) in zip(names, shown, strict=True))


def _with(loss: AnnualLoss, number: str) -> str:
    value = _round(getattr(loss, number))
    low, high = loss.intervals.get(number, (None, None))
    return value if low is None or high is None else f"{value} ({_round(low)}–{_round(high)})"


def rounded(value: float) -> float:
    """Three digits that count: more would claim a precision that a simulation of estimates does not have."""
    return float(f"{value:.3g}")


def _round(value: float) -> str:
    return wording.amount(rounded(value)) if abs(value) >= 0.01 or not value else f"{value:.3g}"
