"""One contract for all states: in memory and in Redis, operation by operation, and side by side."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.controls.chat.memory import Memory
from bartizan.controls.chat.state import State, StateLost, key
from bartizan.gateway.redis_state import RedisState
from tests.gateway.redis_server import RedisServer, needs_redis, redis_server

T = TypeVar("T")
Work = Callable[[State], Awaitable[T]]
_PREFIXES = iter(range(1_000_000))


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as one:
        yield one


class Kind:
    """A kind of state, and a way to use a new one of it."""

    def __init__(self, server: RedisServer | None) -> None:
        self.server = server

    def run(self, work: Work[T]) -> T:
        async def all_of_it() -> T:
            state: State = Memory()
            if self.server is not None:
                state = RedisState.at(self.server.address, prefix=f"t{next(_PREFIXES)}:", own_clock=False)
            try:
                return await work(state)
            finally:
                await state.close()

        return asyncio.run(all_of_it())


@pytest.fixture(params=["memory", pytest.param("redis", marks=needs_redis)])
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(request.getfixturevalue("server") if request.param == "redis" else None)


def test_a_bucket_lets_its_burst_pass_then_says_how_long_to_wait_and_keeps_its_word(kind: Kind) -> None:
    async def work(state: State) -> list[float]:
        asked = [(100.0, 1), (100.0, 1), (100.0, 1), (100.9, 1), (101.0, 1), (101.0, 1)]
        return [await state.take("a", n, rate=1.0, burst=2.0, now=at) for at, n in asked]

    assert kind.run(work) == pytest.approx([0, 0, 1.0, 0.1, 0, 1.0], abs=1e-6)


def test_a_bucket_refuses_more_than_it_can_ever_hold_for_good(kind: Kind) -> None:
    assert kind.run(lambda state: state.take("a", 3, rate=1.0, burst=2.0, now=5.0)) == math.inf


def test_a_clock_that_runs_backwards_refills_nothing(kind: Kind) -> None:
    async def work(state: State) -> list[float]:
        return [await state.take("a", 1, rate=1.0, burst=1.0, now=at) for at in (1000.0, 10.0, 1000.0, 1001.0)]

    assert kind.run(work) == pytest.approx([0, 1.0, 1.0, 0], abs=1e-6)


def test_a_window_slides_adds_nothing_above_its_limit_and_tells_when_there_is_room(kind: Kind) -> None:
    async def work(state: State) -> tuple[list[float], float, float]:
        def add(at: float) -> Awaitable[float]:
            return state.count("w", 4.0, window=10.0, limit=8.0, now=at)

        sums = [await add(100.0), await add(101.0), await add(102.0), await add(112.0)]
        wait = await state.wait("w", 4.0, window=10.0, limit=8.0, now=112.0)
        return sums, wait, await add(112.0 + wait)

    sums, wait, later = kind.run(work)
    assert sums == pytest.approx([4, 8, 12, 8 * 0.8 + 4])
    assert wait == pytest.approx(3.0)
    assert later == pytest.approx(8.0)


def test_waiting_reaches_over_the_next_window_and_never_ends_for_what_is_too_large(kind: Kind) -> None:
    async def work(state: State) -> tuple[float, float, float]:
        await state.count("w", 8.0, window=10.0, limit=8.0, now=101.0)
        first = await state.wait("w", 2.0, window=10.0, limit=8.0, now=101.0)
        return (
            first,
            await state.wait("w", 9.0, window=10.0, limit=8.0, now=101.0),
            await state.wait("none", 1.0, window=10.0, limit=8.0, now=101.0),
        )

    assert kind.run(work) == pytest.approx((9.0 + 2.5, math.inf, 0.0))


def test_what_is_given_back_to_a_window_makes_room_and_never_more_than_there_was(kind: Kind) -> None:
    async def work(state: State) -> list[float]:
        return [
            await state.count("w", n, window=10.0, limit=None, now=101.0) for n in (5.0, -3.0, 1.0, -100.0, 0.0, 2.0)
        ]

    assert kind.run(work) == pytest.approx([5, 2, 3, 0, 0, 2])


def test_places_are_few_come_back_and_end_by_themselves(kind: Kind) -> None:
    async def work(state: State) -> list[bool]:
        async def enter(who: str, at: float) -> bool:
            return await state.enter("p", who, most=2, within=10.0, now=at)

        seen = [await enter("a", 1), await enter("b", 2), await enter("c", 3), await enter("a", 3)]
        await state.leave("p", "b")
        await state.leave("p", "b")
        await state.leave("p", "nobody")
        return [*seen, await enter("c", 4), await enter("d", 4), await enter("d", 13.5)]

    assert kind.run(work) == [True, True, False, True, True, False, True]


def test_texts_are_kept_until_their_end_and_lists_keep_the_newest(kind: Kind) -> None:
    async def work(state: State) -> list[Any]:
        await state.put("t", "one\0\x01é\n", within=10.0, now=0.0)
        kept = [await state.get("t", now=9.0), await state.get("t", now=10.0), await state.get("x", now=0.0)]
        await state.put("t", "two", within=10.0, now=5.0)
        lists = [await state.push("l", one, most=2, within=10.0, now=float(i)) for i, one in enumerate("abc")]
        return [*kept, await state.get("t", now=9.0), *lists, await state.push("l", "d", most=2, within=10.0, now=99.0)]

    assert kind.run(work) == ["one\0\x01é\n", None, None, "two", ["a"], ["a", "b"], ["b", "c"], ["d"]]


def test_workers_together_never_pass_a_limit(kind: Kind) -> None:
    async def work(state: State) -> tuple[int, int, int]:
        workers = range(40)
        taken = await asyncio.gather(*(state.take("b", 1, rate=0.001, burst=7, now=50.0) for _ in workers))
        sums = await asyncio.gather(*(state.count("c", 1, window=60, limit=7, now=50.0) for _ in workers))
        places = await asyncio.gather(*(state.enter("e", str(i), most=7, within=60, now=50.0) for i in workers))
        return sum(one == 0 for one in taken), sum(one <= 7 for one in sums), sum(places)

    assert kind.run(work) == (7, 7, 7)


_OPERATION = st.one_of(
    st.tuples(st.just("take"), st.sampled_from([0.5, 1.0, 3.0])),
    st.tuples(st.just("count"), st.sampled_from([-2.0, 0.0, 1.0, 4.0])),
    st.tuples(st.just("wait"), st.sampled_from([1.0, 4.0, 20.0])),
    st.tuples(st.just("enter"), st.sampled_from(["a", "b", "c"])),
    st.tuples(st.just("leave"), st.sampled_from(["a", "b", "c"])),
    st.tuples(st.just("push"), st.text(st.characters(exclude_categories=()), max_size=4)),
    st.tuples(st.just("put"), st.text(max_size=4)),
    st.tuples(st.just("get"), st.none()),
)


async def _do(state: State, what: str, value: Any, now: float) -> Any:
    if what == "take":
        return await state.take("k1", value, rate=0.5, burst=4.0, now=now)
    if what == "count":
        return await state.count("k2", value, window=8.0, limit=9.0, now=now)
    if what == "wait":
        return await state.wait("k2", value, window=8.0, limit=9.0, now=now)
    if what == "enter":
        return await state.enter("k3", value, most=2, within=6.0, now=now)
    if what == "leave":
        return await state.leave("k3", value)
    if what == "push":
        return await state.push("k4", value, most=3, within=6.0, now=now)
    if what == "put":
        return await state.put("k5", value, within=6.0, now=now)
    return await state.get("k5", now=now)


@needs_redis
@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(_OPERATION, st.sampled_from([-3.0, 0.0, 0.25, 2.0, 9.0])), max_size=25))
def test_memory_and_redis_say_the_same_of_any_series_of_operations(
    server: RedisServer, steps: list[tuple[tuple[str, Any], float]]
) -> None:
    async def work(redis: State) -> None:
        memory, now = Memory(), 1_000.0
        for (what, value), later in steps:
            now += later
            mine, its = await _do(memory, what, value, now), await _do(redis, what, value, now)
            assert its == (pytest.approx(mine, abs=1e-6) if isinstance(mine, float) else mine), (what, value, now)

    Kind(server).run(work)


@needs_redis
def test_every_key_ends_by_itself(server: RedisServer) -> None:
    async def work() -> list[int]:
        state = RedisState.at(server.address, prefix="ends:")
        await state.take("a", 1, rate=1.0, burst=2.0, now=0)
        await state.count("b", 1, window=10, limit=None, now=0)
        await state.enter("c", "x", most=1, within=10, now=0)
        await state.put("d", "x", within=10, now=0)
        await state.push("e", "x", most=3, within=10, now=0)
        left = [await state._client.pttl(f"ends:{one}") for one in "abcde"]
        await state.close()
        return left

    assert all(0 < one <= 22_000 for one in asyncio.run(work()))


@needs_redis
def test_by_its_own_clock_hosts_with_other_clocks_share_one_bucket(server: RedisServer) -> None:
    async def work() -> list[float]:
        state = RedisState.at(server.address, prefix="clock:")
        said = [await state.take("a", 1, rate=0.01, burst=2, now=at) for at in (1e9, 9e9, 0.0, 5e9)]
        await state.close()
        return said

    said = asyncio.run(work())
    assert said[:2] == [0, 0]
    assert all(90 < one <= 100 for one in said[2:])


@needs_redis
def test_a_thousand_at_the_same_time_share_a_few_connections(server: RedisServer) -> None:
    async def work() -> tuple[int, int]:
        state = RedisState.at(server.address, prefix="many:")
        taken = await asyncio.gather(*(state.take("a", 1, rate=1e-6, burst=100, now=0) for _ in range(1_000)))
        clients = await state._client.info("clients")
        await state.close()
        return sum(one == 0 for one in taken), clients["connected_clients"]

    passed, connections = asyncio.run(work())
    assert passed == 100
    assert connections <= 70


def test_an_address_that_is_none_and_a_redis_that_is_not_there_are_said_at_once() -> None:
    with pytest.raises(StateLost, match="redis://"):
        RedisState.at("http://127.0.0.1")

    async def work() -> None:
        state = RedisState.at("unix:///nowhere/r.sock")
        with pytest.raises(StateLost):
            await state.take("a", 1, rate=1, burst=1, now=0)
        with pytest.raises(StateLost):
            await state.leave("a", "b")
        await state.close()

    asyncio.run(work())


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_keys_of_different_parts_never_meet(one: list[str], other: list[str]) -> None:
    assert (key("g", *one) == key("g", *other)) == (one == other)
