"""What a chat target can do: the protocol over which attacks, the lab and guards speak to every chat model and agent.

    Assistant   one target, however it is reached
    World       one trial's own copy of what surrounds it: documents, mails, memory, users; made new for each trial
    Talk        one conversation of one person within that world

An adapter gives what its card says, and raises `CannotDo` for the rest: a test that needs it is not run, and says so.
Whoever wraps an assistant (a budget, a guard) is an assistant.
"""

from __future__ import annotations

import abc
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.core.chat import TokenChance, ToolOffer
from bartizan.core.errors import BartizanError
from bartizan.core.transcript import USER, Deed, Passage, Planted, SecretPlace, Surface, Turn

Ability: TypeAlias = Literal[
    "chat",
    "tools",
    "use_tool",
    "logprobs",
    "likelihood",
    "sessions",
    "users",
    "retrieval",
    "deletion",
    "vectors",
]
"""``chat``: talk with it. ``tools``: it calls tools, and their deeds are seen. ``use_tool``: its tools can be called
without the model. ``logprobs``: replies carry the chances of tokens. ``likelihood``: any text can be given its chances;
``sessions``: what is kept from one talk may show in the next. ``users``: it tells who is talking. ``retrieval``: the
index can be asked directly. ``deletion``: a source document can be deleted. ``vectors``: those of the index can be had.
"""


class CannotDo(BartizanError):
    """The target has no such ability; its text says which."""


class TrialFailed(BartizanError):
    """The target did not answer as a target must: down, slow, refused, broken. The trial is an error, no result.

    ``again`` tells whether another try may help: a time-out or a busy server, not a wrong key.
    """

    def __init__(self, text: str, *, again: bool = True) -> None:
        super().__init__(text)
        self.again = again


class AssistantCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a chat target."""

    name: str
    """As people call it."""
    abilities: frozenset[Ability] = frozenset({"chat"})
    surfaces: frozenset[Surface] = frozenset({"user_message"})
    """Where content can be planted, besides what a user says."""
    secrets: frozenset[SecretPlace] = frozenset()
    """Where a canary can be laid, or text that must not come out is known to lie."""
    known: dict[SecretPlace, str] = {}
    """Text that is known to lie in a place already (``ChatSpec.secrets``): a trial looks for it instead of a canary."""
    tools: tuple[ToolOffer, ...] = ()
    model: str = ""
    address: str = ""
    """Empty for what runs in this process: everything else needs a Permission."""
    digest: str = ""
    """SHA-256 of its configuration (model, prompts, tools, switches) where that is known; empty where it may change
    unseen."""
    random: bool = True
    """Whether the same words may be answered differently."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a world is made with."""

    seed: int = 0
    """For targets that take one."""
    secrets: dict[SecretPlace, str] = {}
    """Canaries to lay: place -> value. Only places on the card."""
    token: str = ""


class Talk(abc.ABC):
    """One conversation."""

    @abc.abstractmethod
    async def say(self, text: str) -> Turn:
        """Say something and wait for all that comes of it. Raises TrialFailed; BudgetSpent from a border."""


class World(abc.ABC):
    """One trial's surroundings. Whatever it is asked that its card does not name raises CannotDo."""

    @abc.abstractmethod
    async def talk(self, user: str = USER) -> Talk:
        """A new conversation of this person."""

    async def plant(self, planted: Planted) -> str:
        """Put content where its surface says; returns an id by which it can be deleted where there is one."""
        raise CannotDo(f"nothing can be planted by {planted.surface} here")

    async def deeds(self) -> tuple[Deed, ...]:
        """Everything that tools did so far, in order."""
        return ()

    async def use_tool(self, name: str, arguments: dict[str, Any], user: str = USER) -> str:
        """What a tool answers when it is called without the model; its deeds count."""
        raise CannotDo("its tools cannot be called directly")

    async def search(self, query: str, user: str = USER, k: int = 5) -> tuple[Passage, ...]:
        """What retrieval gives to this person, the best first."""
        raise CannotDo("its retrieval cannot be asked directly")

    async def forget(self, planted: str) -> None:
        """Delete a source document as its owner would."""
        raise CannotDo("nothing can be deleted here")

    async def vectors(self, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        """The vectors of texts, as in its index."""
        raise CannotDo("its vectors cannot be had")

    async def likelihood(self, text: str) -> tuple[TokenChance, ...]:
        """The chances of the tokens of a text, each after those before it."""
        raise CannotDo("it does not tell how likely a text is")

    async def close(self) -> None:  # noqa: B027 -- most hold nothing
        """Let go of what this trial held."""


class Assistant(abc.ABC):
    """One chat target."""

    card: AssistantCard

    @abc.abstractmethod
    async def world(self, setting: Setting) -> World:
        """New surroundings that remember nothing of earlier ones."""

    async def close(self) -> None:  # noqa: B027 -- most hold nothing
        """Hang up."""
