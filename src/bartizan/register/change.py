"""One change to the register: all of it or nothing, by somebody, at a moment, and told to the audit chain.

Nothing else writes to the tables that the chain protects. Whoever writes a row says what it does in a word, and the
chain gets the entry with it: who, when, which fields were what and are what now, and a digest of the whole row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, select, update
from sqlalchemy.types import TypeEngine

from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.register import tables
from bartizan.register.chain import GENESIS, Body, canonical, link, state_of

Key: TypeAlias = Mapping[str, object]
Row: TypeAlias = dict[str, Any]
"""A row of a table, by column."""

VOLATILE: Mapping[str, frozenset[str]] = {
    "users": frozenset({"last_seen"}),
    "tokens": frozenset({"last_used"}),
    "systems": frozenset(
        {
            "version",
            "edition",
            "assessed_on",
            "risks",
            "above_appetite",
            "untreated",
            "undecided",
            "worst",
            "review_due",
        }
    ),
    "risks": frozenset({"treatment", "last_seen", "search"}),
}
"""Columns that no digest covers: they change without being news, or follow from other rows."""

HIDDEN: Mapping[str, frozenset[str]] = {"users": frozenset({"password"}), "tokens": frozenset({"digest"})}
"""Columns whose values the chain does not repeat; the row's digest covers them."""

PROTECTED: tuple[Table, ...] = (
    tables.systems,
    tables.versions,
    tables.assessments,
    tables.risks,
    tables.decisions,
    tables.controls,
    tables.evidence,
    tables.attachments,
    tables.suppliers,
    tables.supplier_answers,
    tables.reviews,
    tables.comments,
    tables.events,
    tables.users,
    tables.grants,
    tables.tokens,
    tables.settings,
)
"""Tables whose every row the chain vouches for."""

LARGEST = 2**31 - 1
"""The largest number that both databases keep."""
_LONGEST = 2000
"""Characters of one field that an entry repeats; the digest covers the rest."""


class Change:
    """A transaction that writes. Made by `Register.change`; not to be kept after it ended."""

    def __init__(self, connection: Connection, actor: str, at: str) -> None:
        self.connection = connection
        self.actor = actor
        self.at = at
        self._head: tuple[int, str] | None = None

    @property
    def day(self) -> str:
        """The day of the change."""
        return self.at[:10]

    def insert(self, table: Table, values: Mapping[str, object], action: str, note: str = "") -> Row:
        """Add a row and tell the chain. Raises sqlalchemy's IntegrityError where its key is taken, and InputError."""
        _check_storable(table, values)
        self.connection.execute(insert(table).values(**values))
        key = key_of(table, values)
        row = self._row(table, key)
        self.record(action, _system(table, row), subject_of(table, key), _fields(table, {}, row), {table: [row]}, note)
        return row

    def update(
        self,
        table: Table,
        key: Key,
        values: Mapping[str, object],
        action: str,
        revision: int | None = None,
        note: str = "",
    ) -> Row:
        """Change a row and tell the chain; nothing happens where nothing differs.

        `revision` is that of the row as the person read it; None where it was read in this very change. Raises
        NotFound, Conflict where somebody was quicker, and InputError.
        """
        _check_storable(table, values)
        before = self._row(table, key)
        if "revision" in table.c:
            if revision is not None and before["revision"] != revision:
                raise Conflict(f"somebody changed {subject_of(table, key)} in the meantime; read it again")
            values = {**values, "revision": before["revision"] + 1}
        if all(before[name] == value for name, value in values.items() if name != "revision"):
            return before
        self.connection.execute(update(table).where(_is(table, key)).values(**values))
        row = self._row(table, {**key, **{k: v for k, v in values.items() if k in key}})
        old, new = subject_of(table, key_of(table, before)), subject_of(table, key_of(table, row))
        gone = {} if old == new else {old: ""}
        self.record(action, _system(table, row), new, _fields(table, before, row), {table: [row]}, note, gone)
        return row

    def delete(self, table: Table, key: Key, action: str, note: str = "") -> None:
        """Remove a row and tell the chain. Raises NotFound."""
        before = self._row(table, key)
        self.connection.execute(delete(table).where(_is(table, key)))
        gone = {subject_of(table, key): ""}
        self.record(action, _system(table, before), subject_of(table, key), _fields(table, before, {}), {}, note, gone)

    def record(
        self,
        action: str,
        system: str = "",
        subject: str = "",
        changed: Mapping[str, Sequence[object]] | None = None,
        rows: Mapping[Table, Iterable[Row]] | None = None,
        note: str = "",
        states: Mapping[str, str] | None = None,
    ) -> int:
        """Append one entry to the chain; `rows` are those whose state it vouches for. Gives its number."""
        found = {
            subject_of(table, key_of(table, row)): row_state(table, row)
            for table, several in (rows or {}).items()
            for row in several
        }
        seq, before = self._last()
        said = Body(
            seq=seq + 1,
            at=self.at,
            actor=self.actor,
            action=action,
            system=system,
            subject=subject,
            changed={k: list(v) for k, v in (changed or {}).items()},
            states={**found, **(states or {})},
            note=note,
        )
        body = canonical(msgspec.to_builtins(said))
        made = link(before, body)
        self.connection.execute(
            insert(tables.audit).values(seq=seq + 1, hash=made, body=body, system=system, subject=subject)
        )
        self._head = seq + 1, made
        return seq + 1

    def next_number(self, table: Table, system: str, column: str = "number") -> int:
        """The next number of a system's rows in a table: one more than the highest there is."""
        known = select(table.c[column]).where(table.c.system == system).order_by(table.c[column].desc()).limit(1)
        return int(self.connection.execute(known).scalar() or 0) + 1

    def _row(self, table: Table, key: Key) -> Row:
        found = self.connection.execute(select(table).where(_is(table, key))).mappings().first()
        if found is None:
            raise NotFound(f"there is no {subject_of(table, key)} in the register")
        return dict(found)

    def _last(self) -> tuple[int, str]:
        if self._head is None:
            newest = select(tables.audit.c.seq, tables.audit.c.hash).order_by(tables.audit.c.seq.desc()).limit(1)
            found = self.connection.execute(newest).first()
            self._head = (found.seq, found.hash) if found else (0, GENESIS)
        return self._head


