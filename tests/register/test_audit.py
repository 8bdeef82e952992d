"""Verification finds whatever was done behind the register's back, on both databases and for chains drawn at random."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import text

from bartizan.core.errors import Conflict
from bartizan.register import tables
from bartizan.register.audit.exporting import lines, read_export
from bartizan.register.audit.faults import LISTED
from bartizan.register.audit.following import Stored, stored
from bartizan.register.audit.reading import Filter, log
from bartizan.register.audit.verifying import verify, verify_against, verify_entries
from bartizan.register.chain import GENESIS, Body, link
from bartizan.register.checkpoints import keep, public_key, sign_head
from bartizan.register.opening import Register
from tests.register.chains import CHAINS, KEY, chained, checkpoint_of, forged
from tests.workflows.desks import desk_with

OTHER = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\1")


@pytest.fixture
def leaves_sound() -> bool:
    return False


@pytest.fixture
def filled(register: Register) -> Register:
    """Ten entries about a system, three risks and a user, one of which is deleted again."""
    with register.change("anna") as change:
        change.insert(tables.systems, {"id": "mail", "name": "Mail agent"}, "system.add")
        for number in (1, 2, 3):
            change.insert(tables.risks, {"system": "mail", "number": number, "risk": f"t{number}@agent"}, "risk.add")
        change.insert(tables.users, {"id": "bo", "password": "x"}, "user.add")
    with register.change("bo") as change:
        for number in (1, 2, 3):
            change.update(tables.risks, {"system": "mail", "number": number}, {"owner": "Bo"}, "risk.owner")
        change.insert(tables.comments, {"system": "mail", "number": 1, "text": "hm"}, "comment.add")
        change.delete(tables.comments, {"system": "mail", "number": 1}, "comment.delete")
    return register


def behind_its_back(register: Register, *statements: str) -> None:
    """Change the database as somebody would who does not go through the register."""
    with register.engine.connect() as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


def said(register: Register) -> list[str]:
    found = verify(register)
    assert found.found == len(found.faults)
    return [f"{fault.seq}: {fault.what}" for fault in found.faults]


def test_a_register_that_nobody_touched_is_sound(filled: Register) -> None:
    found = verify(filled)
    assert found.sound, found.faults
    assert (found.entries, found.states, found.checkpoints) == (10, 5, 0)


def test_an_empty_register_is_sound(register: Register) -> None:
    found = verify(register)
    assert found.sound
    assert (found.entries, found.head) == (0, GENESIS)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit SET body = replace(body, 'Bo', 'Al') WHERE seq = 6", "6: its hash does not follow"),
        ("UPDATE audit SET hash = 'f' || substr(hash, 2) WHERE seq = 3", "its hash does not follow"),
        ("UPDATE audit SET hash = '' WHERE seq = 10", "10: its hash does not follow"),
        ("DELETE FROM audit WHERE seq = 4", "5: before it, entry 4 is missing"),
        ("DELETE FROM audit WHERE seq < 4", "4: before it, entries 1 to 3 are missing"),
        ("UPDATE audit SET seq = 99 WHERE seq = 10", "99: before it, entries 10 to 98 are missing"),
        ("UPDATE audit SET seq = seq - 100", "-99: it stands after entry 0"),
        ("INSERT INTO audit SELECT 0, hash, body, system, subject FROM audit WHERE seq = 1", "0: it stands after"),
        ("UPDATE audit SET system = 'other' WHERE seq = 2", "2: its columns 'system' and 'subject'"),
        ("UPDATE audit SET subject = '' WHERE seq = 2", "2: its columns 'system' and 'subject'"),
    ],
)
def test_an_entry_that_was_touched_is_found(filled: Register, statement: str, fault: str) -> None:
    behind_its_back(filled, statement)
    assert any(fault in line for line in said(filled)), said(filled)


def test_entries_that_changed_places_are_found(filled: Register) -> None:
    steps = ((6, -1), (7, 6), (-1, 7))
    behind_its_back(filled, *(f"UPDATE audit SET seq = {new} WHERE seq = {old}" for old, new in steps))
    assert [line.split(":")[0] for line in said(filled)][:2] == ["6", "7"]


def test_an_end_that_was_cut_off_shows_in_the_rows(filled: Register) -> None:
    behind_its_back(filled, "DELETE FROM audit WHERE seq > 5")
    assert len(said(filled)) == 3
    assert "0: risks/mail/1 is not as entry 2 left it" in said(filled)[0]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE risks SET owner = 'Eve' WHERE number = 2", "risks/mail/2 is not as entry 7 left it"),
        ("UPDATE risks SET current_level = 1 WHERE number = 3", "risks/mail/3 is not as entry 8 left it"),
        ("UPDATE users SET password = 'mine'", "users/bo is not as entry 5 left it"),
        ("UPDATE systems SET archived = (1 = 1)", "systems/mail is not as entry 1 left it"),
        ("DELETE FROM risks WHERE number = 1", "risks/mail/1 is gone, but no entry after 6 says"),
        ("UPDATE risks SET number = 9 WHERE number = 1", "risks/mail/9 is there, but no entry says who added it"),
        ("INSERT INTO settings (key, value) VALUES ('four_eyes', 'no')", "settings/four_eyes is there, but no entry"),
        ("INSERT INTO comments (system, number, text) VALUES ('mail', 1, 'hm')", "although entry 10 says that it was"),
        ("INSERT INTO grants (\"user\", role) VALUES ('bo', 'administrator')", "grants/bo/ is there, but no entry"),
    ],
)
def test_a_row_that_was_touched_is_found(filled: Register, statement: str, fault: str) -> None:
    behind_its_back(filled, statement)
    assert any(fault in line for line in said(filled)), said(filled)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE systems SET version = 0", "agent is listed with version 0, and 1 follows"),
        ("UPDATE systems SET worst = 1", "agent is listed with worst 1, and 5 follows"),
        ("UPDATE systems SET above_appetite = 0", "agent is listed with above_appetite 0, and"),
        ("UPDATE systems SET assessed_on = '2030-01-01'", "agent is listed with assessed_on '2030-01-01', and"),
        ("UPDATE risks SET treatment = 'avoid' WHERE number = 2", "agent/R-2 is listed with treatment 'avoid', and ''"),
    ],
)
def test_a_figure_of_a_list_that_was_touched_is_found(register: Register, statement: str, fault: str) -> None:
    desk_with(register)
    assert verify(register).sound
    behind_its_back(register, statement)
    assert [fault in line for line in said(register)] == [True], said(register)


def test_any_number_may_be_where_the_page_before_ended(filled: Register) -> None:
    with filled.read() as connection:
        assert len(log(connection, Filter(before=10**15))) == 10
        assert len(log(connection, Filter(before=4))) == 3


def test_when_somebody_was_last_seen_is_no_news(filled: Register) -> None:
    behind_its_back(filled, "UPDATE users SET last_seen = '2026-11-23T09:00:00Z'")
    assert verify(filled).sound


def rewritten(register: Register) -> None:
    """Somebody who knows how it works edits an entry and makes the chain anew from there."""
    with register.engine.connect() as connection, connection.begin():
        before = GENESIS
        for seq, _, body, *_ in list(stored(connection)):
            new = body.decode().replace('"actor":"bo"', '"actor":"eve"')
            before = link(before, new)
            values = {"hash": before, "body": new}
            connection.execute(tables.audit.update().where(tables.audit.c.seq == seq).values(values))


def test_only_a_checkpoint_finds_a_chain_that_was_made_anew(filled: Register) -> None:
    with filled.read() as connection:
        point = sign_head(connection, KEY, filled.now())
    rewritten(filled)
    assert verify(filled).sound
    [fault] = verify(filled, point).faults
    assert fault.seq == 10
    assert "the chain was made anew" in fault.what


def test_a_checkpoint_finds_an_end_that_was_cut_off(filled: Register) -> None:
    with filled.change("audit") as change:
        keep(change, sign_head(change.connection, KEY, filled.now()))
    assert verify(filled).checkpoints == 1
    assert verify(filled).sound
    behind_its_back(filled, "DELETE FROM audit WHERE seq > 8")
    assert "10: the checkpoint of 2026-11-22T09:00:00Z vouches for entry 10, which is missing" in said(filled)[0]


def test_all_entries_gone_is_found_by_a_checkpoint(filled: Register) -> None:
    with filled.read() as connection:
        point = sign_head(connection, KEY, filled.now())
    behind_its_back(filled, "DELETE FROM audit", *(f"DELETE FROM {t}" for t in ("risks", "systems", "users")))
    assert verify(filled).sound
    assert not verify(filled, point).sound


def test_a_checkpoint_that_was_tampered_with_is_told(filled: Register) -> None:
    with filled.change("audit") as change:
        keep(change, sign_head(change.connection, KEY, filled.now()))
    behind_its_back(filled, "UPDATE checkpoints SET at = '2026-11-23T09:00:00Z'")
    assert "does not bear the signature" in said(filled)[0]


def test_a_checkpoint_of_a_key_that_is_not_trusted_is_told(filled: Register) -> None:
    with filled.change("audit") as change:
        keep(change, sign_head(change.connection, OTHER, filled.now()))
    assert verify(filled).sound
    assert verify(filled, keys={public_key(OTHER)}).sound
    assert "a key that you did not name" in verify(filled, keys={public_key(KEY)}).faults[0].what


def test_of_one_entry_the_newest_checkpoint_stays(filled: Register) -> None:
    with filled.change("audit") as change:
        for key in (OTHER, KEY):
            keep(change, sign_head(change.connection, key, filled.now()))
    assert verify(filled, keys={public_key(KEY)}).checkpoints == 1


def test_nothing_cannot_be_signed(register: Register) -> None:
    with register.read() as connection, pytest.raises(Conflict, match="nothing to sign"):
        sign_head(connection, KEY, register.now())


def test_many_faults_are_counted_and_the_first_listed(filled: Register) -> None:
    with filled.change("anna") as change:
        for number in range(30):
            change.insert(tables.settings, {"key": f"k{number:02}"}, "setting.add")
    behind_its_back(filled, "UPDATE settings SET value = 'x'")
    found = verify(filled)
    assert found.found == 30
    assert len(found.faults) == LISTED
    assert found.faults[0].what.startswith("settings/k00")


def test_an_export_reads_back_and_verifies_alone(filled: Register, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    with filled.read() as connection:
        file.write_bytes(b"".join(lines(connection)))
        assert list(read_export(file)) == list(stored(connection))
    assert verify_entries(read_export(file)).entries == 10
    with filled.change("anna") as change:
        change.record("later")
    assert verify_against(filled, read_export(file)).sound


def test_an_export_shows_that_history_was_rewritten(filled: Register) -> None:
    with filled.read() as connection:
        before = list(stored(connection))
    rewritten(filled)
    assert [fault.seq for fault in verify_against(filled, before).faults] == [6, 7, 8, 9, 10]
    behind_its_back(filled, "DELETE FROM audit WHERE seq > 5")
    [fault] = verify_against(filled, before).faults
    assert "the register ends with 5" in fault.what


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET body = x'ff' WHERE seq = 3",
        "UPDATE audit SET body = CAST(x'ff' AS TEXT) WHERE seq = 3",
        "UPDATE audit SET hash = CAST(x'ff' AS TEXT) WHERE seq = 3",
        "UPDATE audit SET body = 17 WHERE seq = 3",
        "UPDATE risks SET owner = CAST(x'ff' AS TEXT)",
        "UPDATE risks SET current_level = 'high'",
        "UPDATE risks SET owner = x'00'",
    ],
)
def test_what_sqlite_keeps_although_it_is_no_text_is_told_and_does_not_stop_it(
    filled: Register, statement: str
) -> None:
    behind_its_back(filled, statement)
    assert said(filled)


@given(CHAINS)
def test_any_chain_that_nobody_touched_is_sound(entries: list[Stored]) -> None:
    found = verify_entries(entries, checkpoint_of(entries), {public_key(KEY)})
    assert found.sound, found.faults


@given(forged())
def test_any_single_edit_deletion_insertion_or_move_is_found(pair: tuple[list[Stored], list[Stored]]) -> None:
    sound, other = pair
    assume(other != sound)
    assert not verify_entries(other).sound


def test_a_number_that_the_text_does_not_say_is_found_where_every_hash_fits() -> None:
    (_, _, body, system, subject), *_ = chained(
        [msgspec.convert({"seq": 0, "at": "", "actor": "a", "action": "x"}, Body)]
    )
    body = body.replace(b'"seq":1', b'"seq":2')
    entry = (1, link(GENESIS, body.decode()).encode(), body, system, subject)
    [fault] = verify_entries([entry]).faults
    assert fault.what == "its text says that it is entry 2: entries were reordered"


@given(CHAINS, st.data())
def test_any_cut_at_the_end_is_found_by_a_checkpoint(entries: list[Stored], data: st.DataObject) -> None:
    kept = entries[: data.draw(st.integers(0, len(entries) - 1))]
    assert verify_entries(kept).sound
    assert not verify_entries(kept, checkpoint_of(entries)).sound


@given(st.lists(st.sampled_from(["anna", "bo"]), min_size=1, max_size=6), st.data())
def test_any_chain_made_anew_is_found_by_a_checkpoint(actors: list[str], data: st.DataObject) -> None:
    bodies = [msgspec.convert({"seq": 0, "at": "", "actor": a, "action": "x"}, Body) for a in actors]
    at = data.draw(st.integers(0, len(actors) - 1))
    forged_bodies = [*bodies]
    forged_bodies[at] = msgspec.structs.replace(bodies[at], actor="eve")
    other = chained(forged_bodies)
    assert verify_entries(other).sound
    assert not verify_entries(other, checkpoint_of(chained(bodies))).sound


@given(CHAINS, st.sampled_from(["first", "seq", "hash", "at", "key", "signature"]), st.data())
def test_any_change_to_a_checkpoint_is_found(entries: list[Stored], field: str, data: st.DataObject) -> None:
    point = checkpoint_of(entries)
    now = getattr(point, field)
    new = data.draw(st.integers(1, 9) if field == "seq" else st.text(max_size=70))
    assume(new != now)
    other = msgspec.structs.replace(point, **{field: new})
    assert not verify_entries(entries, other, {public_key(KEY)}).sound


def test_fifty_thousand_entries_are_followed_in_a_second() -> None:
    entries = chained([msgspec.convert({"seq": 0, "at": "", "actor": "anna", "action": "x"}, Body)] * 50_000)

    def at_most_once() -> Iterator[Stored]:
        yield from entries

    begun = time.process_time()
    assert verify_entries(at_most_once()).sound
    assert time.process_time() - begun < 5
