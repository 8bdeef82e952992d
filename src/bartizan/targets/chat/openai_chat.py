"""Chat completions: POST {url}/chat/completions, as OpenAI and nearly everybody else speaks it.

Source: OpenAI API reference, "Chat completions" and "Streaming". Servers differ in what they leave out; what they may
leave out is optional here, and what is of another type is an error.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.core.chat import Message, Reply, TokenChance, ToolCall, ToolOffer, Usage
from bartizan.core.chat_spec import ChatSpec
from bartizan.targets.chat.answer import Answer
from bartizan.targets.chat.calls import arguments_text, call_of, text_in
from bartizan.targets.chat.model import Ask, ChatModel
from bartizan.targets.chat.sse import events_of
from bartizan.targets.chat.wire import Wire


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: Any = None


class _Call(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Chance(msgspec.Struct):
    token: str
    logprob: float


class _Chances(msgspec.Struct):
    content: list[_Chance] | None = None


class _Said(msgspec.Struct):
    content: Any = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    message: _Said | None = None
    delta: _Said | None = None
    finish_reason: str | None = None
    logprobs: _Chances | None = None


class _Tokens(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(msgspec.Struct):
    """A whole answer, or a piece of a streamed one."""

    choices: list[_Choice] | None = None
    usage: _Tokens | None = None
    error: Any = None


_DECODE = msgspec.json.Decoder(_Completion).decode


class OpenAiChat(ChatModel):
    """An endpoint of chat completions."""

    def __init__(self, spec: ChatSpec, wire: Wire) -> None:
        self.name, self.address = spec.model, spec.url
        self.gives_logprobs = spec.logprobs
        self._spec, self._wire = spec, wire

    async def reply(self, ask: Ask) -> Reply:
        """The model's answer, streamed where the description says so."""
        read = self._streamed if self._spec.stream else _whole
        return await self._wire.exchange("/chat/completions", self._body(ask), read, _blocked)

    async def close(self) -> None:
        """Hang up."""
        await self._wire.close()

    def _body(self, ask: Ask) -> dict[str, Any]:
        spec = self._spec
        body: dict[str, Any] = {"model": spec.model, "messages": [message_sent(one) for one in ask.messages]}
        if ask.offers:
            body["tools"] = [offer_sent(offer) for offer in ask.offers]
        if spec.temperature is not None:
            body["temperature"] = spec.temperature
        if spec.max_tokens is not None:
            body["max_tokens"] = spec.max_tokens
        if ask.seed is not None:
            body["seed"] = ask.seed
        if spec.logprobs:
            body["logprobs"] = True
        if spec.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return body

    async def _streamed(self, answer: Answer) -> Reply:
        if "json" in answer.kind:
            return await _whole(answer)  # a server that does not stream answers all at once
        if answer.kind != "text/event-stream":
            raise answer.failed(f"answers {answer.kind[:80]!r} where a stream of events was expected")
        built, is_done = Assembly(), False
        async for event in events_of(answer.chunks()):
            if event.data.strip() == b"[DONE]":
                is_done = True
                break
            built.add(answer, answer.decoded(event.data, _DECODE))
        if not (is_done or built.finish):
            raise answer.failed("broke off its stream before the end")
        if not built.has_choice:
            raise answer.failed("streams no choice")
        return built.reply()


