"""The ledger takes what may stand in it, all or nothing, and in doubt a withdrawal stands."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from bartizan.consent.entries import Given, Objected, Opening, Purpose, Released, Trained, Withdrawn
from bartizan.consent.ledger import Ledger, open_ledger, wording_of
from bartizan.consent.people import CHUNK, LENGTH, Pseudonyms, holds, pieces
from bartizan.consent.standing import NOTHING, Standing, after, allows
from bartizan.consent.verifying import verify
from bartizan.core.errors import Conflict, InputError, NotFound
from tests.consent.ledgers import (
    AT,
    LAST,
    LATER,
    MIDNIGHT,
    PEOPLE,
    TODAY,
    agrees,
    given,
    ledger,
    objected,
    person,
    record,
    withdrawn,
)

_MOMENTS = st.sampled_from([f"2026-11-20T{hour:02}:00:00Z" for hour in range(10)])
_ACTS = st.lists(
    st.one_of(
        st.builds(given, st.sampled_from("ab"), _MOMENTS, until=st.sampled_from(["", "2026-11-21", "2027-01-01"])),
        st.builds(withdrawn, st.sampled_from("ab"), _MOMENTS),
        st.builds(objected, st.sampled_from("ab"), _MOMENTS),
    ),
    max_size=12,
)


def test_who_agreed_agrees_until_they_take_it_back(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("anna"), given("ben", until="2026-11-23"))
    assert agrees(book, "anna")
    assert not agrees(book, "ben")
    assert agrees(book, "ben", today="2026-11-23")
    assert not agrees(book, "carl")
    assert not agrees(book, "anna", "offers")
    record(book, withdrawn("anna"))
    assert not agrees(book, "anna")
    record(book, given("anna", LAST))
    assert agrees(book, "anna")


def test_a_consent_that_was_given_before_a_withdrawal_and_is_told_after_it_does_not_count(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, withdrawn("anna", LATER))
    record(book, given("anna", AT), given("anna", LATER))
    assert not agrees(book, "anna")


def test_a_withdrawal_that_is_told_late_ends_what_was_given_after_it_too(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("anna", LAST), withdrawn("anna", AT))
    assert not agrees(book, "anna")


def test_what_is_told_twice_is_entered_once(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    first = record(book, given("anna"), withdrawn("anna"), objected("anna"))
    assert record(book, given("anna"), withdrawn("anna"), objected("anna")) == first
    assert not agrees(book, "anna")
    again = record(book, given("ben"), given("ben"))
    assert again[0] == again[1]


def test_a_withdrawal_from_the_future_counts_at_once_and_does_not_block_what_is_given_later(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("anna"))
    future = "2030-01-01T00:00:00Z"
    number = record(book, withdrawn("anna", future))
    assert not agrees(book, "anna")
    assert record(book, withdrawn("anna", future), now="2026-11-25T00:00:00Z") == number
    record(book, given("anna", "2026-11-26T00:00:00Z"), now="2026-11-26T00:00:00Z")
    assert agrees(book, "anna", today="2026-11-26")


def test_a_consent_from_the_future_is_refused(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    with pytest.raises(Conflict, match="in the future: a clock is wrong"):
        record(book, given("anna", "2026-11-24T00:06:00Z"))
    record(book, given("anna", "2026-11-24T00:04:00Z"))


def test_a_clock_that_goes_back_is_told_and_changes_nothing(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("anna"), now="2026-11-24T10:00:00Z")
    record(book, withdrawn("anna", "2026-11-24T09:00:00Z"), now="2026-11-24T08:00:00Z")
    record(book, given("anna", "2026-11-24T08:30:00Z"), now="2026-11-24T08:30:00Z")
    assert not agrees(book, "anna")
    assert verify(book).backwards == (7,)


def test_an_objection_ends_what_does_not_rest_on_consent(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    fraud = book.book.purpose("fraud").basis
    before = book.standing(PEOPLE.of("anna"), "fraud").on(TODAY)
    assert allows(before, fraud)
    record(book, objected("anna"))
    assert not allows(book.standing(PEOPLE.of("anna"), "fraud").on(TODAY), fraud)


@pytest.mark.parametrize(
    ("act", "finding"),
    [
        (given("anna", purpose="trainning"), r"there is no purpose 'trainning'; did you mean 'training'\?"),
        (Given(person=person("a"), purpose="training", wording="2", at=AT, how="x"), "no wording of 'training' '2'"),
        (Objected(person=person("a"), purpose="training", at=AT, how="x"), "to take consent back, withdraw it"),
        (Withdrawn(person=person("a"), purpose="fraud", at=AT, how="x"), "does not rest on consent.*object to it"),
        (Given(person=person("a"), purpose="fraud", wording="1", at=AT, how="x"), "there is no wording"),
    ],
    ids=["purpose", "wording", "objection to consent", "withdrawal of an interest", "consent to an interest"],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_all_that_came_with_it(
    tmp_path: Path, act: Given | Withdrawn | Objected, finding: str
) -> None:
    book = ledger(tmp_path)
    before = book.head()
    with pytest.raises((NotFound, Conflict), match=finding):
        record(book, given("ben"), act)
    assert book.head() == before
    assert not agrees(book, "ben")
    record(book, given("ben"))
    assert verify(book).entries == before[0] + 1


def test_purposes_and_words_never_change(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    with book.recording("ann", AT) as batch:
        with pytest.raises(Conflict, match="a changed purpose is another one"):
            batch.add(Purpose(purpose="training", title="Other", basis="consent", data=("x",)))
        with pytest.raises(Conflict, match="changed words are another version"):
            batch.add(wording_of("training", "1", "en", "Other words"))
        batch.add(wording_of("training", "2", "en", "Other words"))
    assert list(book.book.wordings["training"]) == ["1", "2"]


def test_the_data_sets_and_models_of_a_person_are_named(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("anna"), given("ben"))
    with book.recording("ann", MIDNIGHT) as batch:
        for name, who in (("both", "ab"), ("one", "b")):
            people = sorted(PEOPLE.of({"a": "anna", "b": "ben"}[letter]) for letter in who)
            batch.add(_released(name, b"".join(people)), b"".join(people))
        batch.add(Trained(model="score", data=("both",)))
        batch.add(Trained(model="other", data=("one",)))
    found = book.concerned(PEOPLE.of("anna"), ["training"])
    assert [one.data for one in found.data] == ["both"]
    assert [one.model for one in found.models] == ["score"]
    assert len(book.concerned(PEOPLE.of("ben"), ["training"]).models) == 2
    assert not book.concerned(PEOPLE.of("ben"), ["offers"]).data
    with Ledger(book.path) as again:
        assert again.concerned(PEOPLE.of("anna"), ["training"]) == found


def _released(name: str, people: bytes) -> Released:
    return Released(
        data=name,
        digest="0" * 64,
        purposes=("training",),
        rows=3,
        people=len(people) // LENGTH,
        list=hashlib.sha256(people).hexdigest(),
        source="1" * 64,
    )


@hypothesis_given(
    st.sets(st.binary(min_size=LENGTH, max_size=LENGTH), max_size=300), st.binary(min_size=LENGTH, max_size=LENGTH)
)
def test_who_stands_in_a_list_is_found_in_it_and_nobody_else(people: set[bytes], other: bytes) -> None:
    joined = b"".join(sorted(people))
    for _, piece in pieces(joined):
        assert all(holds(piece, one) == (one in people) for one in [*people, other])
    many = b"".join(number.to_bytes(LENGTH, "big") for number in range(CHUNK + 1))
    assert [len(piece) // LENGTH for _, piece in pieces(many)] == [CHUNK, 1]


def test_a_pseudonym_needs_the_key_and_the_very_same_name() -> None:
    assert PEOPLE.of("anna") == Pseudonyms(b"k" * 32, "").of("anna")
    assert len({PEOPLE.of("anna"), PEOPLE.of("Anna"), PEOPLE.of("anna "), Pseudonyms(b"l" * 32, "").of("anna")}) == 4
    assert PEOPLE.joined(["anna", "ben"]) == PEOPLE.of("anna") + PEOPLE.of("ben")
    with pytest.raises(InputError, match="nobody is named"):
        PEOPLE.of(" ")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@hypothesis_given(_ACTS, st.integers(1, 4))
def test_nobody_who_withdrew_agrees_whatever_came_in_whatever_order(
    tmp_path_factory: pytest.TempPathFactory, acts: list[Given | Withdrawn | Objected], together: int
) -> None:
    book = ledger(tmp_path_factory.mktemp("ledger"))
    numbers: dict[int, Given | Withdrawn | Objected] = {}
    for start in range(0, len(acts), together):
        batch = acts[start : start + together]
        for number, act in zip(record(book, *batch), batch, strict=True):
            numbers.setdefault(number, act)
    for name in "ab":
        mine = {n: act for n, act in numbers.items() if act.person == person(name) and act.purpose == "training"}
        ends = {n: act.at for n, act in mine.items() if isinstance(act, Withdrawn)}
        holding = [
            act
            for n, act in mine.items()
            if isinstance(act, Given) and all(end < n and at < act.at for end, at in ends.items())
        ]
        newest = max(holding, key=lambda act: act.at, default=None)
        if not agrees(book, name):
            assert newest is None or any(a.until and a.until < TODAY for a in holding if a.at == newest.at)
        else:
            assert newest is not None
    assert verify(book).entries == book.head()[0]
    book.store.close()


@hypothesis_given(_ACTS)
def test_a_standing_never_forgets_a_withdrawal_or_an_objection(acts: list[Given | Withdrawn | Objected]) -> None:
    standing = NOTHING
    for number, act in enumerate(acts, 1):
        before, standing = standing, after(standing, number, act)
        assert standing.withdrawn_at >= before.withdrawn_at
        assert standing.objected_at >= before.objected_at
        if isinstance(act, Withdrawn):
            assert not standing.given


@hypothesis_given(st.sampled_from(["", "2026-11-23", "2026-11-24"]), st.booleans(), st.booleans(), st.booleans())
def test_the_gate_reads_a_standing_from_the_file_as_the_ledger_does(
    until: str, is_given: bool, has_withdrawn: bool, has_objected: bool
) -> None:
    standing = Standing(
        given=7 if is_given else 0,
        until=until if is_given else "",
        withdrawn_at=AT if has_withdrawn else "",
        objected_at=AT if has_objected else "",
    )
    with tempfile.TemporaryDirectory() as folder, ledger(Path(folder)) as book:
        with book.store.writing():
            book.store.put(PEOPLE.of("anna"), "training", 99, standing)
        ((people, letters),) = book.store.situations("training", TODAY)
    assert (people, letters) == (PEOPLE.of("anna"), standing.on(TODAY)[0])


def _write(path: Path, name: str, count: int) -> None:
    with Ledger(path) as book:
        for number in range(count):
            record(book, given(f"{name}-{number}"))


def test_two_processes_write_one_ledger_and_lose_nothing(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(book.path, name, 40)) for name in ("x", "y", "z")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert verify(book).entries == 5 + 120
    assert agrees(book, "y-39")


def test_who_is_killed_while_writing_leaves_whole_batches(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    code = (
        "import sys; from pathlib import Path; from bartizan.consent.ledger import Ledger\n"
        "from tests.consent.ledgers import given, record\n"
        "book = Ledger(Path(sys.argv[1])); number = 0\n"
        "while True:\n"
        "    record(book, *(given(f'{number}-{one}') for one in range(10))); number += 1; print(number, flush=True)"
    )
    root = str(Path(__file__).parents[2])
    writer = subprocess.Popen([sys.executable, "-c", code, str(book.path)], stdout=subprocess.PIPE, text=True, cwd=root)
    assert writer.stdout is not None
    told = [int(writer.stdout.readline()) for _ in range(5)][-1]
    os.kill(writer.pid, signal.SIGKILL)
    writer.stdout.close()
    writer.wait()
    entries = verify(book).entries - 5
    assert entries % 10 == 0
    assert entries >= told * 10


def test_two_who_begin_one_ledger_do_not_overwrite_each_other(tmp_path: Path) -> None:
    ledger(tmp_path)
    with pytest.raises(InputError, match="exists already"):
        ledger(tmp_path)
    opening = Opening(controller="c", contact="c", key="k", opened_at=AT)
    with pytest.raises(InputError, match="cannot be written"):
        open_ledger(tmp_path / "none" / "consent.db", opening)


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\0" + b"\0" * 84])
def test_what_is_no_ledger_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.db").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.db: it (is no ledger|cannot be used)"):
        Ledger(tmp_path / "x.db")
    with pytest.raises(InputError, match="it is no file"):
        Ledger(tmp_path)
    with pytest.raises(InputError, match="there is no such file; bartizan consent open makes one"):
        Ledger(tmp_path / "none.db")


def test_a_database_of_somebody_else_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE entries (number INTEGER)")
    made.close()
    before = path.read_bytes()
    with pytest.raises(InputError, match="it is no ledger of consent"):
        Ledger(path)
    assert path.read_bytes() == before


def test_who_waits_too_long_for_another_writer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bartizan.journal.file._PATIENCE_S", 0.05)
    book = ledger(tmp_path)
    wanted = pytest.raises(InputError, match="another process holds it: try again")
    with Ledger(book.path) as other, book.recording("ann", AT), wanted:
        record(other, given("anna"))
