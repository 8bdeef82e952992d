from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from bartizan.core.chat import Message, Reply, ToolCall
from bartizan.core.errors import BudgetSpent
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.called import CalledModel
from bartizan.targets.chat.meter import ChatBudget, Meter
from bartizan.targets.chat.model import Ask

ASK = Ask(
    messages=(Message(role="system", text="Be kind."), Message(role="user", text="hi")),
    session="s-1",
    user="ann",
    seed=4,
)


def called(function: Callable[..., Any], meter: Meter | None = None, timeout: float = 5.0) -> Reply:
    return asyncio.run(CalledModel(function, "bot.py:ask", meter or Meter(), timeout=timeout).reply(ASK))


def test_a_function_of_messages_gets_all_of_them_as_plain_data() -> None:
    def ask(messages: list[dict[str, str]]) -> str:
        assert threading.current_thread() is not threading.main_thread()
        return str(messages)

    expected = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}]
    assert called(ask).message.text == str(expected)


def test_a_function_of_a_prompt_gets_the_newest_words() -> None:
    def by_name(prompt, session, seed=0):  # type: ignore[no-untyped-def]
        return f"{prompt} {session} {seed}"

    def by_type(anything: str, *, user: str) -> str:
        return f"{anything} {user}"

    assert called(by_name).message.text == "hi s-1 4"
    assert called(by_type).message.text == "hi ann"


def test_an_async_function_is_awaited_and_what_it_returns_is_counted() -> None:
    async def ask(text: str) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"content": text, "tool_calls": [{"id": "1", "function": {"name": "pay", "arguments": "{bad"}}]}

    meter = Meter()
    reply = called(ask, meter)
    assert reply.message.calls == (ToolCall(id="1", name="pay", broken="{bad"),)
    assert (reply.usage.requests, meter.usage.requests) == (1, 1)


def test_an_object_with_an_async_call_and_a_partial_answer_work() -> None:
    class Bot:
        async def __call__(self, messages: list[dict[str, str]]) -> Reply:
            return Reply(message=Message(role="assistant", text=str(len(messages))))

    assert called(Bot()).message.text == "2"


@pytest.mark.parametrize("found", [None, 3, [], {}, {"text": 3}, b"bytes"])
def test_what_is_no_answer_is_a_failed_trial(found: object) -> None:
    with pytest.raises(TrialFailed, match="expected a text"):
        called(lambda messages: found)


@pytest.mark.parametrize("error", [ValueError("boom\x1b[31m"), SystemExit(3), StopIteration(), KeyError("k")])
def test_an_error_of_the_function_is_a_failed_trial_in_a_line(error: BaseException) -> None:
    def ask(messages: object) -> str:
        raise error

    with pytest.raises(TrialFailed, match=r"bot\.py:ask failed") as caught:
        called(ask)
    assert str(caught.value).isprintable()


def test_a_function_that_hangs_ends_the_trial_and_not_the_process() -> None:
    async def slow(messages: object) -> str:
        await asyncio.sleep(5)
        return ""

    def blocking(messages: object) -> str:
        time.sleep(1)
        return "late"

    functions: tuple[Callable[..., Any], ...] = (slow, blocking)
    for function in functions:
        start = time.monotonic()
        with pytest.raises(TrialFailed, match=r"longer than 0\.1 s"):
            called(function, timeout=0.1)
        assert time.monotonic() - start < 0.8


def test_the_budget_holds_here_as_well() -> None:
    meter = Meter(ChatBudget(requests=1))
    called(lambda messages: "a", meter)
    with pytest.raises(BudgetSpent):
        called(lambda messages: "a", meter)


def test_functions_that_block_run_side_by_side() -> None:
    together = threading.Barrier(8, timeout=5)

    def ask(messages: object) -> str:
        together.wait()
        return "all were here"

    async def run() -> list[Reply]:
        model = CalledModel(ask, "f", Meter(concurrency=8))
        return await asyncio.gather(*(model.reply(ASK) for _ in range(8)))

    assert len(asyncio.run(run())) == 8
