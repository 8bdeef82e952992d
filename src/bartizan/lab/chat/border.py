"""The border of a world: all that an attack does in it is written down here, and what it may do there is limited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from bartizan.attacks.chat.family import MOST_TURNS
from bartizan.core.transcript import USER, Deed, Planted, Sample, Transcript, Turn
from bartizan.targets.chat.assistant import Talk, TrialFailed, World
from bartizan.targets.chat.wrapped import WrappedWorld

_CHANCES = 16


class Recorded(WrappedWorld):
    """A world that remembers what was done in it.

    What a tool or a retriever answers is noted by the attack, as it knows what it means.
    """

    def __init__(self, inner: World, remake: Callable[[], Awaitable[World]] | None = None) -> None:
        super().__init__(inner)
        self._remake = remake
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

    def add(self, turn: Turn) -> None:
        """Write a turn down. Raises TrialFailed where there are too many."""
        self._turns.append(turn)
        if len(self._turns) > MOST_TURNS:
            raise TrialFailed(f"it took more than {MOST_TURNS} turns without an end", again=False)


def writable(seen: Transcript) -> Transcript:
    """The transcript as it can be stored: half of a surrogate pair, which no file can hold, becomes U+FFFD.

    Raises TrialFailed for what is nested too deeply to be stored.
    """
    try:
        msgspec.json.encode(seen)
    except UnicodeEncodeError:
        return msgspec.convert(_whole(msgspec.to_builtins(seen)), Transcript)
    except RecursionError:
        raise TrialFailed("it answered with data that is nested too deeply", again=False) from None
    return seen


def _whole(data: Any) -> Any:
    if isinstance(data, str):
        return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(data, list | tuple):
        return [_whole(one) for one in data]
    return {_whole(name): _whole(value) for name, value in data.items()} if isinstance(data, dict) else data


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
