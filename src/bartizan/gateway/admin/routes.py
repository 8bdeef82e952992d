"""Every operation of the admin API, once: what is listed here is what is served and what the document says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.controls.chat.oversight_switches import Switch
from bartizan.gateway.admin import values
from bartizan.gateway.admin.acts import Acts, Call

Act: TypeAlias = Callable[[Acts, Call], Awaitable[Any]]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    """A part in braces stands for any text without a slash."""
    act: Act
    about: str
    gives: Any
    """The type of the answer; a text names its media type."""
    query: Any = None
    body: Any = None
    status: int = 200
    may: tuple[int, ...] = ()
    """Other answers than those that any operation may give."""
    is_open: bool = False
    """Whether it needs no token."""

    def matches(self, parts: list[str]) -> dict[str, str] | None:
        """The parts in braces of a path; None where it is another path."""
        own = self.path.split("/")
        if len(own) != len(parts):
            return None
        found: dict[str, str] = {}
        for pattern, part in zip(own, parts, strict=True):
            if pattern.startswith("{"):
                found[pattern[1:-1]] = part
            elif pattern != part:
                return None
        return found


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET", path="/healthz", act=Acts.healthz, about="The process answers.", gives=values.Alive, is_open=True
    ),
    Route(
        method="GET",
        path="/readyz",
        act=Acts.readyz,
        about="Whether events are written, the shared state answers and the newest settings hold.",
        gives=values.Ready,
        may=(503,),
        is_open=True,
    ),
    Route(
        method="GET",
        path="/metrics",
        act=Acts.metrics,
        about="Metrics of all workers, for Prometheus.",
        gives="text/plain",
    ),
    Route(method="GET", path="/v1/status", act=Acts.status, about="How the gateway does.", gives=values.Status),
    Route(
        method="GET",
        path="/v1/approvals",
        act=Acts.questions,
        about="Questions that wait for a person, the oldest first.",
        gives=values.Questions,
        may=(503,),
    ),
    Route(
        method="POST",
        path="/v1/approvals/{id}",
        act=Acts.answer,
        about="Answer a question. `by` is a claim of who holds the token.",
        body=values.Answering,
        gives=values.Answered,
        may=(404, 409, 503),
    ),
    Route(
        method="GET",
        path="/v1/history",
        act=Acts.history,
        about="Questions that are over, the newest first, without arguments.",
        gives=values.Over,
        may=(503,),
    ),
    Route(
        method="GET",
        path="/v1/switches",
        act=Acts.switches,
        about="What is stopped now.",
        gives=values.Switches,
        may=(503,),
    ),
    Route(
        method="POST",
        path="/v1/switches",
        act=Acts.stop,
        about="Stop something; the same scope and name again replaces the switch.",
        body=values.Stopping,
        gives=Switch,
        status=201,
        may=(503,),
    ),
    Route(
        method="DELETE",
        path="/v1/switches",
        act=Acts.clear,
        about="Let something go on.",
        query=values.Clearing,
        gives=values.Cleared,
        may=(404, 503),
    ),
    Route(
        method="GET",
        path="/v1/events",
        act=Acts.events,
        about="Events, the newest first, without content.",
        query=values.Wanted,
        gives=values.Events,
        may=(503,),
    ),
    Route(
        method="GET",
        path="/v1/counts",
        act=Acts.counts,
        about="Counts of the last hour.",
        gives=values.Counts,
        may=(503,),
    ),
    Route(
        method="GET",
        path="/v1/alerts",
        act=Acts.alerts,
        about="Which alerts fire.",
        gives=values.AlertStates,
        may=(503,),
    ),
    Route(
        method="POST",
        path="/v1/reload",
        act=Acts.reload,
        about="Take over gateway.yaml as it is now, in all workers. A broken file changes nothing.",
        gives=values.Reloaded,
        may=(503,),
    ),
)
