"""Guards around a function from text to text."""

from __future__ import annotations

import functools
import inspect
import secrets
from collections.abc import Awaitable, Callable
from time import perf_counter_ns
from typing import Any, cast

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange, Segment, Trust
from bartizan.controls.chat.pipeline import Blocked, Watch
from bartizan.gateway.events.ledger import Ledger, Trail
from bartizan.gateway.library.home import Home
from bartizan.gateway.policy import Policies
from bartizan.gateway.refusing import STATUS

Ask = Callable[[str], str]
AskLater = Callable[[str], Awaitable[str]]


class _Call(msgspec.Struct, kw_only=True):
    """One call: what stands before the function, and what stands after it. All of it runs where the guards live."""

    watch: Watch
    trail: Trail
    ledger: Ledger
    status: int = 500

    async def before(self) -> str:
        """The text that the function is to get. Raises Blocked."""
        try:
            await self.watch.admit()
        except Blocked as blocked:
            self.status = STATUS[blocked.block.kind]
            raise
        return next((one.text for one in self.watch.exchange.segments if one.part == "prompt"), "")

    async def after(self, answer: str) -> str:
        """The text that the caller is to get. Raises Blocked."""
        try:
            text = (await self.watch.answered(Segment(part="answer", role="assistant", text=answer))).text
        except Blocked as blocked:
            self.status = STATUS[blocked.block.kind]
            raise
        self.status = 200
        self.trail.left(text.encode("utf-8", "surrogatepass"))
        return text

    async def over(self) -> None:
        """Guards are told, and the event is written."""
        await self.watch.settle()
        first = perf_counter_ns() if self.status == 200 else 0
        await self.ledger.write(self.watch.exchange, self.watch, self.status, self.trail.began, first, self.trail)


def guarded(
    function: Callable[..., Any],
    policies: Policies,
    bench: Bench,
    home: Home,
    ledger: Ledger,
    *,
    model: str,
    caller: Caller,
    trust: Trust,
) -> Callable[..., Any]:
    """The function with guards before and after it; what it is called with first is the text that goes in.

    It stays synchronous or asynchronous as it was, and runs where it is called.
    """

    def begun(text: str) -> _Call:
        raw = text.encode("utf-8", "surrogatepass")
        exchange = Exchange(
            id=secrets.token_hex(12),
            route="function",
            model=model,
            caller=caller,
            segments=[Segment(part="request"), Segment(part="prompt", text=text, trust=trust)],
            size=len(raw),
            at=bench.clock(),
        )
        watch = policies.pipeline(exchange).watch(exchange)
        watch.known(caller)
        return _Call(watch=watch, trail=ledger.trail(raw), ledger=ledger)

    @functools.wraps(function)
    async def asked(text: str, *more: Any, **named: Any) -> str:
        call = begun(text)
        try:
            answer = await function(await home.awaited(call.before()), *more, **named)
            return await home.awaited(call.after(cast("str", answer)))
        finally:
            await home.awaited(call.over())

    @functools.wraps(function)
    def asked_now(text: str, *more: Any, **named: Any) -> str:
        call = begun(text)
        try:
            answer = function(home.wait(call.before()), *more, **named)
            return home.wait(call.after(cast("str", answer)))
        finally:
            home.wait(call.over())

    return asked if inspect.iscoroutinefunction(function) else asked_now
