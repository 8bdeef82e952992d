"""Changes: whole or not at all, one after the other, and all of them told to the chain."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.register import tables
from bartizan.register.audit.reading import Filter, log
from bartizan.register.audit.verifying import verify
from bartizan.register.change import PROTECTED, Change, Row
from bartizan.register.opening import Register
from tests.register.databases import Clock

MAIL = {"id": "mail", "name": "Mail agent"}
KEY = {"id": "mail"}
RISK = {"system": "mail", "number": 1}


@pytest.fixture
def mail(register: Register) -> Register:
    with register.change("anna") as change:
        change.insert(tables.systems, MAIL, "system.add")
        change.insert(tables.risks, {**RISK, "risk": "prompt_injection@agent"}, "risk.add")
    return register


def row_of(register: Register) -> Row:
    with register.read() as connection:
        return dict(connection.execute(select(tables.systems)).mappings().one())


def entries_of(register: Register) -> int:
    with register.read() as connection:
        return len(log(connection, Filter()))


def test_a_change_is_told_with_who_when_and_what(mail: Register, clock: Clock) -> None:
    clock.forward(hours=1)
    with mail.change("bo") as change:
        change.update(tables.systems, KEY, {"owner": "Jürgen"}, "system.owner", note="he knows it")
    with mail.read() as connection:
        newest = log(connection, Filter())[0].body
    assert (newest.actor, newest.action, newest.at) == ("bo", "system.owner", "2026-11-22T10:00:00Z")
    assert (newest.system, newest.subject, newest.note) == ("mail", "systems/mail", "he knows it")
    assert newest.changed == {"owner": ["", "Jürgen"]}
    assert list(newest.states) == ["systems/mail"]


def test_an_exception_undoes_all_of_a_change(mail: Register) -> None:
    def write_and_fail() -> None:
        with mail.change("bo") as change:
            change.update(tables.systems, KEY, {"owner": "Bo"}, "system.owner")
            change.delete(tables.risks, RISK, "risk.delete")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert row_of(mail)["owner"] == ""
    assert entries_of(mail) == 2
    assert verify(mail).sound


def test_what_does_not_differ_is_no_change(mail: Register) -> None:
    with mail.change("bo") as change:
        change.update(tables.systems, KEY, {"name": "Mail agent"}, "system.rename")
    assert entries_of(mail) == 2
    assert row_of(mail)["revision"] == 0


def test_two_editors_never_silently_overwrite_each_other(mail: Register) -> None:
    seen = row_of(mail)["revision"]
    with mail.change("anna") as change:
        change.update(tables.systems, KEY, {"owner": "Anna"}, "system.owner", revision=seen)
    with pytest.raises(Conflict, match="somebody changed systems/mail"), mail.change("bo") as change:
        change.update(tables.systems, KEY, {"owner": "Bo"}, "system.owner", revision=seen)
    assert row_of(mail)["owner"] == "Anna"


def _in_threads(count: int, work: Callable[[int], None]) -> list[BaseException]:
    failed: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failed


def test_eight_writers_at_once_lose_nothing(mail: Register) -> None:
    def count_up(number: int) -> None:
        for _ in range(15):
            with mail.change(f"writer-{number}") as change:
                risks = change.connection.execute(select(tables.systems.c.risks)).scalar_one()
                change.update(tables.systems, KEY, {"risks": risks + 1}, "system.count")

    assert _in_threads(8, count_up) == []
    assert row_of(mail)["risks"] == 120
    found = verify(mail)
    assert found.sound, found.faults
    assert found.entries == 122


def test_of_eight_editors_of_one_revision_one_wins(mail: Register) -> None:
    def edit(number: int) -> None:
        with mail.change(f"editor-{number}") as change:
            change.update(tables.systems, KEY, {"owner": f"editor-{number}"}, "system.owner", revision=0)

    failed = _in_threads(8, edit)
    assert len(failed) == 7
    assert all(isinstance(error, Conflict) for error in failed)
    assert row_of(mail)["revision"] == 1


def test_a_reader_sees_one_moment_while_others_write(mail: Register) -> None:
    with mail.read() as connection:
        before = connection.execute(select(tables.systems.c.owner)).scalar_one()
        with mail.change("bo") as change:
            change.update(tables.systems, KEY, {"owner": "Bo"}, "system.owner")
        assert connection.execute(select(tables.systems.c.owner)).scalar_one() == before
    assert row_of(mail)["owner"] == "Bo"


def test_a_key_that_is_taken_is_refused(mail: Register) -> None:
    with pytest.raises(IntegrityError), mail.change("bo") as change:
        change.insert(tables.systems, MAIL, "system.add")
    assert verify(mail).sound


def test_what_is_not_there_cannot_be_changed(mail: Register) -> None:
    with pytest.raises(NotFound, match="systems/web"), mail.change("bo") as change:
        change.update(tables.systems, {"id": "web"}, {"owner": "Bo"}, "system.owner")
    with pytest.raises(NotFound, match="systems/web"), mail.change("bo") as change:
        change.delete(tables.systems, {"id": "web"}, "system.delete")


def test_a_new_key_takes_the_state_of_the_row_along(mail: Register) -> None:
    key = {"system": "mail", "control": "rate_limit", "component": "agent"}
    with mail.change("bo") as change:
        change.insert(tables.controls, {**key, "status": "planned"}, "control.add")
        change.update(tables.controls, key, {"component": "assistant"}, "control.move")
    found = verify(mail)
    assert found.sound, found.faults
    assert found.states == 3


def test_a_slash_in_a_key_cannot_make_two_rows_look_like_one(mail: Register) -> None:
    with mail.change("bo") as change:
        for control, component in (("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c")):
            row = {"system": "mail", "control": control, "component": component, "status": "planned"}
            change.insert(tables.controls, row, "control.add")
    found = verify(mail)
    assert found.sound, found.faults
    assert found.states == 5


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"name": "x" * 201}, "201 characters, and at most 200 fit"),
        ({"about": "a\0b"}, "NUL character"),
        ({"owner": "a\ud800b"}, "half a surrogate pair"),
        ({"risks": 2**31}, "too large a number"),
    ],
)
def test_what_one_database_would_not_take_both_refuse(mail: Register, values: Row, finding: str) -> None:
    with pytest.raises(InputError, match=finding), mail.change("bo") as change:
        change.update(tables.systems, KEY, values, "system.edit")
    with pytest.raises(InputError, match=finding), mail.change("bo") as change:
        change.insert(tables.systems, {"id": "other", **values}, "system.add")
    assert entries_of(mail) == 2


def test_the_chain_does_not_repeat_secrets_nor_bulk(register: Register) -> None:
    with register.change("anna") as change:
        change.insert(tables.systems, {**MAIL, "about": "y" * 5000}, "system.add")
        change.insert(tables.users, {"id": "bo", "password": "$argon2id$secret"}, "user.add")
        token = {"id": "t", "digest": "d" * 64, "user": "bo", "role": "viewer"}
        change.insert(tables.tokens, token, "token.add")
    with register.read() as connection:
        bodies = "".join(connection.execute(select(tables.audit.c.body)).scalars())
    assert "argon2id" not in bodies
    assert "d" * 64 not in bodies
    assert "y" * 2001 not in bodies
    assert verify(register).sound


def test_an_entry_can_stand_without_a_row(register: Register) -> None:
    with register.change("anna") as change:
        assert change.record("login.refused", note="\x1b[31mwrong password") == 1
        assert change.record("login.refused") == 2
    assert verify(register).entries == 2


def test_numbers_count_up_within_a_system(mail: Register) -> None:
    with mail.change("bo") as change:
        assert change.next_number(tables.risks, "mail") == 2
        assert change.next_number(tables.risks, "other") == 1


def _example(change: Change, name: str) -> Row:
    """A row of a protected table with a value in every column that may have one."""
    known = {
        "id": "x",
        "system": "mail",
        "number": 7,
        "risk_number": 1,
        "evidence_number": 7,
        "user": "x",
        "supplier": "x",
    }
    closed = {
        ("risks", "state"): "open",
        ("decisions", "state"): "held",
        ("decisions", "treatment"): "accept",
        ("supplier_answers", "state"): "open",
        ("supplier_answers", "meanwhile"): "accept",
        ("grants", "role"): "viewer",
    }
    table = tables.metadata.tables[name]
    values: Row = {}
    for column in (c for c in table.c if c.computed is None):
        kind = column.type.python_type
        plain = {bool: True, int: 3, bytes: b"\0\xff", str: "ü" * min(8, getattr(column.type, "length", 8) or 8)}[kind]
        values[column.name] = closed.get((name, column.name), known.get(column.name, plain))
    return values


class TestRowsThatNoUseCaseWrote:
    """Each table gets a row for itself, so that what follows from other rows (the figures of lists) does not fit."""

    @pytest.fixture
    def leaves_sound(self) -> bool:
        return False

    def test_every_protected_table_reads_back_as_its_digest_says(self, mail: Register) -> None:
        with mail.change("bo") as change:
            for table in (t for t in tables.metadata.sorted_tables if t in PROTECTED):
                row = change.insert(table, _example(change, table.name), f"{table.name}.add")
                assert msgspec.json.encode({str(k): str(v) for k, v in row.items()})
        found = verify(mail)
        assert [fault for fault in found.faults if not fault.what.endswith("follows from its rows")] == []
        assert found.states == len(PROTECTED) + 2
