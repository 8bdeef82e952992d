"""Protecting a table by a plan: what is written, and the record of what was done and measured."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from bartizan.core.digest import sha256_of
from bartizan.core.errors import BartizanError, InputError, Problem
from bartizan.core.extras import need
from bartizan.core.source import refuse_existing
from bartizan.tables.protect.acting import Acting, Told, told
from bartizan.tables.protect.anonymising import Grouped, Labels, grouped
from bartizan.tables.protect.anonymity import Anonymity, Asked, measured, shortfalls
from bartizan.tables.protect.keys import Key
from bartizan.tables.protect.plan import Anonymise, Plan, column_problems
from bartizan.tables.protect.utility import Utility, utility
from bartizan.tables.reading import Table, opened
from bartizan.tables.writing import refuse_place, refuse_unfit, write_table


class Protected(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a table, and what is left of it."""

    source: str
    """SHA-256 of the table."""
    plan: str
    """SHA-256 of the plan."""
    output: str
    """SHA-256 of what was written."""
    rows_read: int
    rows_written: int
    key: str
    """The id of the key; empty: none was used."""
    columns: tuple[Told, ...]
    anonymity: Anonymity | None
    """Measured in the written file; none: the plan asks for none."""
    utility: Utility | None
    asked: Anonymise | None
    notes: tuple[str, ...] = ()


class NotReached(BartizanError):
    """The written table is not as anonymous as the plan wants it. It was thrown away."""


def protect(table: Table, plan: Plan, key: Key | None, out: Path, step: Callable[[str], None]) -> Protected:
    """Do what a plan says and write the result, whole or not at all.

    Where the plan asks for anonymity, the written file is measured again by code that knows nothing of how it was made,
    and thrown away if it is not what was asked for. Raises InputError, NotReached.
    """
    refuse_existing(out)
    refuse_place(out)
    problems = column_problems(plan, table.columns, table.path.name)
    if problems:
        raise InputError(problems)
    acting = Acting(plan, table, key)
    source = sha256_of(table.path)
    made: Grouped | None = None
    if plan.anonymise is not None:
        step("cutting classes")
        made = grouped(acting)
    draft = _draft(out)
    try:
        step("writing")
        written = _write(acting, made, draft, out)
        found = None
        if plan.anonymise is not None:
            step("measuring what was written")
            found = _measured_again(draft, plan.anonymise, made)
        if sha256_of(table.path) != source:
            raise InputError([Problem(file=str(table.path), finding="it changed while it was read", fix="try again")])
        output = sha256_of(draft)
        refuse_existing(out)
        os.replace(draft, out)
    finally:
        draft.unlink(missing_ok=True)
    return Protected(
        source=source,
        plan=sha256_of(Path(plan.document.file)),
        output=output,
        rows_read=written if made is None else len(made.classes),
        rows_written=written,
        key=key.id if key is not None and plan.needs_key else "",
        columns=told(acting),
        anonymity=found,
        utility=None if made is None else utility(made),
        asked=plan.anonymise,
        notes=(*table.told, *(key.told if key is not None else ())),
    )


def _draft(out: Path) -> Path:
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name[:50]}.", suffix=out.suffix)
    except OSError as error:
        raise InputError([Problem(file=str(out), finding=f"it cannot be written: {error.strerror}")]) from None
    os.close(handle)
    return Path(name)


def _write(acting: Acting, made: Grouped | None, draft: Path, out: Path) -> int:
    schema = acting.schema
    refuse_unfit(schema, out)
    if made is None:
        return write_table(acting.batches(), schema, draft)
    labels = Labels(made)
    text = need("polars").String
    return write_table(labels.replaced(acting.batches()), {**schema, **dict.fromkeys(labels.texts, text)}, draft)


def _measured_again(draft: Path, how: Anonymise, made: Grouped | None) -> Anonymity:
    assert made is not None
    sensitive = (how.sensitive,) if how.sensitive else ()
    found = measured(opened(draft), how.quasi, sensitive, k=how.k, distance=made.wanted.distance)
    wanted = Asked(k=how.k, l=how.l, diversity=how.diversity, t=how.t)
    if wrong := shortfalls(found, wanted):
        raise NotReached(f"{draft.name}: the written table is not as was asked for: {'; '.join(wrong)}")
    return found
