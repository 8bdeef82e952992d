"""What a policy would have done with recorded traffic. Nothing is sent to anybody.

A recording is a line of JSON: the route, the request, the answer where there was one, and who asked. Guards that find
out who is asking are left out, since recordings hold no credentials; who asked is taken as recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange
from bartizan.controls.chat.pipeline import Blocked, Watch
from bartizan.core.errors import InputError, Problem
from bartizan.gateway.held import judged
from bartizan.gateway.policy import Policies
from bartizan.gateway.settings import Settings
from bartizan.gateway.wire.routes import ROUTES
from bartizan.gateway.wire.wire import Malformed, Wire

_WIRES: dict[str, Wire] = {one.wire.name: one.wire for one in ROUTES}
LONGEST_LINE = 16 << 20

Ending: TypeAlias = Literal["passed", "changed", "blocked", "asked", "malformed"]


class Recording(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One exchange as it was recorded."""

    route: str
    """Such as "openai.chat"."""
    request: Any
    answer: Any = None
    caller: Caller = Caller()
    session: str = ""
    id: str = ""
    at: float = 0.0
    """Seconds since 1970, UTC."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy did with a recording."""

    id: str
    ending: Ending
    guard: str = ""
    """Who blocked it, or changed it first."""
    why: str = ""
    labels: frozenset[str] = frozenset()
    guards: tuple[str, ...] = ()
    """All that did more than allow."""
    failures: tuple[str, ...] = ()
    """Guards that crashed or ran out of time."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One recording that ends otherwise under two policies."""

    before: Tried
    after: Tried


def read_recordings(file: Path) -> Iterator[Recording]:
    """The recordings of a file, one a line. Raises InputError at the first line that is none."""
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE), b""), 1):
                if line.strip():
                    yield _recording(line, number, file)
    except OSError as error:
        raise InputError([Problem(file=str(file), finding=f"cannot be read: {error.strerror}")]) from None


def _recording(line: bytes, number: int, file: Path) -> Recording:
    try:
        made = msgspec.json.decode(line, type=Recording)
    except (msgspec.DecodeError, RecursionError) as error:
        finding = f"is no recording: {error}"
        raise InputError([Problem(file=str(file), line=number, finding=finding)]) from None
    if made.route not in _WIRES:
        fix = f"use one of: {', '.join(_WIRES)}"
        raise InputError([Problem(file=str(file), line=number, finding=f"unknown route '{made.route}'", fix=fix)])
    return msgspec.structs.replace(made, id=made.id or f"line {number}")


async def tried(settings: Settings, recordings: Iterable[Recording]) -> list[Tried]:
    """What these settings do with each, in order; what guards remember builds up from one to the next."""
    now = [0.0]
    bench = Bench(clock=lambda: now[0])
    policies = Policies(settings, bench)
    made = []
    for one in recordings:
        now[0] = max(now[0], one.at)
        made.append(await _one(policies, one))
    return made


async def _one(policies: Policies, recording: Recording) -> Tried:
    wire = _WIRES[recording.route]
    try:
        asked = wire.read(recording.request)
    except Malformed as error:
        return Tried(id=recording.id, ending="malformed", why=str(error))
    exchange = Exchange(
        id=recording.id,
        route=wire.name,
        model=asked.model,
        caller=recording.caller,
        session=recording.session or asked.session,
        body=recording.request,
        size=len(msgspec.json.encode(recording.request)),
        stream=asked.stream,
        output_limit=asked.output_limit,
        segments=list(asked.segments),
        at=recording.at,
    )
    watch = policies.pipeline(exchange).watch(exchange)
    watch.known(recording.caller)
    blocked = await _through(watch, wire, recording)
    await watch.settle()
    return _tried(watch, blocked)


async def _through(watch: Watch, wire: Wire, recording: Recording) -> Blocked | None:
    try:
        await watch.admit()
        if recording.answer is not None:
            answered = wire.read_answer(recording.answer)
            watch.exchange.usage = answered.usage or watch.exchange.usage
            for segment in answered.segments:
                await judged(watch, segment)
    except Blocked as ended:
        return ended
    except Malformed:
        return None
    return None


def _tried(watch: Watch, blocked: Blocked | None) -> Tried:
    acted = [one for one in watch.records if one.enforced and one.outcome in {"replaced", "blocked", "asked"}]
    failed = tuple(f"{one.guard}: {one.why}" for one in watch.records if one.outcome in {"crashed", "timed_out"})
    ending: Ending = "passed"
    if blocked is not None:
        ending = "asked" if blocked.block.question is not None else "blocked"
    elif acted:
        ending = "changed"
    guard = blocked.guard if blocked is not None else acted[0].guard if acted else ""
    return Tried(
        id=watch.exchange.id,
        ending=ending,
        guard=guard,
        why=blocked.block.why if blocked is not None else "",
        labels=frozenset(watch.exchange.labels),
        guards=tuple(dict.fromkeys(one.guard for one in acted)),
        failures=failed,
    )


def differences(before: Iterable[Tried], after: Iterable[Tried]) -> list[Difference]:
    """The recordings that end otherwise, or by another guard."""
    pairs = zip(before, after, strict=True)
    return [
        Difference(before=one, after=two)
        for one, two in pairs
        if (one.ending, one.guard, one.guards) != (two.ending, two.guard, two.guards)
    ]
