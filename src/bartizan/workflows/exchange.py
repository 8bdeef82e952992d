"""The register out and back in: export systems in a format, see what a file that came back would change, and do it.

What comes back is matched by id. Only what may be edited changes anything; a cell counts as edited when it says
something else than the register would write there now. A row whose revision is not the one it went out with was changed
in the register meanwhile: its edits are conflicts, and nothing is done. All of a file is one transaction, or nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from bartizan.core.errors import Conflict, InputError, NotFound, Problem, nearest
from bartizan.core.source import read_bytes
from bartizan.register import systems
from bartizan.register.rows import Reader
from bartizan.register.settings import Policy, policy
from bartizan.report.dossier import Dossier
from bartizan.report.exchange import ciso_assistant, csv_table, jira, register_json, workbook
from bartizan.report.exchange.canonical import BY_NAME, ID, REVISION, Cells, Table
from bartizan.report.exchange.differences import difference
from bartizan.report.exchange.incoming import Incoming, Row, Sheet
from bartizan.report.exchange.reading import MAX_BYTES, read
from bartizan.report.exchange.rows import row_shown, rows_as_kept
from bartizan.report.formats import BY_NAME as FORMATS
from bartizan.workflows.desk import Desk, Kept, kept_system
from bartizan.workflows.edits import Edit, carry_out, faults

_NEAREST = 50
"""Of how many unknown ids the nearest one is looked for: it takes time, and more help nobody."""


# out


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A file to write."""

    name: str
    content: str | bytes


_TOGETHER: Mapping[str, tuple[str, Callable[[Iterable[Dossier], str], str | bytes]]] = {
    "xlsx": ("register.xlsx", workbook.book_of),
    "ciso-assistant": ("register.ciso-assistant.csv", lambda dossiers, _: ciso_assistant.render_all(dossiers)),
    "jira": ("register.jira.csv", lambda dossiers, _: jira.render_all(dossiers)),
    "json": ("register.json", lambda dossiers, _: register_json.tables_of(dossiers)),
}
_ALONE = ("oscal-ar", "oscal-poam", "vex", "navigator")
FORMS: tuple[str, ...] = ("csv", "xlsx", "json", "ciso-assistant", "jira", *_ALONE)
"""What a register can be exported as. Those that come back in are the first three."""


def is_together(form: str) -> bool:
    """Whether several systems go into one file; of the other forms each system has one of its own."""
    return form not in _ALONE


def export(
    desk: Desk, names: Iterable[str], form: str, *, table: str = "risks", bom: bool = False
) -> tuple[Exported, ...]:
    """Systems in a form: one file for all of them, or one for each. Raises InputError, NotFound.

    `table` (of CSV only) is which one; `bom` marks CSV as UTF-8 for Excel.
    """
    if form not in FORMS or table not in BY_NAME:
        wrong, known = (form, FORMS) if form not in FORMS else (table, tuple(BY_NAME))
        raise InputError([Problem(file="--format", finding=f"there is no '{wrong:.60}'", fix=nearest(wrong, known))])
    names = tuple(names)
    with desk.register.read() as connection:
        dossiers = (kept_system(desk, connection, name).dossier for name in names)
        if form == "csv":
            return (Exported(name=f"{table}.csv", content=csv_table.table_of(dossiers, BY_NAME[table], bom=bom)),)
        if is_together(form):
            name, made = _TOGETHER[form]
            return (Exported(name=name, content=made(dossiers, desk.today)),)
        made_alone = FORMATS[form]
        pairs = zip(names, dossiers, strict=True)
        return tuple(
            Exported(name=f"{name}{made_alone.suffix}", content=made_alone.render(dossier)) for name, dossier in pairs
        )


def described_systems(desk: Desk) -> tuple[str, ...]:
    """The ids of all systems that can be exported: those with a description that are not put away."""
    with desk.register.read() as connection:
        return systems.described(connection)


# back in


