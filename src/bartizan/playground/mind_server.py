"""The playground's mind as an endpoint of its own, at /mind/v1/chat/completions: what a supplier's model would be.

It lets something stand between the assistants and their mind, such as the gateway: start one playground for its mind,
the gateway before that, and another playground whose ``mind_at`` is the gateway's address.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec

from bartizan.core.chat import Message, Reply, Role, ToolCall, ToolOffer
from bartizan.playground.framing import split
from bartizan.playground.weaknesses import Switches
from bartizan.targets.chat.model import Ask, ChatModel

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_PIECE = 24
_NUMBER = itertools.count(1)


class _Function(msgspec.Struct):
    name: str
    arguments: str = "{}"
    description: str = ""
    parameters: dict[str, Any] = {}


class _Call(msgspec.Struct):
    function: _Function
    id: str = ""


class _Said(msgspec.Struct):
    role: str
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str = ""


class _Offered(msgspec.Struct):
    function: _Function


class Thought(msgspec.Struct):
    """A request to the mind, as OpenAI's chat completions have it."""

    messages: list[_Said]
    model: str = "larch-mind"
    tools: list[_Offered] = []
    stream: bool = False


async def thought(mind: ChatModel, switches: Switches, asked: Thought) -> Reply:
    """What the mind makes of it. Where messages are not kept apart, its template is where they run together."""
    messages = tuple(_messages(asked.messages))
    if "forged_messages" in switches.on:
        messages = tuple(part for one in messages for part in split(one))
    offers = tuple(
        ToolOffer(name=one.function.name, about=one.function.description, parameters=one.function.parameters)
        for one in asked.tools
    )
    return await mind.reply(Ask(messages=messages, offers=offers if mind.takes_tools else ()))


def _messages(said: list[_Said]) -> Iterator[Message]:
    names: dict[str, str] = {}
    for one in said:
        calls = tuple(_call(call) for call in one.tool_calls or ())
        names |= {call.id: call.name for call in calls}
        text = (
            one.content
            if isinstance(one.content, str)
            else "\n".join(str(p.get("text", "")) for p in one.content or ())
        )
        role = _ROLES.get(one.role, "user")
        yield Message(role=role, text=text, calls=calls, answers=one.tool_call_id, name=names.get(one.tool_call_id, ""))


def _call(call: _Call) -> ToolCall:
    try:
        arguments = msgspec.json.decode(call.function.arguments, type=dict[str, Any])
    except msgspec.DecodeError:
        return ToolCall(id=call.id, name=call.function.name, broken=call.function.arguments)
    return ToolCall(id=call.id, name=call.function.name, arguments=arguments)


def whole(reply: Reply, model: str) -> dict[str, Any]:
    """A whole completion."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.message.text or None}
    if reply.message.calls:
        message["tool_calls"] = [_sent(call) for call in reply.message.calls]
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    return {**_head("chat.completion", model), "choices": [choice], "usage": _usage(reply)}


def streamed(reply: Reply, model: str) -> list[bytes]:
    """The same as server-sent events: text in small pieces, arguments in two."""
    head = _head("chat.completion.chunk", model)
    text = reply.message.text
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": text[at : at + _PIECE]} for at in range(0, len(text), _PIECE)]
    for index, call in enumerate(reply.message.calls):
        sent = _sent(call)
        arguments = sent["function"]["arguments"]
        begun = {**sent, "function": {**sent["function"], "arguments": arguments[: len(arguments) // 2]}}
        rest = {"function": {"arguments": arguments[len(arguments) // 2 :]}}
        deltas += [{"tool_calls": [{"index": index, **begun}]}, {"tool_calls": [{"index": index, **rest}]}]
    bodies: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    bodies.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(reply)}]})
    bodies.append({**head, "choices": [], "usage": _usage(reply)})
    return [*(b"data: " + msgspec.json.encode(body) + b"\n\n" for body in bodies), b"data: [DONE]\n\n"]


def _head(kind: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{next(_NUMBER)}", "object": kind, "created": 0, "model": model}


def _sent(call: ToolCall) -> dict[str, Any]:
    arguments = call.broken or msgspec.json.encode(call.arguments).decode()
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _finish(reply: Reply) -> str:
    return "tool_calls" if reply.message.calls else "length" if reply.finish == "length" else "stop"


def _usage(reply: Reply) -> dict[str, int]:
    usage = reply.usage
    total = usage.input_tokens + usage.output_tokens
    return {"prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens, "total_tokens": total}
