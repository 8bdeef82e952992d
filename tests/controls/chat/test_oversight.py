"""A switch stops what it names, everywhere, and a person is asked before what the policy names."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from bartizan.controls.chat.bench import Bench, Desk
from bartizan.controls.chat.exchange import Caller, Exchange, Segment
from bartizan.controls.chat.memory import Memory
from bartizan.controls.chat.oversight import Approval, Oversight
from bartizan.controls.chat.oversight_switches import Scope, Switch, change, switches
from bartizan.controls.chat.pipeline import Blocked
from bartizan.controls.chat.state import StateLost
from bartizan.controls.chat.tool_rules_conditions import Condition
from bartizan.controls.chat.verdict import Block, Question
from tests.controls.chat.asking import call, exchange, user, watching


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Saying(Desk):
    """Answers always the same, and keeps what it was asked."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.asked: list[Question] = []

    async def ask(self, exchange: Exchange, guard: str, question: Question) -> str:
        self.asked.append(question)
        return self.refusal


async def stop(bench: Bench, scope: Scope, name: str = "*", until: float | None = None) -> None:
    now = bench.clock()
    switch = Switch(scope=scope, name=name, by="ann", why="an incident", at=now, until=until)
    await change(bench.state, now=now, add=switch)


async def passing(bench: Bench, *calls: Segment, guard: Oversight | None = None, **more: Any) -> Block | None:
    """Why an exchange with these calls is blocked; None where it is not."""
    watch = watching(guard or Oversight(), exchange(user("hi"), **more), bench)
    try:
        await watch.admit()
        for one in calls:
            await watch.called(one)
    except Blocked as blocked:
        return blocked.block
    return None


JO = Caller(id="jo", tenant="acme", kind="person", on_behalf="ann")


@pytest.mark.parametrize(
    ("scope", "name"),
    [("everything", "*"), ("model", "gpt-*"), ("tenant", "acme"), ("session", "s1"), ("caller", "jo"),
     ("caller", "ann")],
)  # fmt: skip
def test_a_switch_stops_what_it_names_and_nothing_else(scope: Scope, name: str) -> None:
    async def run() -> tuple[Block | None, Block | None]:
        bench = Bench()
        await stop(bench, scope, name)
        hit = await passing(bench, model="gpt-x", session="s1", caller=JO)
        other = Caller(id="bob", tenant="other")
        return hit, await passing(bench, model="local", session="s2", caller=other)

    hit, other = asyncio.run(run())
    assert hit is not None
    assert hit.kind == "stopped"
    assert "incident" not in hit.why
    assert (other is not None) == (scope == "everything")


def test_a_stopped_tool_is_not_offered_and_not_called() -> None:
    async def run() -> tuple[list[str], Block | None, Block | None]:
        bench = Bench()
        await stop(bench, "tool", "send_*")
        offers = [Segment(part="offer", name=name) for name in ("send_mail", "read")]
        watch = watching(Oversight(), exchange(*offers), bench)
        await watch.admit()
        names = [one.name for one in watch.exchange.segments if one.part == "offer"]
        return names, await passing(bench, call("send_mail")), await passing(bench, call("read"))

    names, sent, read = asyncio.run(run())
    assert names == ["read"]
    assert sent is not None
    assert sent.kind == "stopped"
    assert read is None


def test_a_call_in_an_answer_that_has_begun_is_stopped_within_a_second() -> None:
    async def run() -> Block | None:
        bench = Bench()
        watch = watching(Oversight(), exchange(user("hi")), bench)
        await watch.admit()
        await stop(bench, "everything")
        await asyncio.sleep(0.55)
        try:
            await watch.called(call("x"))
        except Blocked as blocked:
            return blocked.block
        return None

    assert asyncio.run(run()) is not None


def test_a_switch_ends_at_its_time_and_when_it_is_cleared() -> None:
    async def run() -> list[bool]:
        clock = Clock()
        bench = Bench(clock=clock)
        await stop(bench, "model", "m", until=1_060.0)
        seen = [await passing(bench) is not None]
        clock.now = 1_061.0
        seen.append(await passing(bench) is not None)
        await stop(bench, "model", "m")
        seen.append(await passing(bench) is not None)
        await change(bench.state, now=clock(), drop=("model", "m"))
        return [*seen, await passing(bench) is not None]

    assert asyncio.run(run()) == [True, False, True, False]


