"""Rules of retention, as somebody wrote them in YAML."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

import msgspec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, read_yaml
from bartizan.core.span import LONGEST, SPAN_FIX, span_of


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long some files, or rows in them, may be kept."""

    name: str
    files: tuple[str, ...]
    """Patterns below the folder of the rules: *, ?, [...], and ** for folders."""
    keep: str
    """For how long: 90 days, 6 months, 2 years."""
    since: Literal["changed", "name", "rows"]
    """From when: the file was changed; the first date in its name; the date in each row."""
    column: str = ""
    """Of the date, for rows."""
    hold_until: str = ""
    """A day until which nothing of this may go, for a reason."""
    why: str = ""
    """Why it is kept so long, or held."""

    def due(self, since: datetime.date) -> datetime.date:
        """The last day on which what began then may be kept."""
        span = span_of(self.keep)
        assert span is not None
        return span.after(since)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """All rules, and the folders in which every file needs one."""

    folders: tuple[str, ...]
    rules: tuple[Rule, ...]
    document: Document

    @property
    def place(self) -> Path:
        """The folder below which all files lie."""
        return Path(self.document.file).parent


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rules: tuple[Rule, ...]
    folders: tuple[str, ...] = ()


def read_rules(file: Path) -> Rules:
    """Rules in YAML. Raises InputError with all that is wrong, by line."""
    document = read_yaml(file)
    read = to_value(document, _File)
    faults = [fault for place, rule in enumerate(read.rules) for fault in _faults(rule, ("rules", place))]
    names = [rule.name for rule in read.rules]
    faults += [(("rules",), f"two rules are called '{name}'", "") for name in sorted({*names}) if names.count(name) > 1]
    faults += [(("folders", at), *fault) for at, one in enumerate(read.folders) if (fault := _outside(one))]
    if not read.rules:
        faults.append((("rules",), "there is no rule", "name files, and for how long they may be kept"))
    if faults:
        raise InputError([document.problem(*fault) for fault in faults])
    return Rules(folders=read.folders, rules=read.rules, document=document)


_Fault: TypeAlias = tuple[PathKey, str, str]


def _faults(rule: Rule, at: PathKey) -> Iterator[_Fault]:
    span = span_of(rule.keep)
    if span is None:
        yield (*at, "keep"), f"'{rule.keep}' is no span of time", SPAN_FIX
    elif span.is_too_long:
        yield (*at, "keep"), f"more than {LONGEST} years", "what may be kept for ever needs no rule"
    if not rule.files:
        yield (*at, "files"), "no file is named", ""
    for place, one in enumerate(rule.files):
        if fault := _outside(one):
            yield (*at, "files", place), *fault
    if (rule.since == "rows") != bool(rule.column):
        yield (*at, "column"), "a column goes with 'since: rows', and 'since: rows' with it", ""
    if rule.hold_until and not is_date(rule.hold_until):
        yield (*at, "hold_until"), f"'{rule.hold_until}' is no day", DATE_FIX
    if rule.hold_until and not rule.why:
        yield (*at, "why"), "a hold needs a reason", "say who ordered it"


def _outside(pattern: str) -> tuple[str, str] | None:
    parts = PurePosixPath(pattern).parts
    if not parts or pattern.startswith(("/", "~")) or ".." in parts or "\\" in pattern or "\0" in pattern:
        return f"'{pattern}' does not stay below the folder of the rules", "name it from there, without '..'"
    return None
