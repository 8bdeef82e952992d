"""The ledger in a file of SQLite: entries in a hash chain, and two tables that only follow from them.

`about` finds what a person said, `standing` what it comes to: both are written with the entries, in one transaction,
and `verifying` works both out anew. Several processes may use one ledger; whoever writes waits for the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from bartizan.consent.entries import Opening, Recorded
from bartizan.consent.people import pieces
from bartizan.consent.standing import NOTHING, Standing
from bartizan.core.chain import canonical
from bartizan.core.errors import NotFound
from bartizan.journal.file import Broken, JournalFile, Kind
from bartizan.journal.file import create as create_file

_KIND: Final = Kind(
    application=0x42415A43,
    what="ledger of consent",
    maker="bartizan consent open",
    tables="""
CREATE TABLE about (purpose TEXT NOT NULL, person BLOB NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (purpose, person, number)) WITHOUT ROWID;
CREATE TABLE standing (purpose TEXT NOT NULL, person BLOB NOT NULL, given INTEGER NOT NULL, given_at TEXT NOT NULL,
    until TEXT NOT NULL, withdrawn_at TEXT NOT NULL, objected_at TEXT NOT NULL,
    PRIMARY KEY (purpose, person)) WITHOUT ROWID;
CREATE TABLE lists (number INTEGER NOT NULL, first BLOB NOT NULL, people BLOB NOT NULL,
    PRIMARY KEY (number, first)) WITHOUT ROWID;
""",
)
NOBODY: Final = b""
NOTHING_ELSE: Final = ""
"""Stand for person and purpose of an entry that is no act."""
BEHIND: Final = b"\xff" * 17
"""Behind every pseudonym."""
_STANDING: Final = "given, given_at, until, withdrawn_at, objected_at"


class Store(JournalFile):
    """A ledger that is open. Raises InputError for one that cannot be read or written, or is no ledger."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _KIND)
        try:
            self.opening = msgspec.json.decode(self.opening_body, type=Opening)
        except (ValueError, msgspec.DecodeError):
            raise self.refused_opening() from None

    def entry(self, number: int) -> Recorded:
        """One entry. Raises NotFound."""
        found = self.body(number)
        if found is None:
            raise NotFound(f"there is no entry {number} in {self.path}")
        return decoded(number, found)

    def others(self) -> Iterator[Recorded]:
        """The entries that are no acts of people: purposes, words, data sets and models."""
        yield from self.acts(NOBODY, NOTHING_ELSE)

    def acts(self, person: bytes, purpose: str) -> list[Recorded]:
        """What a person did about a purpose, in the order it was recorded."""
        query = (
            "SELECT e.number, e.body FROM about a JOIN entries e USING (number) "
            "WHERE a.purpose = ? AND a.person = ? ORDER BY a.number"
        )
        return [decoded(number, body) for number, body in self._link.execute(query, (purpose, person))]

    def standing(self, person: bytes, purpose: str) -> Standing:
        """What one person's acts come to."""
        query = f"SELECT {_STANDING} FROM standing WHERE purpose = ? AND person = ?"  # noqa: S608 - texts of our own
        found = self._link.execute(query, (purpose, person)).fetchone()
        return _standing(found) if found else NOTHING

    def append(self, recorded: Recorded, before: str) -> str:
        """Write an entry behind the one with that hash; gives its own hash."""
        return self.append_body(recorded.number, canonical(msgspec.to_builtins(recorded)), before)

    def put_other(self, number: int) -> None:
        """Write down that an entry is no act of a person."""
        self._link.execute("INSERT INTO about VALUES (?, ?, ?)", (NOTHING_ELSE, NOBODY, number))

    def put(self, person: bytes, purpose: str, number: int, standing: Standing) -> None:
        """Write down that a person acted, and what it comes to."""
        self._link.execute("INSERT INTO about VALUES (?, ?, ?)", (purpose, person, number))
        row = (purpose, person, *msgspec.structs.astuple(standing))
        self._link.execute("INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def put_list(self, number: int, people: bytes) -> None:
        """Write the people of a data set: sorted pseudonyms, one behind the other."""
        rows = ((number, first, piece) for first, piece in pieces(people))
        self._link.executemany("INSERT INTO lists VALUES (?, ?, ?)", rows)

    def piece(self, number: int, person: bytes) -> bytes:
        """The piece of a data set's list in which somebody would stand."""
        query = "SELECT people FROM lists WHERE number = ? AND first <= ? ORDER BY first DESC LIMIT 1"
        found = self._link.execute(query, (number, person)).fetchone()
        return bytes(found[0]) if found else b""

    def list_of(self, number: int) -> Iterator[bytes]:
        """The people of a data set, piece by piece."""
        query = "SELECT people FROM lists WHERE number = ? ORDER BY first"
        return (bytes(piece) for (piece,) in self._link.execute(query, (number,)))

    def situations(self, purpose: str, today: str) -> Iterator[tuple[bytes, str]]:
        """People who said something of a purpose, in pieces: their pseudonyms, one behind the other,
        and for each the first letter of their situation on a day, as `Standing.on` says it.
        """
        query = (
            "SELECT group_concat(hex(person), ''), group_concat(CASE WHEN objected_at <> '' THEN 'o' "
            "WHEN given > 0 THEN CASE WHEN until = '' OR until >= ? THEN 'a' ELSE 'e' END "
            "WHEN withdrawn_at <> '' THEN 'w' ELSE 'n' END, '') "
            "FROM standing WHERE purpose = ? AND person >= ? AND person < ?"
        )
        for start in range(256):
            low, high = bytes([start]), bytes([start + 1]) if start < 255 else BEHIND
            people, letters = self._link.execute(query, (today, purpose, low, high)).fetchone()
            if people:
                yield bytes.fromhex(people), letters

    def since(self, number: int) -> Iterator[Recorded]:
        """The entries behind one, in their order."""
        query = "SELECT number, body FROM entries WHERE number > ? ORDER BY number"
        return (decoded(*found) for found in self._link.execute(query, (number,)))

    def folded(self, low: bytes, high: bytes) -> Iterator[tuple[str, bytes, int, str]]:
        """Purpose, person, number and body of entries about some people, in this order."""
        return self._link.execute(
            "SELECT a.purpose, a.person, a.number, e.body FROM about a LEFT JOIN entries e USING (number) "
            "WHERE a.person >= ? AND a.person < ? ORDER BY a.purpose, a.person, a.number",
            (low, high),
        )

    def standings(self, low: bytes, high: bytes) -> Iterator[tuple[Any, ...]]:
        """Purpose, person and the fields of the standings of some people, in this order."""
        query = (
            f"SELECT purpose, person, {_STANDING} FROM standing "  # noqa: S608 - texts of our own
            "WHERE person >= ? AND person < ? ORDER BY purpose, person"
        )
        return self._link.execute(query, (low, high))

    def count(self, table: str) -> int:
        """Rows of a table of ours."""
        return int(self._link.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a name of ours


def create(path: Path, opening: Opening) -> None:
    """Make an empty ledger. Raises InputError where the file is there or cannot be written."""
    create_file(path, _KIND, canonical(msgspec.to_builtins(opening)))


def decoded(number: int, body: str) -> Recorded:
    """An entry from its body. Raises Broken."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, ValueError):
        raise Broken(number, "it is not as it was written") from None


_decoder = msgspec.json.Decoder(Recorded)


def _standing(row: Any) -> Standing:
    given, given_at, until, withdrawn_at, objected_at = row
    return Standing(given=given, given_at=given_at, until=until, withdrawn_at=withdrawn_at, objected_at=objected_at)
