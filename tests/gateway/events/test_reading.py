from __future__ import annotations

import asyncio
from pathlib import Path

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.verdict import Block
from bartizan.gateway.events.chains import open_chain
from bartizan.gateway.events.event import Event, Notice
from bartizan.gateway.events.reading import Follower, Wanted, read_events
from tests.gateway.events.happening import CRASHED, FOUND, QUIET, SEAL_KEY, exchange, happens, recorder
from tests.gateway.events.test_verifying import notice, segment_of


def fill(folder: Path) -> None:
    async def run() -> None:
        one, other = recorder(folder), recorder(folder)
        await happens(one, exchange(id="a", at=100.0, caller=Caller(id="anna", tenant="x", kind="person")))
        await happens(other, exchange(id="b", at=150.0, caller=Caller(id="bert", tenant="x", kind="agent")))
        blocked = Block(why="too often", kind="rate")
        await happens(one, exchange(id="c", at=200.0), blocked=blocked, by="rate_limit", status=429, records=(FOUND,))
        await happens(other, exchange(id="d", at=250.0, session="other"), records=(*QUIET, CRASHED))
        await one.close()
        await other.close()

    asyncio.run(run())


def ids(folder: Path, wanted: Wanted) -> list[str]:
    return [one.id for one in read_events(folder, wanted)]


def test_events_come_back_from_all_chains_in_the_order_of_time(tmp_path: Path) -> None:
    fill(tmp_path)
    assert ids(tmp_path, Wanted()) == ["a", "b", "c", "d"]


def test_events_are_picked_by_time_caller_ending_and_guard(tmp_path: Path) -> None:
    fill(tmp_path)
    assert ids(tmp_path, Wanted(since="1970-01-01T00:02:00", until="1970-01-01T00:04:10.000000Z")) == ["b", "c"]
    assert ids(tmp_path, Wanted(caller="bert")) == ["b"]
    assert ids(tmp_path, Wanted(tenant="x")) == ["a", "b"]
    assert ids(tmp_path, Wanted(ending="blocked")) == ["c"]
    assert ids(tmp_path, Wanted(guard="sensitive_output_handling")) == ["c"]
    assert ids(tmp_path, Wanted(guard="input_segregation")) == []
    assert ids(tmp_path, Wanted(outcome="crashed")) == ["d"]
    session = next(iter(read_events(tmp_path, Wanted(id="d")))).session
    assert ids(tmp_path, Wanted(session=session)) == ["d"]


def test_lines_that_are_no_entries_are_passed_over(tmp_path: Path) -> None:
    fill(tmp_path)
    file = segment_of(tmp_path)
    file.write_bytes(b"not an entry\n\xff\xfe\n" + b"[" * 10_000 + b"\n" + file.read_bytes() + b'{"hash":')
    assert len(ids(tmp_path, Wanted())) == 4


def test_a_follower_sees_what_is_new_in_all_chains_and_segments(tmp_path: Path) -> None:
    first = open_chain(tmp_path, SEAL_KEY, segment_bytes=600)
    first.append(notice("before"))
    follower = Follower(tmp_path)
    assert follower.read() == []
    second = open_chain(tmp_path, SEAL_KEY)
    for i in range(10):
        first.append(notice(f"first {i}"))
    second.append(notice("second"))
    whats = [one.what for one in follower.read() if isinstance(one, Notice)]
    assert [one for one in whats if one.startswith("first")] == [f"first {i}" for i in range(10)]
    assert whats[-1] == "second"
    assert follower.read() == []
    first.append(notice("more"))
    assert [one.what for one in follower.read() if isinstance(one, Notice)] == ["more"]
    first.close()
    second.close()


def test_a_follower_waits_for_the_end_of_a_line_and_takes_a_few_at_a_time(tmp_path: Path) -> None:
    fill(tmp_path / "a")
    raw = segment_of(tmp_path / "a").read_bytes()
    folder = tmp_path / "b" / "chains" / "001"
    folder.mkdir(parents=True)
    follower = Follower(tmp_path / "b")
    segment = folder / "000000000001.jsonl"
    segment.write_bytes(raw[: len(raw) - 30])
    seen = [len(follower.read(most=2)), len(follower.read(most=2)), len(follower.read(most=2))]
    segment.write_bytes(raw)
    assert (*seen, len(follower.read(most=2))) == (2, 1, 0, 1)


def test_a_follower_can_begin_a_little_before_the_end(tmp_path: Path) -> None:
    fill(tmp_path)
    everything = Follower(tmp_path, back=1 << 20).read()
    assert sum(isinstance(one, Event) for one in everything) == 4
    few = Follower(tmp_path, back=900).read()
    assert 0 < len(few) < len(everything)
