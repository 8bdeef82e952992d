"""Upstreams that are slow, cut, garbled or without end: no fault gives an answer that a client takes for complete."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

import aiohttp
import pytest

from bartizan.gateway import answering
from bartizan.gateway.settings import UpstreamSpec
from bartizan.gateway.upstreams import reply, trying
from tests.gateway.running import gateway
from tests.gateway.watching import ANSWER, ASKS_STREAM, BODY, JSON, Kept, Talk, talking

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
SAID = b'data: {"choices":[{"index":0,"delta":{"content":"hel"}}]}\n\n'
LAST = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
LENGTH = b"content-length: %d\r\n\r\n" % len(ANSWER)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
FAULTS: dict[str, bytes] = {
    "nothing": b"",
    "garbage": b"\x00\x01 garbage \xff\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-ty",
    "less than promised": HEAD + LENGTH + ANSWER[:-20],
    "half a body without a length": HEAD + b"connection: close\r\n\r\n" + ANSWER[:-20],
    "half a chunk": HEAD + CHUNKED + b"%x\r\n" % len(ANSWER) + ANSWER[:-20],
    "no last chunk": HEAD + CHUNKED + _chunk(ANSWER),
    "a chunk that lies": HEAD + CHUNKED + b"5\r\n" + ANSWER + b"\r\n0\r\n\r\n",
    "a length and chunks": HEAD + b"content-length: 5\r\n" + CHUNKED + _chunk(ANSWER[:-20]) + b"0\r\n\r\n",
    "two answers in one": HEAD + b"content-length: 20\r\n\r\n" + ANSWER[:20] + HEAD + LENGTH + ANSWER,
    "no JSON": HEAD + b"content-length: 5\r\n\r\nhello",
    "a picture": b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 8\r\n\r\n\x89PNG\r\n\x1a\n",
    "a bomb": HEAD + b"content-encoding: deflate\r\n" + CHUNKED + _chunk(zlib.compress(b" " * 10_000_000)),
    "a stream that is cut between events": EVENTS + CHUNKED + _chunk(SAID),
    "a stream that ends early": EVENTS + CHUNKED + _chunk(SAID) + b"0\r\n\r\n",
    "a stream that is cut in an event": EVENTS + CHUNKED + _chunk(SAID + SAID[:30]),
    "a stream that is cut in an event without chunks": EVENTS + b"connection: close\r\n\r\n" + SAID + SAID[:30],
    "a stream with garbage": EVENTS + CHUNKED + _chunk(SAID + b"data: {{{\n\n" + LAST) + b"0\r\n\r\n",
    "a stream with other lines": EVENTS + CHUNKED + _chunk(SAID + b"<html>\n\n" + LAST) + b"0\r\n\r\n",
    "a stream that no head tells of, cut": HEAD + CHUNKED + _chunk(SAID),
    "an error page": b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
    "a switch of protocols": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"
    + SAID
    + LAST,
    "a header within a header": EVENTS + b"x-request-id: a\r\n b\r\n" + CHUNKED + _chunk(SAID),
}


async def _spoiled(talk: Talk, body: bytes, **spec: Any) -> tuple[int, bytes, bool, Kept]:
    """(status, body, whether it came to its end, events) of a request before an upstream that does so."""
    ledger = Kept()
    async with talking(talk) as behind:
        specs = {"main": UpstreamSpec(url=behind, tries=1, **spec)}
        async with (
            gateway("", upstreams=specs, ledger=ledger) as address,
            aiohttp.ClientSession() as client,
            client.post(f"{address}/v1/chat/completions", data=body, headers=JSON) as answer,
        ):
            out = b""
            try:
                async for piece in answer.content.iter_any():
                    out += piece
            except aiohttp.ClientError:
                return answer.status, out, False, ledger
            return answer.status, out, True, ledger


def _check(status: int, body: bytes, events: list[tuple[str, int, bool]]) -> None:
    assert status in {200, 502, 504}
    assert b"[DONE]" not in body
    assert b'"error"' in body
    assert status != 200 or body.startswith(b"data: ")
    assert len(events) == 1
    assert events[0][1] >= 500


@pytest.mark.parametrize("asks", [BODY, ASKS_STREAM], ids=["whole", "stream"])
@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_gives_an_answer_that_looks_complete(name: str, asks: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(FAULTS[name])
        await writer.drain()

    status, body, _, ledger = asyncio.run(_spoiled(talk, asks))
    _check(status, body, ledger.events)


def test_a_reset_connection_is_an_error() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENTS + CHUNKED + _chunk(SAID))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    status, body, _, ledger = asyncio.run(_spoiled(talk, ASKS_STREAM))
    assert (status, body.startswith(SAID)) == (200, True)
    _check(status, body, ledger.events)


@pytest.mark.parametrize(("asks", "begins"), [(BODY, b""), (ASKS_STREAM, b""), (ASKS_STREAM, EVENTS + CHUNKED)])
def test_an_upstream_that_never_answers_is_given_up(asks: bytes, begins: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begins)
        await reader.read()

    status, body, _, ledger = asyncio.run(_spoiled(talk, asks, first_byte_seconds=0.2, idle_seconds=0.2))
    assert status == (502 if begins else 504)
    _check(status, body, ledger.events)


def test_a_stream_that_pauses_too_long_is_given_up_and_one_that_is_slow_is_not() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENTS + CHUNKED)
        for piece in [SAID, SAID, SAID, LAST]:
            writer.write(_chunk(piece))
            await writer.drain()
            await asyncio.sleep(0.15)
        writer.write(b"0\r\n\r\n")

    async def pauses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENTS + CHUNKED + _chunk(SAID))
        await reader.read()

    assert asyncio.run(_spoiled(slow, ASKS_STREAM, idle_seconds=0.3))[:3] == (200, SAID * 3 + LAST, True)
    status, body, _, ledger = asyncio.run(_spoiled(pauses, ASKS_STREAM, idle_seconds=0.3))
    assert b"did not go on in time" in body
    _check(status, body, ledger.events)


@pytest.mark.parametrize("asks", [BODY, ASKS_STREAM], ids=["whole", "stream"])
def test_an_answer_without_end_is_cut_and_not_kept(asks: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "LARGEST_ANSWER", 1 << 20)
    monkeypatch.setattr(reply, "LARGEST_STREAM", 1 << 20)
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(EVENTS + b"connection: close\r\n\r\n" if asks == ASKS_STREAM else HEAD + b"\r\n{")
        while True:
            writer.write(SAID * 100 if asks == ASKS_STREAM else b" " * 6_000)
            sent += 6_000
            await writer.drain()

    status, body, _, ledger = asyncio.run(_spoiled(talk, asks))
    assert b"too large" in body
    assert sent < 30 << 20
    _check(status, body, ledger.events)


def test_one_event_without_end_is_cut() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENTS + b"connection: close\r\n\r\n" + SAID + b'data: {"x":"')
        while True:
            writer.write(b"a" * 60_000)
            await writer.drain()

    status, body, _, ledger = asyncio.run(_spoiled(talk, ASKS_STREAM))
    _check(status, body, ledger.events)


@pytest.mark.parametrize("asks", [BODY, ASKS_STREAM], ids=["asked for a whole", "asked for a stream"])
@pytest.mark.parametrize("kind", [b"application/json", b"text/event-stream", b"audio/mpeg", b""])
def test_what_an_answer_is_it_says_itself(asks: bytes, kind: bytes) -> None:
    def saying(body: bytes) -> Talk:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (kind, len(body))
            writer.write(head + body)
            await writer.drain()

        return talk

    for body in (ANSWER, b"\n" + ANSWER, SAID + LAST, b": ping\n\n" + SAID + LAST):
        assert asyncio.run(_spoiled(saying(body), asks))[:3] == (200, body, True)


def test_a_connection_that_is_lost_before_anything_was_answered_is_tried_again(monkeypatch: Any) -> None:
    monkeypatch.setattr(trying, "_FIRST_WAIT", 0.01)
    asked = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            writer.write(HEAD + LENGTH + ANSWER)

    async def run() -> bytes:
        async with (
            talking(talk) as behind,
            gateway(behind) as address,
            aiohttp.ClientSession() as client,
            client.post(f"{address}/v1/chat/completions", data=BODY, headers=JSON) as answer,
        ):
            return await answer.read()

    assert asyncio.run(run()) == ANSWER
    assert asked == 2
