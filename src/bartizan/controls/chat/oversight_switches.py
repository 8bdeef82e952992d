"""Kill switches: what is stopped now, by whom, why, until when. They lie in the state that all workers share.

A worker reads them at most half a second late. Where the state does not answer, nobody can know what was stopped, and
`StateLost` closes.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias
from weakref import WeakKeyDictionary

import msgspec

from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.state import State, StateLost, key

Scope: TypeAlias = Literal["everything", "model", "server", "tool", "tenant", "session", "caller"]
FRESH = 0.5
"""Seconds for which a worker trusts what it read."""
MOST = 1_000
_KEY = key("oversight", "switches")
_LOCK = key("oversight", "switches", "lock")
_LONG = 10 * 365 * 86_400.0


class Switch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is stopped."""

    scope: Scope
    name: str = "*"
    """Of the model, MCP server, tool, tenant, session or caller; a pattern with ``*`` but for sessions."""
    by: str
    why: str
    at: float
    """Seconds since 1970, UTC."""
    until: float | None = None
    """None: until somebody clears it."""

    def stops(self, name: str, now: float) -> bool:
        """Whether it stops this one now."""
        if self.until is not None and self.until <= now:
            return False
        return name == self.name if self.scope == "session" else fnmatchcase(name, self.name)


_decode = msgspec.json.Decoder(tuple[Switch, ...]).decode
_read: WeakKeyDictionary[State, tuple[float, tuple[Switch, ...]]] = WeakKeyDictionary()


async def switches(state: State, *, now: float, fresh: float = FRESH) -> tuple[Switch, ...]:
    """All switches that are set, at most ``fresh`` seconds old. Raises StateLost."""
    kept = _read.get(state)
    moment = time.monotonic()
    if kept is not None and moment - kept[0] < fresh:
        return kept[1]
    text = await state.get(_KEY, now=now)
    try:
        found = _decode(text) if text else ()
    except msgspec.DecodeError:
        raise StateLost("the kill switches cannot be read") from None
    _read[state] = (moment, found)
    return found


async def change(
    state: State, *, now: float, add: Switch | None = None, drop: tuple[Scope, str] | None = None
) -> tuple[Switch, ...]:
    """Set a switch, or clear all of a scope and name; returns what is set then. One change at a time over all workers.

    Raises StateLost, also where another change holds on for too long or there would be too many.
    """
    holder = secrets.token_hex(8)
    for _ in range(100):
        if await state.enter(_LOCK, holder, most=1, within=10.0, now=now):
            break
        await asyncio.sleep(0.02)
    else:
        raise StateLost("somebody else is changing the kill switches")
    try:
        found = [one for one in await switches(state, now=now, fresh=0.0) if one.until is None or one.until > now]
        gone = drop if drop is not None else (add.scope, add.name) if add is not None else None
        found = [one for one in found if (one.scope, one.name) != gone]
        found += [add] if add is not None else []
        if len(found) > MOST:
            raise StateLost(f"there are {MOST} kill switches already; clear some, or stop everything")
        await state.put(_KEY, msgspec.json.encode(found).decode(), within=_LONG, now=now)
        _read.pop(state, None)
        return tuple(found)
    finally:
        await state.leave(_LOCK, holder)


def stopping(found: tuple[Switch, ...], exchange: Exchange, tool: str, now: float) -> Switch | None:
    """The switch that stops an exchange, or a tool in it; None: none does."""
    who = exchange.caller
    names: dict[Scope, tuple[str, ...]] = {
        "everything": ("*",),
        "model": (exchange.model,),
        "server": (exchange.supplier,) if exchange.route.startswith("mcp") else (),
        "tenant": (who.tenant,),
        "session": (exchange.session,) if exchange.session else (),
        "caller": tuple(one for one in (who.id, who.on_behalf) if one),
        "tool": (tool,) if tool else (),
    }
    return next((one for one in found if any(one.stops(name, now) for name in names[one.scope])), None)
