from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from bartizan.gateway.events.reading import read_events
from bartizan.gateway.events.verifying import verify_ledger
from tests.gateway.events.happening import SEAL_KEY, recorder
from tests.gateway.running import Scripted, gateway, saying
from tests.gateway.test_hang_ups import Slow
from tests.gateway.watching import ASKS_STREAM, JSON


def test_each_exchange_of_a_real_gateway_is_one_event(tmp_path: Path) -> None:
    async def run() -> None:
        ledger = recorder(tmp_path)
        answer = b'{"model":"m-2026","choices":[{"message":{"role":"assistant","content":"hello"}}]}'
        async with (
            Scripted(saying(answer)).up() as upstream,
            gateway(upstream.address, ledger=ledger) as address,
            aiohttp.ClientSession() as client,
        ):
            body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
            async with client.post(f"{address}/v1/chat/completions", json=body) as reply:
                assert await reply.read() == answer
            async with client.post(
                f"{address}/v1/chat/completions", data=b"{", headers={"content-type": "application/json"}
            ) as reply:
                assert reply.status == 400
        await ledger.close()

    asyncio.run(run())
    assert [one.status for one in read_events(tmp_path)] == [200, 400]
    assert verify_ledger(tmp_path, SEAL_KEY).sound


def test_an_answer_whose_client_left_in_the_middle_is_not_told_as_one_that_passed(tmp_path: Path) -> None:
    said = b'data: {"choices":[{"index":0,"delta":{"content":"hello there, "}}]}\n\n'

    async def run() -> None:
        ledger, slow = recorder(tmp_path), Slow(said)
        async with Scripted(slow.answer).up() as upstream, gateway(upstream.address, ledger=ledger) as address:
            async with (
                aiohttp.ClientSession() as client,
                client.post(f"{address}/v1/chat/completions", data=ASKS_STREAM, headers=JSON) as reply,
            ):
                assert await reply.content.readuntil(b"\n\n") == said
                reply.close()
            async with asyncio.timeout(5):
                await slow.left.wait()
        await ledger.close()

    asyncio.run(run())
    assert [(one.status, one.ending) for one in read_events(tmp_path)] == [(200, "gone")]
