"""The pipeline does what the policy says, writes down what happened, and never says passed of what did not pass."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Literal

import pytest

from bartizan.controls.chat.bench import Bench, Desk
from bartizan.controls.chat.exchange import Caller, Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard, Progress, StreamGuard
from bartizan.controls.chat.pipeline import Blocked, Pipeline, Watch
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.verdict import ALLOW, Allow, Block, Edit, Finding, Question, Replace, Verdict
from bartizan.core.terms import ControlId
from tests.controls.chat.asking import call, exchange, system, user

SETTLED: list[str] = []


class Doing(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Does what it is told, in prompts, calls and answers."""

    id: ClassVar[ControlId] = ControlId("anomalous_input_handling")
    title: ClassVar[str] = "by hand"
    sees: ClassVar[frozenset[Part]] = frozenset({"request", "prompt", "call"})
    reads_answers: ClassVar[bool] = True
    what: Literal["allow", "note", "replace", "drop", "block", "ask", "crash", "nothing"] = "allow"
    at: str = ""
    """Only for segments with this text."""
    by: str = "!"
    called: str = ""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        if segment.part == "request" or (self.at and self.at != segment.text):
            return ALLOW
        if self.what == "crash":
            raise ValueError("with a secret in it")
        if self.what == "nothing":
            return None  # type: ignore[return-value]
        finding = (Finding(rule="seen"),)
        said: dict[str, Verdict] = {
            "allow": ALLOW,
            "note": Allow(findings=finding, labels=frozenset({"noted"})),
            "replace": Replace(text=segment.text + self.by, findings=finding),
            "drop": Replace(gone=True),
            "block": Block(why="no", findings=finding),
            "ask": Block(why="not without a person", question=Question(title="may it?")),
        }
        return said[self.what]

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard | None:
        if self.what == "crash" and self.at == "begin":
            raise ValueError("cannot begin")
        return Streaming(self)

    async def settle(self, exchange: Exchange, bench: Bench) -> None:
        SETTLED.append(self.called)
        if self.called == "crashes at the end":
            raise ValueError


class Streaming(StreamGuard):
    def __init__(self, guard: Doing) -> None:
        self.guard, self.fed = guard, 0

    def feed(self, text: str) -> Progress:
        start, self.fed = self.fed, self.fed + len(text)
        if self.guard.what == "crash":
            raise ValueError
        if self.guard.what == "block":
            return Progress(cleared=start, block=Block(why="no"))
        edits = (Edit(start=start, end=self.fed, text=self.guard.by),) if self.guard.what == "replace" else ()
        return Progress(cleared=self.fed, edits=edits)

    def flush(self) -> Progress:
        return Progress(cleared=self.fed)


