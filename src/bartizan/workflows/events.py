"""Events of a running system, read from lines of JSON: what happened, when, how often, and at which risk."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.json_text import parse_json
from bartizan.core.kept import Event
from bartizan.core.source import read_text
from bartizan.register import events, risks, systems
from bartizan.register.events import Happened
from bartizan.workflows.desk import Desk

FIELDS = ("kind", "what", "at", "count", "source", "risk")
_MOST = 100_000
"""Events of one file."""
_LONGEST = {"kind": 200, "source": 200, "what": 4000}
_MOST_TIMES = 2**31 - 1
_TOLD = 100
"""Problems that are told at once."""


def read_events(text: str, file: str, known: dict[str, int]) -> tuple[Happened, ...]:
    """Events from lines of JSON; `known` has the number of each risk by threat@component and by R-12.

    Raises InputError with all problems, each with its line.
    """
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > _MOST:
        raise InputError([Problem(file=file, finding=f"more than {_MOST:,} events", fix="split it")])
    found, problems = [], []
    for number, line in lines:
        try:
            found.append(_event(parse_json(line, file).data, known))
        except _Wrong as wrong:
            problems += [Problem(file=file, line=number, finding=f, fix=fix) for f, fix in wrong.findings]
        except InputError as error:
            problems += [Problem(file=file, line=number, finding=p.finding, fix=p.fix) for p in error.problems]
        if len(problems) >= _TOLD:
            break
    if problems:
        raise InputError(problems)
    return tuple(found)


class _Wrong(Exception):
    def __init__(self, findings: list[tuple[str, str]]) -> None:
        super().__init__()
        self.findings = findings


def _event(data: Any, known: dict[str, int]) -> Happened:
    if not isinstance(data, dict):
        raise _Wrong([("this is no event", 'write an object: {"kind": "blocked", "at": "2026-11-22T09:00:00Z"}')])
    wrong = [(f"an event has no field '{key:.60}'", nearest(key, FIELDS)) for key in data if key not in FIELDS]
    words = {}
    for field, longest in _LONGEST.items():
        value = data.get(field, "")
        if not isinstance(value, str) or len(value) > longest or "\0" in value or not _encodes(value):
            wrong.append((f"'{field}' is not a text of at most {longest} characters", ""))
        words[field] = value
    if not words["kind"]:
        wrong.append(("it does not say what kind of event it is", "give 'kind', such as blocked, incident, alarm"))
    count = data.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= _MOST_TIMES:
        wrong.append(("'count' is no number of times", "give a whole number from 1 on"))
    at = _moment(data.get("at"))
    if not at:
        wrong.append(("'at' is no moment", "write it with its zone, as 2026-11-22T09:00:00Z"))
    risk = data.get("risk")
    if risk is not None and (not isinstance(risk, str) or risk not in known):
        wrong.append((f"the system has no risk '{risk!s:.100}'", nearest(str(risk), known)))
    if wrong:
        raise _Wrong(wrong)
    return Happened(**words, at=at, count=count, risk_number=None if risk is None else known[risk])


def _encodes(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _moment(value: object) -> str:
    """A moment in UTC as the register writes it; empty for what is none."""
    try:
        read = datetime.datetime.fromisoformat(str(value))
        if read.tzinfo is None:
            return ""
        return read.astimezone(datetime.UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    except (ValueError, OverflowError):
        return ""


def import_events(desk: Desk, system: str, file: Path, *, by: str) -> tuple[Event, ...]:
    """Keep the events of a file; those that are kept already are not kept twice. Raises InputError, NotFound."""
    return keep_events(desk, system, read_text(file), file=str(file), by=by)


def keep_events(desk: Desk, system: str, text: str, *, file: str, by: str) -> tuple[Event, ...]:
    """Keep events from lines of JSON, as `import_events` does; `file` is what messages call them."""
    with desk.register.change(by) as change:
        systems.system(change.connection, system)
        held = risks.risks(change.connection, system)
        known = {row.risk: row.number for row in held} | {f"R-{row.number}": row.number for row in held}
        return events.add(change, system, read_events(text, file, known))


def see(desk: Desk, system: str, numbers: tuple[int, ...] | None = None, *, by: str) -> int:
    """Say that somebody looked at events, at all of a system where none is named. Raises NotFound."""
    with desk.register.change(by) as change:
        systems.system(change.connection, system)
        return events.see(change, system, numbers)
