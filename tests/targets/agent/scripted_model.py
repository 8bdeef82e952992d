"""A small deterministic chat model: it plays a list of messages, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Callable

from bartizan.core.chat import Message, Reply, ToolCall, Usage
from bartizan.targets.chat.model import Ask, ChatModel

Line = Message | Callable[[Ask], Message]


class ScriptedModel(ChatModel):
    """Says its lines in order, and the last one for ever."""

    name = "scripted"

    def __init__(self, *lines: Line, takes_tools: bool = True, keeps_history: bool = False) -> None:
        self.lines, self.asked = lines, list[Ask]()
        self.takes_tools, self.keeps_history = takes_tools, keeps_history

    async def reply(self, ask: Ask) -> Reply:
        line = self.lines[min(len(self.asked), len(self.lines) - 1)]
        self.asked.append(ask)
        message = line if isinstance(line, Message) else line(ask)
        return Reply(message=message, finish="stop", usage=Usage(requests=1, input_tokens=10, output_tokens=2))


def says(text: str) -> Message:
    return Message(role="assistant", text=text)


def calls(*wanted: ToolCall) -> Message:
    return Message(role="assistant", calls=wanted)
