"""Every format of results that is read: recognised by its content, never by the name of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.register.intake import garak, own, promptfoo, pyrit, pyrit_database, sarif
from bartizan.register.intake.mapping import Names, interpret, names_for
from bartizan.register.intake.reading import MAX_LINE, Results, opened
from bartizan.register.intake.values import Found, Intake

Reader: TypeAlias = Callable[[Results, Names, Catalog], Found]


class Format(msgspec.Struct, frozen=True):
    """A format: what messages call it, whose names it uses, and what reads it."""

    title: str
    table: str
    read: Reader
    may_be_empty: bool = False
    """Whether a file that observed nothing is an answer: a check that could not tell, rather than a run cut short."""


FORMATS: dict[str, Format] = {
    "garak": Format("garak report (*.report.jsonl)", "garak", lambda r, _n, _c: garak.read(r)),
    "promptfoo": Format("promptfoo results (JSON)", "promptfoo", lambda r, _n, _c: promptfoo.read(r)),
    "promptfoo-lines": Format("promptfoo results (JSON lines)", "promptfoo", lambda r, _n, _c: promptfoo.read_lines(r)),
    "pyrit": Format("PyRIT database (SQLite)", "pyrit", lambda r, n, _c: pyrit_database.read(r, n)),
    "pyrit-json": Format("PyRIT attack results or messages (JSON)", "pyrit", lambda r, n, _c: pyrit.read_json(r, n)),
    "sarif": Format("SARIF 2.1.0", "sarif", lambda r, _n, _c: sarif.read(r)),
    "bartizan": Format("Bartizan evidence (JSON)", "", lambda r, _n, c: own.read(r, c), may_be_empty=True),
}
"""Name, as `--format` takes it, to format."""

_KNOWN = "a report of garak, results of promptfoo, a database or JSON of PyRIT, SARIF, or JSON of our own"
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"\xfd7zXZ", b"BZh", b"7z\xbc\xaf", b"(\xb5/\xfd")
_HITLOG = {"goal", "prompt", "detector", "probe", "attempt_id"}


def read_results(
    path: Path, catalog: Catalog, format: str | None = None, held_on: str | None = None, maps: Sequence[Path] = ()
) -> Intake:
    """What a file of results holds, mapped to threats; `maps` are tables of names that come before the built-in ones.

    The day is the one in the file; `held_on` is for files that hold none. Raises InputError with all problems: a file
    that is none of the formats or is broken, a run without a single trial, a day that is missing or contradicts.
    """
    _check_choices(path, format, held_on)
    with opened(path) as results:
        name = format or recognise(results)
        chosen = FORMATS[name]
        names = _names(chosen, catalog, maps)
        found = chosen.read(results, names, catalog)
        day = _day(found, held_on, results)
        if not found.counted and not found.skipped and not chosen.may_be_empty:
            raise results.refuse("no trials: 0 of 0 is no evidence", "run the tool to its end, then import its results")
        return interpret(found, names, catalog, form=name, held_on=day, source=results.digest)


def _check_choices(path: Path, form: str | None, held_on: str | None) -> None:
    problems = []
    if form is not None and form not in FORMATS:
        problems.append(Problem(file=str(path), finding=f"no format '{form}'", fix=nearest(form, FORMATS)))
    if held_on is not None and not is_date(held_on):
        problems.append(Problem(file=str(path), finding=f"'{held_on}' is no day", fix=DATE_FIX))
    if problems:
        raise InputError(problems)


def _names(chosen: Format, catalog: Catalog, maps: Sequence[Path]) -> Names:
    if chosen.table == "sarif":
        return names_for("sarif", catalog, maps, sarif.catalog_table(catalog))
    return names_for(chosen.table, catalog, maps)


def _day(found: Found, held_on: str | None, results: Results) -> str:
    """The day of the run. A file that holds one cannot be given another: evidence is not made younger by an option."""
    if found.held_on and held_on and held_on != found.held_on:
        finding = f"the run was on {found.held_on} by the file, not on {held_on}"
        raise results.refuse(finding, "leave --held-on out")
    day = found.held_on or held_on or ""
    if not day and any(not one.held_on for one in found.counted):
        raise results.refuse("the file does not say on which day the run was", "say it with --held-on 2026-11-22")
    return day


def recognise(results: Results) -> str:
    """The name of the format that the content is of. Raises InputError where it is none."""
    results.stream.seek(0)
    first = results.stream.readline(MAX_LINE)
    if first.startswith(pyrit_database.MAGIC):
        return "pyrit"
    if not first.strip():
        first = results.stream.read(4096)
        if not first.strip(b" \t\r\n\x00"):
            raise results.refuse("the file is empty", f"give {_KNOWN}")
    if first.startswith(_PACKED):
        raise results.refuse("a packed file", "unpack it, and name the file with the results")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise results.refuse("not UTF-8 text", "save the file as UTF-8")
    by_line = _of_line(first, results)
    return by_line or _of_document(results)


def _keys(raw: bytes) -> set[str]:
    """The keys of an object; none where it is no object."""
    try:
        return set(msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"), type=dict[str, msgspec.Raw]))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return set()


def _of_line(first: bytes, results: Results) -> str:
    """The format of a file with one object a line; empty where it is none of them."""
    keys = _keys(first)
    if "entry_type" in keys:
        return "garak"
    if keys >= _HITLOG:
        finding = "garak's hit log, which holds the hits and not the trials"
        raise results.refuse(finding, "give the *.report.jsonl of the same run")
    return "promptfoo-lines" if keys >= {"success", "promptIdx", "testIdx"} else ""


def _of_document(results: Results) -> str:
    raw = results.document()
    if raw.lstrip()[:1] == b"[":
        return "pyrit-json"
    keys = _keys(raw)
    if not keys:
        results.decode(raw, dict[str, msgspec.Raw])
        results.check()
    if "bartizan_evidence" in keys:
        return "bartizan"
    if "runs" in keys and keys & {"version", "$schema"}:
        return "sarif"
    if "results" in keys:
        return "promptfoo"
    raise results.refuse("none of the formats that are read", f"give {_KNOWN}; or name the format with --format")
