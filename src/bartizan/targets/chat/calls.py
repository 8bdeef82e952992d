"""What the protocols share: texts in parts, and the arguments of a tool call as models write them."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.core.chat import ToolCall


def text_in(content: object) -> str:
    """The text of a message's content: a string, or a list of parts of which some have a text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str))


def call_of(call_id: object, name: object, arguments: object) -> ToolCall:
    """A call whose arguments are a JSON object, or a text of one; what is neither is kept as it came, as broken."""
    known: dict[str, Any] = {
        "id": call_id if isinstance(call_id, str) else "",
        "name": name if isinstance(name, str) else "",
    }
    if isinstance(arguments, dict):
        return ToolCall(**known, arguments=arguments)
    if arguments is None or (isinstance(arguments, str) and not arguments.strip()):
        return ToolCall(**known)
    if not isinstance(arguments, str):
        return ToolCall(**known, broken=written(arguments))
    try:
        found: Any = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        found = None
    return ToolCall(**known, arguments=found) if isinstance(found, dict) else ToolCall(**known, broken=arguments)


def written(arguments: object) -> str:
    """Arguments as JSON text."""
    return msgspec.json.encode(arguments).decode()


def arguments_text(call: ToolCall) -> str:
    """A call's arguments as they are sent back to the model that wrote them."""
    return call.broken or written(call.arguments)
