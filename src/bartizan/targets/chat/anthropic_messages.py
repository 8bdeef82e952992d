"""Messages as Anthropic speaks them: POST {url}/v1/messages ('url' with or without the /v1).

Source: Anthropic API reference, "Messages" and "Streaming messages", version 2023-06-01. The protocol takes no seed and
gives no chances of tokens.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.core.chat import Message, Reply, Usage
from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import printable
from bartizan.targets.chat.answer import Answer
from bartizan.targets.chat.calls import call_of
from bartizan.targets.chat.model import Ask, ChatModel
from bartizan.targets.chat.openai_chat import error_text, parameters_sent
from bartizan.targets.chat.sse import events_of
from bartizan.targets.chat.wire import Wire

VERSION = "2023-06-01"
_MAX_TOKENS = 1024
"""The protocol wants a limit; where the description has none."""
_FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


class _Block(msgspec.Struct):
    type: str = ""
    text: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    partial_json: str | None = None
    stop_reason: str | None = None


class _Tokens(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _Answered(msgspec.Struct):
    content: list[_Block] | None = None
    stop_reason: str | None = None
    usage: _Tokens | None = None
    error: Any = None


class _Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    message: _Answered | None = None
    content_block: _Block | None = None
    delta: _Block | None = None
    usage: _Tokens | None = None
    error: Any = None


_DECODE = msgspec.json.Decoder(_Answered).decode
_DECODE_EVENT = msgspec.json.Decoder(_Event).decode


class AnthropicMessages(ChatModel):
    """An endpoint of messages."""

    def __init__(self, spec: ChatSpec, wire: Wire) -> None:
        self.name, self.address = spec.model, spec.url
        self._spec, self._wire = spec, wire
        self._path = "/messages" if spec.url.rstrip("/").endswith("/v1") else "/v1/messages"

    async def reply(self, ask: Ask) -> Reply:
        """The model's answer, streamed where the description says so."""
        return await self._wire.exchange(self._path, self._body(ask), _streamed if self._spec.stream else _whole)

    async def close(self) -> None:
        """Hang up."""
        await self._wire.close()

    def _body(self, ask: Ask) -> dict[str, Any]:
        spec = self._spec
        body: dict[str, Any] = {
            "model": spec.model,
            "max_tokens": spec.max_tokens or _MAX_TOKENS,
            "messages": messages_sent(ask.messages),
        }
        system = "\n\n".join(message.text for message in ask.messages if message.role == "system")
        if system:
            body["system"] = system
        if ask.offers:
            body["tools"] = [
                {"name": one.name, "description": one.about, "input_schema": parameters_sent(one)} for one in ask.offers
            ]
        if spec.temperature is not None:
            body["temperature"] = spec.temperature
        if spec.stream:
            body["stream"] = True
        return body


def messages_sent(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """Messages in this protocol's words: the tools' answers to one message stand together in one of the user."""
    sent: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message)
        if message.role == "tool" and sent and sent[-1]["role"] == "user" and isinstance(sent[-1]["content"], list):
            sent[-1]["content"] += blocks
        else:
            plain = message.role != "tool" and not message.calls
            sent.append({"role": role, "content": message.text if plain else blocks})
    return sent


def _blocks(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [{"type": "tool_result", "tool_use_id": message.answers, "content": message.text}]
    said = [{"type": "text", "text": message.text}] if message.text else []
    # the protocol cannot carry broken arguments back; the tool's answer says that they were
    return [*said, *({"type": "tool_use", "id": c.id, "name": c.name, "input": c.arguments} for c in message.calls)]


async def _whole(answer: Answer) -> Reply:
    found: _Answered = await answer.json(_DECODE)
    if found.error is not None or found.content is None:
        raise answer.failed(f"answers an error: {error_text(found.error)}" if found.error else "answers no content")
    return _reply(found.content, found.stop_reason, found.usage or _Tokens())


def _reply(blocks: list[_Block], stop: str | None, tokens: _Tokens) -> Reply:
    text = "".join(block.text or "" for block in blocks if block.type == "text")
    calls = tuple(call_of(block.id, block.name, block.input) for block in blocks if block.type == "tool_use")
    return Reply(
        message=Message(role="assistant", text=text, calls=calls),
        finish=_FINISH.get(stop or "", stop or ""),
        usage=Usage(input_tokens=tokens.input_tokens or 0, output_tokens=tokens.output_tokens or 0),
    )


class _Assembly:
    """A reply of the events of a stream."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._blocks: dict[int, _Block] = {}
        self._stop: str | None = None
        self._tokens = _Tokens()
        self.is_done = False

    def add(self, event: _Event) -> None:
        """One event; of what is not known nothing is made, as the protocol asks."""
        if event.type == "error":
            raise self._answer.failed(f"answers an error: {error_text(event.error)}")
        if event.type == "message_stop":
            self.is_done = True
        self._count(event.usage or (event.message.usage if event.message else None))
        if event.type == "content_block_start" and event.content_block is not None:
            self._blocks[event.index] = event.content_block
        if event.type == "content_block_delta" and event.delta is not None:
            self._extend(event.index, event.delta)
        if event.type == "message_delta" and event.delta is not None:
            self._stop = event.delta.stop_reason or self._stop

    def reply(self) -> Reply:
        """All of it; arguments that came in pieces replace the empty ones that the block began with."""
        for block in self._blocks.values():
            if block.partial_json is not None:
                block.input = block.partial_json
        return _reply([self._blocks[index] for index in sorted(self._blocks)], self._stop, self._tokens)

    def _extend(self, index: int, delta: _Block) -> None:
        block = self._blocks.get(index)
        if block is None:
            raise self._answer.failed("streams a piece of a block that did not begin")
        if delta.text:
            block.text = (block.text or "") + delta.text
        if delta.partial_json:
            block.partial_json = (block.partial_json or "") + delta.partial_json

    def _count(self, tokens: _Tokens | None) -> None:
        """Counts are of the answer so far: a later one replaces an earlier one."""
        if tokens is not None:
            self._tokens.input_tokens = tokens.input_tokens or self._tokens.input_tokens
            self._tokens.output_tokens = tokens.output_tokens or self._tokens.output_tokens


async def _streamed(answer: Answer) -> Reply:
    if "json" in answer.kind:
        return await _whole(answer)
    if answer.kind != "text/event-stream":
        raise answer.failed(f"answers {printable(answer.kind, 80)} where a stream of events was expected")
    built = _Assembly(answer)
    async for event in events_of(answer.chunks()):
        built.add(answer.decoded(event.data, _DECODE_EVENT))
        if built.is_done:
            return built.reply()
    raise answer.failed("broke off its stream before the end")
