"""OpenAI's chat completions: POST /v1/chat/completions.

Source: OpenAI API reference, "Chat Completions", and what compatible servers add (``reasoning_content``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import msgspec

from bartizan.controls.chat.exchange import Segment, Step, Trust
from bartizan.controls.chat.verdict import BlockKind
from bartizan.core.chat import Role, ToolOffer, Usage
from bartizan.gateway.wire import openai_errors
from bartizan.gateway.wire.marks import Mark, mark_of
from bartizan.gateway.wire.wire import Answered, Asked, Frame, Malformed, Seen, Spot, StreamReader, Wire

_ROLES: dict[str, tuple[Role, Trust]] = {
    "system": ("system", "trusted"),
    "developer": ("system", "trusted"),
    "user": ("user", "user"),
    "assistant": ("assistant", "user"),
    "tool": ("tool", "untrusted"),
    "function": ("tool", "untrusted"),
}
_TEXTS = ("content", "refusal", "reasoning_content", "reasoning")
Place = tuple[Step, ...]


class OpenAIChat(Wire):
    """Chat completions."""

    name: ClassVar[str] = "openai.chat"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        model, messages = body.get("model"), body.get("messages")
        if not isinstance(model, str) or not model:
            raise Malformed("'model' must be a text")
        if not isinstance(messages, list) or not messages:
            raise Malformed("'messages' must be a list with at least one message")
        marks: list[Place] = []
        segments = [Segment(part="request")]
        newest = _newest(messages)
        tools: dict[str, str] = {}
        for i, message in enumerate(messages):
            segments += _message(message, ("messages", i), i < newest, tools, marks)
        segments += _offers(body)
        return Asked(
            model=model,
            stream=body.get("stream") is True,
            output_limit=_whole(body.get("max_completion_tokens"), body.get("max_tokens")),
            session=str(body.get("prompt_cache_key") or body.get("user") or ""),
            segments=tuple(segments),
            marks=tuple(marks),
        )

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        if not isinstance(body, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        segments: list[Segment] = []
        for i, choice in enumerate(_list(body, "choices")):
            message = choice.get("message") if isinstance(choice, dict) else None
            if not isinstance(message, dict):
                continue
            place: Place = ("choices", i, "message")
            segments += _texts(message, place)
            segments += _calls(message, place)
            if choice.get("logprobs"):
                segments.append(
                    Segment(part="numbers", name="logprobs", place=("choices", i, "logprobs"), value=choice["logprobs"])
                )
        return Answered(segments=tuple(segments), usage=_usage(body), model=str(body.get("model") or ""))

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return _Reader()

    def error(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """See `Wire.error`."""
        return openai_errors.body(status, kind, text)

    def error_frame(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """See `Wire.error_frame`."""
        return b"data: " + openai_errors.body(status, kind, text) + b"\n\n"


def _newest(messages: list[Any]) -> int:
    """The position of the user's newest message."""
    for i in range(len(messages) - 1, -1, -1):
        if isinstance(messages[i], dict) and messages[i].get("role") == "user":
            return i
    return 0


def _message(message: Any, place: Place, past: bool, tools: dict[str, str], marks: list[Place]) -> Iterator[Segment]:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise Malformed(f"message {place[-1]} must be an object whose 'role' is one of {', '.join(_ROLES)}")
    role, trust = _ROLES[message["role"]]
    mark = mark_of(message, place, marks)
    call = message.get("tool_call_id")
    call = call if isinstance(call, str) else ""
    tool = str(message.get("name") or tools.get(call, ""))
    for one in _calls(message, place):
        tools[one.call] = one.name
        yield _past_call(one, past)
    content = message.get("content")
    if isinstance(content, str):
        yield mark.on(_prompt(role, trust, content, (*place, "content"), past, tool, call))
    elif isinstance(content, list):
        for i, part in enumerate(content):
            yield from _content_part(
                part, (*place, "content", i), _prompt(role, trust, "", (), past, tool, call), mark, marks
            )
    elif content is not None:
        raise Malformed(f"'content' of message {place[-1]} must be a text or a list")
    for name in _TEXTS[1:]:
        if isinstance(message.get(name), str):
            yield _prompt(role, trust, message[name], (*place, name), past, tool, call)


def _prompt(role: Role, trust: Trust, text: str, place: Place, past: bool, tool: str, call: str) -> Segment:
    return Segment(part="prompt", role=role, trust=trust, text=text, place=place, past=past, name=tool, call=call)


def _past_call(call: Segment, past: bool) -> Segment:
    return Segment(
        part="prompt", role="assistant", text=call.text, name=call.name, call=call.call, place=call.place, past=past
    )


