"""Columns as whole numbers in the order of their values, for cutting a table into classes; and ranges of them as texts.

Code 0 is a missing value, which is a value of its own and stands below all others. NaN in columns of numbers counts
as missing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.core.errors import InputError
from bartizan.core.extras import need
from bartizan.tables.protect.acting import Acting, rows_named
from bartizan.tables.protect.hierarchies import NUMBER, span
from bartizan.tables.protect.plan import Anonymise, Kind
from bartizan.tables.protect.trees import Tree, tree_of

Codes: TypeAlias = npt.NDArray[np.int32]
_NUMBER: Final = re.compile(NUMBER.strip("^$"))
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAMED: Final = 8
_LONGEST: Final = 10_000
MISSING: Final = "(missing)"


class Coded(msgspec.Struct, frozen=True, kw_only=True):
    """One column."""

    name: str
    kind: Kind
    codes: Codes
    """One a row."""
    texts: tuple[str, ...]
    """The value of code 1, 2, ..."""
    positions: npt.NDArray[np.float64]
    """Where each code stands on a line from 0 to 1; missing stands a tenth below."""
    tree: Tree | None = None
    """The hierarchy of a category, its leaves in the order of the codes."""

    def label(self, low: int, high: int) -> str | None:
        """What stands for the values from one code to another; None: missing."""
        if high == 0:
            return None
        text = self._range(max(low, 1), high)
        return text if low else f"{text} or {MISSING}"

    def _range(self, low: int, high: int) -> str:
        first, last = self.texts[low - 1], self.texts[high - 1]
        if low == high:
            return first
        if self.kind != "category":
            return f"{first}/{last}" if self.kind == "date" else span(first, last)
        if self.tree is not None:
            return self.tree.label(low - 1, high - 1)
        if high - low + 1 == len(self.texts):
            return "*"
        if high - low < _NAMED:
            return f"{{{', '.join(self.texts[low - 1 : high])}}}"
        return f"{{{first}, ..., {last}: {high - low + 1} values}}"

    def loss(self, low: npt.NDArray[np.int32], high: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        """The normalised certainty penalty of ranges: 0 for one value, 1 for all. Source: J. Xu et al., KDD 2006."""
        only = (low == high).astype(np.float64)
        if self.kind != "category":
            wide = np.clip(self.positions[high] - self.positions[np.maximum(low, 1)], 0, 1)
        elif self.tree is not None:
            leaves = self.tree.leaves_under(np.maximum(low, 1).astype(np.int64) - 1, high.astype(np.int64) - 1)
            wide = (leaves - 1) / max(len(self.texts) - 1, 1)
        else:
            wide = (high - np.maximum(low, 1)) / max(len(self.texts) - 1, 1)
        mixed = (low == 0) & (high > 0)  # whether there is a value at all is lost as well
        return np.where(only, 0.0, np.where(mixed, 1.0, wide))


class _Seen:
    """Values of a column in the order in which they came."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self.rows: list[int] = []
        self.parts: list[Codes] = []

    def take(self, series: Any, start: int) -> None:
        polars = need("polars")
        if series.dtype.is_float():
            series = series.fill_nan(None)
        text = series.cast(polars.String)
        places = text.arg_unique().sort()
        for place, value in zip(places.to_list(), text.gather(places).to_list(), strict=True):
            if value is not None and value not in self.ids:
                self.ids[value] = len(self.ids) + 1
                self.rows.append(start + place + 1)
        known = {value: self.ids[value] for value in text.gather(places).drop_nulls().to_list()}
        if known:
            found = text.replace_strict(known, default=0, return_dtype=polars.Int32)
            self.parts.append(found.fill_null(0).to_numpy().astype(np.int32))
        else:
            self.parts.append(np.zeros(len(text), np.int32))


def coded(acting: Acting, how: Anonymise) -> tuple[tuple[Coded, ...], Codes | None, tuple[Kind, ...]]:
    """The quasi-identifiers after the plan's actions, the codes of the sensitive column, and the kind of that.

    Only numbers are held: four bytes a row and column. Raises InputError for columns that mix numbers or dates with
    other texts, with the rows of those that are fewer.
    """
    names = (*how.quasi, *((how.sensitive,) if how.sensitive else ()))
    seen = {name: _Seen() for name in names}
    start = 0
    for batch in acting.batches(names):
        for name in names:
            seen[name].take(batch[name], start)
        start += batch.height
    problems: list[Any] = []
    made = []
    for name in names:
        try:
            made.append(_coded(name, seen.pop(name), how, acting))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    if not how.sensitive:
        return tuple(made), None, ()
    return tuple(made[:-1]), made[-1].codes, (made[-1].kind,)


