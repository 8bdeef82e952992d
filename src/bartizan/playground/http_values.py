"""What clients send to the playground's server and what it answers: OpenAI's chat completions, hooks, retrieval."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from bartizan.core.chat import Message, Usage
from bartizan.core.transcript import USER, Turn


class Said(msgspec.Struct, frozen=True):
    """One message of a request."""

    role: str
    content: str | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "\n".join(str(one.get("text", "")) for one in self.content)
        return self.content or ""


class Completion(msgspec.Struct, frozen=True):
    """A request for a completion. What it says of models, tools and temperature is not looked at."""

    messages: list[Said]
    stream: bool = False
    user: str = ""


class SearchFor(msgspec.Struct, frozen=True):
    """A query."""

    query: str
    user: str = USER
    k: int = 5


class ById(msgspec.Struct, frozen=True):
    """A document."""

    id: str


class Texts(msgspec.Struct, frozen=True):
    """Texts to be made vectors of."""

    texts: list[str]


_NUMBER = itertools.count(1)


def earlier_and_newest(asked: Completion) -> tuple[tuple[Message, ...], str] | None:
    """(what was said before, the user's newest words); None where the user says nothing.

    What a client sends as the system's words is not looked at.
    """
    spoken = [one for one in asked.messages if one.role in ("user", "assistant")]
    if not spoken or spoken[-1].role != "user":
        return None
    earlier = tuple(Message(role="user" if one.role == "user" else "assistant", text=one.text) for one in spoken[:-1])
    return earlier, spoken[-1].text


def completion(turn: Turn, model: str) -> dict[str, Any]:
    """A whole completion."""
    message = {"role": "assistant", "content": turn.text}
    return {
        "id": f"chatcmpl-{next(_NUMBER)}",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(turn)}],
        "usage": _usage(turn.usage),
    }


def chunks(turn: Turn, model: str) -> list[bytes]:
    """The same as a stream of server-sent events."""
    head = {"id": f"chatcmpl-{next(_NUMBER)}", "object": "chat.completion.chunk", "created": 0, "model": model}
    pieces = [turn.text[at : at + 400] for at in range(0, len(turn.text), 400)]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in pieces)]
    bodies: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    bodies.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(turn)}]})
    bodies.append({**head, "choices": [], "usage": _usage(turn.usage)})
    return [*(b"data: " + msgspec.json.encode(body) + b"\n\n" for body in bodies), b"data: [DONE]\n\n"]


def _finish(turn: Turn) -> str:
    return "length" if turn.finish in ("length", "steps") else "stop"


def _usage(usage: Usage) -> dict[str, int]:
    total = usage.input_tokens + usage.output_tokens
    return {"prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens, "total_tokens": total}
