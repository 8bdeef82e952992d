"""Anthropic's messages, requests and whole answers: POST /v1/messages and /v1/messages/count_tokens.

Source: Anthropic API reference, "Messages". What stands in a user's message and is not the user's own words (tool
results, documents, search results) is untrusted, wherever it is nested.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec

from bartizan.controls.chat.exchange import Segment, Trust
from bartizan.controls.chat.verdict import BlockKind
from bartizan.core.chat import Role
from bartizan.gateway.wire import anthropic_errors
from bartizan.gateway.wire.anthropic_blocks import FREE, PASSES, answered_block, asked_block
from bartizan.gateway.wire.anthropic_stream import MessagesReader, usage_of
from bartizan.gateway.wire.asking import Sheet, listed, model_of, named, streams, whole
from bartizan.gateway.wire.channels import NoStream
from bartizan.gateway.wire.loose import Place, others
from bartizan.gateway.wire.wire import Answered, Asked, Malformed, StreamReader, Wire

_ROLES: dict[str, tuple[Role, Trust]] = {
    "system": ("system", "trusted"),
    "user": ("user", "user"),
    "assistant": ("assistant", "user"),
}
_KNOWN = frozenset({"model", "messages", "system", "tools", "mcp_servers", "stream", "output_format", *FREE})
_KNOWN_OF_MESSAGE = frozenset({"role", "content", "bartizan"})
_USER = Segment(part="prompt", role="user", trust="user")
_SYSTEM = Segment(part="prompt", role="system", trust="trusted")
_ANSWER = Segment(part="answer", role="assistant")


class AnthropicMessages(Wire):
    """Messages."""

    name: ClassVar[str] = "anthropic.messages"
    passes: ClassVar[Mapping[str, str]] = PASSES
    free: ClassVar[Mapping[str, str]] = FREE

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        model, messages = model_of(body), body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise Malformed("'messages' must be a list with at least one message")
        sheet = Sheet(PASSES)
        tools: dict[str, str] = {}
        _content(sheet, body.get("system"), ("system",), _SYSTEM, tools)
        newest = _newest(messages)
        for i, message in enumerate(messages):
            _message(sheet, message, ("messages", i), i < newest, tools)
        for field in ("tools", "mcp_servers"):
            for i, tool in enumerate(listed(body, field)):
                sheet.offer(tool, (field, i))
        if body.get("output_format") is not None:
            sheet.unknown(_USER, body["output_format"], ("output_format",))
        sheet.others(_USER, body, (), _KNOWN)
        metadata = body.get("metadata")
        return Asked(
            model=model,
            stream=streams(body),
            output_limit=whole(body.get("max_tokens")),
            session=named(metadata.get("user_id")) if isinstance(metadata, dict) else "",
            segments=tuple(sheet.segments),
            marks=tuple(sheet.marks),
        )

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        if not isinstance(body, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        segments: list[Segment] = []
        for i, block in enumerate(listed(body, "content")):
            segments += answered_block(block, ("content", i))
        found = others(body, (), frozenset({"content", "usage"}), PASSES)
        segments += [msgspec.structs.replace(_ANSWER, text=text, place=place) for place, text in found]
        return Answered(segments=tuple(segments), usage=usage_of(body.get("usage")), model=named(body.get("model")))

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return MessagesReader()

    def error(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """See `Wire.error`."""
        return anthropic_errors.body(status, kind, text)

    def error_frame(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """See `Wire.error_frame`."""
        return b"event: error\ndata: " + anthropic_errors.body(status, kind, text) + b"\n\n"


class AnthropicTokenCount(AnthropicMessages):
    """The tokens that a request would take: it is sent as a whole, so it is judged as a whole."""

    name: ClassVar[str] = "anthropic.count_tokens"

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return NoStream()


def _newest(messages: list[Any]) -> int:
    """The position of the user's newest message that is not tool results alone."""
    for i in range(len(messages) - 1, -1, -1):
        message = messages[i]
        if not isinstance(message, dict) or message.get("role") != "user":
            continue
        content = message.get("content")
        if not isinstance(content, list) or any(not _is_result(one) for one in content):
            return i
    return 0


def _is_result(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") == "tool_result"


def _message(sheet: Sheet, message: Any, place: Place, past: bool, tools: dict[str, str]) -> None:
    given = message.get("role") if isinstance(message, dict) else None
    if not isinstance(given, str) or given not in _ROLES:
        raise Malformed(f"message {place[-1]} must be an object whose 'role' is one of {', '.join(_ROLES)}")
    role, trust = _ROLES[given]
    like = Segment(part="prompt", role=role, trust=trust, past=past)
    mark = sheet.mark(message, place)
    content, where = message.get("content"), (*place, "content")
    if isinstance(content, str):
        sheet.text(like, content, where, mark)
    elif isinstance(content, list):
        for i, block in enumerate(content):
            asked_block(sheet, block, (*where, i), like, mark, tools)
    elif content is not None:
        raise Malformed(f"'content' of message {place[-1]} must be a text or a list")
    sheet.others(like, message, place, _KNOWN_OF_MESSAGE, mark)


def _content(sheet: Sheet, content: Any, place: Place, like: Segment, tools: dict[str, str]) -> None:
    """A text, or a list of blocks. Raises Malformed."""
    if content is None or isinstance(content, str):
        return sheet.text(like, content, place)
    if not isinstance(content, list):
        raise Malformed(f"'{place[-1]}' must be a text or a list")
    for i, block in enumerate(content):
        asked_block(sheet, block, (*place, i), like, sheet.mark({}, place), tools)
    return None
