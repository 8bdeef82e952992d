"""The gate lets a row pass only where its person, its purposes and its age allow it, whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from bartizan.consent.entries import Given, Objected, Withdrawn
from bartizan.consent.ledger import Ledger
from bartizan.consent.people import LENGTH
from bartizan.consent.verifying import verify
from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.tables.consented import gate as gates
from bartizan.tables.consented.asking import Question
from bartizan.tables.consented.gate import Filtered, Gate
from bartizan.tables.consented.people import Situations, one_list
from bartizan.tables.reading import opened
from bartizan.workflows.consenting import Whose, filtered, looked_through, write_evidence
from tests.consent.ledgers import AT, MIDNIGHT, PEOPLE, TODAY, agrees, given, ledger, objected, record, withdrawn

NAMES = "abcdef"


WHOSE = Whose(pseudonyms=PEOPLE)


def _table(folder: Path, names: Sequence[str | None], days: Sequence[str | None] | None = None) -> Path:
    path = folder / "rows.parquet"
    columns: dict[str, Any] = {"who": names, "n": list(range(len(names)))}
    if days is not None:
        columns["day"] = days
    pl.DataFrame(columns, schema_overrides={"who": pl.String}).write_parquet(path)
    return path


def _asked(*purposes: str, **more: str) -> Question:
    return Question(purposes=purposes or ("training",), person="who", today=TODAY, **more)


def _ask(book: Ledger, path: Path, question: Question) -> Filtered:
    return looked_through(book, opened(path), question, WHOSE)


def _write(book: Ledger, path: Path, question: Question, out: Path, name: str = "usable") -> Filtered:
    return filtered(book, opened(path), question, WHOSE, out=out, name=name, by="ann", now=lambda: MIDNIGHT)


def _reasons(found: Filtered) -> dict[tuple[str, str], int]:
    return {(one.purpose, one.reason): one.rows for one in found.passed.left}


def test_every_row_that_is_left_out_has_a_reason(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("a"), given("b"), withdrawn("b"), given("c", until="2026-11-23"))
    path = _table(tmp_path, ["a", "b", "c", "d", None, "  ", "a"])
    found = _ask(book, path, _asked())
    assert (found.passed.rows, found.passed.allowed) == (7, 2)
    assert _reasons(found) == {
        ("training", "withdrawn"): 1,
        ("training", "expired"): 1,
        ("training", "nothing"): 1,
        ("training", "nobody"): 2,
    }
    assert found.passed.people == PEOPLE.of("a")


def test_several_purposes_must_all_allow_a_row(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("a"), given("b"), given("b", purpose="offers"), objected("c"), given("c"))
    path = _table(tmp_path, ["a", "b", "c"], ["2026-01-01"] * 3)
    found = _ask(book, path, _asked("training", "offers", "fraud", since="day", collected_for="training"))
    assert found.passed.allowed == 1
    assert _reasons(found) == {("offers", "nothing"): 2, ("fraud", "objected"): 1}


def test_what_is_kept_too_long_or_nobody_knows_how_long_does_not_pass(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("a", purpose="offers"))
    path = _table(tmp_path, ["a"] * 5, ["2024-11-24", "2024-11-23", None, "soon", "2026-11-24T10:00:00"])
    found = _ask(book, path, _asked("offers", since="day"))
    assert found.passed.allowed == 2
    assert _reasons(found) == {("offers", "too old"): 1, ("offers", "day unknown"): 2}


def test_data_of_another_purpose_passes_only_where_that_was_declared(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("a"))
    path = _table(tmp_path, ["a", "b"])
    assert _ask(book, path, _asked("fraud", collected_for="training")).passed.allowed == 2
    assert _ask(book, path, _asked("fraud", collected_for="fraud")).passed.allowed == 2
    assert _reasons(_ask(book, path, _asked("fraud", collected_for="offers"))) == {("fraud", "other purpose"): 2}
    assert _ask(book, path, _asked("training", collected_for="offers")).passed.allowed == 1


def test_what_is_not_said_and_decides_is_asked_for_all_at_once(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    path = _table(tmp_path, ["a"])
    with pytest.raises(InputError) as caught:
        _ask(book, path, Question(purposes=("offers", "fraud"), person="whom", today=TODAY))
    assert [one.finding for one in caught.value.problems] == [
        "'fraud' rests on legitimate_interests, and it is not said what the table was collected for",
        "data for 'offers' is kept for 2 years, and no column says since when",
        "the table has no column 'whom'",
    ]
    with pytest.raises(NotFound, match="there is no purpose 'trainig'; did you mean 'training'"):
        _ask(book, path, _asked("trainig"))
    with pytest.raises(NotFound, match="there is no purpose 'x'"):
        _ask(book, path, _asked("training", collected_for="x"))


def test_what_was_written_is_recorded_with_its_people_and_named_at_a_withdrawal(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("a"), given("b"))
    out = tmp_path / "usable.csv"
    found = _write(book, _table(tmp_path, ["b", "a", "c", "b"]), _asked(), out)
    assert out.read_text().splitlines() == ["who,n", "b,0", "a,1", "b,3"]
    assert found.written is not None
    assert (found.written.rows, found.written.people) == (3, 2)
    assert found.written.digest == hashlib.sha256(out.read_bytes()).hexdigest()
    assert [one.data for one in book.concerned(PEOPLE.of("a"), ["training"]).data] == ["usable"]
    assert not book.concerned(PEOPLE.of("c"), ["training"]).data
    verify(book)
    with pytest.raises(Conflict, match="'usable' is in the ledger already"):
        _write(book, tmp_path / "rows.parquet", _asked(), tmp_path / "other.csv")
    assert not (tmp_path / "other.csv").exists()
    with pytest.raises(InputError, match="exists already"):
        _write(book, tmp_path / "rows.parquet", _asked(), out, "other")


def test_who_withdraws_while_the_data_set_is_written_is_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = ledger(tmp_path)
    record(book, given("a"), given("b"))
    real = Gate.passed
    times: list[int] = []

    def slow(gate: Gate) -> Any:
        if not times:
            with Ledger(book.path) as other:
                record(other, withdrawn("b"))
        times.append(1)
        return real(gate)

    monkeypatch.setattr(gates.Gate, "passed", slow)
    out = tmp_path / "usable.csv"
    found = _write(book, _table(tmp_path, ["a", "b"]), _asked(), out)
    assert out.read_text().splitlines() == ["who,n", "a,0"]
    assert len(times) == 2
    assert found.passed.people == PEOPLE.of("a")


def test_nothing_is_left_where_people_withdraw_all_the_time_or_the_table_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = ledger(tmp_path)
    everybody = [f"p{number}" for number in range(20)]
    record(book, *(given(name) for name in everybody))
    path, out = _table(tmp_path, everybody), tmp_path / "usable.csv"
    real = Gate.passed

    def busy(gate: Gate) -> Any:
        with Ledger(book.path) as other:
            record(other, withdrawn(everybody.pop()))
        return real(gate)

    monkeypatch.setattr(gates.Gate, "passed", busy)
    with pytest.raises(Conflict, match="people withdraw faster"):
        _write(book, path, _asked(), out)
    assert not out.exists()

    def changing(gate: Gate) -> Any:
        path.write_bytes(path.read_bytes() + b" ")
        return real(gate)

    monkeypatch.setattr(gates.Gate, "passed", changing)
    with pytest.raises(InputError, match="it changed while it was read"):
        _write(book, path, _asked(), out)
    assert not out.exists()
    assert not book.book.data


_MOMENTS = st.sampled_from([f"2026-11-20T{hour:02}:00:00Z" for hour in range(6)])
_STEPS = st.lists(
    st.one_of(
        st.builds(given, st.sampled_from(NAMES), _MOMENTS),
        st.builds(withdrawn, st.sampled_from(NAMES), _MOMENTS),
        st.just("filter"),
    ),
    max_size=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@hypothesis_given(_STEPS, st.lists(st.sampled_from(NAMES), min_size=1, max_size=30))
def test_the_gate_never_passes_a_withdrawn_person_under_any_interleaving(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Given | Withdrawn | str], rows: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("gate")
    book, path = ledger(folder), _table(folder, list(rows))
    for number, step in enumerate([*steps, "filter"]):
        if isinstance(step, Given | Withdrawn | Objected):
            with Ledger(book.path) as other:  # as another process would
                record(other, step)
            continue
        out = folder / f"{number}.parquet"
        _write(book, path, _asked(), out, f"set-{number}")
        passed = Counter(pl.read_parquet(out)["who"].to_list())
        assert passed == Counter(name for name in rows if agrees(book, name))
        for name in NAMES:
            held = {one.data for one in book.concerned(PEOPLE.of(name), ["training"]).data}
            assert (f"set-{number}" in held) == (name in passed)
    verify(book)
    book.store.close()


@hypothesis_given(st.lists(st.binary(min_size=LENGTH, max_size=LENGTH), max_size=40))
def test_lists_of_people_are_sorted_and_hold_each_once(people: list[bytes]) -> None:
    halves = [np.frombuffer(b"".join(part), dtype="S16") for part in (people[::2], people[1::2])]
    assert one_list(halves) == b"".join(sorted(set(people)))


def test_people_who_share_the_first_half_of_a_pseudonym_are_told_apart(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    shared = [b"\x07" * 8 + bytes([0] * 7 + [last]) for last in (0, 1, 2, 3)]
    acts = [Given(person=one.hex(), purpose="training", wording="1", at=AT, how="form") for one in shared[:3]]
    record(book, *acts, Withdrawn(person=shared[1].hex(), purpose="training", at="2026-11-21T00:00:00Z", how="form"))
    with book.store.reading():
        situations = Situations(book.store, "training", TODAY)
    asked = np.frombuffer(b"".join([shared[3], shared[2], shared[0], shared[1], b"\xff" * 16, b"\0" * 16]), dtype="S16")
    assert bytes(situations.of(asked)).decode() == "naawnn"


def test_evidence_of_a_written_data_set_passes_and_of_a_table_that_holds_more_fails(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    record(book, given("a"))
    path = _table(tmp_path, ["a", "b"])
    write_evidence(_ask(book, path, _asked()), tmp_path / "1.json", table=path, component="data")
    found = _write(book, path, _asked(), tmp_path / "usable.csv")
    write_evidence(found, tmp_path / "2.json", table=path, component="data")
    seen = [json.loads((tmp_path / name).read_text())["observations"][0] for name in ("1.json", "2.json")]
    assert [one["passed"] for one in seen] == [False, True]
    assert {one["control"] for one in seen} == {"allowed_data"}
    assert seen[1]["digests"]["ledger"] == found.head
