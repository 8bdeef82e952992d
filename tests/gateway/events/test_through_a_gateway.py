from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from bartizan.gateway.events.reading import read_events
from bartizan.gateway.events.verifying import verify_ledger
from tests.gateway.events.happening import SEAL_KEY, recorder
from tests.gateway.running import Scripted, gateway, saying


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
