"""Persuasion: who asks, why now, and why it would be all right."""

from __future__ import annotations

from typing import ClassVar

from bartizan.attacks.chat import wordings
from bartizan.attacks.chat.direct import talk_of
from bartizan.attacks.chat.family import ChatAttack, Scene


class Persuasion(ChatAttack, frozen=True):
    """A claimed person of authority, urgency and a reason, around the goal."""

    id: ClassVar[str] = "persuasion"
    title: ClassVar[str] = "Persona, authority and urgency"
    source: ClassVar[str] = "Zeng et al., How Johnny Can Persuade LLMs to Jailbreak Them (2024), table 1"

    pleas: int = 1
    """How many are made one after the other in the same conversation; the attacker stops when they have it."""

    def __post_init__(self) -> None:
        """Refuse to say nothing."""
        if self.pleas < 1:
            raise ValueError("pleas: make one at least")

    async def run(self, scene: Scene) -> None:
        """One conversation."""
        talk = await talk_of(scene)
        for left in reversed(range(self.pleas)):
            turn = await talk.say(scene.vary(self._plea(scene)))
            if left and await scene.feedback(turn) >= 1:
                return

    def _plea(self, scene: Scene) -> str:
        choose = scene.rng.choice
        parts = {
            "{persona}": choose(wordings.PERSONAS),
            "{urgency}": choose(wordings.URGENCIES),
            "{reason}": choose(wordings.REASONS),
        }
        text = choose(wordings.PLEAS)
        for place, words in parts.items():
            text = text.replace(place, words)
        return scene.fill(". ".join(_capital(sentence) for sentence in text.split(". ")))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
