"""Clients that hang up, do not read, or meet a crash: nothing is lost, and nothing goes on for nobody."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.pipeline import Pipeline
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.verdict import ALLOW, Verdict
from bartizan.core.terms import ControlId
from bartizan.gateway import app, door, policy
from bartizan.gateway.ending import to_its_end
from tests.gateway.running import Scripted, gateway, saying
from tests.gateway.watching import ANSWER, ASKS_STREAM, BODY, JSON, Kept, post, said, status_of

SAID = b'data: {"choices":[{"index":0,"delta":{"content":"hel"}}]}\n\n'
LAST = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


class Counting(ChatGuard, frozen=True, kw_only=True):
    """Takes a place for each exchange, slowly gives it back, and may crash."""

    id: ClassVar[ControlId] = ControlId("rate_limit")
    title: ClassVar[str] = "counting"
    sees: ClassVar[frozenset[Part]] = frozenset({"request"})
    places: ClassVar[list[int]] = []
    settled: ClassVar[list[str]] = []

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Take one."""
        self.places.append(1)
        return ALLOW

    async def settle(self, exchange: Exchange, bench: Bench) -> None:
        """Give it back."""
        await asyncio.sleep(0.05)
        self.places.pop()
        self.settled.append(exchange.id)


@pytest.fixture(autouse=True)
def _counting(monkeypatch: pytest.MonkeyPatch) -> None:
    Counting.places.clear()
    Counting.settled.clear()
    monkeypatch.setattr(
        policy.Policies, "pipeline_of", lambda self, matching: Pipeline([Post(guard=Counting())], self._bench)
    )


class Slow:
    """An upstream that says something now and then, and notices when nobody listens."""

    def __init__(self, first: bytes = b"") -> None:
        self.first = first
        self.asked = asyncio.Event()
        self.left = asyncio.Event()

    async def answer(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        """Never ends by itself."""
        self.asked.set()
        try:
            while not self.first:
                await asyncio.sleep(0.01)
                if request.transport is None or request.transport.is_closing():
                    raise ConnectionResetError
            response = web.StreamResponse(headers={"content-type": "text/event-stream"})
            await response.prepare(request)
            while True:
                await response.write(self.first)
                await asyncio.sleep(0.01)
        except (asyncio.CancelledError, ConnectionError):
            self.left.set()
            raise


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _hung_up(slow: Slow, request: bytes, wait: Callable[[asyncio.StreamReader], Awaitable[Any]]) -> Kept:
    ledger, upstream = Kept(), Scripted(slow.answer)
    async with upstream.up(), gateway(upstream.address, ledger=ledger) as address:
        async with _connected(address) as (reader, writer):
            writer.write(request)
            await wait(reader)
        await ledger.until(1)
        if slow.asked.is_set():
            async with asyncio.timeout(2):
                await slow.left.wait()
        await asyncio.sleep(0.1)
    return ledger


def test_a_client_that_hangs_up_while_the_upstream_thinks_ends_the_upstreams_work() -> None:
    async def run() -> Kept:
        slow = Slow()
        return await _hung_up(slow, post(), lambda reader: slow.asked.wait())

    ledger = asyncio.run(run())
    assert ledger.events == [("openai.chat", 0, False)]
    assert (Counting.places, len(Counting.settled)) == ([], 1)


def test_a_client_that_hangs_up_in_the_middle_of_a_stream_ends_it() -> None:
    ledger = asyncio.run(_hung_up(Slow(SAID), post(ASKS_STREAM), lambda reader: reader.readuntil(SAID)))
    assert ledger.events == [("openai.chat", 200, False)]
    assert (Counting.places, len(Counting.settled)) == ([], 1)


def test_a_client_that_hangs_up_before_its_body_has_come_is_an_event_and_asks_nobody() -> None:
    slow = Slow.__new__(Slow)

    async def run() -> Kept:
        slow.__init__()  # type: ignore[misc]
        return await _hung_up(slow, post()[:-4], lambda reader: asyncio.sleep(0.1))

    assert asyncio.run(run()).events == [("openai.chat", 0, False)]
    assert not slow.asked.is_set()
    assert Counting.settled == []


def test_many_that_hang_up_leave_no_place_taken_and_one_event_each() -> None:
    async def run() -> Kept:
        ledger, upstream = Kept(), Scripted(Slow(SAID).answer)

        async def one(i: int) -> None:
            async with _connected(address) as (_, writer):
                writer.write(post(ASKS_STREAM))
                await asyncio.sleep(0.003 * i)

        async with upstream.up(), gateway(upstream.address, ledger=ledger) as address:
            await asyncio.gather(*[one(i) for i in range(60)])
            await ledger.until(55)
            await asyncio.sleep(0.3)
        return ledger

    ledger = asyncio.run(run())
    assert Counting.places == []
    assert len(Counting.settled) == len(set(Counting.settled))
    ids = [one.id for one in ledger.exchanges]
    assert len(ids) == len(set(ids))
    assert set(Counting.settled) <= set(ids)


def test_a_client_that_does_not_read_holds_the_upstream_back_and_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "CLIENT_SECONDS", 0.5)
    sent = 0

    async def fast(request: web.Request, raw: bytes) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(SAID * 200)
            sent += len(SAID) * 200

    async def run() -> list[tuple[str, int, bool]]:
        ledger, upstream = Kept(), Scripted(fast)
        async with (
            upstream.up(),
            gateway(upstream.address, ledger=ledger) as address,
            _connected(address) as (reader, writer),
        ):
            writer.write(post(ASKS_STREAM))
            await reader.read(100)
            return await ledger.until(1)

    assert asyncio.run(run()) == [("openai.chat", 200, False)]
    assert sent < 24 << 20
    assert Counting.places == []


