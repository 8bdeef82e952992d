"""Rates hold per caller, tenant, address and in total, and give back what was not used."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange
from bartizan.controls.chat.pipeline import Blocked, Watch
from bartizan.controls.chat.rate_limit import Limit, RateLimit
from bartizan.controls.chat.rates_estimate import Price
from bartizan.controls.chat.verdict import Block
from bartizan.core.chat import Usage
from tests.controls.chat.asking import data, exchange, user, watching

JO = Caller(id="jo", kind="person", tenant="acme")
ANN = Caller(id="ann", kind="person", tenant="acme")


class Run:
    """Exchanges one after another, by a clock that can be set."""

    def __init__(self, guard: RateLimit) -> None:
        self.now = 1_000_000.0
        self.guard = guard
        self.bench = Bench(clock=lambda: self.now)
        self._number = 0

    async def ask(self, caller: Caller = JO, **more: Any) -> tuple[Watch, Block | None]:
        """One that goes on."""
        self._number += 1
        segments = more.pop("segments", (user("hello"),))
        asked = exchange(*segments, caller=caller, **({"id": f"x{self._number}"} | more))
        watch = watching(self.guard, asked, self.bench)
        try:
            await watch.admit()
        except Blocked as blocked:
            return watch, blocked.block
        return watch, None

    async def over(self, caller: Caller = JO, usage: Usage | None = None, **more: Any) -> Block | None:
        """One from beginning to end."""
        watch, block = await self.ask(caller, **more)
        watch.exchange.usage = usage or Usage()
        await watch.settle()
        return block

    async def passed(self, times: int, caller: Caller = JO, **more: Any) -> int:
        """How many of so many pass."""
        return sum([await self.over(caller, **more) is None for _ in range(times)])


def test_a_pace_holds_for_each_caller_and_says_when_to_come_again() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=Limit(pace="6/minute", burst=2)))
        assert await run.passed(5) == 2
        assert await run.passed(5, ANN) == 2
        block = await run.over()
        assert block is not None
        assert block.kind == "rate"
        assert block.retry_after == pytest.approx(10)
        run.now += 9.9
        assert await run.over() is not None
        run.now += 0.2
        assert await run.over() is None

    asyncio.run(work())


def test_a_window_says_when_to_come_again_and_keeps_its_word() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=Limit(requests="3/minute")))
        assert await run.passed(5) == 3
        block = await run.over()
        assert block is not None
        assert block.retry_after is not None
        run.now += block.retry_after - 0.01
        assert await run.over() is not None
        run.now += 0.02
        assert await run.over() is None

    asyncio.run(work())


def test_callers_of_one_tenant_share_its_limit_and_the_total_holds_for_all() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=None, tenant=Limit(requests="3/hour"), total=Limit(requests="5/hour")))
        assert await run.passed(2, JO) + await run.passed(4, ANN) == 3
        assert await run.passed(9, Caller(id="zoe", tenant="other")) == 2

    asyncio.run(work())


def test_one_who_is_refused_uses_up_nothing_of_what_others_share() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=Limit(requests="2/hour"), total=Limit(requests="10/hour")))
        assert await run.passed(50, JO) == 2
        for i in range(4):
            assert await run.passed(2, Caller(id=f"c{i}")) == 2

    asyncio.run(work())


def test_those_whom_nobody_knows_are_counted_by_address_and_ipv6_by_network() -> None:
    async def work() -> None:
        nobody = Caller()
        run = Run(RateLimit(peer=Limit(requests="2/hour"), proxies=("10.0.0.1",)))
        assert await run.passed(3, nobody, peer="192.0.2.1") == 2
        assert await run.passed(3, nobody, peer="192.0.2.2") == 2
        seen = [await run.over(nobody, peer=f"2001:db8::{i}") is None for i in range(4)]
        assert seen == [True, True, False, False]
        headers = {"x-forwarded-for": "192.0.2.1"}
        assert await run.passed(1, nobody, peer="10.0.0.1", headers=headers) == 0

    asyncio.run(work())


def test_agents_and_untrusted_content_count_for_more() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=Limit(requests="8/hour", at_once=4)))
        assert await run.passed(9, Caller(id="bot", kind="agent")) == 4
        assert await run.passed(9, JO, segments=(user("sum up"), data("a page"))) == 4
        both = [await run.ask(Caller(id="b2", kind="agent"), segments=(data("a page"),)) for _ in range(3)]
        assert [block is None for _, block in both] == [True, False, False]

    asyncio.run(work())


def test_places_are_taken_until_the_exchange_is_over_and_for_the_longest_at_most() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=Limit(at_once=2), longest=100.0))
        first, _ = await run.ask()
        await run.ask()
        assert await run.over() is not None
        await first.settle()
        assert (await run.ask())[1] is None
        assert await run.over() is not None
        run.now += 101
        assert await run.over() is None

    asyncio.run(work())


def test_tokens_are_reserved_before_and_settled_after() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=Limit(tokens="2000/day"), expected_output=900))
        # The estimate is 900 and a few; what was used is far less, so many pass.
        assert await run.passed(5, usage=Usage(input_tokens=10, output_tokens=90)) == 5
        assert await run.over(usage=Usage(input_tokens=10, output_tokens=1_300)) is None
        block = await run.over()
        assert block is not None
        assert block.kind == "budget"
        assert block.retry_after is not None
        run.now += block.retry_after + 1
        assert await run.over(usage=Usage()) is None

    asyncio.run(work())


def test_an_exchange_that_guards_refuse_costs_nothing_and_one_whose_end_nobody_saw_its_estimate() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=Limit(tokens="1000/day"), expected_output=900))
        for _ in range(20):
            watch, block = await run.ask()
            assert block is None
            watch.exchange.admitted = False
            await watch.settle()
        assert await run.passed(20) == 1

    asyncio.run(work())


def test_money_is_counted_by_the_price_of_the_model() -> None:
    async def work() -> None:
        guard = RateLimit(caller=Limit(money="1/day"), prices={"m": Price(output=100.0)}, expected_output=10)
        run = Run(guard)
        assert await run.passed(9, usage=Usage(input_tokens=1, output_tokens=4_000)) == 3

    asyncio.run(work())


def test_what_alone_is_above_a_budget_is_told_so_and_never_to_come_again() -> None:
    async def work() -> None:
        block = await Run(RateLimit(caller=Limit(tokens="100/day"))).over()
        assert block is not None
        assert block.retry_after is None
        assert "alone" in block.why

    asyncio.run(work())


def test_a_named_caller_has_a_limit_of_its_own_and_names_of_two_tenants_are_two_callers() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=Limit(requests="1/hour"), callers={"jo": Limit(requests="3/hour")}))
        assert await run.passed(5, JO) == 3
        assert await run.passed(5, Caller(id="jo", tenant="other")) == 3
        assert await run.passed(5, ANN) == 1

    asyncio.run(work())


def test_forty_at_the_same_time_never_pass_the_limit() -> None:
    async def work() -> None:
        run = Run(RateLimit(caller=Limit(pace="7/hour", at_once=5)))
        seen = await asyncio.gather(*(run.ask(id=f"y{i}") for i in range(40)))
        assert sum(block is None for _, block in seen) == 5

    asyncio.run(work())


def test_rates_that_are_none_and_shares_that_cannot_be_are_faults() -> None:
    guard = RateLimit(caller=Limit(pace="fast"), callers={"a": Limit(at_once=0)}, agents=0, untrusted=2, longest=0)
    assert set(guard.faults()) == {"caller", "callers", "agents", "untrusted", "longest"}
    assert "pace" in guard.faults()["caller"]
    assert RateLimit().faults() == {}


def test_settling_an_exchange_that_was_never_checked_does_nothing() -> None:
    asyncio.run(RateLimit().settle(Exchange(id="x"), Bench()))
