"""The part of the page on the annual loss: the sentences, the exceedance curves, the figures, each risk's part."""

from __future__ import annotations

import msgspec
from markupsafe import Markup

from bartizan.core.records import Loss
from bartizan.report import loss as losses
from bartizan.report.names import Names
from bartizan.report.pictures.loss_curve import loss_curve
from bartizan.report.wording import plain


class LossView(msgspec.Struct, frozen=True):
    """What the section says: sentences, the curve, figures by stage, and each risk's part as (name, mean, share)."""

    sentences: tuple[str, ...]
    unit: str
    stages: tuple[str, ...]
    figures: tuple[tuple[str, ...], ...]
    curve: Markup
    per_risk: tuple[tuple[str, str, str], ...]


def loss_section(loss: Loss, words: Names) -> LossView:
    """What the report says of an annual loss."""
    names = (name.lower() for name in losses.STAGES)
    curves = tuple((name, stage.curve) for name, stage in zip(names, losses.stages(loss), strict=True))
    return LossView(
        sentences=losses.in_words(words.dossier, loss),
        unit=plain(loss.unit),
        stages=losses.STAGES,
        figures=losses.figures(loss),
        curve=loss_curve(curves, loss.unit),
        per_risk=losses.parts(words.dossier, loss),
    )
