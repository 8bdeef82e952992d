"""The annual loss in sentences, no number without its interval."""

from __future__ import annotations

from bartizan.core.records import AnnualLoss, Loss
from bartizan.report import wording
from bartizan.report.dossier import Dossier


def in_words(dossier: Dossier, loss: Loss) -> tuple[str, ...]:
    """What a year costs today, before and after the plan; a bad year; which risks cost most; what it rests on."""
    unit = wording.plain(loss.unit)
    top = [f"{name} {_round(part)}" for name, part in zip(_names(dossier, loss), _parts(loss), strict=True) if part > 0]
    return (
        f"Annual loss in {unit}: {_mean(loss)} today, {_mean(loss.inherent)} without controls, "
        f"{_mean(loss.residual)} after the plan.",
        f"One year in ten costs more than {_with(loss, 'p90')}, one in twenty more than {_with(loss, 'p95')}.",
        *([f"Most of it: {'; '.join(top)}."] if top else []),
        f"{loss.trials:,} simulated years, seed {loss.seed}; in brackets the 95 % interval of the simulation.",
    )


def _names(dossier: Dossier, loss: Loss) -> list[str]:
    return wording.risk_names(dossier, [risk for risk, _ in loss.per_risk[:3]])


def _parts(loss: Loss) -> list[float]:
    return [part for _, part in loss.per_risk[:3]]


def _mean(loss: AnnualLoss) -> str:
    return _with(loss, "mean")


def _with(loss: AnnualLoss, number: str) -> str:
    low, high = loss.intervals[number]
    return f"{_round(getattr(loss, number))} ({_round(low)}–{_round(high)})"


def _round(value: float) -> str:
    """Three digits that count."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:g}"
