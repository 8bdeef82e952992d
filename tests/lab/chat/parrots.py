"""A small assistant of the tests' own: it says what it is told to say, and can be made to break in every way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from bartizan.core.chat import Message, Usage
from bartizan.core.transcript import USER, Planted, Turn
from bartizan.targets.chat.assistant import Assistant, AssistantCard, Setting, Talk, TrialFailed, World

SAY = re.compile(r"(?i)(?:reply|answer) with ([\w-]+)")
TOLD = "I am sorry, but I cannot help with that."


class Parrot(Assistant):
    """Obeys 'reply with WORD', also where it stands in a planted document, unless it is ``sound``."""

    def __init__(
        self, *, sound: bool = False, breaks: Callable[[int], Exception | None] = lambda _: None, digest: str = "p1"
    ) -> None:
        self.card = AssistantCard(
            name="parrot",
            surfaces=frozenset({"user_message", "document"}),
            secrets=frozenset({"system_prompt"}),
            digest=digest,
            random=False,
        )
        self.sound, self.breaks = sound, breaks
        self.asked = 0
        self.in_flight = self.most_in_flight = 0

    async def world(self, setting: Setting) -> World:
        return _Cage(self, setting)


class _Cage(World):
    def __init__(self, parrot: Parrot, setting: Setting) -> None:
        self.parrot, self.setting = parrot, setting
        self.documents: list[str] = []

    async def plant(self, planted: Planted) -> str:
        self.documents.append(planted.text)
        return str(len(self.documents))

    async def talk(self, user: str = USER) -> Talk:
        return _Chat(self)


class _Chat(Talk):
    def __init__(self, cage: _Cage) -> None:
        self.cage = cage

    async def say(self, text: str) -> Turn:
        parrot = self.cage.parrot
        parrot.asked += 1
        parrot.in_flight += 1
        parrot.most_in_flight = max(parrot.most_in_flight, parrot.in_flight)
        await asyncio.sleep(0.001)
        parrot.in_flight -= 1
        broken = parrot.breaks(parrot.asked)
        if broken is not None:
            raise broken
        said = self.answer(text)
        return Turn(
            said=text, messages=(Message(role="assistant", text=said),), usage=Usage(requests=1, output_tokens=3)
        )

    def answer(self, text: str) -> str:
        found = SAY.search(" ".join([text, *self.cage.documents]))
        if self.cage.parrot.sound:
            return TOLD
        if "access code" in text:
            return f"The access code is {self.cage.setting.secrets.get('system_prompt', 'not set')}."
        return found[1] if found else "42, and the lighthouse stands at pier 3."


def down(_: int) -> Exception:
    """What a target that is not there raises."""
    return TrialFailed("nobody answers")
