"""Whatever is changed in the file of a ledger is found."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from bartizan.consent import verifying
from bartizan.consent.entries import Released
from bartizan.consent.ledger import Ledger
from bartizan.consent.verifying import verify
from bartizan.core.errors import InputError
from tests.consent.ledgers import AT, LATER, MIDNIGHT, PEOPLE, given, ledger, person, record, withdrawn


@pytest.fixture(params=["one process", "two processes"])
def book(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    if request.param == "two processes":
        monkeypatch.setattr(verifying, "_SMALL", 0)
    made = ledger(tmp_path)
    record(made, *(given(f"p{number}") for number in range(6)))
    record(made, withdrawn("p1"), given("p2", "2026-11-21T00:00:00Z", until="2027-01-01"))
    people = b"".join(sorted(PEOPLE.of(f"p{number}") for number in range(6)))
    with made.recording("ann", MIDNIGHT) as batch:
        released = Released(
            data="usable", digest="0" * 64, purposes=("training",), rows=6, people=6,
            list=hashlib.sha256(people).hexdigest(), source="1" * 64,
        )  # fmt: skip
        batch.add(released, people)
    return made


CHANGES = {
    "a body": f"UPDATE entries SET body = replace(body, '{AT}', '{LATER}') WHERE number = 6",
    "a hash": "UPDATE entries SET hash = 'x' WHERE number = 6",
    "an entry taken out": "DELETE FROM entries WHERE number = 7",
    "the last entry taken out": "DELETE FROM entries WHERE number = 14",
    "two entries swapped": "UPDATE entries SET number = CASE number WHEN 6 THEN -7 ELSE -6 END WHERE number IN (6, 7); "
    "UPDATE entries SET number = -number WHERE number < 0",
    "a withdrawal undone": "UPDATE standing SET given = 7, withdrawn_at = '' WHERE withdrawn_at <> ''",
    "a last day moved": "UPDATE standing SET until = '2099-01-01' WHERE until <> ''",
    "a standing taken out": "DELETE FROM standing WHERE withdrawn_at <> ''",
    "a standing made up": f"INSERT INTO standing VALUES ('training', x'{'01' * 16}', 6, '', '', '', '')",
    "a standing of nobody": "INSERT INTO standing VALUES ('', x'', 6, '', '', '', '')",
    "an act hidden": "DELETE FROM about WHERE number = 12",
    "an act of another purpose": "UPDATE about SET purpose = 'offers' WHERE number = 12",
    "an act of nobody": "UPDATE about SET purpose = '', person = x'' WHERE number = 12",
    "an act told twice": f"INSERT INTO about SELECT purpose, x'{'00' * 16}', number FROM about WHERE number = 12",
    "a purpose taken for an act": f"UPDATE about SET purpose = 'training', person = x'{'00' * 16}' WHERE number = 1",
    "the opening": "UPDATE opening SET body = replace(body, 'Harbor', 'Other')",
    "people taken off a list": "UPDATE lists SET people = substr(people, 17)",
    "a list taken out": "DELETE FROM lists",
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found(book: Ledger, change: str) -> None:
    assert verify(book).entries == 14
    _run(book.path, CHANGES[change])
    with (
        pytest.raises(InputError, match="nothing is decided by a ledger of consent that cannot be trusted"),
        Ledger(book.path) as read,
    ):
        verify(read)


def _run(path: Path, script: str) -> None:
    with sqlite3.connect(path) as link:
        link.executescript(script)
    link.close()


def test_what_was_cut_off_at_the_end_shows_to_who_noted_the_newest_hash(book: Ledger) -> None:
    noted = verify(book).head
    record(book, given("late"))
    assert verify(book, noted=noted).entries == 15
    late = verify(book).head
    tables = (("entries", "number"), ("about", "number"), ("standing", "given"))
    _run(book.path, "".join(f"DELETE FROM {table} WHERE {column} = 15;" for table, column in tables))
    assert verify(book, noted=noted).head == noted
    with pytest.raises(InputError, match="entries were taken out, or it is another ledger"):
        verify(book, noted=late)


def test_an_entry_that_the_ledger_would_refuse_is_found_though_its_hash_fits(book: Ledger) -> None:
    number, head = book.head()
    entry = {"is": "given", "person": person("x"), "purpose": "nothing", "wording": "1", "at": AT, "how": "form"}
    body = json.dumps(
        {"by": "eve", "entry": dict(sorted(entry.items())), "number": number + 1, "seen": MIDNIGHT},
        separators=(",", ":"),
    )
    made = hashlib.sha256((head + body).encode()).hexdigest()
    with sqlite3.connect(book.path) as link:
        link.execute("INSERT INTO entries VALUES (?, ?, ?)", (number + 1, body, made))
    link.close()
    with pytest.raises(InputError, match="entry 15: there is no purpose 'nothing'"):
        verify(book)
