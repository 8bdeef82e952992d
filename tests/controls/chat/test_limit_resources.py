"""What goes in, what comes out, how long, and loops."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Segment
from bartizan.controls.chat.limit_resources import LimitResources
from bartizan.controls.chat.limit_resources_loops import Called, is_cycle
from bartizan.controls.chat.pipeline import Blocked
from bartizan.controls.chat.verdict import Block
from bartizan.gateway.places import write
from tests.controls.chat.asking import answered, call, data, exchange, refusal, user, watching


def _refused(guard: LimitResources, *segments: Segment, **more: Any) -> Block | None:
    return asyncio.run(refusal(guard, *segments, **more))


def _past(*calls: tuple[str, str], past: bool = False) -> list[Segment]:
    """Calls that the history holds."""
    return [Segment(part="prompt", role="assistant", name=name, text=text, past=past) for name, text in calls]


def _rule(block: Block | None) -> str:
    return block.findings[0].rule if block is not None else ""


def test_an_ordinary_request_passes() -> None:
    body = {"model": "m", "max_tokens": 100, "n": 1}
    assert _refused(LimitResources(), user("hello"), data("a page"), body=body, output_limit=100) is None


@pytest.mark.parametrize(
    ("size", "wanted"), [(1_000, ""), (1_001, "input_characters")], ids=["just under", "just over"]
)
def test_input_is_bounded_to_the_character(size: int, wanted: str) -> None:
    guard = LimitResources(input_characters=1_000)
    assert _rule(_refused(guard, user("a" * 400), user("b" * (size - 400)))) == wanted


def test_input_is_bounded_in_tokens_and_scripts_that_take_more_are_reckoned_with() -> None:
    guard = LimitResources(input_tokens=1_000)
    assert _refused(guard, user("a" * 3_900)) is None
    assert _rule(_refused(guard, user("a" * 4_100))) == "input_tokens"
    assert _rule(_refused(guard, user("語" * 1_100))) == "input_tokens"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"max_tokens": 101}, "output_tokens"),
        ({"max_completion_tokens": 10, "max_tokens": 1_000_000}, "output_tokens"),
        ({"options": {"num_predict": -1}}, "output_tokens"),
        ({"max_output_tokens": "10"}, "output_tokens"),
        ({"n_predict": -1}, "output_tokens"),
        ({"max_tokens": 10, "min_tokens": 101}, "output_tokens"),
        ({"max_tokens": True}, "output_tokens"),
        ({"max_tokens": 1e400}, "output_tokens"),
        ({"n": 5}, "choices"),
        ({"best_of": 10**9}, "choices"),
        ({"n": "2"}, "choices"),
        ({"n": True}, "choices"),
        ({"max_tokens": 100, "n": 4}, ""),
        ({"options": [1]}, ""),
        ({}, ""),
    ],
)
def test_what_is_asked_for_is_bounded_wherever_it_stands(body: dict[str, Any], wanted: str) -> None:
    assert _rule(_refused(LimitResources(output_tokens=100), user("hi"), body=body)) == wanted


def test_a_limit_may_be_lowered_in_the_body_instead() -> None:
    body = {"max_tokens": 9_999, "options": {"num_predict": -1}}
    asked = exchange(user("hi"), body=body)
    changes = asyncio.run(watching(LimitResources(output_tokens=100, asked_for_more="cap"), asked).admit())
    assert [one.after.value for one in changes if one.after] == [
        ((("max_tokens",), 100), (("options", "num_predict"), 100))
    ]


def test_what_is_lowered_is_written_into_the_body_and_nothing_else_is() -> None:
    body: dict[str, Any] = {"max_tokens": 9_999, "n": 1, "messages": []}
    asked = exchange(user("hi"), body=body)
    changes = asyncio.run(watching(LimitResources(output_tokens=100, asked_for_more="cap"), asked).admit())
    for one in changes:
        write(body, one.before, one.after)
    assert body == {"max_tokens": 100, "n": 1, "messages": []}


def test_a_request_can_be_made_to_limit_its_output() -> None:
    guard = LimitResources(needs_output_limit=True)
    assert _rule(_refused(guard, user("hi"), body={})) == "no_output_limit"
    assert _refused(guard, user("hi"), body={"max_tokens": 5}) is None
    assert _refused(guard, body={}) is None


def test_an_answer_that_goes_on_is_cut_off_at_its_bound_over_all_channels() -> None:
    async def work() -> tuple[str, int, int]:
        guard = LimitResources(output_characters=100)
        watch = watching(guard, exchange(user("hi")))
        await watch.admit()
        lanes = [watch.lane(Segment(part="answer", role="assistant", name=name)) for name in ("", "reasoning")]
        fed = 0
        while all(one.block is None for one in lanes) and fed < 1_000:
            lanes[fed % 2].feed("x" * 7)
            fed += 7
        rule = next(_rule(one.block[1]) for one in lanes if one.block is not None)
        return rule, fed, sum(one.cleared for one in lanes)

    assert asyncio.run(work()) == ("output_characters", 105, 98)


def test_an_answer_of_just_the_bound_passes() -> None:
    assert asyncio.run(answered(LimitResources(output_characters=50), user("hi"), text="y" * 50)) == "y" * 50
    with pytest.raises(Blocked):
        asyncio.run(answered(LimitResources(output_characters=50), user("hi"), text="y" * 51))


def test_an_answer_that_takes_too_long_is_cut_off() -> None:
    async def work() -> str:
        watch = watching(LimitResources(seconds_at_most=0.05), exchange(user("hi")))
        await watch.admit()
        lane = watch.lane(Segment(part="answer", role="assistant"))
        lane.feed("quick")
        watch.check(lane)
        await asyncio.sleep(0.06)
        lane.feed("slow")
        try:
            watch.check(lane)
        except Blocked as blocked:
            return _rule(blocked.block)
        return ""

    assert asyncio.run(work()) == "seconds_at_most"


def test_the_same_call_again_and_again_is_a_loop_and_earlier_turns_do_not_count() -> None:
    guard = LimitResources(same_call=3)
    same = [("read", '{"id": 1}'), ("read", '{ "id":1 }'), ("read", '{"id": 1}')]
    assert _refused(guard, user("go"), *_past(*same)) is None
    block = _refused(guard, user("go"), *_past(*same, same[0]))
    assert block is not None
    assert (_rule(block), block.kind) == ("same_call", "permission")
    assert _refused(guard, user("go"), *_past(*same, same[0], past=True), user("again")) is None


def test_calls_without_arguments_are_known_by_their_results_and_no_call_counts_twice() -> None:
    guard = LimitResources(same_call=3)
    results = [data("mail", name="inbox", call=f"c{i}") for i in range(4)]
    assert _rule(_refused(guard, user("go"), *results)) == "same_call"
    assert _refused(guard, user("go"), *results[:3]) is None
    pairs = [one for i in range(3) for one in (_past(("inbox", "{}"))[0], data("mail", name="inbox"))]
    pairs = [msgspec.structs.replace(one, call=f"c{i // 2}") for i, one in enumerate(pairs)]
    assert _refused(guard, user("go"), *pairs, *pairs) is None


def test_a_call_that_would_close_the_loop_does_not_leave() -> None:
    async def work(n: int) -> str:
        guard = LimitResources(same_call=3)
        watch = watching(guard, exchange(user("go"), *_past(*[("read", "{}")] * n)))
        await watch.admit()
        try:
            await watch.called(call("read"))
        except Blocked as blocked:
            return _rule(blocked.block)
        return ""

    assert [asyncio.run(work(n)) for n in (2, 3)] == ["", "same_call"]


def test_calls_in_turn_are_a_cycle_and_calls_in_progress_are_none() -> None:
    a, b, c = Called("a", 1), Called("b", 2), Called("c", 3)
    assert is_cycle([c, a, b, a, b, a, b], 2)
    assert is_cycle([a, b, c] * 3, 2)
    assert not is_cycle([a, b, a, b, a], 2)
    assert not is_cycle([Called("page", i) for i in range(60)], 2)
    assert not is_cycle([], 2)


def test_calls_are_counted_per_answer_turn_and_session() -> None:
    many = [("read", f'{{"id": {i}}}') for i in range(9)]
    assert _rule(_refused(LimitResources(calls_in_turn=8), user("go"), *_past(*many))) == "calls_in_turn"
    assert (
        _rule(_refused(LimitResources(calls_in_session=8), *_past(*many, past=True), user("go"))) == "calls_in_session"
    )

    async def work() -> int:
        watch = watching(LimitResources(calls_in_answer=3), exchange(user("go")))
        await watch.admit()
        for i in range(9):
            try:
                await watch.called(call("read", f'{{"id": {i}}}'))
            except Blocked:
                return i
        return -1

    assert asyncio.run(work()) == 3


def test_steps_of_a_session_are_counted_even_when_its_history_is_cut() -> None:
    async def work() -> list[bool]:
        guard, bench = LimitResources(steps="3/hour"), Bench(clock=lambda: 1_000.0)
        seen = []
        for i in range(5):
            watch = watching(guard, exchange(data("result"), id=f"x{i}", session="s"), bench)
            try:
                await watch.admit()
                seen.append(True)
            except Blocked:
                seen.append(False)
        await watching(guard, exchange(user("a person goes on"), session="s"), bench).admit()
        await watching(guard, exchange(data("result"), session="other"), bench).admit()
        return seen

    assert asyncio.run(work()) == [True, True, True, False, False]


def test_limits_that_let_nothing_pass_are_faults() -> None:
    assert set(LimitResources(choices=0, seconds_at_most=-1, steps="often").faults()) == {
        *("choices", "seconds_at_most", "steps")
    }
    assert LimitResources(output_tokens=None).faults() == {}
