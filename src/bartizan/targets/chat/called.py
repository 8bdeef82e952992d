"""A Python function as a chat model: it runs in this process, as its owner's own code.

What it is given is told by its first parameter: one that is annotated ``str``, or named prompt, text, message or
question, gets the words that were said last; any other gets all messages, as dicts with role and content. Parameters
named session, user and seed get these. It may be async; one that is not runs in a thread.

It returns the text, a dict with the text under 'text' or 'content' and calls under 'tool_calls', or a ``Reply``.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

import msgspec

from bartizan.core.chat import Message, Reply, Usage
from bartizan.core.errors import BartizanError, described
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.calls import text_in
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.model import Ask, ChatModel
from bartizan.targets.chat.openai_chat import calls_in
from bartizan.targets.chat.threads import in_thread

_PROMPTS = frozenset({"prompt", "text", "message", "question"})
_EXTRAS = ("session", "user", "seed")


class CalledModel(ChatModel):
    """A function as a chat model."""

    takes_tools = False

    def __init__(self, function: Callable[..., Any], name: str, meter: Meter, *, timeout: float = 60.0) -> None:
        self.name = name
        self._function, self._meter, self._timeout = function, meter, timeout
        parameters = _parameters(function)
        self._takes_prompt = bool(parameters) and _is_prompt(parameters[0])
        self._extras = tuple(one.name for one in parameters[1:] if one.name in _EXTRAS)
        self._is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 -- an object with an async __call__ is meant
        )

    @property
    def tells_users(self) -> bool:
        """Whether it is told who is talking."""
        return "user" in self._extras

    async def reply(self, ask: Ask) -> Reply:
        """What the function returns."""
        start = time.monotonic()
        async with self._meter.request() as told:
            try:
                async with asyncio.timeout(self._timeout):
                    found = await self._called(ask)
            except TimeoutError:
                raise TrialFailed(f"{self.name} took longer than {self._timeout:g} s") from None
            except BartizanError:
                raise
            except (Exception, SystemExit) as error:
                raise TrialFailed(f"{self.name} failed: {described(error)}") from error
            finally:
                took = Usage(requests=1, seconds=time.monotonic() - start)
                told(took)
        reply = self._reply(found)
        return msgspec.structs.replace(reply, usage=reply.usage + took)

    async def _called(self, ask: Ask) -> Any:
        given: Any = ask.messages[-1].text
        if not self._takes_prompt:
            given = [{"role": message.role, "content": message.text} for message in ask.messages]
        extras = {name: getattr(ask, name) for name in self._extras}
        if self._is_async:
            return await self._function(given, **extras)
        found = await in_thread(lambda: self._function(given, **extras))
        return await found if inspect.isawaitable(found) else found

    def _reply(self, found: Any) -> Reply:
        if isinstance(found, Reply):
            return found
        if isinstance(found, str):
            return Reply(message=Message(role="assistant", text=found))
        reply = reply_of(found)
        if reply is None:
            wanted = "a text, or a dict with 'text' and perhaps 'tool_calls'"
            raise TrialFailed(f"{self.name} returned {type(found).__name__}; expected {wanted}", again=False)
        return reply


def reply_of(found: object) -> Reply | None:
    """A reply of plain data {text or content, tool_calls}; None where it is none."""
    if not isinstance(found, dict):
        return None
    content = found["text"] if "text" in found else found.get("content")
    calls = calls_in(found.get("tool_calls"))
    if not isinstance(content, str | list) and not (content is None and calls):
        return None
    return Reply(message=Message(role="assistant", text=text_in(content), calls=calls))


def takes_nothing(function: object) -> bool:
    """Whether it is a function, or a class, that is called without anything."""
    if not callable(function):
        return False
    return not [one for one in _parameters(function) if one.default is inspect.Parameter.empty]


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some built-in functions tell nothing
        return [inspect.Parameter("messages", inspect.Parameter.POSITIONAL_ONLY)]
    return [one for one in found if one.kind not in {one.VAR_POSITIONAL, one.VAR_KEYWORD}]


def _is_prompt(parameter: inspect.Parameter) -> bool:
    if parameter.annotation is inspect.Parameter.empty:
        return parameter.name in _PROMPTS
    return parameter.annotation in {str, "str"} if isinstance(parameter.annotation, str | type) else False
