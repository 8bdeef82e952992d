"""Ollama's own protocol: POST {url}/api/chat ('url' with or without the /api), streamed as JSON by lines.

Source: Ollama API documentation, "Generate a chat completion". Calls have no ids in it; they get numbers here.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.core.chat import Message, Reply, TokenChance, Usage
from bartizan.core.chat_spec import ChatSpec
from bartizan.targets.chat.answer import Answer
from bartizan.targets.chat.calls import call_of
from bartizan.targets.chat.model import Ask, ChatModel
from bartizan.targets.chat.openai_chat import error_text, offer_sent
from bartizan.targets.chat.sse import lines_of
from bartizan.targets.chat.wire import Wire


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: Any = None


class _Call(msgspec.Struct):
    function: _Function | None = None


class _Said(msgspec.Struct):
    content: str | None = None
    tool_calls: list[_Call] | None = None


class _Chance(msgspec.Struct):
    token: str
    logprob: float


class _Piece(msgspec.Struct):
    message: _Said | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    logprobs: list[_Chance] | None = None
    error: Any = None


_DECODE = msgspec.json.Decoder(_Piece).decode


class Ollama(ChatModel):
    """An Ollama server."""

    def __init__(self, spec: ChatSpec, wire: Wire) -> None:
        self.name, self.address = spec.model, spec.url
        self.gives_logprobs = spec.logprobs
        self._spec, self._wire = spec, wire
        self._path = "/chat" if spec.url.rstrip("/").endswith("/api") else "/api/chat"

    async def reply(self, ask: Ask) -> Reply:
        """The model's answer, streamed where the description says so."""
        return await self._wire.exchange(self._path, self._body(ask), _streamed if self._spec.stream else _whole)

    async def close(self) -> None:
        """Hang up."""
        await self._wire.close()

    def _body(self, ask: Ask) -> dict[str, Any]:
        spec = self._spec
        options = {"temperature": spec.temperature, "num_predict": spec.max_tokens, "seed": ask.seed}
        body: dict[str, Any] = {
            "model": spec.model,
            "messages": [_sent(message) for message in ask.messages],
            "stream": spec.stream,
        }
        given = {name: value for name, value in options.items() if value is not None}
        if given:
            body["options"] = given
        if ask.offers:
            body["tools"] = [offer_sent(offer) for offer in ask.offers]
        if spec.logprobs:
            body["logprobs"] = True
        return body


def _sent(message: Message) -> dict[str, Any]:
    sent: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.role == "tool" and message.name:
        sent["tool_name"] = message.name
    if message.calls:
        sent["tool_calls"] = [{"function": {"name": one.name, "arguments": one.arguments}} for one in message.calls]
    return sent


async def _whole(answer: Answer) -> Reply:
    return _reply(answer, [await answer.json(_DECODE)])


async def _streamed(answer: Answer) -> Reply:
    if answer.kind and "json" not in answer.kind:
        raise answer.failed(f"answers {answer.kind[:80]!r} where JSON by lines was expected")
    pieces: list[_Piece] = []
    async for line in lines_of(answer.chunks()):
        pieces.append(answer.decoded(line, _DECODE))
        if pieces[-1].done or pieces[-1].error is not None:
            break
    if not pieces or not (pieces[-1].done or pieces[-1].error is not None):
        raise answer.failed("broke off its stream before the end")
    return _reply(answer, pieces)


def _reply(answer: Answer, pieces: list[_Piece]) -> Reply:
    last = pieces[-1]
    if last.error is not None:
        raise answer.failed(f"answers an error: {error_text(last.error)}")
    said = [piece.message for piece in pieces if piece.message is not None]
    if not said:
        raise answer.failed("answers no message")
    functions = [call.function or _Function() for one in said for call in one.tool_calls or []]
    calls = tuple(call_of(f"call_{n}", one.name, one.arguments) for n, one in enumerate(functions))
    return Reply(
        message=Message(role="assistant", text="".join(one.content or "" for one in said), calls=calls),
        finish="tool_calls" if calls else last.done_reason or "",
        usage=Usage(input_tokens=last.prompt_eval_count or 0, output_tokens=last.eval_count or 0),
        chances=tuple(TokenChance(text=c.token, logprob=c.logprob) for p in pieces for c in p.logprobs or []),
    )
