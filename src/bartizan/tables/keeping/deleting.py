"""What is over its time goes, each deletion logged before and after it in a hash chain.

A log that is cut off in the middle tells what was about to go: the next run does it again, and says so.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bartizan.core.digest import sha256_of
from bartizan.core.errors import InputError
from bartizan.journal.lines import writing
from bartizan.tables.keeping.judging import Judged, Kept, rows_kept
from bartizan.tables.keeping.rules import Rule, Rules
from bartizan.tables.reading import opened, refuse_other_ending
from bartizan.tables.writing import write_table

_FIX: Final = "nothing is deleted on a log that cannot be trusted: begin another"


def delete(kept: Kept, rules: Rules, log: Path, *, by: str, at: str) -> Iterator[tuple[Judged, str]]:
    """Delete what is over, one after another. Yields each with what became of it; "" means that it is gone.

    A file that is not as it was judged stays. Raises InputError for a log that is broken or cannot be written, before
    anything is deleted.
    """
    by_name = {rule.name: rule for rule in rules.rules}
    today = datetime.date.fromisoformat(kept.day)
    with writing(log, _FIX) as book:
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
