"""What law and principles ask of a system, for a screen: what is forbidden and not met first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from bartizan.catalog.privacy import PrivacyBook
from bartizan.core.privacy import DutyVerdict, Stand
from bartizan.report.dossier import Dossier
from bartizan.report.privacy.wording import (
    NOT_ADVICE,
    assessed,
    duty_of,
    headline,
    place_name,
    questions,
    why,
)
from bartizan.report.wording import day, number, plain

_FEW = 6
_ID = 10


def summary(dossier: Dossier, width: int, *, everything: bool = False) -> str:
    """The verdicts as plain text in ``width`` columns; all of them, or the first ones of each kind."""
    return "\n".join(_lines(dossier, max(width, 60), everything)) + "\n"


def _lines(dossier: Dossier, width: int, everything: bool) -> Iterator[str]:
    made = assessed(dossier)
    yield _cut(f"{plain(dossier.assessment.system)} · privacy · {day(dossier.assessment.today)}", width)
    yield from textwrap.wrap(headline(dossier), width)
    most = len(made.verdicts) if everything else _FEW
    stands: tuple[tuple[Stand, str], ...] = (("forbidden", "Forbidden"), ("not_met", "Not met"))
    if everything:
        stands += (("claimed", "Said, not shown"), ("met", "Shown"))
    for stand, title in stands:
        yield from _group(dossier, title, [v for v in made.verdicts if v.stand == stand], width, most)
    yield from _open(dossier, width, most)
    yield ""
    yield NOT_ADVICE


def _group(dossier: Dossier, title: str, found: list[DutyVerdict], width: int, most: int) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield f"{title}{f' ({most} of {len(found)})' if len(found) > most else ''}"
    for verdict in found[:most]:
        duty = duty_of(dossier, verdict)
        place = place_name(dossier, verdict.place)
        law = f" ({duty.law[0]})" if duty.law else ""
        yield _cut(f" {duty.id:<{_ID}} {duty.title}{f' · {place}' if place else ''}{law}", width)
        indent = " " * (_ID + 2)
        yield from textwrap.wrap(why(verdict), width, initial_indent=indent, subsequent_indent=indent, max_lines=2)


def _open(dossier: Dossier, width: int, most: int) -> Iterator[str]:
    found = questions(dossier)
    silent = [v for v in assessed(dossier).verdicts if v.stand == "unknown" and not v.needs]
    if found:
        yield ""
        yield f"Answer next{f' ({most} of {len(found)})' if len(found) > most else ''}"
        for one in found[:most]:
            waits = f"{number(one.waiting, 'duty', 'duties')} wait{'s' if one.waiting == 1 else ''}"
            yield _cut(f" {one.field}: {one.ask} {waits}", width)
    if silent:
        yield ""
        count = number(len(silent), "duty", "duties")
        told = f"Nobody said how far {count} {'is' if len(silent) == 1 else 'are'} met; add them under measures: "
        yield from textwrap.wrap(told + ", ".join(dict.fromkeys(v.duty for v in silent)), width, subsequent_indent=" ")


def duty_list(book: PrivacyBook, wanted: Iterable[str] = ()) -> str:
    """Every duty with its id, by chapter; or some, with all that is known of them."""
    chosen = frozenset(wanted)
    lines: list[str] = []
    for chapter in book.chapters:
        duties = [duty for duty in chapter.duties if not chosen or duty.id in chosen]
        if not duties:
            continue
        lines += [chapter.name, *([f"  {chapter.source}"] if chapter.source and chosen else [])]
        for duty in duties:
            lines.append(f"  {duty.id:<12} {duty.title} ({', '.join(duty.law[:2]) or 'principle'})")
            if chosen:
                details = [duty.what, *(f"· {how}" for how in duty.how)]
                details += [f"Shown by: {duty.proof}"] if duty.proof else []
                lines += [f"    {line}" for text in details for line in textwrap.wrap(text, 92)]
        lines.append("")
    return "\n".join(lines)


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"