class Assembly:
    """A reply that is put together of one answer, or of the pieces of a stream."""

    def __init__(self) -> None:
        self.finish = ""
        self.has_choice = False
        self._text: list[str] = []
        self._calls: dict[int, list[Any]] = {}
        self._chances: list[TokenChance] = []
        self._usage = Usage()

    def add(self, answer: Answer, piece: _Completion) -> None:
        """One piece."""
        if piece.error is not None:
            raise answer.failed(f"answers an error: {error_text(piece.error)}")
        if piece.usage is not None:
            self._usage = Usage(
                input_tokens=piece.usage.prompt_tokens or 0, output_tokens=piece.usage.completion_tokens or 0
            )
        for choice in (piece.choices or [])[:1]:
            self.has_choice = True
            self.finish = choice.finish_reason or self.finish
            self._add_said(choice.delta or choice.message)
            for one in (choice.logprobs.content or []) if choice.logprobs else []:
                self._chances.append(TokenChance(text=one.token, logprob=one.logprob))

    def reply(self) -> Reply:
        """All of it."""
        calls = tuple(
            call_of(call_id, name, parts[0] if len(parts) == 1 else "".join(parts))
            for call_id, name, parts in self._calls.values()
        )
        message = Message(role="assistant", text="".join(self._text), calls=calls)
        return Reply(message=message, finish=self.finish, usage=self._usage, chances=tuple(self._chances))

    def _add_said(self, said: _Said | None) -> None:
        if said is None:
            return
        text = text_in(said.content) or said.refusal or ""
        if text:
            self._text.append(text)
        for call in said.tool_calls or []:
            self._add_call(call)

    def _add_call(self, call: _Call) -> None:
        """The next piece of a call: by its index; where a server gives none, an id begins a new one."""
        newest = max(self._calls, default=-1)
        index = call.index if call.index is not None else newest + 1 if call.id or newest < 0 else newest
        known = self._calls.setdefault(index, ["", "", []])
        known[0] = known[0] or call.id or ""
        if call.function is not None:
            known[1] += call.function.name or ""
            arguments = call.function.arguments
            if isinstance(arguments, str) and known[2] and isinstance(known[2][0], str):
                known[2].append(arguments)
            elif arguments is not None:
                known[2] = [arguments]


def message_sent(message: Message) -> dict[str, Any]:
    """A message in this protocol's words."""
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.answers, "content": message.text}
    sent: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.calls:
        sent["content"] = message.text or None
        sent["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments_text(call)}}
            for call in message.calls
        ]
    return sent


def parameters_sent(offer: ToolOffer) -> dict[str, Any]:
    """The JSON Schema of an offer's arguments."""
    return offer.parameters or {"type": "object", "properties": {}}


def offer_sent(offer: ToolOffer) -> dict[str, Any]:
    """A tool in this protocol's words."""
    function: dict[str, Any] = {"name": offer.name, "description": offer.about, "parameters": parameters_sent(offer)}
    return {"type": "function", "function": function}


def error_text(error: object) -> str:
    """What an error object says."""
    found = error.get("message", error) if isinstance(error, dict) else error
    return str(found)[:300]


def calls_in(listed: object) -> tuple[ToolCall, ...]:
    """The calls of a list of plain data: {name, arguments}, or with these under 'function'."""
    found: list[ToolCall] = []
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict):
            function = one.get("function")
            inner = function if isinstance(function, dict) else one
            found.append(call_of(one.get("id"), inner.get("name"), inner.get("arguments")))
    return tuple(found)


async def _whole(answer: Answer) -> Reply:
    built = Assembly()
    built.add(answer, await answer.json(_DECODE))
    if not built.has_choice:
        raise answer.failed("answers no choice")
    return built.reply()


def _blocked(status: int, raw: bytes) -> Reply | None:
    """A refusal before the model: by a content filter (Azure and others), or by a guard of our gateway."""
    return Reply(message=Message(role="assistant"), finish="content_filter") if is_filtered(status, raw) else None


_FILTERED = {400: frozenset({"content_filter", "content_policy_violation"}), 403: frozenset({"content", "approval"})}


def is_filtered(status: int, raw: bytes) -> bool:
    """Whether an error says that a content filter, or a guard of our gateway, refused: an answer, not a failure."""
    codes = _FILTERED.get(status)
    if codes is None:
        return False
    try:
        return bool(msgspec.json.decode(raw)["error"]["code"] in codes)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, KeyError, TypeError):
        return False
