"""PyRIT's database: a SQLite file from a stranger, read and never run.

The file is opened read-only and immutable, so that nothing beside it is read or written. Its schema is not trusted:
only plain tables are read (a view or a generated column could compute for ever), functions that a schema may call are
off, an authorizer allows nothing but reading, cells have a limit, and so has the work of the whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from bartizan.register.intake.mapping import Names
from bartizan.register.intake.pyrit import Attack, Identifier, Score, Sums, newest_first
from bartizan.register.intake.reading import MAX_DOCUMENT, MAX_LINE, Results, check_json
from bartizan.register.intake.values import Found

MAGIC = b"SQLite format 3\x00"
MAX_ROWS = 500_000
_STEPS = 100_000
_MAX_STEPS = 20_000
"""Times so many steps of SQLite's machine: two thousand million, some tens of seconds."""
_ATTACKS, _SCORES, _TALKS = "AttackResultEntries", "ScoreEntries", "Conversations"
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
_FUNCTIONS = {"quote", "coalesce"}
T = TypeVar("T")


def read(results: Results, names: Names) -> Found:
    """What the attacks and scores in the database say. Raises InputError for what is no such database."""
    _refuse_journal(results)
    try:
        with closing(_connect(results.path)) as connection:
            return _Database(connection, results, names).found()
    except (sqlite3.Error, ValueError) as error:  # a ValueError: a message about a broken schema that is no UTF-8
        why = "it takes too long to read" if "interrupted" in str(error) else str(error)
        fix = "make a copy with PyRIT closed, and check it with: sqlite3 FILE 'pragma integrity_check'"
        raise results.refuse(f"not a database that can be read: {why}", fix) from None


def _refuse_journal(results: Results) -> None:
    """What PyRIT has not yet written into the file would be missing without a word."""
    for ending in ("-wal", "-journal"):
        beside = Path(f"{results.path}{ending}")
        if beside.is_file() and beside.stat().st_size:
            raise results.refuse(f"in use: {beside.name} beside it holds what is not in it yet", "close PyRIT first")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_LINE)
    for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
        connection.execute(f"PRAGMA {pragma}")
    left = iter(range(_MAX_STEPS))
    connection.set_progress_handler(lambda: int(next(left, None) is None), _STEPS)
    return connection


def _authorize(action: int, first: str | None, second: str | None, base: str | None, source: str | None) -> int:
    allowed = action in _ALLOWED and (action != sqlite3.SQLITE_FUNCTION or second in _FUNCTIONS)
    return sqlite3.SQLITE_OK if allowed and source is None else sqlite3.SQLITE_DENY


