"""The verdicts of all duties as a document: what to do first, then chapter by chapter with proofs."""

from __future__ import annotations

from collections.abc import Iterator

from bartizan import __version__
from bartizan.catalog.privacy import Chapter
from bartizan.core.privacy import DutyVerdict
from bartizan.report.dossier import Dossier
from bartizan.report.privacy.wording import (
    NOT_ADVICE,
    STAND_WORDS,
    assessed,
    duty_of,
    headline,
    law_of,
    place_name,
    questions,
    why,
)
from bartizan.report.prose.model import Block, Bullets, Piece, Prose, Section, Strong, Table, cell, paragraph
from bartizan.report.wording import day, file_name, number

_OPEN = frozenset({"forbidden", "not_met"})


def report(dossier: Dossier) -> Prose:
    """All that the privacy part of an assessment says. Pure."""
    return Prose(
        title=f"{dossier.assessment.system}: privacy",
        lead=headline(dossier),
        sections=tuple(_sections(dossier)),
        foot=tuple(foot(dossier)),
    )


def foot(dossier: Dossier) -> Iterator[str]:
    """What a document about privacy rests on."""
    made = dossier.assessment
    yield NOT_ADVICE
    yield f"{file_name(dossier)} on {day(made.today)}; AI Exchange {made.edition}; Bartizan {__version__}."
    yield f"Description {made.description_digest}, catalogue {made.catalog_digest} (SHA-256)."


def _sections(dossier: Dossier) -> Iterator[Section]:
    made = assessed(dossier)
    first = [verdict for verdict in made.verdicts if verdict.stand in _OPEN]
    if first:
        yield Section("To do", (_todo(dossier, first),))
    if asked := questions(dossier):
        rows = tuple((cell(Strong(q.field)), cell(q.ask), cell(str(q.waiting))) for q in asked)
        yield Section("Answer next", (Table("Answer next", ("Field", "Question", "Duties that wait"), rows),))
    for chapter in dossier.catalog.privacy.chapters:
        found = [verdict for verdict in made.verdicts if verdict.duty in {duty.id for duty in chapter.duties}]
        if found:
            yield Section(chapter.name, tuple(_chapter(dossier, chapter, found)))


def _todo(dossier: Dossier, found: list[DutyVerdict]) -> Table:
    rows = []
    for verdict in found:
        duty = duty_of(dossier, verdict)
        how = duty.how or ((duty.what,) if duty.kind == "duty" else ("Do not do this, or name the exception.",))
        owner = ", ".join(filter(None, (verdict.owner, verdict.due and f"by {day(verdict.due)}")))
        rows.append((_name(dossier, verdict), cell(why(verdict)), cell(*how), cell(owner)))
    return Table("To do", ("Duty", "Why", "How", "Who"), tuple(rows))


def _name(dossier: Dossier, verdict: DutyVerdict) -> tuple[Piece, ...]:
    title = duty_of(dossier, verdict).title
    return cell(Strong(title), place_name(dossier, verdict.place), law_of(dossier, verdict))


def _chapter(dossier: Dossier, chapter: Chapter, found: list[DutyVerdict]) -> Iterator[Block]:
    yield paragraph(chapter.what, *((chapter.source + ".",) if chapter.source else ()))
    asked = [verdict for verdict in found if verdict.stand != "not_needed"]
    rest = len(found) - len(asked)
    if asked:
        rows = tuple(_row(dossier, verdict) for verdict in asked)
        yield Table(chapter.name, ("Duty", "Stands", "Why", "Proof"), rows)
    if rest:
        yield paragraph(f"Not asked here, {number(rest, 'verdict')}:")
        yield _not_asked(dossier, [verdict for verdict in found if verdict.stand == "not_needed"])


def _not_asked(dossier: Dossier, found: list[DutyVerdict]) -> Bullets:
    """Why, and what all falls away for that reason."""
    reasons: dict[str, list[str]] = {}
    for verdict in found:
        reasons.setdefault(why(verdict), []).append(f"{duty_of(dossier, verdict).title}{_of(dossier, verdict)}")
    return Bullets(
        tuple(f"{'; '.join(titles)}: {reason[:1].lower()}{reason[1:]}" for reason, titles in reasons.items())
    )


def _of(dossier: Dossier, verdict: DutyVerdict) -> str:
    place = place_name(dossier, verdict.place)
    return f" ({place})" if place else ""


def _row(dossier: Dossier, verdict: DutyVerdict) -> tuple[tuple[Piece, ...], ...]:
    duty = duty_of(dossier, verdict)
    origins = [origin for fact in verdict.facts for origin in fact.origins]
    lines = sorted({origin.line for origin in origins if origin.line})
    rests = [f"{file_name(dossier)}, line {', '.join(map(str, lines))}"] if lines and dossier.system.file else []
    rests += list(dict.fromkeys(origin.text for origin in origins if origin.kind == "default"))
    shown = verdict.evidence or (f"would be shown by: {duty.proof[0].lower()}{duty.proof[1:]}" if duty.proof else "")
    return (
        _name(dossier, verdict),
        cell(Strong(STAND_WORDS[verdict.stand])),
        cell(why(verdict), *rests),
        cell(shown),
    )
