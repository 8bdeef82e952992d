"""One column, batch after batch: how many values, and what they hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np

from bartizan.core.extras import need
from bartizan.core.interval import wilson
from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.kinds import SECRETS, Kind
from bartizan.tables.profile.beside import EACH, Beside
from bartizan.tables.profile.drawing import Drawn, Share
from bartizan.tables.profile.identifiers import identified
from bartizan.tables.profile.words import Hint, hint_of, is_telling

_LIKELY: Final = (
    r"@|(?:[0-9][^0-9]{0,3}){4}|[A-Za-z0-9_+/=-]{20}|(?i:pass|secret|token|key|name|street|stra)|\pL\S*\s+\S+\s+\S*\pL"
)
"""What any text has in which something can be found, as the regular expressions of polars say it."""
_STRONG: Final = r"@|-----BEGIN|AKIA|gh[pousr]_|xox[abps]-|sk-|eyJ|\b[A-Z]{2}[0-9]{2}[A-Z0-9 ]{11}"
"""Marks that are worth a look wherever they stand."""
_FIRST: Final = 1_000
"""Values read of the first batch; of the n-th a part of 1/n, and never fewer than _EACH."""
_EACH: Final = 50
_STRONGS: Final = 500
"""Values beyond those that were drawn."""
_MOSTLY: Final = 0.5
"""From this share on a column is what it was found to be."""
_BY_COLUMN: Final = 0.8
_SHORT: Final = 6
"""Characters that anything has which is told by its form: a@b.de."""
_DISTINCT: Final = 100_000
_CHUNK: Final = 4_000
_OVERLAP: Final = 200
_LONGEST: Final = 100_000
_SAMPLES: Final = 3
_LARGE: Final = 10**6


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data in a column."""

    kind: Kind
    hits: int
    """Cells that were read and hold it."""
    share: Share
    """Of all cells with a value."""
    score: float
    """How sure the finder was, on average: from .9 on by a check digit, a fixed form, or a word that names it."""
    samples: tuple[str, ...]
    """What was found, masked."""

    @property
    def is_secret(self) -> bool:
        """Whether it opens something, rather than tells of somebody."""
        return self.kind in SECRETS


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What a column is."""

    name: str
    type: str
    rows: int
    missing: int
    nan: int
    distinct: int
    is_more: bool
    """Whether there are more distinct values than were counted."""
    longest: int
    """Characters of the longest value, of those that are texts."""
    cut: int
    """Cells that were read whose end was not: what is beyond 100,000 characters."""
    likely: int
    """Cells that could hold something, by their form."""
    read: int
    """Cells among these that were drawn and read."""
    hint: Hint
    """What the name of the column says."""
    kinds: tuple[Held, ...] = ()
    """The most frequent first."""
    beside: Beside | None = None
    """What presidio finds in some of the values that were read; none: it was not asked."""

    @property
    def is_read_whole(self) -> bool:
        """Whether every cell that could hold something was read to its end."""
        return self.read == self.likely and not self.cut


class Counting:
    """A column on its way."""

    def __init__(self, name: str, type_: str, seed: int) -> None:
        self._name, self._type, self._seed = name, type_, seed
        self._prefix = f"{name[:60]}: "
        self._telling = is_telling(self._prefix)
        self._rows = self._missing = self._nan = self._longest = self._strongs = self._batches = self._cut = 0
        self._distinct: set[int] = set()
        self._drawn: Drawn[Kind] = Drawn()
        self._hits: Counter[Kind] = Counter()
        self._scores: dict[Kind, float] = defaultdict(float)
        self._samples: dict[Kind, list[str]] = {}
        self.shown: list[str] = []
        """Values for presidio."""

    def add(self, series: Any) -> None:
        """The column's part of one batch, a polars Series."""
        polars = need("polars")
        self._rows += len(series)
        self._missing += series.null_count()
        if series.dtype.is_float():
            self._nan += int(series.is_nan().sum())
        present = series.drop_nulls()
        texts = _texts(present, telling=self._telling)
        if texts is None or not len(texts):
            self._count(present)
            return
        counted = texts.rename("value").value_counts()
        self._count(counted["value"])
        longest = int(counted["value"].str.len_chars().max() or 0)
        self._longest = max(self._longest, longest)
        if not self._telling:
            if longest < _SHORT:
                return
            counted = counted.filter(polars.col("value").str.contains(_LIKELY))
        if counted.height:
            self._look(counted)

    def _count(self, values: Any) -> None:
        if len(self._distinct) <= _DISTINCT and not values.dtype.is_nested():
            self._distinct.update(values.unique().hash().to_list())

    def _look(self, counted: Any) -> None:
        """Read values that are drawn, and of the others those with a strong mark, which then count for themselves."""
        self._batches += 1
        many = max(_FIRST // self._batches, _EACH)
        counts, values = counted["count"].to_list(), counted["value"]
        order = np.argsort(values.hash(self._seed + self._batches).to_numpy())
        chosen = order[:many]
        self.shown += [values[at] for at in chosen[: EACH - len(self.shown)].tolist()]
        read = [(counts[at], self._read(values[at], counts[at])) for at in chosen.tolist()]
        self._drawn.add(sum(counts), read)
        rest = order[many:]
        strong = rest[values.str.contains(_STRONG).to_numpy()[rest]]
        for at in strong[: _STRONGS - self._strongs].tolist():
            self._strongs += 1
            self._read(values[at], counts[at])

    def _read(self, value: str, times: int) -> frozenset[Kind]:
        """What a value holds."""
        self._cut += times if len(value) > _LONGEST else 0
        found: dict[Kind, tuple[float, str]] = {}
        for kind, score, text in self._found(value):
            if score > found.get(kind, (0.0, ""))[0]:
                found[kind] = score, text
        for kind, (score, text) in found.items():
            self._hits[kind] += times
            self._scores[kind] += score * times
            kept, mask = self._samples.setdefault(kind, []), masked(text)
            if len(kept) < _SAMPLES and mask not in kept:
                kept.append(mask)
        return frozenset(found)

    def _found(self, value: str) -> Iterator[tuple[Kind, float, str]]:
        """Long texts are read in parts that overlap; before each stands the column's name, as a label."""
        behind = len(self._prefix)
        for start in range(0, min(len(value), _LONGEST), _CHUNK):
            text = self._prefix + value[start : start + _CHUNK + _OVERLAP]
            for one in find_sensitive(text):
                if one.start >= behind:
                    yield one.kind, one.score, text[one.start : one.end]

    def column(self) -> Column:
        """What was counted."""
        cells = self._rows - self._missing
        kinds = [self._held(kind, hits, cells) for kind, hits in self._hits.most_common()]
        kinds += self._identified(cells) if max((held.share.share for held in kinds), default=0.0) < _MOSTLY else ()
        return Column(
            name=self._name,
            type=self._type,
            rows=self._rows,
            missing=self._missing,
            nan=self._nan,
            distinct=min(len(self._distinct), _DISTINCT),
            is_more=len(self._distinct) > _DISTINCT,
            longest=self._longest,
            cut=self._cut,
            likely=self._drawn.likely,
            read=self._drawn.read,
            hint=hint_of(self._name),
            kinds=tuple(kinds),
        )

    def _held(self, kind: Kind, hits: int, cells: int) -> Held:
        share = self._drawn.share(kind, hits, cells)
        return Held(
            kind=kind, hits=hits, share=share, score=self._scores[kind] / hits, samples=tuple(self._samples[kind])
        )

    def _identified(self, cells: int) -> Iterator[Held]:
        """Kinds that only the column as a whole tells; shares are those of the values that were shown."""
        for one in identified(self.shown, self._seed):
            low, high = wilson(one.hits, one.read)
            part, rate = self._drawn.likely / cells, one.hits / one.read
            share = Share(share=rate * part, low=low * part, high=high * part)
            yield Held(kind=one.kind, hits=one.hits, share=share, score=_BY_COLUMN, samples=(masked(one.sample),))


def masked(text: str) -> str:
    """The form of a value: its first and last sign where it is long, and for the others what kind of sign it is."""
    if len(text) < 6:
        return "*" * len(text)
    inside = "".join("x" if one.isalpha() else "9" if one.isalnum() else one for one in text[1:-1])
    return f"{text[0]}{inside[:40]}{text[-1]}"


def type_name(dtype: Any) -> str:
    """A type of polars in words; without the categories of an enumeration, which are values of the table."""
    polars = need("polars")
    if isinstance(dtype, polars.Enum):
        return "enum"
    if isinstance(dtype, polars.Struct):
        return f"struct({', '.join(f'{field.name}: {type_name(field.dtype)}' for field in dtype.fields)})"
    if isinstance(dtype, polars.List | polars.Array):
        return f"{type(dtype).__name__.lower()}({type_name(dtype.inner)})"
    return str(dtype).lower()


def _texts(series: Any, *, telling: bool) -> Any:
    """Values as texts; None for those that cannot hold anything: small numbers, fractions, yes or no, days.

    Under a telling name, days and small numbers may be dates of birth or numbers of people.
    """
    polars = need("polars")
    kind = series.dtype
    if kind == polars.String:
        return series
    if kind in (polars.Categorical, polars.Enum):
        return series.cast(polars.String)
    if kind.is_integer():
        large = bool(len(series)) and max(abs(int(series.min())), abs(int(series.max()))) >= _LARGE
        return series.cast(polars.String) if large or telling else None
    if kind.is_temporal():
        return series.cast(polars.String) if telling else None
    if kind == polars.Struct:
        return series.struct.json_encode()
    if kind == polars.Binary:
        return polars.Series(series.name, [one[:_LONGEST].decode("utf-8", "replace") for one in series.to_list()])
    if kind.is_nested():
        return polars.Series(series.name, [str(one.to_list())[:_LONGEST] for one in series])
    return None
