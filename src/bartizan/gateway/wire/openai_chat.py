"""OpenAI's chat completions, requests and whole answers: POST /v1/chat/completions.

Source: OpenAI API reference, "Chat Completions", and what compatible servers add (``reasoning_content``).
What it does not know is searched for texts: in a request they are untrusted prompts, in an answer they are answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec

from bartizan.controls.chat.exchange import Segment
from bartizan.controls.chat.verdict import BlockKind
from bartizan.gateway.wire import openai_errors
from bartizan.gateway.wire.asking import Sheet, listed, model_of, named, streams, whole
from bartizan.gateway.wire.loose import Place, is_name, leaves, others
from bartizan.gateway.wire.openai_asked import FREE, PASSES, ROLES, application, content_part
from bartizan.gateway.wire.openai_chat_stream import ChatReader
from bartizan.gateway.wire.openai_said import (
    KNOWN_OF_ANSWER,
    KNOWN_OF_MESSAGE,
    PASSES_OUT,
    TEXTS,
    kind_of,
    no_calls_in,
    usage_of,
)
from bartizan.gateway.wire.wire import Answered, Asked, Echo, Malformed, StreamReader, Wire

_KNOWN = frozenset({"messages", "model", "stream", "tools", "functions", "response_format", "prediction", *FREE})
_KNOWN_IN = frozenset({"role", "content", "name", "bartizan", "tool_calls", "function_call", "audio"} | set(TEXTS))
_EMPTY = Segment(part="prompt", role="user", trust="untrusted")


class OpenAIFormat(Wire):
    """What all of OpenAI's routes share."""

    passes: ClassVar[Mapping[str, str]] = PASSES
    free: ClassVar[Mapping[str, str]] = FREE

    def error(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """See `Wire.error`."""
        return openai_errors.body(status, kind, text)

    def error_frame(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """See `Wire.error_frame`."""
        return b"data: " + openai_errors.body(status, kind, text) + b"\n\n"


class OpenAIChat(OpenAIFormat):
    """Chat completions."""

    name: ClassVar[str] = "openai.chat"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        model, messages = model_of(body), body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise Malformed("'messages' must be a list with at least one message")
        sheet = Sheet(PASSES)
        newest = _newest(messages)
        tools: dict[str, str] = {}
        for i, message in enumerate(messages):
            _message(sheet, message, ("messages", i), i < newest, tools)
        for field in ("tools", "functions"):
            for i, tool in enumerate(listed(body, field)):
                sheet.offer(tool, (field, i))
        application(sheet, body, "response_format")
        if body.get("prediction") is not None:
            sheet.unknown(msgspec.structs.replace(_EMPTY, role="assistant"), body["prediction"], ("prediction",))
        if body.get("web_search_options") is not None:
            sheet.offer({"type": "web_search"}, ("web_search_options",))
        sheet.others(_EMPTY, body, (), _KNOWN)
        return Asked(
            model=model,
            stream=streams(body),
            output_limit=whole(body.get("max_completion_tokens"), body.get("max_tokens")),
            session=named(body.get("prompt_cache_key"), body.get("user")),
            segments=tuple(sheet.segments),
            marks=tuple(sheet.marks),
        )

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        if not isinstance(body, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        segments: list[Segment] = []
        echoes: list[Echo] = []
        for i, choice in enumerate(listed(body, "choices")):
            _choice(choice, ("choices", i), segments, echoes)
        _loose(segments, others(body, (), KNOWN_OF_ANSWER, PASSES_OUT))
        return Answered(
            segments=tuple(segments), usage=usage_of(body), model=named(body.get("model")), echoes=tuple(echoes)
        )

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return ChatReader()


def _newest(messages: list[Any]) -> int:
    """The position of the user's newest message."""
    for i in range(len(messages) - 1, -1, -1):
        if isinstance(messages[i], dict) and messages[i].get("role") == "user":
            return i
    return 0


def _message(sheet: Sheet, message: Any, place: Place, past: bool, tools: dict[str, str]) -> None:
    given = message.get("role") if isinstance(message, dict) else None
    if not isinstance(given, str) or given not in ROLES:
        raise Malformed(f"message {place[-1]} must be an object whose 'role' is one of {', '.join(ROLES)}")
    role, trust = ROLES[given]
    mark = sheet.mark(message, place)
    call = named(message.get("tool_call_id"))
    name = named(message.get("name"))
    tool = (name or tools.get(call, "")) if role == "tool" else ""
    like = Segment(part="prompt", role=role, trust=trust, past=past, name=tool, call=call)
    _past_calls(sheet, message, place, past, tools)
    content = message.get("content")
    if isinstance(content, list):
        for i, part in enumerate(content):
            content_part(sheet, part, (*place, "content", i), like, mark)
    elif content is None or isinstance(content, str):
        sheet.text(like, content, (*place, "content"), mark)
    else:
        raise Malformed(f"'content' of message {place[-1]} must be a text or a list")
    if message.keys() <= _PLAIN:
        return
    for field in TEXTS[1:]:
        sheet.text(like, message.get(field), (*place, field), mark)
    if role != "tool" or not is_name(name):
        sheet.text(like, message.get("name"), (*place, "name"), mark)
    if message.get("audio") is not None:
        sheet.unknown(like, message["audio"], (*place, "audio"), mark)
    sheet.others(like, message, place, _KNOWN_IN, mark)


_PLAIN = frozenset({"role", "content"})


def _past_calls(sheet: Sheet, message: dict[str, Any], place: Place, past: bool, tools: dict[str, str]) -> None:
    like = Segment(part="prompt", role="assistant", past=past)
    for where, call, function in _calls(message, place):
        name, key = named(function.get("name")), named(call.get("id"))
        if key:
            tools[key] = name
        field = "input" if "input" in function else "arguments"
        this = msgspec.structs.replace(like, name=name, call=key)
        sheet.text(this, function.get(field), (*where, field))
        sheet.others(this, function, where, frozenset({field}))
        if call is not function:
            sheet.others(this, call, where[:-1], frozenset({where[-1]}))  # type: ignore[arg-type]


def _calls(message: dict[str, Any], place: Place) -> list[tuple[Place, dict[str, Any], dict[str, Any]]]:
    """(where its name and arguments stand, the call, what holds its name and arguments). Raises Malformed."""
    found: list[tuple[Place, dict[str, Any], dict[str, Any]]] = []
    for i, call in enumerate(listed(message, "tool_calls")):
        kind = next((one for one in ("function", "custom") if isinstance(call, dict) and one in call), "")
        if not kind or not isinstance(call[kind], dict):
            raise Malformed("a tool call must be an object with its function")
        found.append(((*place, "tool_calls", i, kind), call, call[kind]))
    old = message.get("function_call")
    if isinstance(old, dict):
        found.append(((*place, "function_call"), old, old))
    elif old is not None:
        raise Malformed("'function_call' of a message must be an object")
    return found


def _choice(choice: Any, place: Place, segments: list[Segment], echoes: list[Echo]) -> None:
    if not isinstance(choice, dict):
        raise Malformed("the upstream's answer has a choice that is no object")
    no_calls_in(choice.get("delta"))
    message, here = choice.get("message"), (*place, "message")
    if isinstance(message, dict):
        said = len(segments)
        for field in TEXTS:
            _say(segments, message.get(field), (*here, field), kind_of(field))
        audio = message.get("audio")
        if isinstance(audio, dict):
            _say(segments, audio.get("transcript"), (*here, "audio", "transcript"), "")
            _loose(segments, others(audio, (*here, "audio"), frozenset({"transcript", "data"}), PASSES_OUT))
            echoes.append(Echo(place=(*here, "audio", "data"), of=(*here, "audio", "transcript")))
        if choice.get("logprobs"):
            echoes += [Echo(place=(*place, "logprobs"), of=one.place) for one in segments[said:]]
        _asked_calls(segments, message, here)
        _loose(segments, others(message, here, KNOWN_OF_MESSAGE, PASSES_OUT))
    elif message is not None:
        _loose(segments, leaves(message, here, "message", PASSES_OUT))
    if choice.get("logprobs"):
        where = (*place, "logprobs")
        segments.append(Segment(part="numbers", name="logprobs", place=where, value=choice["logprobs"]))
    _loose(segments, others(choice, place, frozenset({"message", "logprobs"}), PASSES_OUT))


def _asked_calls(segments: list[Segment], message: dict[str, Any], here: Place) -> None:
    for where, call, function in _calls(message, here):
        field = "input" if "input" in function else "arguments"
        text = function.get(field)
        if text is not None and not isinstance(text, str):
            raise Malformed("the upstream sent arguments that are no text")
        name, key = named(function.get("name")), named(call.get("id"))
        this = Segment(part="call", role="assistant", name=name, call=key, text=text or "", place=(*where, field))
        segments.append(this)
        _loose(segments, others(function, where, frozenset({field}), PASSES_OUT))
        if call is not function:
            _loose(segments, others(call, where[:-1], frozenset({str(where[-1])}), PASSES_OUT))


def _say(segments: list[Segment], text: Any, place: Place, kind: str) -> None:
    if isinstance(text, str):
        if text:
            segments.append(Segment(part="answer", role="assistant", name=kind, text=text, place=place))
    elif text is not None:
        _loose(segments, leaves(text, place, str(place[-1]), PASSES_OUT))


def _loose(segments: list[Segment], found: Any) -> None:
    segments += [Segment(part="answer", role="assistant", text=text, place=place) for place, text in found]
