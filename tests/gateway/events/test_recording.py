from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path

import pytest

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.verdict import Block, Finding, Record
from bartizan.core.chat import Usage
from bartizan.gateway.events.event import Event, Notice
from bartizan.gateway.events.making import MOST_FOUND, MOST_JUDGED
from bartizan.gateway.events.reading import read_events, read_notices
from bartizan.gateway.events.recording import Recorder
from bartizan.gateway.events.verifying import verify_ledger
from bartizan.gateway.settings import EventsSpec
from tests.gateway.events.happening import CRASHED, FOUND, QUIET, SEAL_KEY, exchange, filled, happens, recorder


def one_event(folder: Path, **what: object) -> Event:
    async def run() -> None:
        ledger = recorder(folder)
        await happens(ledger, **what)  # type: ignore[arg-type]
        await ledger.close()

    asyncio.run(run())
    return next(iter(read_events(folder)))


def test_an_event_says_who_what_how_long_and_how_much(tmp_path: Path) -> None:
    event = one_event(tmp_path, records=(*QUIET, FOUND), came=b"in", left=b"out")
    assert (event.caller, event.tenant, event.caller_kind) == ("anna", "acme", "person")
    assert (event.route, event.model, event.supplier, event.status) == ("openai.chat", "small", "main", 200)
    assert event.ending == "changed"
    assert event.input_sha256 == hashlib.sha256(b"in").hexdigest()
    assert event.output_sha256 == hashlib.sha256(b"out").hexdigest()
    assert (event.input_bytes, event.output_bytes) == (2, 3)
    assert (event.input_tokens, event.output_tokens) == (300, 40)
    assert (event.cost, event.currency) == (380_000, "EUR")
    assert event.guards_ns == 2300
    assert event.total_ns >= event.first_byte_ns > 0
    assert event.upstream_ns > 0
    found, quiet = event.judged
    assert (found.found[0].rule, found.found[0].score, found.found[0].start) == ("email", 750, 3)
    assert (quiet.guard, quiet.times, quiet.nanoseconds) == ("input_segregation", 3, 300)
    assert event.session not in ("", "s-1")
    assert event.policy == "p" * 64


def test_how_an_exchange_ended_is_told(tmp_path: Path) -> None:
    blocked = Block(why="no", kind="rate")
    assert one_event(tmp_path / "1", blocked=blocked, by="rate_limit", status=429).ending == "blocked"
    assert one_event(tmp_path / "2", status=400).ending == "refused"
    assert one_event(tmp_path / "3", status=502).ending == "failed"
    assert one_event(tmp_path / "4", status=0).ending == "gone"
    assert one_event(tmp_path / "5", records=(CRASHED,)).ending == "passed"


def test_a_guard_that_crashed_is_never_told_as_one_that_passed(tmp_path: Path) -> None:
    event = one_event(tmp_path, records=(*QUIET, CRASHED))
    assert [one.outcome for one in event.judged if one.guard == "rate_limit"] == ["crashed"]


def test_what_strangers_write_stays_small_and_printable(tmp_path: Path) -> None:
    hostile = exchange(
        model="m\n\ud800" * 100_000,
        caller=Caller(id="\x1b[31m" * 1000),
        labels={f"label {i}" * 100 for i in range(1000)},
        usage=Usage(input_tokens=10**30, output_tokens=-5),
        cost=float("nan"),
    )
    many = tuple(Finding(rule="r" * 500, score=float("inf")) for _ in range(1000))
    records = [Record(guard="g", part="prompt", outcome="allowed", findings=many)] * 1000 + [CRASHED]
    event = one_event(tmp_path, one=hostile, records=records)
    assert len(event.model) <= 1200
    assert event.model.isprintable()
    assert event.caller.isprintable()
    assert len(event.labels) == MOST_FOUND
    assert (event.input_tokens, event.output_tokens, event.cost) == (2**53 - 1, 0, 0)
    assert (len(event.judged), event.more) == (MOST_JUDGED, 901)
    assert event.judged[0].outcome == "crashed"
    assert event.judged[1].more == 1000 - MOST_FOUND
    assert verify_ledger(tmp_path, SEAL_KEY).sound


def test_without_hashes_there_are_sizes_only(tmp_path: Path) -> None:
    filled(tmp_path, 1, content="none")
    event = next(iter(read_events(tmp_path)))
    assert (event.input_sha256, event.output_sha256, event.content) == ("", "", None)
    assert event.output_bytes == len(b"the answer")


def test_no_content_and_no_session_is_in_the_folder(tmp_path: Path) -> None:
    async def run() -> None:
        ledger = recorder(tmp_path, content="encrypted")
        secret = exchange(session="session-4711", headers={"authorization": "Bearer abcdef"})
        await happens(ledger, secret, came=b"a prompt of somebody", left=b"an answer to somebody")
        await ledger.close()

    asyncio.run(run())
    for file in tmp_path.rglob("*"):
        raw = file.read_bytes() if file.is_file() else b""
        for word in (b"of somebody", b"to somebody", b"4711", b"abcdef"):
            assert word not in raw


def test_the_clock_may_go_back_and_the_chain_does_not(tmp_path: Path) -> None:
    async def run() -> None:
        now = [2_000_000_000.0]
        ledger = recorder(tmp_path, clock=lambda: now[0], content="encrypted")
        for _ in range(3):
            await happens(ledger, exchange(at=now[0]))
            now[0] -= 86_400
        await ledger.close()

    asyncio.run(run())
    found = verify_ledger(tmp_path, SEAL_KEY)
    assert found.sound, found.faults
    events = list(read_events(tmp_path))
    assert sorted(one.seq for one in events) == [2, 3, 4]
    assert all(one.total_ns > 0 for one in events)


