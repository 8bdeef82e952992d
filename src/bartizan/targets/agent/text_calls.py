"""Tool calls for models that have none: a line of plain text, read strictly, so that any chat endpoint can be an agent.

    CALL send_mail {"to": "jo@rivera-garden.example", "subject": "Tuesday", "body": "Fine."}

Only the assistant's own messages are read for it. Its first such line counts; what it writes after that is its own
invention of an answer, and is not sent back to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from bartizan.core.chat import Message, ToolCall, ToolOffer

_LINE = re.compile(r"^CALL ([A-Za-z0-9_.-]{1,64}) (\S.*)$", re.MULTILINE)


def instructions(offers: Sequence[ToolOffer]) -> str:
    """What the model is told of its tools and of how to call them."""
    lines = [f"- {one.name}({', '.join(one.parameters.get('properties', {}))}): {one.about}" for one in offers]
    how = 'To use a tool, answer with one line and nothing else: CALL name {"parameter": "value"}'
    return "\n".join(["You have these tools:", *lines, how, "You will then be told the result."])


def read_call(message: Message, number: int) -> tuple[Message, Message]:
    """The assistant's message with the call that stands in it, as it is written down and as it is sent back.

    Where there is no call, both are the message as it came; calls by another protocol, which was not offered, are none.
    """
    message = msgspec.structs.replace(message, calls=()) if message.calls else message
    found = _LINE.search(message.text)
    if found is None:
        return message, message
    arguments, broken = json_object(found[2])
    call = ToolCall(id=f"call-{number}", name=found[1], arguments=arguments, broken=broken)
    written = msgspec.structs.replace(message, calls=(call,))
    return written, Message(role="assistant", text=message.text[: found.end()])


def json_object(text: str) -> tuple[dict[str, Any], str]:
    """(arguments, "") where a text is a JSON object, else ({}, the text)."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return {}, text
    return (value, "") if isinstance(value, dict) else ({}, text)


def told(answer: Message) -> Message:
    """A tool's answer as a message that any chat endpoint takes."""
    return Message(role="user", text=f"RESULT of {answer.name}:\n{answer.text}")