def _content_part(part: Any, place: Place, like: Segment, mark: Mark, marks: list[Place]) -> Iterator[Segment]:
    """A part of a message: text, or a file. What this format does not know but has text is untrusted text."""
    if not isinstance(part, dict):
        raise Malformed(f"part {place[-1]} of message {place[1]} must be an object")
    mark = mark_of(part, place, marks) if "bartizan" in part else mark
    if isinstance(part.get("text"), str):
        yield mark.on(msgspec.structs.replace(like, text=part["text"], place=(*place, "text")))
    for kind, value in part.items():
        if kind in {"image_url", "input_audio", "file"}:
            yield Segment(
                part="attachment", role=like.role, name=kind, value=value, size=_size(value), place=(*place, kind)
            )


def _size(value: Any) -> int:
    return sum(len(one) for one in value.values() if isinstance(one, str)) if isinstance(value, dict) else 0


def _offers(body: Any) -> Iterator[Segment]:
    for i, tool in enumerate(_list(body, "tools")):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            continue
        offer = ToolOffer(
            name=function["name"],
            about=str(function.get("description") or ""),
            parameters=function.get("parameters") or {},
        )
        yield Segment(part="offer", name=offer.name, text=offer.about, value=offer, place=("tools", i))


def _texts(message: dict[str, Any], place: Place) -> Iterator[Segment]:
    for name in _TEXTS:
        if isinstance(message.get(name), str) and message[name]:
            yield Segment(part="answer", role="assistant", name=_kind(name), text=message[name], place=(*place, name))


def _kind(field: str) -> str:
    return "reasoning" if field.startswith("reasoning") else ""


def _calls(message: dict[str, Any], place: Place) -> Iterator[Segment]:
    for i, call in enumerate(_list(message, "tool_calls")):
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            yield Segment(
                part="call",
                role="assistant",
                name=str(function.get("name") or ""),
                call=str(call.get("id") or ""),
                text=str(function.get("arguments") or ""),
                place=(*place, "tool_calls", i, "function", "arguments"),
            )


def _list(body: Any, name: str) -> list[Any]:
    found = body.get(name)
    return found if isinstance(found, list) else []


def _whole(*candidates: Any) -> int | None:
    found = [one for one in candidates if isinstance(one, int) and not isinstance(one, bool)]
    return found[0] if found else None


def _usage(body: dict[str, Any]) -> Usage | None:
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return None
    return Usage(
        requests=1,
        input_tokens=_whole(usage.get("prompt_tokens")) or 0,
        output_tokens=_whole(usage.get("completion_tokens")) or 0,
    )


class _Reader(StreamReader):
    """Chunks: choices with a delta each; a choice's calls are told apart by their index."""

    def __init__(self) -> None:
        self._open: dict[str, Segment] = {}

    def read(self, frame: Frame) -> Seen:
        """See `StreamReader.read`."""
        data = frame.data
        if not isinstance(data, dict):
            return Seen(done=b"[DONE]" in frame.raw)
        opens: dict[str, Segment] = {}
        spots: list[Spot] = []
        ends: list[str] = []
        whole: list[Segment] = []
        for i, choice in enumerate(_list(data, "choices")):
            if isinstance(choice, dict):
                self._choice(choice, ("choices", i), opens, spots, ends)
                if choice.get("logprobs"):
                    whole.append(
                        Segment(
                            part="numbers", name="logprobs", place=("choices", i, "logprobs"), value=choice["logprobs"]
                        )
                    )
        return Seen(
            opens=opens,
            spots=tuple(spots),
            ends=tuple(ends),
            whole=tuple(whole),
            usage=_usage(data),
            model=str(data.get("model") or ""),
        )

    def _choice(
        self, choice: dict[str, Any], place: Place, opens: dict[str, Segment], spots: list[Spot], ends: list[str]
    ) -> None:
        index = choice.get("index", 0)
        delta = choice.get("delta")
        if isinstance(delta, dict):
            for name in _TEXTS:
                if isinstance(delta.get(name), str) and delta[name]:
                    channel = f"{index}/{name}"
                    self._begin(channel, Segment(part="answer", role="assistant", name=_kind(name)), opens)
                    spots.append(Spot(channel=channel, place=(*place, "delta", name), text=delta[name]))
            for i, call in enumerate(_list(delta, "tool_calls")):
                self._call(call, (*place, "delta", "tool_calls", i), index, i, opens, spots)
        if choice.get("finish_reason"):
            ends += [one for one in self._open if one.startswith(f"{index}/")]

    def _call(self, call: Any, place: Place, choice: Any, i: int, opens: dict[str, Segment], spots: list[Spot]) -> None:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict):
            return
        channel = f"{choice}/call/{call.get('index', i)}"
        name, key = str(function.get("name") or ""), str(call.get("id") or "")
        self._begin(channel, Segment(part="call", role="assistant", name=name, call=key), opens)
        text = function.get("arguments")
        if isinstance(text, str):
            spots.append(Spot(channel=channel, place=(*place, "function", "arguments"), text=text))

    def _begin(self, channel: str, segment: Segment, opens: dict[str, Segment]) -> None:
        if channel not in self._open:
            self._open[channel] = opens[channel] = segment
