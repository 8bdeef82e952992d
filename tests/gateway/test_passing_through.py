"""What no guard changes leaves byte for byte as it came."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from tests.gateway.running import Scripted, gateway, saying, streaming

BODY = b'{ "model": "m",\n "messages": [{"role":"user","content":"Hi \\u00e9"}], "new_field": [1.0, {"x": null}] }'
ANSWER = b'{"id":"1", "choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}'
STREAM = [
    b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\ndata: {"choices":[{"index":0,',
    b'"delta":{"content":"lo"}}]}\n\n: a comment\n\n',
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
]


async def _asked(upstream: Scripted, body: bytes, guards: dict[str, Any] | None = None) -> tuple[int, bytes]:
    async with upstream.up(), gateway(upstream.address, guards) as address, aiohttp.ClientSession() as client:
        headers = {"content-type": "application/json"}
        async with client.post(f"{address}/v1/chat/completions", data=body, headers=headers) as answer:
            return answer.status, await answer.read()


def test_a_whole_answer_passes_byte_for_byte_and_so_does_the_request() -> None:
    upstream = Scripted(saying(ANSWER))
    assert asyncio.run(_asked(upstream, BODY)) == (200, ANSWER)
    assert [one.body for one in upstream.seen] == [BODY]


def test_a_stream_passes_byte_for_byte() -> None:
    upstream = Scripted(streaming(STREAM))
    assert asyncio.run(_asked(upstream, BODY)) == (200, b"".join(STREAM))


def test_a_stream_that_breaks_off_ends_with_an_error_and_no_mark_of_completion() -> None:
    status, body = asyncio.run(_asked(Scripted(streaming(STREAM[:2])), BODY))
    assert status == 200
    assert b"broke off" in body
    assert b"[DONE]" not in body


def test_a_key_that_stands_twice_is_refused_and_nothing_is_forwarded() -> None:
    upstream = Scripted(saying(ANSWER))
    status, body = asyncio.run(_asked(upstream, b'{"model":"a","model":"b","messages":[]}'))
    assert status == 400
    assert b"twice" in body
    assert upstream.seen == []