class Crashing(Exception):
    """With a secret in its text."""


def test_a_crash_of_our_own_is_an_event_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*args: Any) -> None:
        raise Crashing("s3cret")

    monkeypatch.setattr("bartizan.gateway.serving._body", crash)
    ledger = Kept()

    async def run() -> bytes:
        async with gateway("http://127.0.0.1:1", ledger=ledger) as address:
            return await said(address, post(more=b"connection: close\r\n"))

    with caplog.at_level(logging.ERROR):
        raw = asyncio.run(run())
    assert status_of(raw) == 500
    assert json.loads(raw.partition(b"\r\n\r\n")[2])["error"]["code"] == "failure"
    assert b"s3cret" not in raw
    assert b"Traceback" not in raw
    assert "s3cret" not in caplog.text
    assert "Crashing at" in caplog.text
    assert ledger.events == [("openai.chat", 500, False)]


@pytest.mark.parametrize("asks", [BODY, ASKS_STREAM])
def test_a_crash_in_the_middle_of_an_answer_leaves_none_that_looks_complete(
    asks: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: door.Door, body: bytes, *, last: bool) -> None:
        if b"boom" in body:
            raise Crashing("s3cret")
        await kept(self, body, last=last)

    kept = door.Door._piece
    monkeypatch.setattr(door.Door, "_piece", broken)
    events = [SAID, SAID.replace(b"hel", b"boom"), LAST]
    answer = ANSWER.replace(b"hi", b"boom")
    ledger = Kept()

    async def stream(request: web.Request, raw: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for one in events:
            await response.write(one)
            await asyncio.sleep(0.05)
        return response

    async def run() -> bytes:
        upstream = Scripted(saying(answer) if asks == BODY else stream)
        async with upstream.up(), gateway(upstream.address, ledger=ledger) as address:
            return await said(address, post(asks))

    raw = asyncio.run(run())
    assert b"s3cret" not in raw
    assert b"[DONE]" not in raw
    if asks == BODY:
        assert not raw.endswith(b"}")
    else:
        assert b'"error"' in raw
    assert len(ledger.events) == 1
    assert (Counting.places, len(Counting.settled)) == ([], 1)


def test_what_must_be_done_is_done_although_it_is_cancelled() -> None:
    done = []

    async def work() -> None:
        await asyncio.sleep(0.05)
        done.append(1)

    async def run() -> None:
        task = asyncio.ensure_future(to_its_end(work()))
        for _ in range(3):
            await asyncio.sleep(0.01)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert done == [1]


def test_a_server_that_stops_lets_what_is_running_end() -> None:
    async def late(request: web.Request, raw: bytes) -> web.StreamResponse:
        await asyncio.sleep(0.4)
        return web.Response(body=ANSWER, content_type="application/json")

    async def run() -> tuple[bytes, Kept]:
        ledger, upstream = Kept(), Scripted(late)
        async with upstream.up(), aiohttp.ClientSession() as client:
            async with gateway(upstream.address, ledger=ledger) as address:
                asked = asyncio.ensure_future(client.post(f"{address}/v1/chat/completions", data=BODY, headers=JSON))
                await asyncio.sleep(0.1)
            async with await asked as answer:
                return await answer.read(), ledger

    body, ledger = asyncio.run(run())
    assert body == ANSWER
    assert ledger.events == [("openai.chat", 200, False)]


def test_a_hang_up_is_noticed_under_other_servers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain(app.Gateway):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            scope.pop("bartizan.connection", None)
            await super().__call__(scope, receive, send)

    monkeypatch.setattr("tests.gateway.running.Gateway", Plain)
    ledger = asyncio.run(_hung_up(Slow(SAID), post(ASKS_STREAM), lambda reader: reader.readuntil(SAID)))
    assert ledger.events == [("openai.chat", 200, False)]
