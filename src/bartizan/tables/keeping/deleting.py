"""What is over its time goes, each deletion logged before and after it in a hash chain.

A log that is cut off in the middle tells what was about to go: the next run does it again, and says so.
"""

from __future__ import annotations

import datetime
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from bartizan.core.chain_lines import BrokenLine, line, read_lines
from bartizan.core.digest import sha256_of
from bartizan.core.errors import InputError, Problem
from bartizan.tables.keeping.judging import Judged, Kept, rows_kept
from bartizan.tables.keeping.rules import Rule, Rules
from bartizan.tables.reading import opened, refuse_other_ending
from bartizan.tables.writing import write_table

_MOST: Final = 256 << 20


def delete(kept: Kept, rules: Rules, log: Path, *, by: str, at: str) -> Iterator[tuple[Judged, str]]:
    """Delete what is over, one after another. Yields each with what became of it; "" means that it is gone.

    A file that is not as it was judged stays. Raises InputError for a log that is broken or cannot be written, before
    anything is deleted.
    """
    by_name = {rule.name: rule for rule in rules.rules}
    today = datetime.date.fromisoformat(kept.day)
    with _writing(log) as book:
        for one in kept.of("over"):
            rule = by_name[one.rule]
            path = rules.place / one.path
            what: dict[str, Any] = {"path": one.path, "rule": one.rule, "keep": rule.keep, "by": by, "at": at}
            what |= {"sha256": one.digest, "rows": one.over} if rule.since == "rows" else {"sha256": one.digest}
            if wrong := _changed(path, one):
                yield one, wrong
                continue
            book.write({"do": "delete", **what})
            try:
                after = _gone(path, rule, today)
            except (InputError, OSError) as error:
                why = error.strerror or "?" if isinstance(error, OSError) else str(error)
                book.write({"do": "failed", "path": one.path, "why": why})
                yield one, f"it stays: {why}"
                continue
            book.write({"do": "done", "path": one.path, **after})
            yield one, ""


def _changed(path: Path, one: Judged) -> str:
    """Why a file is not what was judged; "" where it is."""
    try:
        if path.is_symlink() or not path.is_file():
            return "it is gone already, or no file any more"
        if path.stat().st_nlink > 1:
            return "it has another name on this disk (a hard link), under which it would stay: delete all by hand"
        return "" if sha256_of(path) == one.digest else "it changed since it was judged, and stays"
    except InputError as error:
        return str(error)


def _gone(path: Path, rule: Rule, today: datetime.date) -> dict[str, Any]:
    if rule.since != "rows":
        path.unlink()
        return {}
    mode = path.stat().st_mode
    table = opened(path)
    refuse_other_ending(table)
    schema = dict(table.frame.collect_schema())
    rows = write_table(rows_kept(table, rule, today), schema, path, separator=table.separator)
    path.chmod(mode & 0o7777)
    return {"sha256": sha256_of(path), "rows_left": rows}


class _Book:
    def __init__(self, file: IO[bytes], head: str) -> None:
        self._file, self._head = file, head

    def write(self, body: dict[str, Any]) -> None:
        """A line, on the disk when this returns."""
        made = line(body, self._head)
        self._file.write(made)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._head = made.rpartition(b'"hash":"')[2][:64].decode()


@contextmanager
def _writing(log: Path) -> Iterator[_Book]:
    try:
        with log.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            raw = file.read(_MOST + 1)
            if len(raw) > _MOST:
                raise InputError([Problem(file=str(log), finding="it is larger than any log", fix="begin another")])
            lines = read_lines(raw)
            file.truncate(len(raw) - lines.torn)
            yield _Book(file, lines.head)
    except BrokenLine as broken:
        fix = "nothing is deleted on a log that cannot be trusted: begin another"
        raise InputError([Problem(file=str(log), line=broken.number, finding=str(broken), fix=fix)]) from None
    except OSError as error:
        raise InputError([Problem(file=str(log), finding=f"it cannot be written: {error.strerror}")]) from None
