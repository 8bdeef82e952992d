"""Guards around a function from text to text."""

from __future__ import annotations

import asyncio
import functools
import inspect
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, cast

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange, Segment, Trust
from bartizan.controls.chat.pipeline import Watch
from bartizan.gateway.policy import Policies

Ask = Callable[[str], str]
AskLater = Callable[[str], Awaitable[str]]


def guarded(
    function: Callable[..., Any], policies: Policies, bench: Bench, *, model: str, caller: Caller, trust: Trust
) -> Callable[..., Any]:
    """The function with guards before and after it; what it is called with first is the text that goes in.

    It stays synchronous or asynchronous as it was. A synchronous one must not be called where a loop is running.
    """

    async def asked(text: str, *more: Any, **named: Any) -> str:
        exchange = Exchange(
            id=secrets.token_hex(12),
            model=model,
            caller=caller,
            segments=[Segment(part="request"), Segment(part="prompt", text=text, trust=trust)],
            size=len(text.encode("utf-8", "surrogatepass")),
            at=bench.clock(),
        )
        watch = policies.pipeline(exchange).watch(exchange)
        watch.known(caller)
        try:
            await watch.admit()
            answer = function(_text(watch), *more, **named)
            answer = await answer if inspect.isawaitable(answer) else answer
            return (await watch.answered(Segment(part="answer", role="assistant", text=cast("str", answer)))).text
        finally:
            await watch.settle()

    if inspect.iscoroutinefunction(function):
        return functools.wraps(function)(asked)

    @functools.wraps(function)
    def asked_now(text: str, *more: Any, **named: Any) -> str:
        return asyncio.run(asked(text, *more, **named))

    return asked_now


def _text(watch: Watch) -> str:
    return next((one.text for one in watch.exchange.segments if one.part == "prompt"), "")
