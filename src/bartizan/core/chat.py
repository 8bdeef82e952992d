"""What is said to a chat model and what it says: the values that adapters, attacks, detectors and guards share.

They follow no vendor's format; each adapter translates. Text in them comes from strangers: show it with `printable`.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


class ToolOffer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tool that a model may call."""

    name: str
    about: str = ""
    """What the model is told that it does."""
    parameters: dict[str, Any] = {}
    """JSON Schema of its arguments."""
    may_probe: bool = False
    """Whether a test may call it without the model, with any arguments: it is a mock, it says of itself that it only
    reads, or its owner named it (``McpSpec.may_call``)."""


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A call that a model asked for."""

    id: str = ""
    name: str
    arguments: dict[str, Any] = {}
    broken: str = ""
    """The arguments as they came, where they are no JSON object; then ``arguments`` is empty."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a conversation."""

    role: Role
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    """What the assistant wants called."""
    answers: str = ""
    """The id of the call that a tool's message answers."""
    name: str = ""
    """The tool's, or the speaker's."""


class TokenChance(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A token, and the natural logarithm of the probability that the model gave it."""

    text: str
    logprob: float


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one answer, or several, took. Tokens are as the endpoint counts them; 0 where it does not say."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    """From the first byte sent to the last one read."""

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            seconds=self.seconds + other.seconds,
        )


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a chat model answered once."""

    message: Message
    finish: str = ""
    """Why it stopped, as the endpoint says: stop, length, tool_calls, content_filter; empty where it does not say."""
    usage: Usage = Usage()
    chances: tuple[TokenChance, ...] = ()
    """The tokens of its text with their chances, where the endpoint gives them."""
