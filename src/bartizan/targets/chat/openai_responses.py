"""Responses: POST {url}/responses. Nothing is kept at the service ("store": false); the whole talk is sent each time.

Source: OpenAI API reference, "Responses" and "Streaming events".
"""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.core.chat import Message, Reply, TokenChance, ToolCall, Usage
from bartizan.core.chat_spec import ChatSpec
from bartizan.targets.chat.answer import Answer
from bartizan.targets.chat.calls import arguments_text, call_of
from bartizan.targets.chat.model import Ask, ChatModel
from bartizan.targets.chat.openai_chat import error_text, is_filtered, parameters_sent
from bartizan.targets.chat.sse import events_of
from bartizan.targets.chat.wire import Wire


class _Chance(msgspec.Struct):
    token: str
    logprob: float


class _Part(msgspec.Struct):
    type: str = ""
    text: str | None = None
    refusal: str | None = None
    logprobs: list[_Chance] | None = None


class _Item(msgspec.Struct):
    type: str = ""
    content: list[_Part] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: Any = None


class _Tokens(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _Why(msgspec.Struct):
    reason: str | None = None


class _Response(msgspec.Struct):
    status: str | None = None
    output: list[_Item] | None = None
    usage: _Tokens | None = None
    error: Any = None
    incomplete_details: _Why | None = None


class _Event(msgspec.Struct):
    type: str = ""
    item: _Item | None = None
    response: _Response | None = None
    message: str | None = None


_DECODE = msgspec.json.Decoder(_Response).decode
_DECODE_EVENT = msgspec.json.Decoder(_Event).decode
_LAST = frozenset({"response.completed", "response.incomplete", "response.failed"})


class OpenAiResponses(ChatModel):
    """An endpoint of responses."""

    def __init__(self, spec: ChatSpec, wire: Wire) -> None:
        self.name, self.address = spec.model, spec.url
        self.gives_logprobs = spec.logprobs
        self._spec, self._wire = spec, wire

    async def reply(self, ask: Ask) -> Reply:
        """The model's answer, streamed where the description says so. The protocol takes no seed."""
        read = _streamed if self._spec.stream else _whole
        return await self._wire.exchange("/responses", self._body(ask), read, _blocked)

    async def close(self) -> None:
        """Hang up."""
        await self._wire.close()

    def _body(self, ask: Ask) -> dict[str, Any]:
        spec = self._spec
        said = [item for message in ask.messages if message.role != "system" for item in _items(message)]
        body: dict[str, Any] = {"model": spec.model, "input": said, "store": False}
        instructions = "\n\n".join(message.text for message in ask.messages if message.role == "system")
        if instructions:
            body["instructions"] = instructions
        if ask.offers:
            body["tools"] = [
                {"type": "function", "name": one.name, "description": one.about, "parameters": parameters_sent(one)}
                for one in ask.offers
            ]
        if spec.temperature is not None:
            body["temperature"] = spec.temperature
        if spec.max_tokens is not None:
            body["max_output_tokens"] = spec.max_tokens
        if spec.logprobs:
            body |= {"include": ["message.output_text.logprobs"], "top_logprobs": 1}
        if spec.stream:
            body["stream"] = True
        return body


def _items(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [{"type": "function_call_output", "call_id": message.answers, "output": message.text}]
    calls = [
        {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments_text(call)}
        for call in message.calls
    ]
    said = [{"role": message.role, "content": message.text}] if message.text or not calls else []
    return [*said, *calls]


async def _whole(answer: Answer) -> Reply:
    return _reply(answer, await answer.json(_DECODE), [])


async def _streamed(answer: Answer) -> Reply:
    """The last event holds the whole response; the items that came before stand in where it is empty."""
    if "json" in answer.kind:
        return await _whole(answer)
    if answer.kind != "text/event-stream":
        raise answer.failed(f"answers {answer.kind[:80]!r} where a stream of events was expected")
    items: list[_Item] = []
    async for sent in events_of(answer.chunks()):
        if sent.data.strip() == b"[DONE]":
            break
        event: _Event = answer.decoded(sent.data, _DECODE_EVENT)
        if event.type == "error":
            raise answer.failed(f"answers an error: {(event.message or 'it does not say which')[:300]}")
        if event.type == "response.output_item.done" and event.item is not None:
            items.append(event.item)
        if event.type in _LAST and event.response is not None:
            return _reply(answer, event.response, items)
    raise answer.failed("broke off its stream before the end")


def _reply(answer: Answer, response: _Response, streamed: list[_Item]) -> Reply:
    if response.error is not None or response.status == "failed":
        raise answer.failed(f"answers an error: {error_text(response.error)}")
    items = response.output or streamed
    if response.output is None and not streamed:
        raise answer.failed("answers no output")
    parts = [part for item in items if item.type == "message" for part in item.content or []]
    calls = tuple(call_of(one.call_id, one.name, one.arguments) for one in items if one.type == "function_call")
    chances = [TokenChance(text=c.token, logprob=c.logprob) for part in parts for c in part.logprobs or []]
    tokens = response.usage or _Tokens()
    return Reply(
        message=Message(role="assistant", text="".join(p.text or p.refusal or "" for p in parts), calls=calls),
        finish=_finish(response, calls),
        usage=Usage(input_tokens=tokens.input_tokens or 0, output_tokens=tokens.output_tokens or 0),
        chances=tuple(chances),
    )


def _finish(response: _Response, calls: tuple[ToolCall, ...]) -> str:
    """Why it stopped, in the words of chat completions."""
    reason = response.incomplete_details.reason if response.incomplete_details else None
    if response.status == "incomplete" and reason:
        return "length" if reason == "max_output_tokens" else reason
    return "tool_calls" if calls else "stop" if response.status == "completed" else response.status or ""


def _blocked(status: int, raw: bytes) -> Reply | None:
    return Reply(message=Message(role="assistant"), finish="content_filter") if is_filtered(status, raw) else None
