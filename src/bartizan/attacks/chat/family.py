"""What an attack on a chat target is: a procedure that pursues a case's goal. It never judges whether it got there.

It plants, talks, searches and calls through the `Scene`'s world, at whose border everything is counted, limited and
written down. What it did is in the transcript, not in what it returns.
"""

from __future__ import annotations

import abc
import random
from collections.abc import Awaitable, Callable
from typing import ClassVar, Literal, TypeAlias

import msgspec

from bartizan.attacks.chat.case import Case, filled
from bartizan.core.chat import ToolOffer
from bartizan.core.transcript import Marks, Sample, Surface, Turn
from bartizan.targets.chat.assistant import Ability, AssistantCard, World

Turns: TypeAlias = Literal["single", "multi", "none"]
"""Whether the attacker, or what they planted, works in one turn of a conversation, needs several, or needs none."""

MOST_TURNS = 63
"""Turns that a trial may have; the lab takes one of more for one that does not end."""


_ABILITIES: dict[Ability, str] = {
    "use_tool": "tools that can be called directly",
    "likelihood": "way to tell how likely a text is",
    "logprobs": "chances of its tokens",
    "users": "way to tell people apart",
    "retrieval": "retrieval that can be asked directly",
    "deletion": "documents that can be deleted",
    "vectors": "vectors that can be had",
    "chat": "conversation",
}
"""What is missing, in words that follow 'has no'."""


async def _the_same() -> None:
    """For who hands out one world and no other."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What the lab hands to an attack for one trial."""

    case: Case
    marks: Marks
    world: World
    rng: random.Random
    vary: Callable[[str], str] = str
    """The trial's variation: goes over what the attacker writes, last. Attacks apply it to their own words only."""
    feedback: Callable[[Turn], Awaitable[float]]
    """How near a turn came to the goal, 0 to 1, as an attacker who sees the answers can tell."""
    note: Callable[[Sample], None]
    """Writes down what came back where no assistant was asked (a retriever, a tool)."""
    renew: Callable[[], Awaitable[None]] = _the_same
    """Makes the world anew, as the trial found it: for attackers who try on surroundings of their own first."""
    prompt: int = 0
    """Which of the case's prompts."""
    surface: Surface = "user_message"
    tools: tuple[ToolOffer, ...] = ()
    """Those on the target's card."""

    @property
    def goal(self) -> str:
        """The case's goal with this trial's values."""
        return filled(self.case.goal, self.marks, self.case)

    def fill(self, text: str) -> str:
        """A text of the case, or of the attack, with this trial's values."""
        return filled(text, self.marks, self.case)


class ChatAttack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Root of all attacks on chat targets. Fields are parameters."""

    id: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    """Where the method is from: paper and section, or the framework's."""
    turns: ClassVar[Turns] = "single"
    surfaces: ClassVar[tuple[Surface, ...]] = ("user_message",)
    needs: ClassVar[frozenset[Ability]] = frozenset({"chat"})
    is_general: ClassVar[bool] = True
    """Whether it pursues any case's goal by its surface; else only cases that name it."""
    each_prompt: ClassVar[bool] = False
    """Whether each of a case's prompts is a trial of its own; else one trial has them all."""
    can_vary: ClassVar[bool] = True
    """Whether variations (encodings and the like) make sense on what it writes."""

    @property
    def strong(self) -> bool:
        """Whether its failure, with these parameters, says something."""
        return False

    def unfit(self, case: Case, card: AssistantCard) -> str:
        """Why it cannot pursue this case on this target, where it is meant for it; empty where it can."""
        missing = sorted((self.needs | set(case.needs)) - card.abilities)
        if missing:
            return f"{card.name} has no {' and no '.join(_ABILITIES.get(one, one) for one in missing)}"
        surfaces = [one for one in case.surfaces if one in self.surfaces]
        if not set(surfaces) & (card.surfaces | {"retrieval", "tool_call"}):
            where = " or ".join(one.replace("_", " ") for one in surfaces)
            return f"nothing can be planted by {where} at {card.name}"
        if case.secret and case.secret not in card.secrets:
            return f"no canary can be laid in {case.secret.replace('_', ' ')} of {card.name}"
        offered = {tool.name for tool in card.tools}
        if case.tools and not offered & set(case.tools):
            return f"{card.name} has none of the tools {', '.join(case.tools)}"
        return ""

    def is_for(self, case: Case) -> bool:
        """Whether it is meant for this case at all."""
        if case.attacks:
            return self.id in case.attacks
        written = bool(case.prompts or case.turns)
        return self.is_general and not written and bool(set(self.surfaces) & set(case.surfaces))

    @abc.abstractmethod
    async def run(self, scene: Scene) -> None:
        """Pursue the goal in the scene's world."""
