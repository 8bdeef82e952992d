"""Ollama's chat: POST /api/chat. It streams unless it is told not to: lines of JSON, the last one with ``done``."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from bartizan.controls.chat.exchange import Segment, Trust
from bartizan.core.chat import Role
from bartizan.gateway.wire.asking import Sheet, listed, model_of, named, streams
from bartizan.gateway.wire.channels import ANSWER, REASONING, Channels
from bartizan.gateway.wire.loose import Place
from bartizan.gateway.wire.ollama_asked import FREE, PASSES, OllamaFormat, form, images, limit_of, usage_of
from bartizan.gateway.wire.wire import Answered, Asked, Frame, Malformed, Seen, StreamReader

_ROLES: dict[str, tuple[Role, Trust]] = {
    "system": ("system", "trusted"),
    "user": ("user", "user"),
    "assistant": ("assistant", "user"),
    "tool": ("tool", "untrusted"),
}
_KNOWN = frozenset({"model", "messages", "stream", "tools", "format", *FREE})
_KNOWN_OF_MESSAGE = frozenset({"role", "content", "thinking", "images", "tool_calls", "bartizan"})
_BESIDE = frozenset({"message", "logprobs"})
_USER = Segment(part="prompt", role="user", trust="user")


class OllamaChat(OllamaFormat):
    """Chat."""

    name: ClassVar[str] = "ollama.chat"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        model, messages = model_of(body), listed(body, "messages")
        sheet = Sheet(PASSES)
        newest = max(
            (i for i, one in enumerate(messages) if isinstance(one, dict) and one.get("role") == "user"), default=0
        )
        tools: dict[str, str] = {}
        for i, message in enumerate(messages):
            _message(sheet, message, ("messages", i), i < newest, tools)
        for i, tool in enumerate(listed(body, "tools")):
            sheet.offer(tool, ("tools", i))
        form(sheet, body)
        sheet.others(_USER, body, (), _KNOWN)
        return Asked(
            model=model,
            stream=streams(body, otherwise=True),
            output_limit=limit_of(body),
            segments=tuple(sheet.segments),
            marks=tuple(sheet.marks),
        )

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        seen = _Reader().read(Frame(raw=b"", data=body))
        segments = [
            msgspec.structs.replace(_like(seen, one.channel), text=one.text, place=one.place) for one in seen.spots
        ]
        places = {one.channel: one.place for one in seen.spots}
        echoes = [msgspec.structs.replace(one, of=places.get(str(one.of), ())) for one in seen.echoes]
        return Answered(segments=(*segments, *seen.whole), usage=seen.usage, model=seen.model, echoes=tuple(echoes))

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return _Reader()


def _like(seen: Seen, channel: str) -> Segment:
    return seen.opens[channel]


def _message(sheet: Sheet, message: Any, place: Place, past: bool, tools: dict[str, str]) -> None:
    given = message.get("role") if isinstance(message, dict) else None
    if not isinstance(given, str) or given not in _ROLES:
        raise Malformed(f"message {place[-1]} must be an object whose 'role' is one of {', '.join(_ROLES)}")
    role, trust = _ROLES[given]
    mark = sheet.mark(message, place)
    call = named(message.get("tool_call_id"))
    tool = named(message.get("tool_name"), message.get("name"), tools.get(call)) if role == "tool" else ""
    like = Segment(part="prompt", role=role, trust=trust, past=past, name=tool, call=call)
    for i, one in enumerate(listed(message, "tool_calls")):
        _past_call(sheet, one, (*place, "tool_calls", i), past, tools)
    for field in ("content", "thinking"):
        sheet.text(like, message.get(field), (*place, field), mark)
    images(sheet, message, place, like, mark)
    sheet.others(like, message, place, _KNOWN_OF_MESSAGE, mark)


def _past_call(sheet: Sheet, call: Any, place: Place, past: bool, tools: dict[str, str]) -> None:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        raise Malformed("a tool call must be an object with its function")
    name, key = named(function.get("name")), named(call.get("id"))
    tools[key] = name
    like = Segment(part="prompt", role="assistant", past=past, name=name, call=key)
    given, where = function.get("arguments"), (*place, "function", "arguments")
    if isinstance(given, dict) and given:
        text = msgspec.json.encode(given).decode()
        sheet.segments.append(msgspec.structs.replace(like, text=text, value=given, place=where))
    elif not isinstance(given, dict):
        sheet.text(like, given, where)
    sheet.others(like, function, where[:-1], frozenset({"arguments"}))
    sheet.others(like, call, place, frozenset({"function"}))


class _Reader(StreamReader):
    """One answer. Calls stand whole in a line."""

    def __init__(self) -> None:
        self._channels = Channels(PASSES)

    def read(self, frame: Frame) -> Seen:
        """See `StreamReader.read`."""
        data, channels = frame.data, self._channels
        if data is None:
            return Seen()
        if not isinstance(data, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        message, place = data.get("message"), ("message",)
        if isinstance(message, dict):
            for field, like in (("content", ANSWER), ("thinking", REASONING)):
                if message.get(field) is not None:
                    channels.say(field, message[field], (*place, field), like)
            for i, call in enumerate(listed(message, "tool_calls")):
                self._call(call, ("message", "tool_calls", i))
            channels.others_say("?", message, place, frozenset({"content", "thinking", "tool_calls"}))
        elif message is not None:
            channels.unknown(message, place)
        logprobs(channels, data, "content")
        channels.others(data, (), _BESIDE)
        failed = data.get("error") is not None
        return channels.seen(usage=usage_of(data), model=data.get("model"), done=data.get("done") is True or failed)

    def _call(self, call: Any, place: Place) -> None:
        function = call.get("function") if isinstance(call, dict) else None
        given = function.get("arguments") if isinstance(function, dict) else None
        if not isinstance(function, dict) or not isinstance(given, (dict, str)):
            raise Malformed("the upstream sent a call without its function or arguments")
        text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
        where = (*place, "function", "arguments")
        name, key = named(function.get("name")), named(call.get("id"))
        value = given if isinstance(given, dict) else None
        self._channels.whole(
            Segment(part="call", role="assistant", name=name, call=key, text=text, value=value, place=where)
        )
        self._channels.others(function, where[:-1], frozenset({"arguments"}))
        self._channels.others(call, place, frozenset({"function"}))


def logprobs(channels: Channels, data: dict[str, Any], channel: str) -> None:
    """The chances of the tokens of a line, which repeat its text."""
    if data.get("logprobs"):
        channels.whole(Segment(part="numbers", name="logprobs", value=data["logprobs"], place=("logprobs",)))
        channels.echo(("logprobs",), channel)
