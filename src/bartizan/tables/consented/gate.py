"""The gate: rows whose people, purposes and age allow a use pass, and it is counted why the others do not."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np

from bartizan.consent.entries import Purpose, Released
from bartizan.consent.ledger import Ledger
from bartizan.consent.people import Pseudonyms
from bartizan.core.extras import need
from bartizan.core.span import span_of
from bartizan.tables.consented.asking import Question, is_compatible, purposes_of
from bartizan.tables.consented.people import NOTHING, Situations, one_list
from bartizan.tables.protect.hierarchies import days_of
from bartizan.tables.reading import Table

Stopped: TypeAlias = Mapping[bytes, frozenset[str]]
Reason: TypeAlias = Literal[
    "nobody", "nothing", "expired", "withdrawn", "objected", "restricted", "other purpose", "too old", "day unknown"
]
_ROWS: Final = 500_000
_KNOWN: Final = 3_000_000
"""People who are remembered, so that memory stays bounded."""
_SITUATIONS: Final[dict[str, Reason]] = {
    "n": "nothing",
    "e": "expired",
    "w": "withdrawn",
    "o": "objected",
    "r": "restricted",
}


class Left(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Rows that were left out for a purpose. A row can be left out for several."""

    purpose: str
    reason: Reason
    rows: int


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a table."""

    rows: int
    allowed: int
    left: tuple[Left, ...]
    people: bytes
    """The sorted pseudonyms of whose rows passed."""


class Filtered(msgspec.Struct, frozen=True, kw_only=True):
    """A table that went through the gate."""

    question: Question
    passed: Passed
    source: str
    """SHA-256 of the table."""
    number: int
    """The newest entry of the ledger that was known."""
    head: str
    """Its hash."""
    rights: str = ""
    """The newest hash of the log of requests that was looked at; empty: none was."""
    written: Released | None = None


class Gate:
    """A gate for one use, as the ledger stands when it is made; a later withdrawal is not known to it.

    `stopped` holds people whose data may not be used, with the purposes; "" stands for all of them.
    """

    def __init__(
        self, ledger: Ledger, question: Question, pseudonyms: Pseudonyms, stopped: Stopped = MappingProxyType({})
    ) -> None:
        self._question = question
        self._pseudonyms = pseudonyms
        self._purposes = purposes_of(question, ledger.book)
        with ledger.store.reading():
            self.number, self.head = ledger.store.head()
            """The newest entry that it knows, and its hash."""
            self._situations = {
                one.purpose: Situations(ledger.store, one.purpose, question.today) for one in self._purposes
            }
        self._rows = 0
        self._allowed = 0
        self._left: Counter[tuple[str, Reason]] = Counter()
        self._people: list[Any] = []
        self._stopped = {
            one.purpose: np.array(
                [person for person, purposes in stopped.items() if not purposes.isdisjoint(("", one.purpose))], "S16"
            )
            for one in self._purposes
        }
        self._known = _Known(pseudonyms, self._situations, self._stopped)

    def batches(self, table: Table) -> Iterator[Any]:
        """The rows that pass, in their order, as polars DataFrames. Raises InputError for a broken table."""
        for batch in table.batches(rows=_ROWS):
            yield batch.filter(self._passes(batch))

    def passed(self) -> Passed:
        """What came of the batches so far."""
        left = (Left(purpose=purpose, reason=reason, rows=rows) for (purpose, reason), rows in self._left.items())
        people = one_list([*self._people, *self._known.passed()])
        return Passed(rows=self._rows, allowed=self._allowed, left=tuple(sorted(left)), people=people)

    def _passes(self, batch: Any) -> Any:
        """Which rows pass: a polars column of truth values."""
        polars = need("polars")
        names = batch[self._question.person].cast(polars.String, strict=False).alias("name")
        names = names.set(names.str.strip_chars() == "", None)
        if self._known.count > _KNOWN:
            self._people += self._known.passed()
            self._known = _Known(self._pseudonyms, self._situations, self._stopped)
        places = self._known.places(names)
        is_named = places >= 0
        passes = is_named.copy()
        for purpose in self._purposes:
            passes &= self._allowed_for(purpose, batch, places, is_named)
        self._rows += batch.height
        self._allowed += int(passes.sum())
        self._known.mark(places[passes])
        return polars.Series("passes", passes)

    def _allowed_for(self, purpose: Purpose, batch: Any, places: Any, is_named: Any) -> Any:
        """Truth values of the rows for one purpose; the first reason against each row is counted."""
        allowed = np.ones(batch.height, dtype=bool)

        def refuse(reason: Reason, rows: Any) -> None:
            first = allowed & rows
            if count := int(first.sum()):
                self._left[purpose.purpose, reason] += count
                allowed[first] = False

        refuse("nobody", ~is_named)
        if not is_compatible(purpose, self._question.collected_for):
            refuse("other purpose", allowed.copy())
        letters = self._known.letters(purpose.purpose, places)
        for letter, reason in _SITUATIONS.items():
            if reason in ("objected", "restricted") or purpose.basis == "consent":
                refuse(reason, letters == ord(letter))
        span = span_of(purpose.keep)
        if span is not None:
            days = days_of(batch[self._question.since])
            refuse("day unknown", days.is_null().to_numpy())
            earliest = span.earliest(datetime.date.fromisoformat(self._question.today))
            refuse("too old", (days < earliest).fill_null(False).to_numpy())
        return allowed


class _Known:
    """People who were seen, with their pseudonyms and situations, so that each is looked up once."""

    def __init__(
        self, pseudonyms: Pseudonyms, situations: Mapping[str, Situations], stopped: Mapping[str, Any]
    ) -> None:
        polars = need("polars")
        self._pseudonyms = pseudonyms
        self._situations = situations
        self._stopped = stopped
        self._numbers = polars.Categorical(polars.Categories.random())
        """Numbers names, each once, in the order in which they are seen."""
        self._people = np.empty(0, dtype="S16")
        self._letters = {purpose: np.empty(0, dtype=np.uint8) for purpose in situations}
        self._has_passed = np.empty(0, dtype=bool)

    @property
    def count(self) -> int:
        """How many people are known."""
        return len(self._people)

    def places(self, names: Any) -> Any:
        """The places (n,) of names (n,) among the known, who become known by it; -1 for nobody."""
        numbers = names.cast(self._numbers).to_physical()
        places = numbers.cast(need("polars").Int64).fill_null(-1).to_numpy()
        rows = np.flatnonzero(places >= self.count)
        if len(rows):
            new, first = np.unique(places[rows], return_index=True)
            self._learn(new - self.count, names.gather(rows[first]))
        return places

    def _learn(self, at: Any, names: Any) -> None:
        """Names (m,) become known, at places (m,) behind the known ones."""
        people = np.zeros(int(at[-1]) + 1, dtype="S16")
        people[at] = np.frombuffer(self._pseudonyms.joined(names.to_list()), dtype="S16")
        self._people = np.concatenate([self._people, people])
        for purpose, known in self._letters.items():
            letters = self._situations[purpose].of(people)
            if len(self._stopped[purpose]):
                letters = np.where(np.isin(people, self._stopped[purpose]), np.uint8(ord("r")), letters)
            self._letters[purpose] = np.concatenate([known, letters])
        self._has_passed = np.concatenate([self._has_passed, np.zeros(len(people), dtype=bool)])

    def letters(self, purpose: str, places: Any) -> Any:
        """The letters of situations (n,) at places (n,); of nobody, one that says nothing."""
        found = np.append(self._letters[purpose], np.uint8(NOTHING))
        return found[places]

    def mark(self, places: Any) -> None:
        """Note that rows of these people passed."""
        self._has_passed[places] = True

    def passed(self) -> list[Any]:
        """The pseudonyms of whose rows passed."""
        return [self._people[self._has_passed]]
