"""A plan done to a table, batch by batch, column by column."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np

from bartizan.core.errors import InputError, Problem
from bartizan.core.extras import need
from bartizan.tables.protect.hierarchies import generalised, numbers_of
from bartizan.tables.protect.keys import Key
from bartizan.tables.protect.masks import masked_value
from bartizan.tables.protect.plan import Drop, Generalise, Keep, Mask, Noise, Plan, Pseudonym, Token
from bartizan.tables.protect.pseudonyms import Pseudonyms
from bartizan.tables.protect.tokens import Tokens, Unfit
from bartizan.tables.reading import Table

_NAMED: Final = 5
_Act: TypeAlias = Callable[[Any], Any]


class Unacted(Exception):
    """Cells of a column to which its action cannot be done: reason -> places in the batch."""

    def __init__(self, reasons: dict[str, list[int]]) -> None:
        super().__init__("cells to which the action cannot be done")
        self.reasons = reasons


class Acting:
    """A plan on its way through one table."""

    def __init__(self, plan: Plan, table: Table, key: Key | None) -> None:
        self.plan = plan
        self.table = table
        self.names = tuple(name for name in table.columns if not isinstance(plan.columns[name], Drop))
        """The columns that are written."""
        self.missing: Counter[str] = Counter()
        """Cells without a value, by column."""
        self._types = dict(table.frame.collect_schema())
        self._acts = {name: _act(plan, name, self._types[name], key) for name in self.names}

    @property
    def schema(self) -> dict[str, Any]:
        """Types of what is written."""
        return {name: self._type(name) for name in self.names}

    def _type(self, name: str) -> Any:
        action = self.plan.columns[name]
        if isinstance(action, Keep):
            return self._types[name]
        return _noise_type(action) if isinstance(action, Noise) else need("polars").String

    def batches(self, columns: tuple[str, ...] = ()) -> Iterator[Any]:
        """The table with the plan's actions done, in order; of some columns, or of all that are written.

        Raises InputError that names the rows, never the values, of the first batch that has a cell to which the action
        of its column cannot be done.
        """
        names = columns or self.names
        start = 0
        self.missing.clear()
        for batch in self.table.batches(columns=names):
            made: list[Any] = []
            wrong: list[Problem] = []
            for name in names:
                self.missing[name] += batch[name].null_count()
                try:
                    made.append(self._acts[name](batch[name]).alias(name))
                except Unacted as unacted:
                    wrong += unacted_problems(self.plan, name, unacted, start)
            if wrong:
                raise InputError(wrong)
            start += batch.height
            yield need("polars").DataFrame(made)


def unacted_problems(plan: Plan, name: str, unacted: Unacted, start: int) -> Iterator[Problem]:
    """What could not be done in a batch that begins behind so many rows: reasons and rows, never values."""
    for reason, places in unacted.reasons.items():
        rows = rows_named([start + place + 1 for place in sorted(places)])
        word = plan.columns[name].__struct_config__.tag
        finding = f"'{word}' cannot be done to column '{name}': {reason}; {rows}"
        yield plan.document.problem(("columns", name), finding, _FIXES.get(str(word), ""))


def rows_named(rows: list[int]) -> str:
    """Row numbers in a message: the first few, and how many more there are."""
    shown = ", ".join(f"{row:,}" for row in rows[:_NAMED])
    return f"row{'s' if len(rows) > 1 else ''} {shown}" + (
        f" and {len(rows) - _NAMED:,} more in the same batch" if len(rows) > _NAMED else ""
    )


_FIXES: Final = {
    "token": "use 'pseudonym' or 'mask' for such a column",
    "generalise": "mend these rows, say them missing with --missing TEXT, or give 'other'",
    "noise": "mend these rows, or say them missing with --missing TEXT",
}


def _act(plan: Plan, name: str, dtype: Any, key: Key | None) -> _Act:
    action = plan.columns[name]
    if isinstance(action, Keep | Drop):
        return lambda series: series
    if dtype.is_nested() or str(dtype) in {"Binary", "Object"}:
        said = f"the values of column '{name}' are of type {str(dtype).partition('(')[0].lower()}"
        raise InputError([plan.document.problem(("columns", name), said, "such a column can be kept or dropped only")])
    if isinstance(action, Generalise):
        return _checked(lambda series: generalised(series, action))
    if isinstance(action, Noise):
        return lambda series: _noisy(series, action)
    if dtype.is_float() and isinstance(action, Pseudonym | Token):
        said = f"column '{name}' holds numbers with a point: 1 and 1.0 would be two people"
        raise InputError([plan.document.problem(("columns", name), said, "write it as whole numbers or texts")])
    if isinstance(action, Mask):
        return texts_turned(lambda values: [masked_value(one, action) for one in values])
    if key is None:
        fix = "give one of: --key-env NAME, --key-file FILE, --key-command 'PROGRAM ...'"
        raise InputError([plan.document.problem(("columns", name), "this needs a key, and none was given", fix)])
    if isinstance(action, Pseudonym):
        names = Pseudonyms(key, plan.group(name), action)
        return texts_turned(lambda values: [names.of(one) for one in values])
    return texts_turned(Tokens(key, plan.group(name)).of)


def texts_turned(act: Callable[[list[str]], list[str]]) -> _Act:
    """An action on texts, done once for each different one of a batch; missing stays missing."""

    def done(series: Any) -> Any:
        polars = need("polars")
        texts = series.cast(polars.String)
        different = texts.drop_nulls().unique(maintain_order=True).to_list()
        try:
            made = dict(zip(different, act(different), strict=True))
        except Unfit as wrong:
            raise _located(wrong, different, texts) from None
        return texts.replace_strict(made, default=None, return_dtype=polars.String) if made else texts

    return done


def _located(wrong: Unfit, different: list[str], texts: Any) -> Unacted:
    """The places of the texts in the batch, for those among the different ones."""
    places = defaultdict(list)
    reason_of = {different[at]: reason for reason, found in wrong.reasons.items() for at in found}
    for place, text in enumerate(texts.to_list()):
        if text in reason_of:
            places[reason_of[text]].append(place)
    return Unacted(dict(places))


def _checked(act: Callable[[Any], tuple[Any, str]]) -> _Act:
    def done(series: Any) -> Any:
        made, wanted = act(series)
        lost = np.flatnonzero((made.is_null() & series.is_not_null()).to_numpy())
        if len(lost):
            raise Unacted({f"a value is not {wanted}": lost.tolist()})
        return made

    return done


def _noisy(series: Any, how: Noise) -> Any:
    """Numbers with noise that is drawn from the system's entropy: a seed that somebody knows would take it off."""
    polars = need("polars")
    numbers = numbers_of(series)
    lost = np.flatnonzero((numbers.is_null() & series.is_not_null()).to_numpy())
    if len(lost):
        raise Unacted({"a value is not a number": lost.tolist()})
    values = numbers.to_numpy()
    rng = np.random.default_rng()
    if how.shape == "gaussian":
        moved = values + rng.normal(0, how.scale, len(values))
    else:
        moved = values + rng.laplace(0, how.scale / math.sqrt(2), len(values))
    moved = np.clip(moved, how.least, how.most) if (how.least, how.most) != (None, None) else moved
    huge = np.flatnonzero(np.abs(moved) >= 2**53)
    if len(huge):
        raise Unacted({"a number is too large to be rounded": huge.tolist()})
    made = polars.Series(np.round(np.nan_to_num(moved), how.decimals), dtype=polars.Float64)
    return made.set(series.is_null(), None).cast(_noise_type(how))


