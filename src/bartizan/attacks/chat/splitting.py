"""Payload splitting: no part says what is wanted; the model puts the parts together."""

from __future__ import annotations

import string
from typing import ClassVar

from bartizan.attacks.chat import wordings
from bartizan.attacks.chat.direct import talk_of
from bartizan.attacks.chat.family import ChatAttack, Scene


class PayloadSplitting(ChatAttack, frozen=True):
    """The goal in pieces that the model is asked to join and to follow."""

    id: ClassVar[str] = "payload_splitting"
    title: ClassVar[str] = "Payload splitting"
    source: ClassVar[str] = "Kang et al., Exploiting Programmatic Behavior of LLMs (2023), section 3"

    parts: int = 3
    """Into how many pieces; they are cut anywhere, also within a word."""

    def __post_init__(self) -> None:
        """Refuse one piece, and more than there are names."""
        if not 2 <= self.parts <= len(string.ascii_lowercase) - 1:
            raise ValueError("parts: from 2 to 25")

    async def run(self, scene: Scene) -> None:
        """One turn."""
        pieces = _cut(scene.goal, self.parts, scene)
        names = string.ascii_lowercase[: len(pieces)]
        text = scene.rng.choice(wordings.SPLITTING)
        text = text.replace("{names}", f"{', '.join(names[:-1])} and {names[-1]}").replace("{sum}", " + ".join(names))
        lines = "\n".join(f'{name} = "{piece}"' for name, piece in zip(names, pieces, strict=True))
        talk = await talk_of(scene)
        await talk.say(scene.vary(text.replace("{pieces}", lines)))


def _cut(text: str, parts: int, scene: Scene) -> list[str]:
    """The text in so many pieces, or fewer where it is too short; none is empty."""
    places = sorted(scene.rng.sample(range(1, len(text)), min(parts, len(text)) - 1))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