def _coded(name: str, seen: _Seen, how: Anonymise, acting: Acting) -> Coded:
    levels = how.hierarchies.get(name)
    lenient = name == how.sensitive
    kind: Kind = "category" if levels else _kind(name, seen, how.kinds.get(name), acting, lenient=lenient)
    tree = None
    if levels:
        tree = _tree(name, seen, levels, acting)
        texts = list(tree.leaves)
    else:
        texts = sorted(seen.ids, key=_KEYS[kind])
    codes = np.concatenate(seen.parts) if seen.parts else np.zeros(0, np.int32)
    ranks = np.zeros(len(texts) + 1, np.int32)
    for code, text in enumerate(texts, 1):
        ranks[seen.ids[text]] = code
    return Coded(
        name=name, kind=kind, codes=ranks[codes], texts=tuple(texts), positions=_positions(texts, kind), tree=tree
    )


def _number(text: str) -> tuple[float, str]:
    return float(text), text


_KEYS: Final[dict[str, Any]] = {"number": _number, "date": str, "category": str}


def _positions(texts: list[str], kind: Kind) -> npt.NDArray[np.float64]:
    if kind == "number":
        at = np.array([float(text) for text in texts])
    elif kind == "date":
        at = np.array([float(datetime.date.fromisoformat(text).toordinal()) for text in texts])
    else:
        at = np.arange(len(texts), dtype=np.float64)
    scale = float(at[-1] - at[0]) if len(at) > 1 and at[-1] > at[0] else 1.0
    return np.r_[-0.1, (at - at[0]) / scale] if len(at) else np.array([-0.1])


def _kind(name: str, seen: _Seen, declared: Kind | None, acting: Acting, *, lenient: bool) -> Kind:
    if declared == "category":
        return "category"
    numbers = {text for text in seen.ids if _is_number(text)}
    dates = set() if numbers else {text for text in seen.ids if _is_date(text)}
    wanted: Kind = declared or ("number" if numbers else "date" if dates else "category")
    fitting = numbers if wanted == "number" else dates if wanted == "date" else set(seen.ids)
    if len(fitting) == len(seen.ids):
        return wanted
    if lenient:
        return "category"
    others = [text for text in seen.ids if text not in fitting]
    few = others if len(others) <= len(fitting) or declared else [text for text in seen.ids if text in fitting]
    rows = sorted(seen.rows[seen.ids[text] - 1] for text in few)
    not_ = "no " if few is others or few == others else ""
    finding = f"column '{name}' mixes {wanted}s with other texts; {not_}{wanted} in {rows_named(rows)}"
    fix = f"mend them, say them missing with --missing TEXT, or write under 'anonymise:' kinds: {{{name}: category}}"
    at = ("columns", name) if ("columns", name) in acting.plan.document.lines else ("anonymise", "quasi")
    raise InputError([acting.plan.document.problem(at, finding.replace(" in the same batch", ""), fix)])


def _is_number(text: str) -> bool:
    return len(text) < 400 and _NUMBER.fullmatch(text) is not None and abs(float(text)) < np.inf


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _tree(name: str, seen: _Seen, levels: Mapping[str, Iterable[str]], acting: Acting) -> Tree:
    lacking = [text for text in seen.ids if text not in levels]
    if lacking:
        rows = rows_named(sorted(seen.rows[seen.ids[text] - 1] for text in lacking)).replace(" in the same batch", "")
        finding = f"column '{name}' has {len(lacking):,} values that its hierarchy lacks, in {rows}"
        at = ("anonymise", "hierarchies", name)
        raise InputError([acting.plan.document.problem(at, finding, "add them, or say them missing")])
    return tree_of({text: tuple(levels[text]) for text in _known(seen.ids)})


def _known(ids: Mapping[str, int]) -> Iterator[str]:
    yield from sorted(ids)
