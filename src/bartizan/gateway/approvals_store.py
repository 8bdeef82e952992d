"""Questions in the state that all workers share: a list of the open ones, each with its answers.

Both lists, of open questions and of those that are over, are changed under a lock, so no two workers undo each other's
work.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Literal, TypeAlias, TypeVar

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.state import StateLost, key

T = TypeVar("T")
_INDEX = key("approvals", "open")
_LOCK = key("approvals", "lock")
_HISTORY = key("approvals", "history")
MOST_KEPT = 200
"""Questions that are over and still listed."""
DAY = 86_400.0


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one person said."""

    by: str
    granted: bool
    why: str = ""
    at: float = 0.0


class Open(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question that waits. All texts are printable and bounded."""

    id: str
    title: str
    guard: str
    asked_by: str
    """Who is asking for it: the caller; for an agent also on whose behalf."""
    askers: tuple[str, ...] = ()
    """Ids that may not answer it."""
    tenant: str = ""
    session: str = ""
    """A digest of it, so that questions of one session can be told together."""
    exchange: str = ""
    model: str = ""
    tool: str = ""
    details: dict[str, str] = {}
    people: int = 1
    """How many different people must say yes."""
    answers: tuple[Answer, ...] = ()
    at: float
    until: float


Ending: TypeAlias = Literal["granted", "denied", "expired", "withdrawn", "flooded", "remembered"]


class Closed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question that is over, and how it ended."""

    question: Open
    ending: Ending
    at: float = 0.0

    @property
    def refusal(self) -> str:
        """Why not, in a line for the caller; empty where it was granted."""
        return {
            "granted": "",
            "remembered": "",
            "denied": "a person said no",
            "expired": "nobody approved it in time",
            "withdrawn": "it was withdrawn",
            "flooded": "too many questions wait already",
        }[self.ending]


_opens = msgspec.json.Decoder(tuple[Open, ...]).decode
_closed = msgspec.json.Decoder(Closed).decode
_closeds = msgspec.json.Decoder(tuple[Closed, ...]).decode


class Store:
    """The questions of all workers."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def open(self) -> tuple[Open, ...]:
        """Those that still wait, the oldest first. Raises StateLost."""
        now = self._bench.clock()
        return tuple(one for one in await self._list(_INDEX, _opens) if one.until > now)

    async def over(self) -> tuple[Closed, ...]:
        """Those that are over, the oldest first, as many as are kept. Raises StateLost."""
        return await self._list(_HISTORY, _closeds)

    async def _list(self, name: str, decode: Callable[[str], tuple[T, ...]]) -> tuple[T, ...]:
        text = await self._bench.state.get(name, now=self._bench.clock())
        try:
            return decode(text) if text else ()
        except msgspec.DecodeError:
            raise StateLost("the list of questions cannot be read") from None

    async def edit(self, change: Callable[[tuple[Open, ...]], tuple[Open, ...]]) -> None:
        """Change the list of open questions; nobody else changes it meanwhile. Raises StateLost."""
        async with self._locked():
            await self._put(_INDEX, change(await self.open()))

    async def close(self, closed: Closed) -> None:
        """Take a question off the list, and keep how it ended, where whoever waits finds it."""
        id = closed.question.id
        async with self._locked():
            await self._put(key("approvals", "decision", id), closed)
            await self._put(_INDEX, tuple(one for one in await self.open() if one.id != id))
            over = [one for one in await self.over() if one.question.id != id]
            await self._put(_HISTORY, [*over, _short(closed)][-MOST_KEPT:])

    async def _put(self, name: str, value: object) -> None:
        text = msgspec.json.encode(value).decode()
        await self._bench.state.put(name, text, within=7 * DAY, now=self._bench.clock())

    @contextlib.asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        state, holder = self._bench.state, secrets.token_hex(8)
        for _ in range(250):
            if await state.enter(_LOCK, holder, most=1, within=10.0, now=self._bench.clock()):
                break
            await asyncio.sleep(0.02)
        else:
            raise StateLost("the list of questions is in use")
        try:
            yield
        finally:
            await state.leave(_LOCK, holder)

    async def decision(self, id: str) -> Closed | None:
        """How a question ended; None where it still waits."""
        text = await self._bench.state.get(key("approvals", "decision", id), now=self._bench.clock())
        return _closed(text) if text else None

    async def remember(self, name: str, people: int, *, within: float) -> None:
        """Keep that so many people granted something."""
        now = self._bench.clock()
        await self._bench.state.put(key("approvals", "grant", name), str(people), within=within, now=now)

    async def remembered(self, name: str) -> int:
        """How many people granted it before; 0 for nobody."""
        text = await self._bench.state.get(key("approvals", "grant", name), now=self._bench.clock())
        return int(text) if text and text.isdecimal() else 0


def _short(closed: Closed) -> Closed:
    """Without arguments: the ledger keeps what must be kept."""
    details = {name: text for name, text in closed.question.details.items() if name != "arguments"}
    return msgspec.structs.replace(closed, question=msgspec.structs.replace(closed.question, details=details))


def decided(question: Open) -> Ending | None:
    """How its answers end a question: one no ends it, and so many different people's yes; None: it still waits."""
    yes: set[str] = set()
    for one in question.answers:
        if not one.granted:
            return "denied"
        yes.add(one.by.casefold())
        if len(yes) >= question.people:
            return "granted"
    return None
