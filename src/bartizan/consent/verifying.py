"""That nothing of a ledger was changed: the chain, and all that follows from it worked out anew.

Two passes at once, in memory that does not grow with the ledger: the entries in their order, each bound to the one
before; and person by person what they come to. Each sees one state of the ledger, whatever is recorded meanwhile.
What was cut off at the end shows only to who noted the hash of the newest entry.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import operator
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from bartizan.consent.book import Book
from bartizan.consent.entries import ACTS, Recorded
from bartizan.consent.ledger import Ledger
from bartizan.consent.standing import NOTHING, Standing, after
from bartizan.consent.store import BEHIND, NOBODY, Store, decoded
from bartizan.core.chain import link
from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.journal.file import Broken

_EVERY: Final = 50_000
_SMALL: Final = 20_000
"""Entries up to which a second process costs more than it saves."""
_TOLD: Final = 10
_SHARE: Final = b"\x44"
"""People before it are left to the process that looked at the chain: so both end at about the same time."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was found to be sound."""

    entries: int
    head: str
    backwards: tuple[int, ...]
    """The first entries that were recorded at an earlier time than the one before: a clock that went back."""


def verify(ledger: Ledger, *, noted: str = "", tell: Callable[[int], None] = lambda _: None) -> Outcome:
    """Look at all of it. `noted` is a hash that somebody kept: it must be one of the ledger's.

    `tell` hears now and then how many entries were looked at. Raises InputError for the first thing that is not as it
    was written.
    """
    with ledger.store.reading():
        is_small = ledger.store.head()[0] <= _SMALL
    if is_small:
        outcome = _chain(ledger.store, noted, tell)
        problems = _follow(ledger.path, NOBODY, BEHIND)
    else:
        with _beside(ledger.path) as following:
            outcome = _chain(ledger.store, noted, tell)
            problems = _follow(ledger.path, NOBODY, _SHARE) + following()
    if problems:
        raise InputError(problems)
    return outcome


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Callable[[], tuple[Problem, ...]]]:
    """Follow people from the share on in another process; gives what waits for what it found.

    The other process never loads what called this one, so it works from any program.
    """
    words = [sys.executable, "-c", f"from {__name__} import follow; follow()", str(path.resolve())]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as other:  # noqa: S603 - words of our own

        def found() -> tuple[Problem, ...]:
            said, _ = other.communicate()
            if other.returncode:
                raise InputError([Problem(file=str(path), finding="it was not looked at to the end", fix="try again")])
            return msgspec.json.decode(said, type=tuple[Problem, ...])

        try:
            yield found
        finally:
            other.kill()


def follow() -> None:
    """The other process: is told the ledger as its argument, says the problems on standard output as JSON."""
    sys.stdout.buffer.write(msgspec.json.encode(_follow(Path(sys.argv[1]), _SHARE, BEHIND)))


def _chain(store: Store, noted: str, tell: Callable[[int], None]) -> Outcome:
    """The first pass: every entry bound to the one before, and standing where it may; and the lists of people."""
    with store.reading():
        book = Book()
        head, due, newest, is_there = store.root, 1, "", noted in ("", store.root)
        backwards: list[int] = []
        for number, body, found in store.chain():
            head = link(head, body)
            if number != due or head != found:
                raise Broken(
                    due, "it is missing" if number != due else "it, or one before it, is not as it was written"
                )
            seen = _may_stand(book, number, body).seen
            if seen < newest and len(backwards) < _TOLD:
                backwards.append(number)
            newest, due, is_there = seen, due + 1, is_there or found == noted
            if number % _EVERY == 0:
                tell(number)
        _lists(store, book)
    if not is_there:
        finding = "no entry has the hash that was noted: entries were taken out, or it is another ledger"
        raise InputError([Problem(file=str(store.path), finding=finding)])
    return Outcome(entries=due - 1, head=head, backwards=tuple(backwards))


def _may_stand(book: Book, number: int, body: str) -> Recorded:
    recorded = decoded(number, body)
    if recorded.number != number:
        raise Broken(number, f"it says that it is entry {recorded.number}")
    try:
        book.refuse(recorded.entry)
    except (NotFound, Conflict) as error:
        raise Broken(number, str(error)) from None
    book.take(recorded)
    return recorded


def _lists(store: Store, book: Book) -> None:
    """The people of each data set."""
    for number, released in book.data.values():
        hashed = hashlib.sha256()
        for piece in store.list_of(number):
            hashed.update(piece)
        if hashed.hexdigest() != released.list:
            raise Broken(number, f"the list of people in '{released.data:.70}' is not as it was written")


def _follow(path: Path, low: bytes, high: bytes) -> tuple[Problem, ...]:
    """The second pass over some people, maybe in a process of its own: errors come back as what they found."""
    try:
        store = Store(path)
        try:
            with store.reading():
                _compare(store, low, high)
        finally:
            store.close()
    except InputError as error:
        return error.problems
    return ()


def _compare(store: Store, low: bytes, high: bytes) -> None:
    """What a person said, folded anew, is what stands there, and nothing stands there besides."""
    kept = store.standings(low, high)
    for purpose, person, standing in _folded(store, low, high):
        if person != NOBODY and next(kept, None) != (purpose, person, *msgspec.structs.astuple(standing)):
            raise Broken(0, f"what {person.hex()} said of '{purpose:.70}' is not what stands there")
    if next(kept, None) is not None or store.count("about") != store.head()[0]:
        raise Broken(0, "what stands there does not follow from the entries")


def _folded(store: Store, low: bytes, high: bytes) -> Iterator[tuple[str, bytes, Standing]]:
    """Purpose, person and standing."""
    for (purpose, person), found in itertools.groupby(store.folded(low, high), key=operator.itemgetter(0, 1)):
        name, standing = person.hex(), NOTHING
        for _, _, number, body in found:
            if body is None:
                raise Broken(number, "it is missing")
            entry = decoded(number, body).entry
            if isinstance(entry, ACTS):
                if entry.person != name or entry.purpose != purpose:
                    raise Broken(number, "it is about somebody, or something, else")
                standing = after(standing, number, entry)
            elif name:
                raise Broken(number, "it is no act of a person")
        yield purpose, person, standing
