"""A table and a purpose against the rules: each column and row is allowed, not allowed, or unknown, and not used."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.core.digest import sha256_of
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.extras import need
from bartizan.tables.allowed.rules import Allowed, Purpose
from bartizan.tables.protect.hierarchies import days_of
from bartizan.tables.reading import Table

Verdict: TypeAlias = Literal["allowed", "not allowed", "unknown"]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a column."""

    name: str
    verdict: Verdict
    why: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What may be used, on a day, for a purpose."""

    purpose: str
    basis: str
    """Empty: the purpose is not declared."""
    day: str
    verdict: Verdict
    """Of all of it, as it is."""
    whys: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int
    allowed: int
    refused: int
    unknown: int
    """Rows without a value in the column that allows them, or without the day that ends it."""
    digest: str

    @property
    def is_usable(self) -> bool:
        """Whether some of it may be used: the purpose stands, and there are columns and rows for it."""
        return not self.whys and bool(self.allowed) and any(one.verdict == "allowed" for one in self.columns)


def asked(table: Table, rules: Allowed, purpose: str, today: str) -> Answer:
    """Hold a table against the rules. Reads all rows where the purpose allows some only.

    Raises InputError where the column that tells which rows are allowed is not in the table.
    """
    found = rules.purposes.get(purpose)
    whys = tuple(_whys(rules, purpose, found, today))
    columns = tuple(_column(name, rules, found) for name in table.columns)
    rows = allowed = unknown = 0
    if found is not None:
        _refuse_columns(table, rules, purpose, found)
        names = tuple(dict.fromkeys((*_needed(found), *table.columns[:1])))
        for batch in table.batches(columns=names):
            yes, untold = rows_allowed(batch, found, today)
            rows, allowed, unknown = rows + batch.height, allowed + int(yes.sum()), unknown + int(untold.sum())
    refused = rows - allowed - unknown
    return Answer(
        purpose=purpose,
        basis=found.basis if found else "",
        day=today,
        verdict=_verdict(found, whys, columns, refused, unknown),
        whys=whys,
        columns=columns,
        rows=rows,
        allowed=allowed,
        refused=refused,
        unknown=unknown,
        digest=sha256_of(table.path),
    )


def _verdict(
    found: Purpose | None, whys: tuple[str, ...], columns: tuple[Column, ...], refused: int, unknown: int
) -> Verdict:
    if found is None:
        return "unknown"
    if whys or refused or any(one.verdict == "not allowed" for one in columns):
        return "not allowed"
    return "unknown" if unknown or any(one.verdict == "unknown" for one in columns) else "allowed"


def _whys(rules: Allowed, purpose: str, found: Purpose | None, today: str) -> Iterator[str]:
    if found is None:
        fix = nearest(purpose, rules.purposes)
        yield f"the purpose '{purpose}' is not declared of {rules.data}{f'; {fix}' if fix else ''}"
        return
    if found.since and today < found.since:
        yield f"it may be used from {found.since} on"
    if found.until and today > found.until:
        yield f"it might be used until {found.until}"
    if purpose in rules.forbids:
        yield f"its licence, {rules.licence}, does not allow this"


def _column(name: str, rules: Allowed, found: Purpose | None) -> Column:
    if name in rules.never:
        return Column(name=name, verdict="not allowed", why="it may never be used")
    if found is not None and name in found.columns:
        return Column(name=name, verdict="allowed")
    if found is not None and name in _needed(found):
        return Column(
            name=name, verdict="not allowed", why="it tells which rows are allowed, and is not needed besides"
        )
    if any(name in one.columns for one in rules.purposes.values()):
        return Column(name=name, verdict="not allowed", why="it is declared for other purposes")
    return Column(name=name, verdict="unknown", why="nothing is declared of it")


def _needed(found: Purpose) -> tuple[str, ...]:
    return () if found.rows is None else tuple(one for one in (found.rows.column, found.rows.until) if one)


def _refuse_columns(table: Table, rules: Allowed, purpose: str, found: Purpose) -> None:
    problems = []
    for name in (*_needed(found), *found.columns):
        if name not in table.columns:
            finding = f"the table has no column '{name}', which the purpose '{purpose}' names"
            problems.append(Problem(file=str(table.path), finding=finding, fix=nearest(name, table.columns)))
    if problems:
        raise InputError(problems)


def rows_allowed(batch: Any, purpose: Purpose, today: str) -> tuple[Any, Any]:
    """Which rows may be used, and of which it is not known: two columns of truth values."""
    polars = need("polars")
    if purpose.rows is None:
        return polars.repeat(True, batch.height, eager=True), polars.repeat(False, batch.height, eager=True)
    value = batch[purpose.rows.column].cast(polars.String, strict=False)
    yes, untold = value.is_in(list(purpose.rows.values)).fill_null(False), value.is_null()
    if purpose.rows.until:
        last = days_of(batch[purpose.rows.until])
        in_time = (last >= datetime.date.fromisoformat(today)).fill_null(False)
        untold = untold | (yes & last.is_null())
        yes = yes & in_time
    return yes, untold
