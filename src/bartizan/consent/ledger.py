"""A ledger of consent: entries are recorded in it together, and told what they come to."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from bartizan.consent.book import Book
from bartizan.consent.entries import (
    ACTS,
    Act,
    Entry,
    Given,
    Objected,
    Opening,
    Recorded,
    Released,
    Trained,
    Withdrawn,
    Wording,
)
from bartizan.consent.people import holds
from bartizan.consent.standing import Standing, after
from bartizan.consent.store import Store, create
from bartizan.core.errors import Conflict
from bartizan.core.moments import later

TOLERANCE_S: Final = 300
"""How far the clock of who tells it may be ahead of ours."""


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """What was made with the data of a person."""

    data: tuple[Released, ...]
    models: tuple[Trained, ...]


class Ledger:
    """A ledger that is open. Raises InputError for a file that is none, or cannot be trusted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = Store(path)
        self.opening: Opening = self.store.opening
        self.book = Book()
        self._read = 0
        with self.store.reading():
            self._catch_up()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def _catch_up(self) -> None:
        for recorded in self.store.others():
            if recorded.number > self._read:
                self.book.take(recorded)
                self._read = recorded.number

    @contextlib.contextmanager
    def recording(self, by: str, now: str) -> Iterator[Batch]:
        """Record entries together: all are on the disk when this ends without error, none where it does not.

        Other writers wait meanwhile. `now` is the moment by the clock of this machine. Raises InputError.
        """
        with self.store.writing():
            self._catch_up()
            kept = self.book
            self.book = Book(
                purposes={**kept.purposes},
                wordings={name: {**of} for name, of in kept.wordings.items()},
                data={**kept.data},
                models={**kept.models},
            )
            try:
                yield Batch(self.store, self.book, by, now)
            except BaseException:
                self.book = kept
                raise
        self._read = max(self._read, self.store.head()[0])

    def head(self) -> tuple[int, str]:
        """The number and hash of the newest entry; 0 and the opening's where there is none. Raises InputError."""
        with self.store.errors():
            return self.store.head()

    def standing(self, person: bytes, purpose: str) -> Standing:
        """What a person said of a purpose, and what it comes to. Raises NotFound, InputError."""
        self.book.purpose(purpose)
        with self.store.errors():
            return self.store.standing(person, purpose)

    def said_by(self, person: bytes) -> list[Recorded]:
        """All that a person did, in the order it was recorded. Raises InputError."""
        with self.store.errors():
            found = [recorded for purpose in self.book.purposes for recorded in self.store.acts(person, purpose)]
        return sorted(found, key=lambda recorded: recorded.number)

    def concerned(self, person: bytes, purposes: Iterable[str]) -> Concerned:
        """The data sets of these purposes in which a person stands, and the models that learned from them."""
        wanted = frozenset(purposes)
        with self.store.errors():
            data = tuple(
                released
                for number, released in self.book.data.values()
                if wanted.intersection(released.purposes) and holds(self.store.piece(number, person), person)
            )
        names = {one.data for one in data}
        return Concerned(data=data, models=tuple(m for m in self.book.models.values() if names.intersection(m.data)))


class Batch:
    """Entries that are recorded together, each checked against those before it."""

    def __init__(self, store: Store, book: Book, by: str, now: str) -> None:
        self._store = store
        self._book = book
        self._by = by
        self._now = now
        self._number, self._head = store.head()
        newest = store.entry(self._number).seen if self._number else ""
        self._ahead = later(max(now, newest), TOLERANCE_S)

    @property
    def number(self) -> int:
        """The number of the newest entry."""
        return self._number

    def add(self, entry: Entry, people: bytes = b"") -> int:
        """Record an entry; gives its number, that of the one which says the same already where there is one.

        `people` are the sorted pseudonyms of a data set. Raises NotFound for what it names and is not there, Conflict
        for what cannot be recorded: nothing of the batch is, then.
        """
        self._book.refuse(entry)
        if isinstance(entry, ACTS):
            return self._act(self._timed(entry))
        number = self._append(entry)
        self._store.put_other(number)
        if isinstance(entry, Released):
            self._store.put_list(number, people)
        return number

    def ended_since(self, number: int, purposes: Iterable[str]) -> frozenset[bytes]:
        """The people who withdrew, or objected to, one of these purposes behind an entry."""
        ends = (recorded.entry for recorded in self._store.since(number))
        wanted = frozenset(purposes)
        return frozenset(
            bytes.fromhex(one.person) for one in ends if isinstance(one, Withdrawn | Objected) and one.purpose in wanted
        )

    def _act(self, act: Act) -> int:
        person = bytes.fromhex(act.person)
        before = self._store.standing(person, act.purpose)
        if before != _NOTHING:
            for known in self._store.acts(person, act.purpose):
                if _same(known.entry, act):
                    return known.number
        number = self._append(act)
        self._store.put(person, act.purpose, number, after(before, number, act))
        return number

    def _append(self, entry: Entry) -> int:
        self._number += 1
        recorded = Recorded(number=self._number, seen=self._now, by=self._by, entry=entry)
        self._head = self._store.append(recorded, self._head)
        self._book.take(recorded)
        return self._number

    def _timed(self, act: Act) -> Act:
        """The act, at a moment that has come: a consent is not given in the future, a withdrawal counts at once."""
        if act.at <= self._ahead:
            return act
        if isinstance(act, Given):
            raise Conflict(f"it was given at {act.at}, it is said, which is in the future: a clock is wrong")
        return msgspec.structs.replace(act, at=self._now, told_at=act.at)


_NOTHING: Final = Standing()


def _same(known: Entry, act: Act) -> bool:
    """Whether an act is told again: by the same person, of the same purpose, at the same moment, in the same words."""
    if isinstance(known, Given):
        words = known.at, known.wording, known.until
        return isinstance(act, Given) and words == (act.at, act.wording, act.until)
    if isinstance(act, Given) or type(known) is not type(act) or not isinstance(known, Withdrawn | Objected):
        return False
    return (known.told_at or known.at) == (act.told_at or act.at)


def wording_of(purpose: str, version: str, language: str, text: str) -> Wording:
    """Words with their digest."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Wording(purpose=purpose, version=version, language=language, text=text, digest=digest)


def open_ledger(path: Path, opening: Opening) -> Ledger:
    """Begin a ledger. Raises InputError where the file is there."""
    create(path, opening)
    return Ledger(path)
