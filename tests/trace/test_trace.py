"""A trace finds what was decided about somebody, shows every change, and forgets details within the law."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartizan.consent.people import Pseudonyms
from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.trace.trace import Trace, create, input_digest

PEOPLE = Pseudonyms(b"k" * 32, "key-1")
AT = "2026-11-22T09:00:00Z"


@pytest.fixture
def trace(tmp_path: Path) -> Iterator[Trace]:
    create(tmp_path / "trace.db", PEOPLE, "Harbor Bank")
    with Trace(tmp_path / "trace.db", PEOPLE) as opened:
        yield opened
        with contextlib.suppress(sqlite3.ProgrammingError):
            opened.verify()


def _record(trace: Trace, person: str = "anna", at: str = AT, model: str = "score", explanation: str = "") -> int:
    return trace.record(
        person, {"income": 1}, outcome="refused", model=model, version="3f0a", at=at, explanation=explanation
    )


def test_what_was_decided_is_found_by_person_model_and_time(trace: Trace) -> None:
    first = _record(trace)
    second = _record(trace, "ben", "2026-11-23T09:00:00Z", "limit")
    third = _record(trace, at="2026-11-24T09:00:00Z")
    assert [one.number for one in trace.search(person="anna")] == [third, first]
    assert [one.number for one in trace.search(model="limit")] == [second]
    assert [one.number for one in trace.search(since="2026-11-23T00:00:00Z")] == [third, second]
    assert [one.number for one in trace.search(person="anna", until=AT)] == [first]
    assert trace.search(person="cleo") == ()


def test_an_input_can_be_shown_to_be_the_one_and_is_not_kept_unless_asked(trace: Trace) -> None:
    details = trace.get(_record(trace)).details
    assert details is not None
    assert details.input == input_digest({"income": 1}, details.salt)
    assert details.input != input_digest({"income": 2}, details.salt)
    assert details.kept_input is None
    kept = trace.record("anna", {"a": None, "b": True}, outcome="x", model="m", version="1", keep_input=True)
    found = trace.get(kept).details
    assert found is not None
    assert found.kept_input == {"a": None, "b": True}
    first, second = (trace.get(_record(trace)).details for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.input != second.input, "equal inputs do not show as equal"


def test_what_a_person_found_holds_and_both_stay(trace: Trace) -> None:
    number = _record(trace)
    assert trace.get(number).outcome == "refused"
    trace.review(number, outcome="granted", why="income was out of date", by="ann")
    trace.review(number, outcome="granted for less", why="second look", by="bob")
    found = trace.get(number)
    assert (found.outcome, [one.by for one in found.reviews]) == ("granted for less", ["ann", "bob"])
    with pytest.raises(NotFound, match="no decision 99"):
        trace.review(99, outcome="granted", why="a", by="b")
    with pytest.raises(NotFound):
        trace.get(number + 1)
    with pytest.raises(InputError, match="a review says who"):
        trace.review(number, outcome="granted", why=" ", by="b")


def test_details_are_deleted_and_that_they_were_stays(trace: Trace) -> None:
    number, other = _record(trace, explanation="too little income"), _record(trace, "ben")
    assert trace.forget(person="anna", why="erasure, request 1") == 1
    assert trace.search(person="anna") == ()
    found = trace.get(number)
    assert (found.details, found.outcome, found.decided.model) == (None, "", "score")
    assert trace.get(other).details is not None
    assert trace.forget(person="anna", why="again") == 0
    raw = b"".join(path.read_bytes() for path in trace.path.parent.glob("trace.db*"))
    assert b"too little income" not in raw
    assert PEOPLE.of("anna").hex().encode() not in raw
    assert trace.verify() == 3


def test_what_is_too_old_is_deleted_up_to_a_moment(trace: Trace) -> None:
    _record(trace, at="2020-01-01T00:00:00Z")
    newer = _record(trace)
    assert trace.forget(until="2021-01-01T00:00:00Z", why="kept for five years") == 1
    assert trace.get(newer).details is not None
    with pytest.raises(Conflict, match="name a person or a moment"):
        trace.forget(why="all")
    with pytest.raises(InputError, match="nothing says why"):
        trace.forget(person="anna", why=" ")


CHANGES = {
    "an outcome": "UPDATE details SET body = replace(body, 'refused', 'granted')",
    "whose it is": "UPDATE details SET person = x'00'",
    "details away": "DELETE FROM details WHERE number = 1",
    "a model": "UPDATE entries SET body = replace(body, 'score', 'other') WHERE number = 1",
    "an entry away": "DELETE FROM entries WHERE number = 1",
    "a hash": "UPDATE entries SET hash = lower(hex(zeroblob(32))) WHERE number = 2",
    "no JSON": "UPDATE details SET body = 'x'",
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_found(tmp_path: Path, change: str) -> None:
    create(tmp_path / "trace.db", PEOPLE, "Harbor Bank")
    with Trace(tmp_path / "trace.db", PEOPLE) as made:
        _record(made)
        _record(made, "ben")
    with contextlib.closing(sqlite3.connect(tmp_path / "trace.db")) as link, link:
        link.execute(CHANGES[change])
    with Trace(tmp_path / "trace.db", PEOPLE) as read, pytest.raises(InputError, match="cannot be trusted"):
        read.verify()


def test_what_cannot_be_recorded_is_told_and_nothing_is_written(trace: Trace) -> None:
    for wrong in ({"outcome": ""}, {"model": " "}, {"version": ""}):
        named = {"outcome": "a", "model": "b", "version": "c", **wrong}
        with pytest.raises(InputError, match="is not named"):
            trace.record("anna", {}, **named)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="cannot be written as JSON"):
        trace.record("anna", {"a": float("nan")}, outcome="a", model="b", version="c")
    with pytest.raises(InputError, match="is no moment"):
        _record(trace, at="yesterday")
    assert trace.verify() == 0


def test_another_key_or_another_file_is_refused(trace: Trace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is key key-2, and the trace was opened with key key-1"):
        Trace(trace.path, Pseudonyms(b"x" * 32, "key-2"))
    (tmp_path / "other.db").write_bytes(b"no database at all, but a text of some length")
    with pytest.raises(InputError):
        Trace(tmp_path / "other.db", PEOPLE)
    with pytest.raises(InputError, match="bartizan trace open makes one"):
        Trace(tmp_path / "none.db", PEOPLE)
    with pytest.raises(InputError):
        create(trace.path, PEOPLE, "again")


def test_several_writers_at_once_leave_one_chain(trace: Trace) -> None:
    def write(number: int) -> int:
        with Trace(trace.path, PEOPLE) as own:
            return _record(own, f"person-{number}")

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(write, range(40)))
    assert sorted(numbers) == list(range(1, 41))
    assert trace.verify() == 40


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.tuples(st.sampled_from(["record", "review", "forget"]), st.sampled_from("abc")), max_size=15))
def test_whatever_happens_somebody_who_was_forgotten_is_not_found(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("trace") / "trace.db"
    create(path, PEOPLE, "Harbor Bank")
    kept: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    with Trace(path, PEOPLE) as trace:
        for act, name in acts:
            if act == "record":
                kept[name].append(_record(trace, name))
            elif act == "review" and kept[name]:
                trace.review(kept[name][-1], outcome="granted", why="a", by="ann")
            elif act == "forget":
                assert trace.forget(person=name, why="request") == len(kept[name])
                kept[name] = []
        found = {name: [one.number for one in reversed(trace.search(person=name))] for name in kept}
        assert found == kept
        trace.verify()
