"""A trace that is open: a serving application writes to it, and people search it.

with Trace(Path("trace.db"), pseudonyms) as trace:
    trace.record("customer-1042", {"income": 42000}, outcome="refused", model="score", version=digest)
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from bartizan.consent.people import Pseudonyms
from bartizan.core.chain import canonical, link
from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.moments import MOMENT_FIX, is_moment, now
from bartizan.journal.file import Broken, JournalFile, Kind
from bartizan.journal.file import create as create_file
from bartizan.trace.entries import Decided, Details, Entry, Forgotten, Opening, Recorded, Reviewed, Traced

Values: TypeAlias = Mapping[str, str | int | float | bool | None]
MOST: Final = 10_000
"""What a search gives at most."""
_KIND: Final = Kind(
    application=0x42415A54,
    what="trace",
    maker="bartizan trace open",
    overwrites=True,
    tables="""
CREATE TABLE details (number INTEGER PRIMARY KEY, person BLOB NOT NULL, body TEXT NOT NULL);
CREATE INDEX details_by_person ON details (person);
CREATE TABLE decided (number INTEGER PRIMARY KEY, model TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX decided_by_model ON decided (model, at);
CREATE TABLE reviews (number INTEGER PRIMARY KEY, decided INTEGER NOT NULL);
CREATE INDEX reviews_by_decided ON reviews (decided);
""",
)


class Trace(JournalFile):
    """A file that is open. Raises InputError for one that is no trace, or was opened with another key."""

    def __init__(self, path: Path, pseudonyms: Pseudonyms, by: str = "application") -> None:
        super().__init__(path, _KIND)
        try:
            self.opening = msgspec.json.decode(self.opening_body, type=Opening)
        except (ValueError, msgspec.DecodeError):
            raise self.refused_opening() from None
        if self.opening.key != pseudonyms.key:
            finding = f"this is key {pseudonyms.key}, and the trace was opened with key {self.opening.key}"
            raise InputError([Problem(file=str(path), finding=finding, fix="give that key")])
        self._pseudonyms = pseudonyms
        self._by = by

    def __enter__(self) -> Trace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record(  # noqa: PLR0913 - a decision is its parts
        self,
        person: str,
        values: Values,
        *,
        outcome: str,
        model: str,
        version: str,
        data: str = "",
        score: float | None = None,
        explanation: str = "",
        keep_input: bool = False,
        at: str = "",
    ) -> int:
        """Record what a model decided about somebody; it is on the disk when this returns its number.

        `values` are what the model was given; only their salted digest is kept, but with `keep_input`. `at` is a moment
        in UTC; empty: now. Raises InputError.
        """
        for name, text in (("person", person), ("outcome", outcome), ("model", model), ("version", version)):
            if not text.strip():
                raise InputError([Problem(file=str(self.path), finding=f"the {name} is not named")])
        if at and not is_moment(at):
            raise InputError([Problem(file="at", finding=f"'{at}' is no moment", fix=MOMENT_FIX)])
        salt = secrets.token_hex(16)
        details = Details(
            salt=salt,
            person=self._pseudonyms.of(person).hex(),
            outcome=outcome,
            input=input_digest(values, salt),
            score=score,
            kept_input=dict(values) if keep_input else None,
            explanation=explanation,
        )
        decided = Decided(at=at or now(), model=model, version=version, data=data, details=details.digest)
        with self.writing():
            number = self._append(decided)
            body = canonical(msgspec.to_builtins(details))
            self._link.execute("INSERT INTO details VALUES (?, ?, ?)", (number, bytes.fromhex(details.person), body))
            self._link.execute("INSERT INTO decided VALUES (?, ?, ?)", (number, model, decided.at))
        return number

    def review(self, number: int, *, outcome: str, why: str, by: str) -> int:
        """Record that a person looked at a decision, and what holds now. Raises NotFound, InputError."""
        self.get(number)
        if not (outcome.strip() and why.strip() and by.strip()):
            raise InputError([Problem(file=str(self.path), finding="a review says who, what holds, and why")])
        with self.writing():
            made = self._append(Reviewed(of=number, outcome=outcome, why=why), by)
            self._link.execute("INSERT INTO reviews VALUES (?, ?)", (made, number))
        return made

    def get(self, number: int) -> Traced:
        """One decision. Raises NotFound, InputError."""
        with self.errors():
            recorded = self._recorded(number)
            if recorded is None or not isinstance(recorded.entry, Decided):
                raise NotFound(f"there is no decision {number} in {self.path}")
            return self._traced(number, recorded.entry)

    def search(self, *, person: str = "", model: str = "", since: str = "", until: str = "") -> tuple[Traced, ...]:
        """Decisions about a person, by a model, from one moment up to another; the newest first, `MOST` at most.

        What was deleted is found by model and time, and no more by person. Raises InputError.
        """
        asked, given = ["1"], list[bytes | str]()
        if person:
            asked.append("number IN (SELECT number FROM details WHERE person = ?)")
            given.append(self._pseudonyms.of(person))
        for column, sign, value in (("model", "=", model), ("at", ">=", since), ("at", "<=", until)):
            if value:
                asked.append(f"{column} {sign} ?")
                given.append(value)
        query = f"SELECT number FROM decided WHERE {' AND '.join(asked)} ORDER BY number DESC LIMIT {MOST}"  # noqa: S608 - texts of our own
        with self.errors():
            numbers = [number for (number,) in self._link.execute(query, given).fetchall()]
        return tuple(self.get(number) for number in numbers)

    def forget(self, *, person: str = "", until: str = "", why: str) -> int:
        """Delete the details of decisions about a person, or up to a moment; gives of how many.

        That they were, and why, stays in the chain. Raises InputError, Conflict where nothing limits it.
        """
        if not person and not until:
            raise Conflict("name a person or a moment: everything is not forgotten by leaving both out")
        if not why.strip():
            raise InputError([Problem(file=str(self.path), finding="nothing says why it is deleted")])
        asked, given = ["1"], list[bytes | str]()
        if person:
            asked.append("details.person = ?")
            given.append(self._pseudonyms.of(person))
        if until:
            asked.append("decided.at <= ?")
            given.append(until)
        query = f"SELECT number FROM details JOIN decided USING (number) WHERE {' AND '.join(asked)} ORDER BY number"  # noqa: S608 - texts of our own
        with self.writing():
            found = [number for (number,) in self._link.execute(query, given)]
            if not found:
                return 0
            self._append(Forgotten(of=tuple(found), why=why))
            self._link.executemany("DELETE FROM details WHERE number = ?", [(number,) for number in found])
        with self.errors():
            self._link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return len(found)

    def verify(self) -> int:
        """Look at every entry, and hold details against it; gives how many entries there are. Raises InputError."""
        with self.reading():
            before, last = self.root, 0
            decided: dict[int, str] = {}
            forgotten: set[int] = set()
            for number, body, made in self.chain():
                recorded = _decoded(number, body)
                if number != last + 1 or recorded.number != number or link(before, body) != made:
                    raise Broken(number, "it, or one before it, is not as it was written")
                before, last = made, number
                if isinstance(recorded.entry, Decided):
                    decided[number] = recorded.entry.details
                elif isinstance(recorded.entry, Forgotten):
                    forgotten.update(recorded.entry.of)
            for number, person, body in self._link.execute("SELECT number, person, body FROM details"):
                details = _details(number, body)
                if details.digest != decided.pop(number, "") or bytes.fromhex(details.person) != person:
                    raise Broken(number, "its details are not as they were written")
            if missing := set(decided) - forgotten:
                raise Broken(min(missing), "its details are gone, and no entry says why")
        return last

    def _append(self, entry: Entry, by: str = "") -> int:
        last, before = self.head()
        recorded = Recorded(number=last + 1, seen=now(), by=by or self._by, entry=entry)
        self.append_body(recorded.number, canonical(msgspec.to_builtins(recorded)), before)
        return recorded.number

    def _recorded(self, number: int) -> Recorded | None:
        body = self.body(number)
        return None if body is None else _decoded(number, body)

    def _traced(self, number: int, decided: Decided) -> Traced:
        kept = self._link.execute("SELECT body FROM details WHERE number = ?", (number,)).fetchone()
        numbers = self._link.execute(
            "SELECT number FROM reviews WHERE decided = ? ORDER BY number", (number,)
        ).fetchall()
        reviews = tuple(one for (at,) in numbers if (one := self._recorded(at)) is not None)
        details = _details(number, kept[0]) if kept else None
        return Traced(number=number, decided=decided, details=details, reviews=reviews)


def create(path: Path, pseudonyms: Pseudonyms, controller: str) -> None:
    """Make an empty trace. Raises InputError where the file is there or cannot be written."""
    opening = Opening(controller=controller, key=pseudonyms.key, opened_at=now())
    create_file(path, _KIND, canonical(msgspec.to_builtins(opening)))


def input_digest(values: Values, salt: str) -> str:
    """The salted SHA-256 of an input as canonical JSON: shows later that these were the values, and tells nothing else.

    Raises InputError for what JSON cannot say, such as NaN.
    """
    try:
        text = canonical(dict(values))
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError([Problem(file="input", finding=f"it cannot be written as JSON: {error}")]) from None
    return hashlib.sha256((salt + text).encode("utf-8", "surrogatepass")).hexdigest()


def _decoded(number: int, body: str) -> Recorded:
    try:
        return _entries.decode(body)
    except (msgspec.DecodeError, ValueError):
        raise Broken(number, "it is not as it was written") from None


def _details(number: int, body: str) -> Details:
    try:
        return _kept.decode(body)
    except (msgspec.DecodeError, ValueError):
        raise Broken(number, "its details are not as they were written") from None


_entries = msgspec.json.Decoder(Recorded)
_kept = msgspec.json.Decoder(Details)
