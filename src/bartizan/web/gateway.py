"""The gateway as it does now: what waits, what was blocked, what the guards did; looked at again every two seconds."""

from __future__ import annotations

from typing import Any

from litestar import get

from bartizan.core.errors import BartizanError, NotFound, printable
from bartizan.core.people import EVERYWHERE
from bartizan.web.gateway_pictures import charts
from bartizan.web.gateway_words import answer_of, facts_of, guards_of, reasons_of, rows_of, since_of
from bartizan.web.security import needs
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows.gateway_desk import ADDRESS, TOKEN, GatewayDesk

COLUMNS = ("Seen", "Changed", "Blocked", "Asked", "Would have", "Failed", "Half within, µs", "95 % within, µs")


@get("/gateway", guards=[needs("viewer")], sync_to_thread=True)
def dashboard(visit: TheVisit) -> Page:
    """The dashboard."""
    if visit.site.gateway is None:
        return missing(visit)
    return visit.page("gateway.html.j2", title="Gateway", **_context(visit))


@get("/gateway/live", guards=[needs("viewer")], sync_to_thread=True)
def live(visit: TheVisit) -> Page:
    """What changes on the dashboard."""
    return visit.part("gateway_live.html.j2", **_context(visit))


def connected(visit: Visit) -> GatewayDesk:
    """The gateway. Raises NotFound where none is connected."""
    if visit.site.gateway is None:
        raise NotFound("no gateway is connected to this application")
    return visit.site.gateway


def missing(visit: Visit) -> Page:
    """How to connect one."""
    return visit.page("gateway_missing.html.j2", title="Gateway", address=ADDRESS, variable=TOKEN)


def tabs(waiting: int, stopped: int) -> tuple[tuple[str, str] | tuple[str, str, int], ...]:
    """The parts of the gateway's pages."""
    return (
        ("Now", "/gateway"),
        ("Approvals", "/gateway/approvals", waiting),
        ("Switches", "/gateway/switches", stopped),
    )


def _context(visit: Visit) -> dict[str, Any]:
    gateway = connected(visit)
    try:
        seen = gateway.seen()
    except BartizanError as error:
        return {"seen": None, "why": printable(str(error)), "tabs": tabs(0, 0), "address": gateway.address}
    return {
        "seen": seen,
        "tabs": tabs(seen.status.waiting, seen.status.stopped),
        "address": gateway.address,
        "answer": answer_of(seen),
        "reasons": reasons_of(seen.status),
        "firing": tuple(printable(one.name, 100) for one in seen.alerts if one.firing),
        "charts": charts(seen.counts.minutes),
        "since": since_of(seen.counts),
        "facts": facts_of(seen),
        "columns": COLUMNS,
        "guards": guards_of(seen.counts),
        "rows": rows_of(seen.events),
        "of": seen.counts.of,
        "may_approve": visit.person.may("approver", EVERYWHERE),
    }


HANDLERS = (dashboard, live)