class _Database:
    """The tables that matter, by the columns that this version of PyRIT has."""

    def __init__(self, connection: sqlite3.Connection, results: Results, names: Names) -> None:
        self._connection = connection
        self._results = results
        self._names = names
        self._read: dict[tuple[str, str], object] = {}
        """Cells that were parsed: the same identifier stands in many rows."""
        self._bytes = self._values = 0
        self._columns = {table: self._plain_columns(table) for table in (_ATTACKS, _SCORES, _TALKS)}
        connection.set_authorizer(_authorize)

    def _plain_columns(self, table: str) -> set[str]:
        """The stored columns of a plain table; none where it is no table, or one that is computed."""
        kinds = self._connection.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (table,)).fetchall()
        if not kinds:
            return set()
        if len(kinds) != 1 or kinds[0][0] != "table" or str(kinds[0][1]).upper().startswith("CREATE VIRTUAL"):
            raise self._results.refuse(f"{table} is no plain table", "this is no database of PyRIT")
        rows = self._connection.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (table,)).fetchall()
        return {str(name) for name, hidden in rows if not hidden}

    def found(self) -> Found:
        """The attack results; where there are none, the scores."""
        if not self._columns[_ATTACKS] and not self._columns[_SCORES]:
            finding = f"a SQLite database without {_ATTACKS} and {_SCORES}"
            raise self._results.refuse(finding, "name the database of PyRIT (memory's db_path)")
        sums = Sums(self._results, self._names)
        newest_first(self._attacks(), sums)
        found = sums.found()
        if found.counted or found.skipped or not self._columns[_SCORES]:
            return found
        for score in self._scores():
            sums.score(score)
        return sums.found()

    def _rows(self, table: str, wanted: tuple[str, ...], order: str = "") -> Iterator[dict[str, object]]:
        """Rows as column to value, for the wanted columns; one that the table does not have is absent."""
        have = [column for column in wanted if column in self._columns[table]]
        if not have:
            return
        listed = ", ".join(f'"{column}"' for column in have)
        by = f" ORDER BY {order}" if order and "timestamp" in have and "id" in have else ""
        cursor = self._connection.execute(f'SELECT {listed} FROM "{table}"{by}')  # noqa: S608
        for number, row in enumerate(cursor, 1):
            if number > MAX_ROWS:
                raise self._results.refuse(f"more than {MAX_ROWS:,} rows in {table}", "make a database a run")
            yield dict(zip(have, row, strict=True))

    def _attacks(self) -> Iterator[tuple[Attack, str]]:
        talks = self._targets()
        scores: dict[str, Score] | None = None
        wanted = ("id", "conversation_id", "outcome", "atomic_attack_identifier", "attack_identifier", "timestamp",
                  "targeted_harm_categories", "last_score_id", "pyrit_version")  # fmt: skip
        for row in self._rows(_ATTACKS, wanted, "timestamp DESC, id DESC"):
            if scores is None:
                scores = self._scores_by_id()
            talk = _text(row.get("conversation_id")) or ""
            place = f"{_ATTACKS} {row.get('id')}"
            attack = Attack(
                outcome=_text(row.get("outcome")) or "undetermined",
                atomic_attack_identifier=self._cell(row, "atomic_attack_identifier", Identifier, place),
                attack_identifier=self._cell(row, "attack_identifier", Identifier, place),
                targeted_harm_categories=self._cell(row, "targeted_harm_categories", list[str], place),
                last_score=scores.get(str(row.get("last_score_id"))),
                timestamp=_text(row.get("timestamp")),
                pyrit_version=_text(row.get("pyrit_version")),
                target=talks.get(talk),
            )
            yield attack, talk

    def _targets(self) -> dict[str, Identifier]:
        found = {}
        for row in self._rows(_TALKS, ("conversation_id", "target_identifier")):
            target = self._cell(row, "target_identifier", Identifier, _TALKS)
            if target is not None:
                found[str(row.get("conversation_id"))] = target
        return found

    def _scores_by_id(self) -> dict[str, Score]:
        return {str(key): score for key, score in self._score_rows()}

    def _scores(self) -> Iterator[Score]:
        for _, score in self._score_rows():
            yield score

    def _score_rows(self) -> Iterator[tuple[object, Score]]:
        wanted = ("id", "score_value", "score_type", "score_category", "scorer_class_identifier", "timestamp",
                  "status", "pyrit_version")  # fmt: skip
        for row in self._rows(_SCORES, wanted):
            place = f"{_SCORES} {row.get('id')}"
            yield (
                row.get("id"),
                Score(
                    score_value=_text(row.get("score_value")),
                    score_type=_text(row.get("score_type")),
                    score_category=self._categories(row, place),
                    scorer_class_identifier=self._cell(row, "scorer_class_identifier", Identifier, place),
                    timestamp=_text(row.get("timestamp")),
                    status=_text(row.get("status")),
                    pyrit_version=_text(row.get("pyrit_version")),
                ),
            )

    def _categories(self, row: dict[str, object], place: str) -> list[str] | str | None:
        """Categories as JSON, or as the plain word that versions before 0.9 kept."""
        text = _text(row.get("score_category"))
        if text and text.lstrip()[:1] not in {"[", '"', "n"}:
            return text
        return self._cell(row, "score_category", list[str] | str | None, place)  # type: ignore[arg-type]

    def _cell(self, row: dict[str, object], column: str, kind: type[T], place: str) -> T | None:
        """JSON in a cell as a value; nothing where the cell is empty, a problem where it is something else."""
        text = _text(row.get(column))
        if not text or text == "null":
            return None
        key = (str(kind), text)
        if key not in self._read:
            raw = text.encode("utf-8", "replace")
            self._bytes += len(raw)
            if self._bytes > MAX_DOCUMENT:
                raise self._results.refuse("identifiers of more than 64 MB", "make a database a run")
            self._values = check_json(raw, self._results, spent=self._values)
            self._read[key] = self._results.decode(raw, kind, place=f"{place}, {column}")
        found: T | None = self._read[key]  # type: ignore[assignment]
        return found


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) else None
