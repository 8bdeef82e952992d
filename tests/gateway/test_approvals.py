"""Questions wait for people, on every worker, and no answer is a no."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange, Segment
from bartizan.controls.chat.memory import Memory
from bartizan.controls.chat.verdict import Question
from bartizan.core.errors import Conflict, NotFound, Refused
from bartizan.gateway.approvals import ApprovalRules, Approvals
from bartizan.gateway.approvals_store import Answer, Ending, Open

ASKED = Question(title="Send?", tool="send_mail", details={"arguments": '{"to": "a@x.example"}'}, binds="b1")
QUICK = ApprovalRules(seconds=0.3)


def exchange(id: str = "x1", **more: Any) -> Exchange:
    said = Segment(part="prompt", role="user", text="please\u202ehelp")
    return Exchange(id=id, model="m", caller=Caller(id="jo", tenant="acme"), segments=[said], **more)


async def waiting(desk: Approvals, many: int = 1) -> tuple[Open, ...]:
    """The open questions, as soon as there are so many."""
    for _ in range(200):
        found = await desk.open_questions()
        if len(found) >= many:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("the question was not asked")


Answering = Callable[[Approvals, Open], Awaitable[Any]]


async def asked(answering: Answering, rules: ApprovalRules | None = None, question: Question = ASKED) -> str:
    desk = Approvals(Bench(), rules)
    task = asyncio.ensure_future(desk.ask(exchange(), "oversight", question))
    await answering(desk, (await waiting(desk))[0])
    return await task


def test_a_yes_grants_and_a_no_does_not() -> None:
    assert asyncio.run(asked(lambda desk, one: desk.answer(one.id, "ann", True, "fine"))) == ""
    assert asyncio.run(asked(lambda desk, one: desk.answer(one.id, "ann", False, "no"))) == "a person said no"


def test_no_answer_in_time_is_a_no_and_the_question_is_gone() -> None:
    async def run() -> tuple[str, int, list[str]]:
        desk = Approvals(Bench(), QUICK)
        refusal = await desk.ask(exchange(), "oversight", ASKED)
        return refusal, len(await desk.open_questions()), [one.ending for one in await desk.history()]

    assert asyncio.run(run()) == ("nobody approved it in time", 0, ["expired"])


def test_a_late_answer_has_no_effect() -> None:
    async def run() -> None:
        desk = Approvals(Bench(), QUICK)
        task = asyncio.ensure_future(desk.ask(exchange(), "oversight", ASKED))
        (one,) = await waiting(desk)
        assert await task
        with pytest.raises(NotFound):
            await desk.answer(one.id, "ann", True)

    asyncio.run(run())


def test_four_eyes_need_two_different_people_and_never_who_asks() -> None:
    async def answering(desk: Approvals, one: Open) -> None:
        with pytest.raises(Refused):
            await desk.answer(one.id, "JO", True)
        assert await desk.answer(one.id, "ann", True) is None
        with pytest.raises(Conflict):
            await desk.answer(one.id, "Ann", True)
        (still,) = await desk.open_questions()
        assert [answer.by for answer in still.answers] == ["ann"]
        assert await desk.answer(one.id, "bob", True) == "granted"

    rules = ApprovalRules(people=2, asker_may_answer=True)
    assert asyncio.run(asked(answering, rules)) == ""


def test_one_no_of_two_people_is_a_no() -> None:
    async def answering(desk: Approvals, one: Open) -> None:
        await desk.answer(one.id, "ann", True)
        assert await desk.answer(one.id, "bob", False) == "denied"

    assert asyncio.run(asked(answering, ApprovalRules(people=2))) == "a person said no"


def test_who_asks_may_approve_only_where_the_rules_say_so() -> None:
    async def answering(desk: Approvals, one: Open) -> None:
        await desk.answer(one.id, "jo", True)

    assert asyncio.run(asked(answering, ApprovalRules(asker_may_answer=True))) == ""
    with pytest.raises(Refused):
        asyncio.run(asked(answering))


class Far(Memory):
    """A state on another host: others go on while it is asked."""

    async def get(self, key: str, *, now: float) -> str | None:
        found = await super().get(key, now=now)
        await asyncio.sleep(0.001)
        return found


def test_questions_and_answers_at_the_same_time_are_all_counted() -> None:
    async def run() -> list[str]:
        desk = Approvals(Bench(state=Far()), ApprovalRules(people=3, seconds=5))
        asking = [asyncio.ensure_future(desk.ask(exchange(f"x{i}"), "oversight", ASKED)) for i in range(4)]
        found = await waiting(desk, 4)
        await asyncio.gather(*(desk.answer(one.id, name, True) for one in found for name in ("a", "b", "c")))
        return await asyncio.gather(*asking)

    assert asyncio.run(run()) == [""] * 4


def test_what_is_shown_cannot_deceive_the_eye_and_is_whole() -> None:
    async def answering(desk: Approvals, one: Open) -> None:
        assert all(text.isprintable() for text in (one.title, *one.details.values()))
        assert "\\u202e" in one.details["the user's last words"]
        assert one.details["arguments"] == ASKED.details["arguments"]
        assert one.asked_by == "jo"
        await desk.answer(one.id, "ann", False)

    asyncio.run(asked(answering))


def test_a_question_too_long_to_be_read_is_not_asked() -> None:
    long = Question(title="x", details={"arguments": "x" * 30_000})
    assert "too long" in asyncio.run(Approvals(Bench()).ask(exchange(), "oversight", long))


def test_a_flood_of_questions_is_denied_and_one_caller_cannot_fill_the_queue() -> None:
    async def run() -> tuple[list[str], int]:
        desk = Approvals(Bench(), ApprovalRules(seconds=0.4, most=200, most_of_one=3))
        tasks = [asyncio.ensure_future(desk.ask(exchange(f"x{i}"), "oversight", ASKED)) for i in range(6)]
        many = len(await waiting(desk, 3))
        return sorted(await asyncio.gather(*tasks)), many

    refusals, many = asyncio.run(run())
    assert many == 3
    assert refusals == ["nobody approved it in time"] * 3 + ["too many questions wait already"] * 3


def test_a_client_that_hangs_up_withdraws_its_question() -> None:
    async def run() -> tuple[int, list[str]]:
        desk = Approvals(Bench())
        task = asyncio.ensure_future(desk.ask(exchange(), "oversight", ASKED))
        await waiting(desk)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return len(await desk.open_questions()), [one.ending for one in await desk.history()]

    assert asyncio.run(run()) == (0, ["withdrawn"])


def test_a_grant_holds_for_the_same_arguments_only() -> None:
    async def run(second: Question, id: str, session: str) -> str:
        desk = Approvals(Bench(), ApprovalRules(seconds=0.2, remember_seconds=60))
        task = asyncio.ensure_future(desk.ask(exchange(session="s"), "oversight", ASKED))
        await desk.answer((await waiting(desk))[0].id, "ann", True)
        assert await task == ""
        return await desk.ask(exchange(id, session=session), "oversight", second)

    other = Question(title="Send?", tool="send_mail", binds="b2")
    two = Question(title="Send?", tool="send_mail", binds="b1", people=2)
    assert asyncio.run(run(ASKED, "x2", "s")) == ""
    assert asyncio.run(run(ASKED, "x2", "other")) != ""
    assert asyncio.run(run(other, "x1", "s")) != ""
    assert asyncio.run(run(two, "x1", "s")) != ""


def test_every_answer_and_ending_is_written_before_it_counts() -> None:
    async def run() -> tuple[list[tuple[str, str | None]], str]:
        told: list[tuple[str, str | None]] = []

        async def write(question: Open, answer: Answer | None, ending: Ending | None) -> None:
            told.append((answer.by if answer else "", ending))
            if answer is not None and answer.by == "eve":
                raise OSError("the disk is full")

        desk = Approvals(Bench(), ApprovalRules(seconds=0.5), on_answer=write)
        task = asyncio.ensure_future(desk.ask(exchange(), "oversight", ASKED))
        (one,) = await waiting(desk)
        with pytest.raises(OSError, match="full"):
            await desk.answer(one.id, "eve", True)
        return told, await task

    told, refusal = asyncio.run(run())
    assert told == [("eve", "granted"), ("", "expired")]
    assert refusal


def test_the_history_holds_no_arguments() -> None:
    async def run() -> str:
        desk = Approvals(Bench(), QUICK)
        await desk.ask(exchange(), "oversight", ASKED)
        return str(await desk.history())

    assert "a@x.example" not in asyncio.run(run())


def test_another_worker_answers() -> None:
    async def run() -> tuple[str, float]:
        state = Memory()
        here, there = Approvals(Bench(state=state)), Approvals(Bench(state=state))
        task = asyncio.ensure_future(here.ask(exchange(), "oversight", ASKED))
        (one,) = await waiting(there)
        began = time.monotonic()
        await there.answer(one.id, "ann", True)
        return await task, time.monotonic() - began

    refusal, took = asyncio.run(run())
    assert refusal == ""
    assert took < 1.5


@pytest.mark.skipif(
    os.environ.get("CI") != "true" and shutil.which("redis-server") is None, reason="needs redis-server"
)
def test_another_worker_answers_over_redis(tmp_path: Path) -> None:
    from bartizan.gateway.redis_state import RedisState  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def run() -> list[str]:
        states = [RedisState.at(f"redis://127.0.0.1:{port}") for _ in range(2)]
        here, there = (Approvals(Bench(state=one), ApprovalRules(seconds=5)) for one in states)
        try:
            task = asyncio.ensure_future(here.ask(exchange(), "oversight", ASKED))
            (one,) = await waiting(there)
            await there.answer(one.id, "ann", True)
            return [await task, *(one.ending for one in await there.history())]
        finally:
            for state in states:
                await state.close()

    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                break
            time.sleep(0.02)
        assert asyncio.run(run()) == ["", "granted"]
    finally:
        server.terminate()
        server.wait(10)
