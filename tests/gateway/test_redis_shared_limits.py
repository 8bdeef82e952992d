"""Two gateways before one upstream share who has asked how often; over HTTP, with real keys."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.dos_input_validation import DosInputValidation
from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.limit_resources import LimitResources
from bartizan.controls.chat.model_access_control import ModelAccessControl, new_key
from bartizan.controls.chat.pipeline import Pipeline
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.rate_limit import Limit, RateLimit
from bartizan.gateway.redis_state import RedisState
from tests.controls.chat.model_access_control.letting_in import key_file
from tests.gateway import running
from tests.gateway.redis_server import needs_redis, redis_server

pytestmark = needs_redis
ANSWER = b'{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}'


class _OnePolicy:
    """The same guards for every exchange, in place of those of a file."""

    def __init__(self, guards: tuple[ChatGuard, ...], bench: Bench) -> None:
        self._pipeline = Pipeline([Post(guard=one) for one in guards], bench)

    def pipeline(self, exchange: Exchange) -> Pipeline:
        return self._pipeline


@contextlib.asynccontextmanager
async def _worker(upstream: str, redis: str) -> AsyncIterator[str]:
    bench = Bench(state=RedisState.at(redis))
    async with running.gateway(upstream, bench=bench) as address:
        yield address
    await bench.state.close()


async def _ask(client: aiohttp.ClientSession, address: str, key: str, **more: Any) -> tuple[int, str, bytes]:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]} | more
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with client.post(f"{address}/v1/chat/completions", json=body, headers=headers) as answer:
        return answer.status, answer.headers.get("retry-after", ""), await answer.read()


async def _both(upstream: running.Scripted, secret: str) -> list[tuple[int, str, bytes]]:
    with redis_server() as redis:
        async with (
            upstream.up(),
            _worker(upstream.address, redis.address) as one,
            _worker(upstream.address, redis.address) as other,
            aiohttp.ClientSession() as client,
        ):
            seen = [await _ask(client, one, ""), await _ask(client, other, secret + "x")]
            seen += [await _ask(client, (one, other)[i % 2], secret, max_tokens=9_999) for i in range(5)]
            redis.kill()
            return [*seen, await _ask(client, one, secret)]


def test_two_workers_let_in_who_has_a_key_three_times_together_and_nobody_without_redis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key("ci")
    guards = (
        ModelAccessControl(keys=key_file(tmp_path / "k", key)),
        RateLimit(caller=Limit(requests="3/hour")),
        LimitResources(output_tokens=50, asked_for_more="cap"),
        DosInputValidation(),
    )
    monkeypatch.setattr(running, "Policies", lambda _, bench: _OnePolicy(guards, bench))
    upstream = running.Scripted(running.saying(ANSWER))
    seen = asyncio.run(_both(upstream, key.secret))
    assert [status for status, _, _ in seen] == [401, 401, 200, 200, 200, 429, 429, 503]
    assert all(body == ANSWER for status, _, body in seen if status == 200)
    waits = [int(wait) for status, wait, _ in seen if status == 429]
    assert all(0 < one <= 7_200 for one in waits)
    assert all(key.secret.encode() not in body for _, _, body in seen)
    # What is asked for is lowered on its way, and the key goes no further.
    assert [json.loads(one.body)["max_tokens"] for one in upstream.seen] == [50, 50, 50]
    assert all(key.secret not in repr(one.headers) for one in upstream.seen)
