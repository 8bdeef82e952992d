"""OpenAI's responses, requests and whole answers: POST /v1/responses. What is kept there cannot be fetched here.

Source: OpenAI API reference, "Responses". What lies at the supplier or is sealed by it (``previous_response_id``,
``conversation``, a stored prompt, items that are named or compacted) cannot be read by guards: it stands as an
untrusted prompt of the past without text.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from bartizan.controls.chat.exchange import STORED, Segment
from bartizan.controls.chat.verdict import BlockKind
from bartizan.gateway.wire import openai_errors
from bartizan.gateway.wire.asking import Sheet, listed, model_of, named, streams, whole
from bartizan.gateway.wire.loose import Place
from bartizan.gateway.wire.openai_asked import APPLICATION, FREE, PASSES, ROLES, application, content_part
from bartizan.gateway.wire.openai_chat import OpenAIFormat
from bartizan.gateway.wire.openai_items import answered_items
from bartizan.gateway.wire.openai_responses_stream import ResponsesReader
from bartizan.gateway.wire.openai_said import usage_of
from bartizan.gateway.wire.wire import Answered, Asked, Malformed, StreamReader

_KNOWN = frozenset(
    {
        "input",
        "instructions",
        "model",
        "stream",
        "tools",
        "text",
        "prompt",
        "previous_response_id",
        "conversation",
        *FREE,
    }
)
_USER = Segment(part="prompt", role="user", trust="user")
_CALLS = {"function_call": "arguments", "custom_tool_call": "input", "mcp_call": "arguments"}
_KNOWN_OF_MESSAGE = frozenset({"role", "content", "bartizan"})
_UNREAD = frozenset({"item_reference", "compaction", "compaction_summary"})
"""Items of a conversation that lie at the supplier, or that only the supplier can read."""


class OpenAIResponses(OpenAIFormat):
    """Responses."""

    name: ClassVar[str] = "openai.responses"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        model = model_of(body)
        sheet = Sheet(PASSES)
        _instructions(sheet, body.get("instructions"))
        _stored(sheet, body)
        given = body.get("input")
        if isinstance(given, list):
            _items(sheet, given)
        elif given is None or isinstance(given, str):
            sheet.text(_USER, given, ("input",))
        else:
            raise Malformed("'input' must be a text or a list")
        for i, tool in enumerate(listed(body, "tools")):
            sheet.offer(tool, ("tools", i))
        application(sheet, body, "text")
        sheet.others(_USER, body, (), _KNOWN)
        conversation = body.get("conversation")
        return Asked(
            model=model,
            stream=streams(body),
            output_limit=whole(body.get("max_output_tokens")),
            session=named(
                conversation.get("id") if isinstance(conversation, dict) else conversation,
                body.get("prompt_cache_key"),
                body.get("safety_identifier"),
                body.get("user"),
            ),
            segments=tuple(sheet.segments),
            marks=tuple(sheet.marks),
        )

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        if not isinstance(body, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        segments, echoes = answered_items(body)
        return Answered(
            segments=tuple(segments), usage=usage_of(body), model=named(body.get("model")), echoes=tuple(echoes)
        )

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return ResponsesReader()

    def error_frame(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """An event ``error``; it has an ``error`` inside as well, by which the official clients raise."""
        error = msgspec.json.decode(openai_errors.body(status, kind, text))["error"]
        data = {"type": "error", "code": kind, "message": text, "param": None, "error": error}
        return b"event: error\ndata: " + msgspec.json.encode(data) + b"\n\n"


def _unread(what: str, place: Place) -> Segment:
    """Something of a conversation that no guard can read."""
    return Segment(part="prompt", role="user", trust="untrusted", past=True, source=f"{STORED}{what}", place=place)


def _instructions(sheet: Sheet, given: Any) -> None:
    if isinstance(given, list):
        _items(sheet, given, "instructions")
    else:
        sheet.text(APPLICATION, given, ("instructions",))


def _stored(sheet: Sheet, body: Any) -> None:
    """What lies at the supplier and takes part."""
    for field in ("previous_response_id", "conversation"):
        if body.get(field) is not None:
            sheet.segments.append(_unread(field, (field,)))
            sheet.unknown(_USER, body[field], (field,))
    prompt = body.get("prompt")
    if isinstance(prompt, dict):
        sheet.segments.append(msgspec.structs.replace(APPLICATION, source=f"{STORED}prompt", place=("prompt",)))
    if prompt is not None:
        sheet.unknown(_USER, prompt, ("prompt",))


def _items(sheet: Sheet, items: list[Any], field: str = "input") -> None:
    newest = _newest(items)
    tools: dict[str, str] = {}
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            raise Malformed(f"'{field}' must hold objects")
        place, past = (field, i), i < newest
        if "role" in item:
            _message(sheet, item, place, past)
        else:
            _other(sheet, item, place, past, tools)


def _newest(items: list[Any]) -> int:
    """The position of the user's newest message."""
    for i in range(len(items) - 1, -1, -1):
        if isinstance(items[i], dict) and items[i].get("role") == "user":
            return i
    return 0


def _message(sheet: Sheet, item: dict[str, Any], place: Place, past: bool) -> None:
    given = item["role"]
    if not isinstance(given, str) or given not in ROLES or item.get("type", "message") != "message":
        raise Malformed(f"item {place[-1]} has a 'role' that is not one of {', '.join(ROLES)}, or is no message")
    role, trust = ROLES[given]
    mark = sheet.mark(item, place)
    like = Segment(part="prompt", role=role, trust=trust, past=past)
    content = item.get("content")
    if isinstance(content, list):
        for i, part in enumerate(content):
            content_part(sheet, part, (*place, "content", i), like, mark)
    else:
        sheet.text(like, content, (*place, "content"), mark)
    sheet.others(like, item, place, _KNOWN_OF_MESSAGE, mark)


def _other(sheet: Sheet, item: dict[str, Any], place: Place, past: bool, tools: dict[str, str]) -> None:
    """A call of the past, what a tool answered, or anything else: all untrusted but the arguments of calls."""
    kind, key = named(item.get("type")), named(item.get("call_id"), item.get("id"))
    mark = sheet.mark(item, place)
    if kind in _UNREAD:
        sheet.segments.append(_unread(kind, place))
    if kind in _CALLS:
        name, field = named(item.get("name")), _CALLS[kind]
        tools[key] = name
        like = Segment(part="prompt", role="assistant", past=past, name=name, call=key)
        sheet.text(like, item.get(field), (*place, field), mark)
        rest = msgspec.structs.replace(like, role="tool", trust="untrusted")
        return sheet.others(rest, item, place, frozenset({field, "bartizan"}), mark)
    role: Literal["assistant", "tool"] = "assistant" if kind == "reasoning" else "tool"
    trust: Literal["user", "untrusted"] = "user" if kind == "reasoning" else "untrusted"
    like = Segment(part="prompt", role=role, trust=trust, past=past, name=tools.get(key, ""), call=key)
    output = item.get("output")
    known = {"bartizan"}
    if isinstance(output, list):
        known.add("output")
        for i, part in enumerate(output):
            content_part(sheet, part, (*place, "output", i), like, mark)
    elif isinstance(output, dict) and isinstance(output.get("image_url"), str):
        known.add("output")
        content_part(sheet, output, (*place, "output"), like, mark)
    elif isinstance(output, str):
        known.add("output")
        sheet.text(like, output, (*place, "output"), mark)
    return sheet.others(like, item, place, frozenset(known), mark)
