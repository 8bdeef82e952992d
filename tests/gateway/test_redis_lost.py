"""Redis goes away in the middle: limits close, and hold again as soon as it is back."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.pipeline import Blocked, Pipeline
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.rate_limit import Limit, RateLimit
from bartizan.controls.chat.state import StateLost
from bartizan.gateway.redis_state import RedisState
from tests.controls.chat.asking import exchange, user
from tests.gateway.redis_server import needs_redis, redis_server

pytestmark = needs_redis
LIMIT = RateLimit(caller=Limit(requests="5/hour"))


async def _asked(bench: Bench, number: int, *, fails: str = "closed") -> str:
    """Whether it passed, or the kind of the block."""
    post = Post(guard=LIMIT, fails=fails)  # type: ignore[arg-type]
    watch = Pipeline([post], bench).watch(exchange(user("hi"), id=f"x{number}", caller=Caller(id="jo", kind="person")))
    try:
        await watch.admit()
    except Blocked as blocked:
        return blocked.block.kind
    finally:
        await watch.settle()
    return "passed"


def test_a_redis_that_is_killed_closes_the_gate_and_one_that_is_back_opens_it() -> None:
    async def work() -> list[str]:
        with redis_server() as server:
            bench = Bench(state=RedisState.at(server.address))
            seen = [await _asked(bench, 1)]
            server.kill()
            seen += [await _asked(bench, 2), await _asked(bench, 3, fails="open")]
            server.start()
            seen += [await _asked(bench, 4)]
            await bench.state.close()
            return seen

    assert asyncio.run(work()) == ["passed", "failure", "passed", "passed"]


def test_a_redis_that_hangs_costs_half_a_second_and_then_hardly_anything() -> None:
    async def work() -> tuple[float, float, str]:
        with redis_server() as server:
            state = RedisState.at(server.address)
            await state.take("a", 1, rate=1, burst=1, now=0)
            assert server.running is not None
            server.running.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            with pytest.raises(StateLost):
                await state.take("a", 1, rate=1, burst=1, now=0)
            first, began = time.monotonic() - began, time.monotonic()
            with pytest.raises(StateLost):
                await state.take("a", 1, rate=1, burst=1, now=0)
            second = time.monotonic() - began
            server.running.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.3)
            answered = await state.take("b", 1, rate=1, burst=1, now=0)
            await state.close()
            return first, second, str(answered)

    first, second, answered = asyncio.run(work())
    assert 0.4 < first < 2.0
    assert second < 0.05
    assert answered == "0.0"


def test_two_workers_with_their_own_connections_share_one_limit() -> None:
    async def work() -> int:
        with redis_server() as server:
            benches = [Bench(state=RedisState.at(server.address)) for _ in range(2)]
            seen = await asyncio.gather(*(_asked(benches[i % 2], i) for i in range(20)))
            for bench in benches:
                await bench.state.close()
            return seen.count("passed")

    assert asyncio.run(work()) == 5
