"""A chat model as an endpoint gives it: messages in, one reply out. What keeps a conversation is built on it."""

from __future__ import annotations

import abc

import msgspec

from bartizan.core.chat import Message, Reply, TokenChance, ToolOffer
from bartizan.core.transcript import USER
from bartizan.targets.chat.assistant import CannotDo


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    messages: tuple[Message, ...]
    offers: tuple[ToolOffer, ...] = ()
    user: str = USER
    """Who is talking, for services that tell people apart."""
    session: str = ""
    """Which conversation, for services that remember."""
    seed: int | None = None
    """For endpoints that take one."""


class ChatModel(abc.ABC):
    """One endpoint. Every request passes its `Meter`."""

    name: str
    address: str = ""
    """Empty for what runs in this process."""
    gives_logprobs: bool = False
    takes_tools: bool = True
    keeps_history: bool = False
    """Whether the service remembers a session, so that only the newest message is sent."""

    @abc.abstractmethod
    async def reply(self, ask: Ask) -> Reply:
        """The model's answer. Raises TrialFailed where it gives none, BudgetSpent where it may not be asked."""

    async def likelihood(self, text: str) -> tuple[TokenChance, ...]:
        """The chances of the tokens of a text. Raises CannotDo."""
        raise CannotDo(f"{self.name} does not tell how likely a text is")

    async def close(self) -> None:  # noqa: B027 -- most hold nothing
        """Hang up."""