class Gone(Memory):
    """A state that does not answer."""

    async def get(self, key: str, *, now: float) -> str | None:
        raise StateLost("gone")


def test_nobody_knows_what_is_stopped_without_the_state_so_everything_is() -> None:
    block = asyncio.run(passing(Bench(state=Gone())))
    assert block is not None
    assert block.kind == "failure"


class Garbled(Memory):
    """A state that says what it cannot say."""

    async def get(self, key: str, *, now: float) -> str | None:
        return "{"


def test_switches_that_cannot_be_read_close() -> None:
    assert asyncio.run(passing(Bench(state=Garbled()))) is not None


class Far(Memory):
    """A state on another host: others go on while it is asked."""

    async def get(self, key: str, *, now: float) -> str | None:
        found = await super().get(key, now=now)
        await asyncio.sleep(0.001)
        return found


def test_changes_at_the_same_time_lose_nothing() -> None:
    async def run() -> int:
        bench = Bench(state=Far())
        await asyncio.gather(*(stop(bench, "tool", f"t{i}") for i in range(20)))
        return len(await switches(bench.state, now=bench.clock(), fresh=0.0))

    assert asyncio.run(run()) == 20


PAY = Approval(tools=("pay",), unless=(Condition(at="amount", at_most=100, needed=True),), people=2, why="money")


def test_a_call_that_the_policy_names_is_put_to_people_with_its_arguments() -> None:
    desk = Saying()
    guard = Oversight(approvals=(PAY,))
    assert asyncio.run(passing(Bench(desk=desk), call("pay", '{"amount": 500}'), guard=guard)) is None
    assert desk.asked[0].people == 2
    assert "500" in desk.asked[0].details["arguments"]


@pytest.mark.parametrize("arguments", ['{"amount": 500}', "{}", "{", '{"amount": "5"}', '{"amount": 5, "amount": 500}'])
def test_without_a_yes_it_is_not_called(arguments: str) -> None:
    guard = Oversight(approvals=(PAY,))
    for desk in (None, Saying("nobody approved it in time")):
        block = asyncio.run(passing(Bench(desk=desk), call("pay", arguments), guard=guard))
        assert block is not None
        assert block.kind == "approval"


def test_small_amounts_need_nobody() -> None:
    guard = Oversight(approvals=(PAY,))
    assert asyncio.run(passing(Bench(), call("pay", '{"amount": 50}'), call("read"), guard=guard)) is None


def test_a_request_may_need_approval_by_its_model_caller_or_labels() -> None:
    guard = Oversight(approvals=(Approval(models=("big-*",), kinds=("agent",)),))
    agent = Caller(id="bot", kind="agent")
    assert asyncio.run(passing(Bench(), guard=guard, model="big-1", caller=agent)) is not None
    assert asyncio.run(passing(Bench(), guard=guard, model="big-1")) is None
    assert asyncio.run(passing(Bench(), guard=guard, model="small", caller=agent)) is None
    marked = Oversight(approvals=(Approval(tools=("*",), labels=("untrusted_content",)),))
    assert asyncio.run(passing(Bench(), call("x"), guard=marked)) is None
    assert asyncio.run(passing(Bench(), call("x"), guard=marked, labels={"untrusted_content"})) is not None


def test_what_nobody_would_read_whole_cannot_be_approved() -> None:
    desk = Saying()
    guard = Oversight(approvals=(Approval(tools=("*",)),))
    block = asyncio.run(passing(Bench(desk=desk), call("x", '{"a": "' + "x" * 9_000 + '"}'), guard=guard))
    assert block is not None
    assert desk.asked == []


def test_settings_that_cannot_be_meant_are_told() -> None:
    given = {"approvals": [{"tools": ["pay"], "people": 0, "unless": [{"at": "amount"}]}]}
    wrong = msgspec.convert(given, Oversight, strict=True).faults()["approvals"]
    assert "asks for nothing" in wrong
    assert "one to five" in wrong
