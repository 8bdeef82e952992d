"""Each file against the rules that name it: kept, over, held, or unknown, which nobody may delete."""

from __future__ import annotations

import datetime
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import msgspec

from bartizan.core.digest import sha256_of
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.extras import need
from bartizan.tables.keeping.rules import Rule, Rules
from bartizan.tables.protect.hierarchies import days_of
from bartizan.tables.reading import Table, opened

Verdict: TypeAlias = Literal["over", "unknown", "held", "kept"]
_DATE: Final = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_FILES: Final = 1_000_000


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says of a file."""

    path: str
    """From the folder of the rules."""
    rule: str
    """Empty: no rule names it."""
    verdict: Verdict
    why: str
    due: str = ""
    """The last day on which it may be kept; of rows, the first of all."""
    rows: int = 0
    """All, where rows are judged."""
    over: int = 0
    """Those whose time is over."""
    undated: int = 0
    """Those without a date, which stay."""
    digest: str = ""
    """SHA-256 of what was judged, where something is over."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """All that was judged on a day."""

    day: str
    judged: tuple[Judged, ...]

    def of(self, verdict: Verdict) -> tuple[Judged, ...]:
        """Those of one verdict."""
        return tuple(one for one in self.judged if one.verdict == verdict)

    @property
    def is_kept(self) -> bool:
        """Whether nothing is over, and nothing unknown."""
        return not self.of("over") and not self.of("unknown")


def judged(rules: Rules, today: datetime.date, step: Callable[[str], None] = lambda _: None) -> Kept:
    """All files that a rule names, and those in the rules' folders that none does. Changes nothing."""
    found: list[Judged] = []
    named: set[Path] = set()
    for rule in rules.rules:
        step(rule.name)
        files = sorted({path for pattern in rule.files for path in _matching(rules.place, pattern)})
        if not files:
            patterns = ", ".join(rule.files)
            found.append(Judged(path=patterns, rule=rule.name, verdict="unknown", why="no file is called like this"))
        found += [_judged(rules.place, path, rule, today) for path in files]
        named.update(files)
    found += _unnamed(rules, named)
    return Kept(day=today.isoformat(), judged=tuple(found))


def _matching(place: Path, pattern: str) -> Iterator[Path]:
    for count, path in enumerate(place.glob(pattern)):
        if count > _FILES:
            finding = f"more than {_FILES:,} files are called like '{pattern}'"
            raise InputError([Problem(file=str(place), finding=finding)])
        if not path.is_dir() or path.is_symlink():
            yield path


def _unnamed(rules: Rules, named: set[Path]) -> Iterator[Judged]:
    for folder in rules.folders:
        if not (rules.place / folder).is_dir():
            yield Judged(path=folder, rule="", verdict="unknown", why="there is no such folder")
        for path in sorted({*_matching(rules.place, f"{folder}/**/*")} - named):
            shown = path.relative_to(rules.place).as_posix()
            yield Judged(path=shown, rule="", verdict="unknown", why="no rule says how long it may be kept")


def _judged(place: Path, path: Path, rule: Rule, today: datetime.date) -> Judged:
    shown = path.relative_to(place).as_posix()
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or not path.resolve().is_relative_to(place.resolve()):
            why = "a link, or no file: what it leads to has a rule of its own"
            return Judged(path=shown, rule=rule.name, verdict="unknown", why=why)
        if rule.since == "rows":
            return _rows(path, shown, rule, today)
        if rule.since == "changed":
            since = datetime.datetime.fromtimestamp(status.st_mtime, datetime.UTC).date()
        else:
            since = _dated(path.name)
        if since > today:
            why = f"its date, {since.isoformat()}, is still to come"
            return Judged(path=shown, rule=rule.name, verdict="unknown", why=why)
        return _whole(path, shown, rule, rule.due(since), today)
    except (OSError, ValueError, OverflowError) as error:
        why = f"it cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
        return Judged(path=shown, rule=rule.name, verdict="unknown", why=why)
    except InputError as error:
        why = "; ".join(problem.finding for problem in error.problems)
        return Judged(path=shown, rule=rule.name, verdict="unknown", why=why)


def _dated(name: str) -> datetime.date:
    for found in _DATE.finditer(name):
        try:
            return datetime.date(*map(int, found.groups()))
        except ValueError:
            continue
    raise ValueError("there is no date in its name")


def _whole(path: Path, shown: str, rule: Rule, due: datetime.date, today: datetime.date) -> Judged:
    if today <= due:
        return Judged(path=shown, rule=rule.name, verdict="kept", why="", due=due.isoformat())
    late = (today - due).days
    why = f"{late:,} day{'s' if late > 1 else ''} over"
    return _over(path, shown, rule, today, why, due=due.isoformat())


def _over(path: Path, shown: str, rule: Rule, today: datetime.date, why: str, **more: Any) -> Judged:
    verdict: Verdict = "over"
    if rule.hold_until and today <= datetime.date.fromisoformat(rule.hold_until):
        verdict, why = "held", f"{why}, and held until {rule.hold_until}: {rule.why}"
    return Judged(path=shown, rule=rule.name, verdict=verdict, why=why, digest=sha256_of(path), **more)


def _rows(path: Path, shown: str, rule: Rule, today: datetime.date) -> Judged:
    table = opened(path)
    if rule.column not in table.columns:
        fix = nearest(rule.column, table.columns)
        raise ValueError(f"it has no column '{rule.column}'{f'; {fix}' if fix else ''}")
    rows = over = undated = 0
    first: datetime.date | None = None
    for batch in table.batches(columns=(rule.column,)):
        days = days_of(batch[rule.column])
        late = is_over(days, rule, today)
        rows, over, undated = rows + batch.height, over + int(late.sum()), undated + days.null_count()
        least = days.min()
        first = min((one for one in (first, least) if one is not None), default=None)
    counts: dict[str, Any] = {
        "rows": rows,
        "over": over,
        "undated": undated,
        "due": rule.due(first).isoformat() if first else "",
    }
    lacking = f"{undated:,} of {rows:,} rows have no date" if undated else ""
    if over:
        why = f"{over:,} of {rows:,} rows are over" + (f"; {lacking}, and stay" if lacking else "")
        return _over(path, shown, rule, today, why, **counts)
    return Judged(path=shown, rule=rule.name, verdict="unknown" if lacking else "kept", why=lacking, **counts)


def is_over(days: Any, rule: Rule, today: datetime.date) -> Any:
    """Which days are so long ago that what began on them may not be kept; a missing day is not."""
    polars = need("polars")
    different = days.drop_nulls().unique()
    late = [one for one in different.to_list() if today > rule.due(one)]
    return days.is_in(polars.Series(late, dtype=polars.Date).implode()).fill_null(False)


def rows_kept(table: Table, rule: Rule, today: datetime.date) -> Iterator[Any]:
    """Batches of a table without the rows that are over."""
    for batch in table.batches():
        yield batch.filter(~is_over(days_of(batch[rule.column]), rule, today))
