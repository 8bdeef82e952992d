"""The border of a world: all that an attack does in it is written down here, and what it may do there is limited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bartizan.core.chat import TokenChance
from bartizan.core.transcript import USER, Deed, Passage, Planted, Sample, Transcript, Turn
from bartizan.targets.chat.assistant import Talk, TrialFailed, World

MOST_TURNS = 64
"""Turns in one trial at most; who needs more is stuck."""
_CHANCES = 16


class Recorded(World):
    """A world that remembers what was done in it."""

    def __init__(self, inner: World, remake: Callable[[], Awaitable[World]] | None = None) -> None:
        self.inner, self._remake = inner, remake
        self._deeds: tuple[Deed, ...] = ()
        self._planted: list[Planted] = []
        self._turns: list[Turn] = []
        self._samples: list[Sample] = []
        self._talks = 0

    def so_far(self, deeds: tuple[Deed, ...] = ()) -> Transcript:
        """Everything until now; deeds are asked for at the end, as that may be a request of its own."""
        return Transcript(
            planted=tuple(self._planted), turns=tuple(self._turns), samples=tuple(self._samples), deeds=deeds
        )

    def note(self, sample: Sample) -> None:
        """Write down what an attack got without an assistant."""
        self._samples.append(sample)

    async def transcript(self) -> Transcript:
        """Everything, with what the tools did."""
        return self.so_far(await self.deeds())

    async def renew(self) -> None:
        """Go on in a world that remembers nothing; what was done in the one before stays written down.

        Without ``remake`` it stays as it is.
        """
        if self._remake is None:
            return
        self._deeds = await self.deeds()
        await self.inner.close()
        self.inner = await self._remake()

    async def talk(self, user: str = USER) -> Talk:
        """A talk whose turns are written down."""
        talk = await self.inner.talk(user)
        self._talks += 1
        return _RecordedTalk(talk, self, user, self._talks - 1)

    async def plant(self, planted: Planted) -> str:
        """As the inner one, written down."""
        told = await self.inner.plant(planted)
        self._planted.append(planted)
        return told

    async def deeds(self) -> tuple[Deed, ...]:
        """As the inner one, with those of the worlds before it."""
        return (*self._deeds, *await self.inner.deeds())

    async def use_tool(self, name: str, arguments: dict[str, Any], user: str = USER) -> str:
        """As the inner one; the attack notes the answer, as it knows what it means."""
        return await self.inner.use_tool(name, arguments, user)

    async def search(self, query: str, user: str = USER, k: int = 5) -> tuple[Passage, ...]:
        """As the inner one."""
        return await self.inner.search(query, user, k)

    async def forget(self, planted: str) -> None:
        """As the inner one."""
        await self.inner.forget(planted)

    async def vectors(self, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        """As the inner one."""
        return await self.inner.vectors(texts)

    async def likelihood(self, text: str) -> tuple[TokenChance, ...]:
        """As the inner one."""
        return await self.inner.likelihood(text)

    async def close(self) -> None:
        """As the inner one."""
        await self.inner.close()

    def add(self, turn: Turn) -> None:
        """Write a turn down. Raises TrialFailed where there are too many."""
        self._turns.append(turn)
        if len(self._turns) >= MOST_TURNS:
            raise TrialFailed(f"it took {MOST_TURNS} turns without an end", again=False)


class _RecordedTalk(Talk):
    def __init__(self, inner: Talk, world: Recorded, user: str, number: int) -> None:
        self._inner, self._world, self._user, self._number = inner, world, user, number

    async def say(self, text: str) -> Turn:
        came = await self._inner.say(text)
        turn = Turn(
            by=self._user,
            talk=self._number,
            said=text,
            messages=came.messages,
            finish=came.finish,
            usage=came.usage,
            chances=came.chances[:_CHANCES],
        )
        self._world.add(turn)
        return turn
