"""Kill switches: what is stopped, and stopping something or letting it go on."""

from __future__ import annotations

from litestar import get, post

from bartizan.core.errors import BartizanError, Unreachable, printable
from bartizan.core.people import EVERYWHERE
from bartizan.gateway.admin.values import SCOPES
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.gateway import connected, missing, tabs
from bartizan.web.gateway_words import moment
from bartizan.web.security import needs
from bartizan.web.visit import Page, TheVisit, Visit

SPANS = (("", "Until somebody clears it"), ("900", "15 minutes"), ("3600", "1 hour"), ("86400", "1 day"))
KINDS = {
    "everything": "Everything",
    "model": "A model",
    "server": "An MCP server",
    "tool": "A tool",
    "tenant": "A tenant",
    "session": "A session",
    "caller": "A caller",
}


@get("/gateway/switches", guards=[needs("viewer")], sync_to_thread=True)
def switches(visit: TheVisit) -> Page:
    """What is stopped."""
    if visit.site.gateway is None:
        return missing(visit)
    return _page(visit)


@post("/gateway/switches", guards=[needs("approver")], sync_to_thread=True)
def stop(visit: TheVisit, form: TheForm) -> Page:
    """Stop something."""
    scope, name, why = form.text("scope"), form.text("name"), form.text("why")
    span = form.text("seconds")
    seconds = float(span) if span in {one for one, _ in SPANS if one} else None
    if scope not in SCOPES or not why:
        return _page(visit, "Nothing was stopped: say what, and give a reason.", 422, form)
    if scope == "everything":
        name = "*"
    if not name:
        return _page(visit, "Nothing was stopped: say which by its name, or * for all.", 422, form)
    try:
        connected(visit).stop(scope, name, by=visit.person.id, why=why, seconds=seconds)
    except BartizanError as error:
        return _page(visit, f"Nothing was stopped: {printable(str(error))}", _status(error), form)
    return visit.redirect("/gateway/switches", f"Stopped: {_called(scope, name)}.")


@post("/gateway/switches/clear", guards=[needs("approver")], sync_to_thread=True)
def clear(visit: TheVisit, form: TheForm) -> Page:
    """Let something go on."""
    scope, name, why = form.text("scope"), form.text("name"), form.text("why")
    if not why:
        return _page(visit, "It is still stopped: give a reason.", 422)
    try:
        connected(visit).let_go(scope, name, by=visit.person.id, why=why)
    except BartizanError as error:
        return _page(visit, f"Nothing was changed: {printable(str(error))}", _status(error))
    return visit.redirect("/gateway/switches", f"It goes on: {_called(scope, name)}.")


def _status(error: BartizanError) -> int:
    return 502 if isinstance(error, Unreachable) else 409


def _called(scope: str, name: str) -> str:
    return "everything" if scope == "everything" else f"{scope} {printable(name, 200)}"


def _page(visit: Visit, trouble: str = "", status: int = 0, typed: Form = EMPTY) -> Page:
    gateway, why, waiting = connected(visit), "", 0
    rows: list[dict[str, object]] = []
    try:
        waiting = len(gateway.questions().open)
        for one in gateway.switches():
            rows.append(
                {
                    "scope": one.scope,
                    "name": one.name,
                    "called": _called(one.scope, one.name),
                    "by": printable(one.by, 200),
                    "why": printable(one.why, 400),
                    "at": moment(one.at),
                    "until": moment(one.until) if one.until else "",
                }
            )
    except BartizanError as error:
        why = printable(str(error))
    return visit.page(
        "gateway_switches.html.j2",
        title="Switches",
        crumbs=[("Gateway", "/gateway")],
        here="/gateway",
        trouble=trouble,
        status=status,
        typed=typed,
        rows=rows,
        why=why,
        address=gateway.address,
        tabs=tabs(waiting, len(rows)),
        spans=SPANS,
        kinds=tuple(KINDS.items()),
        may_stop=visit.person.may("approver", EVERYWHERE),
    )


HANDLERS = (switches, stop, clear)
