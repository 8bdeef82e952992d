"""Annual loss, when it was quantified: figures with their intervals, exceedance curves, and each risk's part."""

from __future__ import annotations

import msgspec
from markupsafe import Markup

from bartizan.core.records import AnnualLoss, Loss
from bartizan.report.html_words import Words, amount
from bartizan.report.pictures.loss_curve import loss_curve

_FIGURES = (
    ("mean", "Mean"),
    ("median", "Median: every second year costs more"),
    ("p90", "One year in ten costs more than"),
    ("p95", "One year in twenty costs more than"),
)


class LossView(msgspec.Struct, frozen=True):
    """The section's figures in words, the curve, and each risk's part as (risk id, mean, share)."""

    answer: str
    figures: tuple[tuple[str, tuple[str, str, str]], ...]
    curve: Markup
    per_risk: tuple[tuple[str, str, str], ...]
    foot: str


def loss_section(loss: Loss, words: Words) -> LossView:
    """What the report says of an annual loss. Each figure comes with its 95 % interval."""
    stages = (loss.inherent, loss, loss.residual)
    total = sum(mean for _, mean in loss.per_risk) or 1.0
    return LossView(
        answer=(
            f"Expect to lose about {_figure(loss.mean)} {loss.unit} in an average year; one year in twenty costs more "
            f"than {_figure(loss.p95)}. The plan brings the average to {_figure(loss.residual.mean)}."
        ),
        figures=tuple((text, _three(stages, name)) for name, text in _FIGURES),
        curve=loss_curve(
            (("without controls", loss.inherent.curve), ("now", loss.curve), ("after the plan", loss.residual.curve)),
            loss.unit,
        ),
        per_risk=tuple(
            (risk, f"{_figure(mean)} {loss.unit}", f"{mean / total:.0%}".replace("%", " %"))
            for risk, mean in loss.per_risk
            if risk in words.numbers
        ),
        foot=f"Monte Carlo, {loss.trials:,} simulated years, seed {loss.seed}; figures rounded to three digits.",
    )


def _three(stages: tuple[AnnualLoss, AnnualLoss, AnnualLoss], name: str) -> tuple[str, str, str]:
    without, now, after = (_with_interval(stage, name) for stage in stages)
    return without, now, after


def _with_interval(stage: AnnualLoss, name: str) -> str:
    low, high = stage.intervals.get(name, (None, None))
    value = _figure(getattr(stage, name))
    return value if low is None or high is None else f"{value} ({_figure(low)}–{_figure(high)})"


def _figure(value: float) -> str:
    """Three significant digits: more would claim a precision that a simulation of estimates does not have."""
    return amount(float(f"{value:.3g}"))
