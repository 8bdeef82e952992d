"""What the admin API is told and what it answers. Plain values, so that clients may use them too."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

import msgspec

from bartizan.controls.chat.oversight_switches import Scope, Switch
from bartizan.gateway.approvals_store import Closed, Ending, Open
from bartizan.gateway.events.event import Event
from bartizan.gateway.events.recent import Minute

Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=200)]
Moment: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}[0-9T:.Z]{0,17})?$")]
"""As events tell it, or its beginning: 2026-11-23T09:00:00Z, 2026-11-23T09, 2026-11-23."""
SCOPES: tuple[Scope, ...] = get_args(Scope)


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """An answer."""


class _Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody sends."""


class Alive(_Value, frozen=True, kw_only=True):
    """That the process answers."""

    alive: bool = True


class Ready(_Value, frozen=True, kw_only=True):
    """Whether all is well: events are written, the shared state answers, the newest settings hold."""

    ready: bool
    checks: dict[str, bool]


class WorkerState(_Value, frozen=True, kw_only=True):
    """How one worker does, as it said a few seconds ago at most."""

    name: str
    host: str
    pid: int
    version: str
    settings: str
    """SHA-256 of the settings that hold there."""
    loads: int
    """How many versions of the settings it has taken over."""
    refused: str = ""
    """Why it did not take over the newest; empty: it did."""
    began: float
    at: float
    open: int = 0
    """Exchanges that are going on."""
    failure: str = ""
    """Why events cannot be written; empty: they can."""
    lost: int = 0
    firing: tuple[str, ...] = ()
    serves: bool = False
    """Whether it answers for the admin API."""


class Status(_Value, frozen=True, kw_only=True):
    """How the gateway does."""

    version: str
    settings: str
    loads: int
    refused: str
    uptime_seconds: float
    ready: bool
    reasons: tuple[str, ...]
    """What is wrong, in words; empty where it is ready."""
    workers: tuple[WorkerState, ...]
    waiting: int
    """Questions that wait for a person."""
    stopped: int
    """Kill switches that are set."""
    at: float
    """Now, by the gateway's clock, in seconds since 1970."""


class Questions(_Value, frozen=True, kw_only=True):
    """What waits for an answer, the oldest first."""

    at: float
    open: tuple[Open, ...]


class Over(_Value, frozen=True, kw_only=True):
    """What was asked and is over, the newest first, without arguments."""

    at: float
    over: tuple[Closed, ...]


class Answering(_Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's answer."""

    granted: bool
    by: Name
    why: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Answered(_Value, frozen=True, kw_only=True):
    """What became of a question."""

    id: str
    ending: Ending | None
    """None: it waits for more people."""
    missing: int
    """How many more must say yes."""


class Switches(_Value, frozen=True, kw_only=True):
    """What is stopped now, the newest first."""

    at: float
    switches: tuple[Switch, ...]


class Stopping(_Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be stopped."""

    scope: Scope
    name: Name = "*"
    by: Name
    why: Name
    seconds: Annotated[float, msgspec.Meta(gt=0, le=366 * 86_400)] | None = None
    """For how long; without it until somebody clears it."""


class Clearing(_Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to go on."""

    scope: Scope
    name: Name = "*"
    by: Name
    why: Name


class Cleared(_Value, frozen=True, kw_only=True):
    """That a switch is no longer set."""

    scope: Scope
    name: str


class Wanted(_Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events, and from where on."""

    since: Moment = ""
    until: Moment = ""
    id: Word = ""
    caller: Word = ""
    tenant: Word = ""
    session: Word = ""
    """As in the events: the digest."""
    ending: Literal["", "passed", "changed", "blocked", "refused", "failed", "gone"] = ""
    guard: Word = ""
    """That did anything but allow, or found something."""
    outcome: Word = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    page: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    """What the page before gave as ``next``."""


class Events(_Value, frozen=True, kw_only=True):
    """Events, the newest first. Without content: that is not told here."""

    events: tuple[Event, ...]
    next: str
    """What leads on; empty: there are no more. A page may hold fewer than asked for, and still lead on."""


class GuardCount(_Value, frozen=True, kw_only=True):
    """What one guard did in the time that is counted."""

    guard: str
    seen: int
    """Exchanges that it judged."""
    changed: int = 0
    blocked: int = 0
    asked: int = 0
    failed: int = 0
    """In which it crashed, ran out of time or was skipped: it gave no verdict."""
    watched: int = 0
    """In which it would have changed or blocked, and only watches."""
    p50_us: float = 0.0
    p95_us: float = 0.0
    """Microseconds that it took in an exchange."""


class Counts(_Value, frozen=True, kw_only=True):
    """The last hour."""

    of: Literal["all workers", "this worker"]
    """Without a folder for events a worker knows only its own."""
    since: str
    """From when on all is counted."""
    minutes: tuple[Minute, ...]
    """The oldest first; the last is not over."""
    total: Minute
    guards: tuple[GuardCount, ...]
    currency: str


class AlertState(_Value, frozen=True, kw_only=True):
    """A rule of the settings, and whether it fires."""

    name: str
    of: str
    above: float
    within: float
    firing: bool


class AlertStates(_Value, frozen=True, kw_only=True):
    """All rules."""

    alerts: tuple[AlertState, ...]


class Reloaded(_Value, frozen=True, kw_only=True):
    """Whether the file was taken over as it is now, and why not."""

    taken: bool
    refused: str = ""


class Refusal(_Value, frozen=True, kw_only=True):
    """A problem as RFC 9457 describes it."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