def subject_of(table: Table, key: Key) -> str:
    """What a row is called in the chain: its table and its key."""
    parts = (str(key[column.name]) for column in table.primary_key)
    return "/".join([table.name, *(part.replace("%", "%25").replace("/", "%2F") for part in parts)])


def key_of(table: Table, row: Mapping[str, object]) -> dict[str, object]:
    """The primary key of a row; columns that were left to their default are the empty text."""
    return {column.name: row.get(column.name, "") for column in table.primary_key}


def row_state(table: Table, row: Mapping[str, object]) -> str:
    """The digest of a row, without what changes without being news."""
    skip = VOLATILE.get(table.name, frozenset())
    return state_of({k: v for k, v in row.items() if k not in skip})


def _is(table: Table, key: Key) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in key.items()))


def _check_storable(table: Table, values: Mapping[str, object]) -> None:
    """Refuse what only one of the two databases would take. Raises InputError."""
    wrong = [(name, _unfit(table.c[name].type, value)) for name, value in values.items()]
    problems = [Problem(file=f"{table.name}.{name}", finding=finding) for name, finding in wrong if finding]
    if problems:
        raise InputError(problems)


def _unfit(kind: TypeEngine[Any], value: object) -> str:
    if isinstance(value, int) and abs(value) > LARGEST:
        return f"{value} is too large a number"
    if not isinstance(value, str):
        return ""
    longest = getattr(kind, "length", None)
    if longest is not None and len(value) > longest:
        return f"this text has {len(value)} characters, and at most {longest} fit: {value[:60]}"
    if "\0" in value:
        return "there is a NUL character in this text"
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        return "there is half a surrogate pair in this text"
    return ""


def _system(table: Table, row: Mapping[str, object]) -> str:
    return str(row["id"] if table is tables.systems else row.get("system", ""))


def _fields(table: Table, before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, list[object]]:
    """The fields that differ, each with what it was and is; secrets and bulk only as the fact that they changed."""
    key: Collection[str] = {column.name for column in table.primary_key}
    found: dict[str, list[object]] = {}
    for column in table.c:
        name = column.name
        was, now = before.get(name), after.get(name)
        if was == now or name in key or name == "revision" or column.computed is not None or (not was and not now):
            continue
        found[name] = [_shown(table, name, was), _shown(table, name, now)]
    return found


def _shown(table: Table, name: str, value: object) -> object:
    if name in HIDDEN.get(table.name, ()):
        return "(not shown)" if value else value
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}… ({len(value)} characters)"
    return value
