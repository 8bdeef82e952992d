"""Requests: deadlines, stages, what may follow what, and a log that shows every change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.rights.book import is_in, read_book, writing
from bartizan.rights.entries import (
    Begun,
    Changed,
    Closed,
    Confirmed,
    Declined,
    Entry,
    Extended,
    Failed,
    Identified,
    Kept,
    Lifted,
    Opened,
    Recorded,
    Restricted,
)
from bartizan.rights.requests import Requests
from tests.rights.bank import ANNA, asked, book, clock


def _opened(received: str = "2026-11-22", number: int = 1, **more: str) -> Opened:
    return Opened(request=number, right="erasure", person=ANNA, received=received, how="letter", key="k", **more)


def _after(*entries: Entry, seen: str = "2026-11-22T09:00:00Z") -> Requests:
    return Requests(Recorded(seen=seen, by="ann", entry=entry) for entry in entries)


@pytest.mark.parametrize(
    ("received", "due", "extended"),
    [
        ("2026-11-22", "2026-12-22", "2027-02-22"),
        ("2026-01-31", "2026-02-28", "2026-04-30"),
        ("2028-01-31", "2028-02-29", "2028-04-30"),
    ],
)
def test_a_request_is_due_after_a_month_and_after_three_where_it_was_extended(
    received: str, due: str, extended: str
) -> None:
    assert _after(_opened(received)).of(1).deadline == due
    longer = _after(_opened(received), Extended(request=1, why="forty branches"), seen=f"{received}T09:00:00Z")
    assert longer.of(1).deadline == extended
    assert not longer.of(1).is_late(extended)
    assert _after(_opened(received)).of(1).is_late(extended)


def test_a_deadline_is_extended_once_and_in_time() -> None:
    with pytest.raises(Conflict, match="extended already"):
        _after(_opened(), Extended(request=1, why="a"), Extended(request=1, why="b"))
    with pytest.raises(Conflict, match="too late to extend"):
        _after(_opened("2026-01-01"), Extended(request=1, why="a"))


@pytest.mark.parametrize(
    "entry",
    [
        Begun(request=1, place="a", count=1),
        Closed(request=1),
        Restricted(request=1),
        Confirmed(request=1, place="a", how="b"),
    ],
)
def test_nothing_is_done_before_somebody_made_sure_who_asks(entry: Entry) -> None:
    with pytest.raises(Conflict, match="nobody made sure that it is the person"):
        _after(_opened(), entry)


def test_nothing_follows_an_answer_but_the_end_of_a_restriction() -> None:
    known = Identified(request=1, how="passport")
    with pytest.raises(Conflict, match="request 1 is done"):
        _after(_opened(), known, Closed(request=1), Failed(request=1, place="a", why="b"))
    with pytest.raises(Conflict, match="request 1 is declined"):
        _after(_opened(), Declined(request=1, why="a"), known)
    lifted = _after(_opened(), known, Restricted(request=1), Closed(request=1), Lifted(request=1, why="right now"))
    assert lifted.stopped() == {}
    with pytest.raises(Conflict, match="restricts nothing"):
        _after(_opened(), known, Closed(request=1), Lifted(request=1, why="a"))


def test_stages_follow_from_what_was_done() -> None:
    known = Identified(request=1, how="passport")
    assert _after(_opened()).of(1).stage == "identity"
    assert _after(_opened(), known).of(1).stage == "to do"
    assert _after(_opened(), known, Begun(request=1, place="a", count=1)).of(1).stage == "under way"
    assert _after(_opened(), known, Closed(request=1)).of(1).stage == "done"
    assert _after(_opened(), Declined(request=1, why="a")).of(1).stage == "declined"


def test_a_place_is_done_by_its_newest_entry() -> None:
    known = Identified(request=1, how="passport")
    changed = Changed(request=1, place="a", count=2, left=0)
    begun = Begun(request=1, place="a", count=1)
    assert _after(_opened(), known, begun, changed).of(1).is_done_at("a")
    assert not _after(_opened(), known, begun, changed, begun).of(1).is_done_at("a")
    assert not _after(_opened(), known, Changed(request=1, place="a", count=2, left=1)).of(1).is_done_at("a")
    assert _after(_opened(), known, Kept(request=1, place="a", count=2, why="law")).of(1).is_done_at("a")


def test_who_restricts_its_use_is_stopped_for_a_purpose_or_all() -> None:
    known = Identified(request=1, how="passport")
    other = _opened(number=2), Identified(request=2, how="passport"), Restricted(request=2)
    one = _opened(purpose="training"), known, Restricted(request=1, purpose="training")
    assert _after(*one).stopped() == {bytes.fromhex(ANNA): frozenset({"training"})}
    assert _after(*one, *other).stopped() == {bytes.fromhex(ANNA): frozenset({"training", ""})}


def test_requests_are_numbered_and_unknown_ones_told() -> None:
    with pytest.raises(Conflict, match="request 3 cannot follow request 0"):
        _after(_opened(number=3))
    with pytest.raises(NotFound, match="there is no request 2"):
        _after(_opened()).of(2)


def test_a_log_that_was_changed_is_refused_with_its_line(tmp_path: Path) -> None:
    with book(tmp_path) as made:
        asked(made)
        head = made.head
    file = tmp_path / "rights.jsonl"
    read = read_book(file)
    assert (read.entries, read.head) == (2, head)
    assert is_in(read, head)
    assert not is_in(read, "0" * 63 + "1")
    file.write_text(file.read_text().replace("passport", "nothing!"))
    with pytest.raises(InputError, match=r"rights\.jsonl:2: this line, or one before it, is not as it was written"):
        read_book(file)


def test_a_torn_line_is_cut_off_by_the_next_entry(tmp_path: Path) -> None:
    with book(tmp_path) as made:
        asked(made)
    file = tmp_path / "rights.jsonl"
    with file.open("a") as torn:
        torn.write('{"body":{"by"')
    with book(tmp_path) as made:
        made.add(Closed(request=1))
    assert read_book(file).entries == 3


def test_a_log_that_is_not_there_is_made_only_by_opening_a_request(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="there is no such log; bartizan rights open makes one"),
        writing(tmp_path / "none.jsonl", by="ann", clock=clock),
    ):
        pass
    assert not (tmp_path / "none.jsonl").exists()


def test_several_writers_at_once_leave_one_log(tmp_path: Path) -> None:
    def write(_: int) -> int:
        with book(tmp_path) as made:
            return asked(made)

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(write, range(24)))
    assert sorted(numbers) == list(range(1, 25))
    assert read_book(tmp_path / "rights.jsonl").entries == 48


@given(st.lists(st.sampled_from(["identify", "begin", "change", "fail", "close", "decline", "extend"]), max_size=12))
def test_whatever_is_told_of_a_request_its_log_can_be_read_again(told: list[str]) -> None:
    entries: dict[str, Entry] = {
        "identify": Identified(request=1, how="a"),
        "begin": Begun(request=1, place="a", count=1),
        "change": Changed(request=1, place="a", count=1, left=0),
        "fail": Failed(request=1, place="a", why="b"),
        "close": Closed(request=1),
        "decline": Declined(request=1, why="a"),
        "extend": Extended(request=1, why="a"),
    }
    requests = Requests([Recorded(seen=clock(), by="ann", entry=_opened())])
    for one in told:
        try:
            requests.take(Recorded(seen=clock(), by="ann", entry=entries[one]))
        except Conflict:
            continue
    again = Requests(requests.of(1).entries)
    assert again.of(1) == requests.of(1)
