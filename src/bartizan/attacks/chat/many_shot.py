"""Many-shot: a long row of invented exchanges in which an assistant obeys, and the goal as the next one."""

from __future__ import annotations

import random
from typing import ClassVar

from bartizan.attacks.chat import wordings
from bartizan.attacks.chat.direct import talk_of
from bartizan.attacks.chat.family import ChatAttack, Scene


class ManyShot(ChatAttack, frozen=True):
    """Invented exchanges before the goal; the more, the likelier that the model goes on in the same way."""

    id: ClassVar[str] = "many_shot"
    title: ClassVar[str] = "Many-shot examples of an assistant that obeys"
    source: ClassVar[str] = "Anil et al., Many-shot Jailbreaking (2024)"

    shots: int = 32
    """Examples; the paper sees an effect from about 32, growing as a power law up to 256. About 25 tokens each."""

    def __post_init__(self) -> None:
        """Refuse no examples, and more than any context holds."""
        if not 1 <= self.shots <= 4096:
            raise ValueError("shots: from 1 to 4096")

    async def run(self, scene: Scene) -> None:
        """One turn."""
        examples = "\n\n".join(_example(scene.rng) for _ in range(self.shots))
        talk = await talk_of(scene)
        await talk.say(scene.vary(f"{examples}\n\nUser: {scene.goal}\nAssistant:"))


def _example(rng: random.Random) -> str:
    order, answer = rng.choice(wordings.EXAMPLE_ORDERS)
    word = rng.choice(wordings.EXAMPLE_WORDS)
    values = {"word": word, "drow": word[::-1], "number": str(rng.randrange(100, 1000))}
    return f"User: {order.format(**values)}\nAssistant: {answer.format(**values)}"