def _noise_type(how: Noise) -> Any:
    polars = need("polars")
    return polars.Float64 if how.decimals else polars.Int64


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a column, for the record that lies beside the protected table."""

    column: str
    did: str
    """The action's word."""
    how: dict[str, Any]
    group: str = ""
    missing: int = 0
    note: str = ""


def told(acting: Acting) -> tuple[Told, ...]:
    """What was done to each column of the plan, after all batches were made."""
    return tuple(_told(acting, name) for name in acting.table.columns)


_NOTES: Final = {
    "drop": "not in the output",
    "mask": "equal masks do not mean equal values",
    "noise": "blurred, without a guarantee: no differential privacy; drawn from the system's entropy, no seed is kept",
    "token": "whoever has the key turns tokens back",
    "pseudonym": "whoever has the key tells whose pseudonym it is by trying values",
}


def _says(value: object) -> bool:
    return value is not None and value is not False and value not in ([], {}, "")


def _told(acting: Acting, name: str) -> Told:
    action = acting.plan.columns[name]
    keyed = isinstance(action, Pseudonym | Token)
    fields = msgspec.to_builtins(action)
    how = {field: value for field, value in fields.items() if field not in {"do", "group"} and _says(value)}
    if isinstance(action, Generalise) and action.mapping:
        how["mapping"] = f"{len(action.mapping)} values"
    word = str(action.__struct_config__.tag)
    group = acting.plan.group(name) if keyed else ""
    quasi = acting.plan.anonymise.quasi if acting.plan.anonymise else ()
    note = "made as coarse as its class needs" if name in quasi else _NOTES.get(word, "")
    return Told(column=name, did=word, how=how, group=group, missing=acting.missing[name], note=note)
