"""The rows of the register's tables for one system: from what is kept and from what it is rated now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from bartizan.core.errors import InputError, Problem
from bartizan.core.kept import Holding
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange import control_rows, risk_rows
from bartizan.report.exchange.canonical import REVISION, TABLES, Cells, Table, revision_of
from bartizan.report.exchange.cells import shown


def rows_of(dossier: Dossier, table: Table) -> tuple[Cells, ...]:
    """The rows of a table, every cell as it is shown. Raises InputError where the dossier is not of a register."""
    return tuple(row_shown(table, row) for row in rows_as_kept(dossier, table))


def rows_as_kept(dossier: Dossier, table: Table) -> Iterator[Cells]:
    """The rows of a table with texts as they are kept, and without revisions. Raises InputError as `rows_of` does."""
    return _MAKERS[table.name](dossier, held_of(dossier))


def row_shown(table: Table, row: Mapping[str, str]) -> Cells:
    """A row as it is written: every column, tidied, with its revision."""
    made = {column.name: shown(row.get(column.name, "")) for column in table.columns}
    return made | {REVISION: revision_of(table, made)} if REVISION in table.by_name else made


def all_rows(dossiers: Iterable[Dossier]) -> dict[str, list[Cells]]:
    """The rows of all tables by the table's name, each dossier looked at once."""
    found: dict[str, list[Cells]] = {table.name: [] for table in TABLES}
    for dossier in dossiers:
        for table in TABLES:
            found[table.name] += rows_of(dossier, table)
    return found


def held_of(dossier: Dossier) -> Holding:
    """What the register holds of the system. Raises InputError where the dossier is not of a register."""
    if dossier.holding is None:
        finding = "this format is about a register, and the system is not in one"
        fix = "keep it first with: bartizan register add system.yaml"
        raise InputError([Problem(file=wording.file_name(dossier), finding=finding, fix=fix)])
    return dossier.holding


_MAKERS: Mapping[str, Callable[[Dossier, Holding], Iterator[Cells]]] = {
    "risks": risk_rows.risks,
    "decisions": risk_rows.decisions,
    "controls": control_rows.controls,
    "evidence": risk_rows.evidence,
    "suppliers": control_rows.suppliers,
}
