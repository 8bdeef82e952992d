"""Many streams at once: none is lost, none gets another's words."""

from __future__ import annotations

import asyncio
import json

import aiohttp
from aiohttp import web

from tests.gateway.running import Scripted, gateway
from tests.gateway.watching import ASKS_STREAM, JSON, Kept

COUNT = 300


def test_all_of_many_open_streams_come_to_their_end_with_their_own_words() -> None:
    open_now = 0
    all_open = asyncio.Event()

    async def answer(request: web.Request, raw: bytes) -> web.StreamResponse:
        nonlocal open_now
        word = json.loads(raw)["messages"][0]["content"]
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b'data: {"choices":[{"index":0,"delta":{"content":"begin "}}]}\n\n')
        open_now += 1
        if open_now == COUNT:
            all_open.set()
        await all_open.wait()
        said = {"choices": [{"index": 0, "delta": {"content": word}}]}
        await response.write(b"data: " + json.dumps(said).encode() + b"\n\ndata: [DONE]\n\n")
        return response

    async def one(client: aiohttp.ClientSession, address: str, i: int) -> bool:
        body = ASKS_STREAM.replace(b"hello", b"word%d" % i)
        async with client.post(f"{address}/v1/chat/completions", data=body, headers=JSON) as reply:
            raw = await reply.read()
            return f'"word{i}"'.encode() in raw and raw.endswith(b"data: [DONE]\n\n")

    async def run() -> tuple[list[bool], Kept]:
        upstream, ledger = Scripted(answer), Kept()
        async with (
            upstream.up(),
            gateway(upstream.address, ledger=ledger) as address,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
        ):
            async with asyncio.timeout(30):
                found = await asyncio.gather(*[one(client, address, i) for i in range(COUNT)])
            await ledger.until(COUNT)
            return found, ledger

    found, ledger = asyncio.run(run())
    assert found == [True] * COUNT
    assert {one[1] for one in ledger.events} == {200}
