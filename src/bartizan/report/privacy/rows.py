"""The verdicts of duties as rows: what the report of an assessment shows of them."""

from __future__ import annotations

import msgspec

from bartizan.core.privacy import STANDS
from bartizan.report.dossier import Dossier
from bartizan.report.privacy.wording import (
    NOT_ADVICE,
    STAND_WORDS,
    assessed,
    duty_of,
    headline,
    law_of,
    place_name,
    why,
)
from bartizan.report.wording import number


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict in words."""

    title: str
    place: str
    law: str
    stands: str
    why: str
    shown: str


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts of what is asked, worst first, and what they come to."""

    headline: str
    rows: tuple[Row, ...]
    rest: str
    not_advice: str = NOT_ADVICE


def rows_of(dossier: Dossier) -> Rows | None:
    """The verdicts of a dossier; None where the description says nothing of people."""
    if dossier.assessment.privacy is None:
        return None
    made = assessed(dossier)
    asked = sorted(
        (verdict for verdict in made.verdicts if verdict.stand != "not_needed"), key=lambda v: STANDS.index(v.stand)
    )
    rest = number(made.count("not_needed"), "verdict is", "verdicts are")
    rows = tuple(
        Row(
            title=duty_of(dossier, verdict).title,
            place=place_name(dossier, verdict.place),
            law=law_of(dossier, verdict),
            stands=STAND_WORDS[verdict.stand],
            why=why(verdict),
            shown=verdict.evidence or duty_of(dossier, verdict).proof,
        )
        for verdict in asked
    )
    return Rows(headline=headline(dossier), rows=rows, rest=f"{rest} that nothing is asked here.")
