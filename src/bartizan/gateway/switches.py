"""Setting, clearing and listing kill switches: what the admin API, the command line and the page call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import get_args

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.oversight_switches import Scope, Switch, change, switches
from bartizan.core.errors import InputError, NotFound, Problem, nearest, printable

LONGEST = 200
"""Characters of a name or a reason."""


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """A switch that was set or cleared: what is written down about it."""

    switch: Switch
    is_set: bool
    by: str
    why: str
    at: float


class Switchboard:
    """The kill switches of all workers. ``on_turn`` is told of each change before it is answered for."""

    def __init__(self, bench: Bench, *, on_turn: Callable[[Turned], Awaitable[None]] | None = None) -> None:
        self._bench = bench
        self._on_turn = on_turn

    async def all(self) -> tuple[Switch, ...]:
        """What is stopped now, the newest first. Raises StateLost."""
        now = self._bench.clock()
        found = await switches(self._bench.state, now=now, fresh=0.0)
        return tuple(one for one in reversed(found) if one.until is None or one.until > now)

    async def set(self, scope: str, name: str = "*", *, by: str, why: str, seconds: float | None = None) -> Switch:
        """Stop something, for so long or until it is cleared; the same again replaces it.

        Raises InputError for a scope, name, reason or time that is none, StateLost where it could not be stored.
        """
        _sound(scope, name, by, why, seconds)
        now = self._bench.clock()
        until = now + seconds if seconds is not None else None
        switch = Switch(scope=scope, name=name, by=by, why=why, at=now, until=until)  # type: ignore[arg-type]
        await change(self._bench.state, now=now, add=switch)
        await self._tell(switch, True, by, why)
        return switch

    async def clear(self, scope: str, name: str = "*", *, by: str, why: str) -> None:
        """Let it go on. Raises NotFound where it is not stopped, InputError, StateLost."""
        _sound(scope, name, by, why, None)
        found = next((one for one in await self.all() if (one.scope, one.name) == (scope, name)), None)
        if found is None:
            raise NotFound(f"there is no kill switch for {scope} '{printable(name, 80)}'; list them first")
        await change(self._bench.state, now=self._bench.clock(), drop=(found.scope, found.name))
        await self._tell(found, False, by, why)

    async def _tell(self, switch: Switch, is_set: bool, by: str, why: str) -> None:
        if self._on_turn is not None:
            turned = Turned(switch=switch, is_set=is_set, by=by, why=why, at=self._bench.clock())
            await self._on_turn(turned)


def _sound(scope: str, name: str, by: str, why: str, seconds: float | None) -> None:
    scopes = get_args(Scope)
    problems = []
    if scope not in scopes:
        problems.append(Problem(file="switch", finding=f"unknown scope '{scope}'", fix=nearest(scope, scopes)))
    if not 0 < len(name) <= LONGEST or (scope == "everything" and name != "*"):
        problems.append(Problem(file="switch", finding="it needs the name of what is stopped", fix="up to 200 letters"))
    if not 0 < len(by.strip()) <= LONGEST or not 0 < len(why.strip()) <= LONGEST:
        problems.append(Problem(file="switch", finding="it needs who and why", fix="up to 200 letters each"))
    if seconds is not None and not 0 < seconds <= 366 * 86_400:
        problems.append(Problem(file="switch", finding="it lasts longer than zero and up to a year", fix="or no end"))
    if problems:
        raise InputError(problems)