class Slow(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Waits for what never comes."""

    id: ClassVar[ControlId] = ControlId("rate_limit")
    title: ClassVar[str] = "slow"
    sees: ClassVar[frozenset[Part]] = frozenset({"prompt"})
    waits: ClassVar[bool] = True

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        await asyncio.sleep(60)
        return ALLOW


def watch_of(*posts: Post, bench: Bench | None = None, asked: Exchange | None = None) -> Watch:
    return Pipeline(posts, bench or Bench()).watch(asked or exchange(system("be kind"), user("hello")))


def outcomes(watch: Watch) -> list[str]:
    """What was recorded of prompts, calls and answers."""
    return [one.outcome for one in watch.records if one.part != "request"]


async def ended(watch: Watch) -> Blocked | None:
    """Admit and answer; how it ended. It is always settled."""
    try:
        await watch.admit()
        await watch.answered(Segment(part="answer", role="assistant", text="fine"))
    except Blocked as blocked:
        return blocked
    finally:
        await watch.settle()
    return None


@pytest.mark.parametrize("fails", ["closed", "open"])
@pytest.mark.parametrize("mode", ["enforce", "monitor"])
@pytest.mark.parametrize("what", ["crash", "nothing"])
def test_a_guard_that_gives_no_verdict_is_recorded_as_that_and_closes_unless_it_may_open(
    fails: str, mode: str, what: str
) -> None:
    post = Post(guard=Doing(what=what), fails=fails, mode=mode)  # type: ignore[arg-type]
    watch = watch_of(post)
    blocked = asyncio.run(ended(watch))
    assert (blocked is not None) == (fails == "closed" and mode == "enforce")
    assert "crashed" in outcomes(watch)
    assert [one.outcome for one in watch.records if one.part == "prompt" and one.outcome != "crashed"] == []
    assert "secret" not in repr(watch.records) + str(blocked)
    if blocked is not None:
        assert (blocked.block.kind, watch.blocked) == ("failure", blocked)
        assert outcomes(watch).count("crashed") == 1


@pytest.mark.parametrize("fails", ["closed", "open"])
def test_a_guard_that_is_late_is_recorded_as_late(fails: str) -> None:
    watch = watch_of(
        Post(guard=Slow(), fails=fails, seconds=0.02)  # type: ignore[arg-type]
    )
    blocked = asyncio.run(ended(watch))
    assert (blocked is not None) == (fails == "closed")
    assert set(outcomes(watch)) == {"timed_out"}


def test_a_guard_that_only_watches_changes_nothing_and_says_what_it_would_have_done() -> None:
    for what, outcome in (("replace", "replaced"), ("drop", "replaced"), ("block", "blocked"), ("note", "allowed")):
        watch = watch_of(Post(guard=Doing(what=what), mode="monitor"))  # type: ignore[arg-type]
        assert asyncio.run(ended(watch)) is None
        prompts = [one for one in watch.records if one.part == "prompt"]
        assert [(one.outcome, one.enforced) for one in prompts] == [(outcome, False)] * 2
        assert [one.text for one in watch.exchange.segments[1:]] == ["be kind", "hello"]
        assert not watch.exchange.labels
        assert watch.exchange.answer[0].text == "fine"


def test_a_share_of_sessions_is_drawn_once_and_for_all() -> None:
    bench = Bench(secret=b"s" * 32)

    def blocked(session: str) -> bool:
        asked = exchange(user("hello"), session=session)
        watch = watch_of(Post(guard=Doing(what="block"), share=0.3), bench=bench, asked=asked)
        return asyncio.run(ended(watch)) is not None

    drawn = {f"s{i}": blocked(f"s{i}") for i in range(200)}
    assert 35 < sum(drawn.values()) < 85
    assert all(blocked(name) == one for name, one in list(drawn.items())[:30])


def test_guards_work_in_their_order_each_on_what_the_one_before_left() -> None:
    watch = watch_of(*(Post(guard=Doing(what="replace", by=one)) for one in "abc"))

    async def run() -> None:
        changes = await watch.admit()
        assert [(one.index, one.after.text if one.after else None) for one in changes] == [
            (1, "be kindabc"),
            (2, "helloabc"),
        ]
        assert watch.exchange.segments[2].text == "helloabc"

    asyncio.run(run())


def test_a_segment_that_is_left_out_is_seen_by_nobody_after_it() -> None:
    watch = watch_of(Post(guard=Doing(what="drop", at="hello")), Post(guard=Doing(what="note")))

    async def run() -> None:
        changes = await watch.admit()
        assert [(one.index, one.after) for one in changes] == [(2, None)]
        assert [one.text for one in watch.exchange.segments] == ["", "be kind"]

    asyncio.run(run())
    assert [one.segment for one in watch.records if one.part == "prompt"] == [1, 1, 2]


def test_a_block_is_recorded_once_and_nothing_is_asked_after_it() -> None:
    watch = watch_of(Post(guard=Doing(what="block", at="be kind")), Post(guard=Doing(what="note")))
    blocked = asyncio.run(ended(watch))
    assert blocked is not None
    assert outcomes(watch) == ["blocked"]
    assert watch.blocked is blocked


def test_a_block_in_an_answer_is_recorded_once_with_what_the_others_did() -> None:
    watch = watch_of(Post(guard=Doing(what="replace")), Post(guard=Doing(what="block", at="fine")))
    blocked = asyncio.run(ended(watch))
    assert blocked is not None
    assert [one.outcome for one in watch.records if one.part == "answer"] == ["replaced", "blocked"]


def test_a_guard_that_cannot_begin_with_an_answer_has_crashed() -> None:
    watch = watch_of(Post(guard=Doing(what="crash", at="begin")))
    blocked = asyncio.run(ended(watch))
    assert blocked is not None
    assert blocked.block.kind == "failure"
    assert [one.outcome for one in watch.records if one.part == "answer"] == ["crashed"]


def test_all_that_were_asked_are_told_the_end_whatever_happened() -> None:
    SETTLED.clear()
    guards = [Doing(called="crashes at the end"), Doing(called="blocks", what="block"), Doing(called="last")]
    watch = watch_of(*(Post(guard=one) for one in guards))
    assert asyncio.run(ended(watch)) is not None
    assert SETTLED == ["crashes at the end", "blocks", "last"]
    assert [one.outcome for one in watch.records if one.part == "settle"] == ["crashed"]
    asyncio.run(watch.settle())
    assert len(SETTLED) == 3


def test_every_guard_and_segment_has_a_record() -> None:
    watch = watch_of(Post(guard=Doing()), Post(guard=Doing(what="note")))
    assert asyncio.run(ended(watch)) is None
    assert sorted((one.part, one.segment, one.outcome) for one in watch.records) == sorted(
        [("request", 0, "allowed"), ("prompt", 1, "allowed"), ("prompt", 2, "allowed"), ("answer", -1, "allowed")] * 2
    )


class At(Desk):
    def __init__(self, refusal: str | None) -> None:
        self.refusal = refusal

    async def ask(self, exchange: Exchange, guard: str, question: Question) -> str:
        if self.refusal is None:
            raise RuntimeError("the desk is gone")
        return self.refusal


@pytest.mark.parametrize(
    ("desk", "outcome"), [(At(""), "asked"), (At("no"), "blocked"), (At(None), "blocked"), (None, "blocked")]
)
def test_a_person_may_lift_a_block_and_nobody_else(desk: Desk | None, outcome: str) -> None:
    watch = watch_of(Post(guard=Doing(what="ask")), bench=Bench(desk=desk))
    blocked = asyncio.run(ended(watch))
    assert (blocked is None) == (outcome == "asked")
    assert set(outcomes(watch)) - {"allowed"} == {outcome}
    assert "allowed" not in [one.outcome for one in watch.records if one.part == "prompt"]


def test_the_guard_next_to_the_model_is_first_for_calls_and_last_for_prompts() -> None:
    watch = watch_of(Post(guard=Doing(what="replace", by="a")), Post(guard=Doing(what="replace", by="b")))

    async def run() -> None:
        await watch.admit()
        assert watch.exchange.segments[2].text == "helloab"
        passed = await watch.called(call("x", "{}"))
        assert passed is not None
        assert passed.text == "{}ba"

    asyncio.run(run())


def test_who_is_known_already_is_not_asked_for() -> None:
    watch = watch_of(Post(guard=Doing(what="note")))
    watch.known(Caller(id="ann"))
    assert asyncio.run(ended(watch)) is None
    assert watch.exchange.caller.id == "ann"
    assert watch.exchange.labels == {"noted"}
