"""What OpenAI's formats share in their answers."""

from __future__ import annotations

from typing import Any

from bartizan.core.chat import Usage
from bartizan.gateway.wire.asking import whole
from bartizan.gateway.wire.loose import NAMES
from bartizan.gateway.wire.wire import Malformed

TEXTS = ("content", "refusal", "reasoning_content", "reasoning")
KNOWN_OF_MESSAGE = frozenset({"tool_calls", "function_call", "audio", *TEXTS})
KNOWN_OF_ANSWER = frozenset({"choices", "usage"})
PASSES_OUT: dict[str, str] = NAMES | {
    "system_fingerprint": "an id",
    "service_tier": "one of a few tiers",
    "provider": "a supplier's name",
    "code": "an error's name",
    "name": "the name of a tool that was called",
}
"""Fields of answers that may pass where they are shaped like a name."""


def kind_of(field: str) -> str:
    """The name of an answer segment: whether it is meant for the user."""
    return "reasoning" if field.startswith("reasoning") else ""


def no_calls_in(piece: Any) -> None:
    """Refuse calls where no answer of this kind has any: some client could find them there. Raises Malformed."""
    if isinstance(piece, dict) and (piece.get("tool_calls") or piece.get("function_call")):
        raise Malformed("the upstream sent a call where there is none")


def usage_of(body: dict[str, Any]) -> Usage | None:
    """The tokens that an answer says it took, in the words of chat completions or of responses."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return None
    return Usage(
        requests=1,
        input_tokens=whole(usage.get("prompt_tokens"), usage.get("input_tokens")) or 0,
        output_tokens=whole(usage.get("completion_tokens"), usage.get("output_tokens")) or 0,
    )