def test_an_event_is_durable_soon_and_at_most_so_many_are_not(tmp_path: Path) -> None:
    async def run() -> None:
        ledger = recorder(tmp_path)
        chain = ledger.chain
        assert chain is not None
        worst = 0
        for _ in range(2000):
            await happens(ledger, exchange())
            worst = max(worst, chain.behind)
        assert worst <= 513
        until = time.monotonic() + 5
        while chain.behind:
            assert time.monotonic() < until
            await asyncio.sleep(0.005)
        assert chain.synced == chain.end
        await ledger.close()

    asyncio.run(run())


def test_a_watcher_that_crashes_keeps_no_event_from_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Event] = []

    async def run() -> None:
        def broken(event: Event, trail: object) -> None:
            raise KeyError("a secret")

        ledger = recorder(tmp_path, watchers=[broken, lambda event, trail: seen.append(event)])
        await happens(ledger)
        await ledger.close()

    asyncio.run(run())
    assert len(seen) == 1
    assert "KeyError" in caplog.text
    assert "secret" not in caplog.text


def test_without_a_folder_events_reach_those_who_watch() -> None:
    seen: list[Event] = []

    async def run() -> None:
        ledger = Recorder(EventsSpec(), watchers=[lambda event, trail: seen.append(event)])
        await happens(ledger)
        assert ledger.refuses() == ""
        await ledger.close()

    asyncio.run(run())
    assert seen[0].caller == "anna"


def test_a_folder_that_cannot_be_refuses_exchanges_until_it_can(tmp_path: Path) -> None:
    place = tmp_path / "events"
    place.write_text("a file is in the way")

    async def run() -> None:
        ledger = recorder(place)
        assert ledger.failure
        assert "written down" in ledger.refuses()
        await happens(ledger)
        assert ledger.waiting == 1
        place.unlink()
        ledger._tried = float("-inf")
        assert ledger.refuses() == ""
        assert ledger.waiting == 0
        await ledger.close()

    asyncio.run(run())
    assert len(list(read_events(place))) == 1
    lost = [one for one in read_notices(place) if isinstance(one, Notice) and one.of == "lost"]
    assert lost[0].what == "0 events could not be written, 1 exchanges were refused for it"


def test_a_ledger_that_may_stay_open_counts_what_it_loses(tmp_path: Path) -> None:
    place = tmp_path / "events"
    place.write_text("")

    async def run() -> None:
        ledger = recorder(place, when_full="open")
        for _ in range(1003):
            await happens(ledger)
        assert ledger.refuses() == ""
        assert (ledger.waiting, ledger.lost) == (1000, 3)
        place.unlink()
        ledger._tried = float("-inf")
        assert ledger.refuses() == ""
        await ledger.close()

    asyncio.run(run())
    assert len(list(read_events(place))) == 1000
    assert [one.count for one in read_notices(place) if one.of == "lost"] == [3]
    assert verify_ledger(place, SEAL_KEY).sound


def test_a_folder_that_is_taken_away_is_noticed_and_made_again(tmp_path: Path) -> None:
    place = tmp_path / "events"

    async def run() -> None:
        ledger = recorder(place)
        await happens(ledger)
        place.rename(tmp_path / "elsewhere")
        assert ledger.chain is not None
        ledger._tried = float("-inf")
        for _ in range(100):
            await happens(ledger)
            await asyncio.sleep(0.02)
            if ledger.failure:
                break
        assert ledger.failure
        ledger._tried = float("-inf")
        assert ledger.refuses() == ""
        await happens(ledger)
        await ledger.close()

    asyncio.run(run())
    assert verify_ledger(place, SEAL_KEY).sound
    assert list(read_events(place))


def test_events_that_are_kept_for_some_days_go_and_that_is_said(tmp_path: Path) -> None:
    now = [2_000_000_000.0]

    async def run() -> None:
        ledger = recorder(tmp_path, keep_days=5, clock=lambda: now[0], monotonic=lambda: now[0])
        assert ledger.chain is not None
        ledger.chain._segment_bytes = 3000
        for _ in range(10):
            await happens(ledger, exchange(at=now[0]))
            now[0] += 86_400
        assert ledger.forget() > 0
        await ledger.close()

    asyncio.run(run())
    assert 5 <= len(list(read_events(tmp_path))) < 10
    assert verify_ledger(tmp_path, SEAL_KEY).sound
    assert [one.of for one in read_notices(tmp_path)] == ["dropped", "closed"]


def test_an_event_that_comes_after_the_end_is_counted_as_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        ledger = recorder(tmp_path)
        await ledger.close()
        await happens(ledger)
        assert (ledger.lost, ledger.waiting) == (1, 0)

    asyncio.run(run())
    assert "after the ledger was closed" in caplog.text


def test_a_request_that_no_guard_saw_is_an_event_too(tmp_path: Path) -> None:
    async def run() -> None:
        ledger = recorder(tmp_path)
        await ledger.turned_away(exchange(route="", model=""), 413)
        await ledger.close()

    asyncio.run(run())
    (event,) = read_events(tmp_path)
    assert (event.status, event.ending, event.judged) == (413, "refused", ())
