"""Crescendo: a conversation that begins harmlessly and rises, each step leaning on what the assistant said before."""

from __future__ import annotations

import re
from typing import ClassVar

from bartizan.attacks.chat import wordings
from bartizan.attacks.chat.direct import talk_of
from bartizan.attacks.chat.family import ChatAttack, Scene, Turns

_LONGEST = 160
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")


class Crescendo(ChatAttack, frozen=True):
    """Climbs a ladder of turns; where it does not get there it begins anew on another ladder.

    Strong from 4 ladders, 20 turns: the paper stops after 10 turns and as many steps back.
    """

    id: ClassVar[str] = "crescendo"
    title: ClassVar[str] = "Crescendo over several turns"
    source: ClassVar[str] = "Russinovich, Salem, Eldan, The Crescendo Multi-Turn LLM Jailbreak Attack (2024), section 3"
    turns: ClassVar[Turns] = "multi"

    ladders: int = 1
    """How many conversations are tried, each on a ladder of its own."""

    def __post_init__(self) -> None:
        """Refuse none, and more than there are."""
        if not 1 <= self.ladders <= len(wordings.LADDERS):
            raise ValueError(f"ladders: from 1 to {len(wordings.LADDERS)}")

    @property
    def strong(self) -> bool:
        """Whether every ladder is climbed."""
        return self.ladders >= len(wordings.LADDERS)

    async def run(self, scene: Scene) -> None:
        """One conversation for each ladder, until feedback says that the goal is reached."""
        for ladder in scene.rng.sample(wordings.LADDERS, self.ladders):
            if await _climb(ladder, scene):
                return


async def _climb(ladder: tuple[str, ...], scene: Scene) -> bool:
    talk, earlier = await talk_of(scene), ""
    for step in ladder:
        # The assistant's own words come last: a place in them is text, not one to be filled.
        turn = await talk.say(scene.vary(scene.fill(step).replace("{earlier}", earlier)))
        if await scene.feedback(turn) >= 1:
            return True
        earlier = _gist(turn.text) or earlier
    return False


def _gist(text: str) -> str:
    """The first sentence of an answer, short enough to be quoted."""
    found = _SENTENCE.search(text.strip())
    return found.group().strip()[:_LONGEST].replace("'", "’") if found else ""