class CellChange(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that would change the register."""

    system: str
    table: str
    id: str
    field: str
    before: str
    after: str


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that differs and changes nothing."""

    id: str
    field: str
    why: str = "computed"


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a file that came back would do."""

    file: str
    changes: tuple[CellChange, ...] = ()
    unknown: tuple[str, ...] = ()
    """Ids that the register does not have; each is a problem too."""
    conflicts: tuple[CellChange, ...] = ()
    """Edits of rows that were changed in the register meanwhile: what it says now, and what the file says."""
    ignored: tuple[Ignored, ...] = ()
    unread: tuple[str, ...] = ()
    """Columns and sheets that no table of the register has."""
    problems: tuple[Problem, ...] = ()

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that would change."""
        return tuple(dict.fromkeys(change.system for change in self.changes))

    @property
    def applies(self) -> bool:
        """Whether it could be done as it stands."""
        return not self.problems and not self.conflicts

    @property
    def digest(self) -> str:
        """What it says, in short, to do exactly this later."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


def read_file(path: Path) -> Incoming:
    """A file that came back. Raises InputError with all that is wrong with its form."""
    return read(read_bytes(path, MAX_BYTES), str(path))


def preview(desk: Desk, incoming: Incoming, *, only: frozenset[str] | None = None) -> Preview:
    """What a file would change; nothing is done. `only`: the systems that a person may change, None for all."""
    with desk.register.read() as connection:
        return _Comparison(desk, connection, incoming, only).preview


def apply(
    desk: Desk, incoming: Incoming, *, by: str, only: frozenset[str] | None = None, expected: str = ""
) -> Preview:
    """Do what a file says, all or nothing. `expected` is the digest of the preview that a person agreed to.

    Raises InputError with every problem, and Conflict where rows changed meanwhile or the preview is not that any more.
    """
    with desk.register.change(by) as change:
        found = _Comparison(desk, change.connection, incoming, only)
        seen = found.preview
        if seen.problems:
            raise InputError(seen.problems)
        if seen.conflicts:
            raise Conflict(_in_words(seen.conflicts))
        if expected and expected != seen.digest:
            raise Conflict("the register has changed since this was looked at; look at what would change again")
        for name in seen.systems:
            carry_out(desk, change, [edit for edit in found.edits if edit.system == name])
        return seen


def _in_words(conflicts: Iterable[CellChange]) -> str:
    rows = list(dict.fromkeys(one.id for one in conflicts))
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"changed in the register since the export: {', '.join(rows[:5])}{more}; export again, and edit that"


class _Comparison:
    """A file beside the register as it is: what differs, what of it may be done, and what may not."""

    def __init__(self, desk: Desk, connection: Reader, incoming: Incoming, only: frozenset[str] | None) -> None:
        self._desk = desk
        self._connection = connection
        self._rules: Policy = policy(connection)
        every = {one.id for one in systems.systems(connection, archived=True)}
        self._known = every if only is None else every & only
        self.edits: list[Edit] = []
        self._changes: list[CellChange] = []
        self._conflicts: list[CellChange] = []
        self._ignored: list[Ignored] = []
        self._unknown: list[str] = []
        self._problems: list[Problem] = []
        for name, rows in _by_system(incoming).items():
            self._system(name, rows)
        unread = [*incoming.unknown, *(c for sheet in incoming.sheets for c in sheet.unknown)]
        self.preview = Preview(
            file=incoming.file,
            changes=tuple(self._changes),
            unknown=tuple(self._unknown),
            conflicts=tuple(self._conflicts),
            ignored=tuple(self._ignored),
            unread=tuple(dict.fromkeys(unread)),
            problems=tuple(self._problems),
        )

    def _problem(self, sheet: Sheet, row: Row, finding: str, fix: str) -> None:
        self._problems.append(Problem(file=sheet.place, line=row.line, finding=finding, fix=fix))

    def _system(self, name: str, rows: list[tuple[Sheet, Row]]) -> None:
        kept, why = self._kept(name)
        now: dict[str, dict[str, Cells]] = {}
        for sheet, row in rows:
            if kept is None:
                self._not_there(sheet, row, why, self._known if name not in self._known else ())
                continue
            table = sheet.table
            if table.name not in now:
                now[table.name] = {cells[ID]: cells for cells in rows_as_kept(kept.dossier, table)}
            cells = now[table.name].get(row.id)
            if cells is None:
                self._not_there(sheet, row, f"there is no '{row.id:.150}' in the register", now[table.name])
            else:
                self._row(kept, sheet, row, cells)

    def _kept(self, name: str) -> tuple[Kept | None, str]:
        if name not in self._known:
            return None, f"there is no system '{name:.100}' in the register"
        try:
            return kept_system(self._desk, self._connection, name), ""
        except NotFound as error:
            return None, str(error)

    def _not_there(self, sheet: Sheet, row: Row, finding: str, near: Iterable[str]) -> None:
        self._unknown.append(row.id)
        few = len(self._unknown) <= _NEAREST
        wanted = row.id if any("/" in one for one in near) else row.id.partition("/")[0]
        self._problem(sheet, row, finding, nearest(wanted, near) if few else "")

    def _row(self, kept: Kept, sheet: Sheet, row: Row, now: Cells) -> None:
        found = difference(sheet.table, row, row_shown(sheet.table, now))
        self._ignored += [Ignored(id=row.id, field=field) for field in found.ignored]
        for field, finding, fix in found.wrong:
            self._problem(sheet, row, f"{field}: {finding}", fix)
        if not found.edited:
            return
        system, table = kept.holding.system.id, sheet.table
        changes = [
            CellChange(system=system, table=table.name, id=row.id, field=field, before=before, after=after)
            for field, (before, after) in found.edited.items()
        ]
        if found.stale:
            self._conflicts += changes
            return
        after = {field: after for field, (_, after) in found.edited.items()}
        edit = Edit(system=system, table=table.name, before=_whole(table, now), after=after)
        if not found.wrong:
            for field, finding, fix in faults(self._desk, kept, self._rules, edit):
                self._problem(sheet, row, f"{field}: {finding}", fix)
        self._changes += changes
        self.edits.append(edit)


def _whole(table: Table, cells: Cells) -> Cells:
    return {column.name: cells.get(column.name, "") for column in table.columns if column.name != REVISION}


def _by_system(incoming: Incoming) -> dict[str, list[tuple[Sheet, Row]]]:
    found: dict[str, list[tuple[Sheet, Row]]] = {}
    for sheet in incoming.sheets:
        for row in sheet.rows:
            found.setdefault(row.id.partition("/")[0], []).append((sheet, row))
    return found
