"""The audit: who did what when, the newest first, and whether the chain still holds."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import get, post

from bartizan.core.dates import is_date
from bartizan.register.audit.faults import Verification
from bartizan.register.audit.reading import Filter, log
from bartizan.web.listing import Column
from bartizan.web.security import needs
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows.audit import Trust, verify_register

_PER_PAGE = 50
_COLUMNS = (
    Column(label="No.", number=True),
    Column(label="When"),
    Column(label="Who"),
    Column(label="What was done"),
    Column(label="To what"),
    Column(label="What changed"),
)
_FILTERS = ("system", "actor", "action", "subject", "since")


@get("/audit", guards=[needs("viewer")], sync_to_thread=True)
def audit(visit: TheVisit) -> Page:
    """The newest entries that are wanted."""
    return _page(visit)


@post("/audit/verify", guards=[needs("viewer")], sync_to_thread=True)
def verify(visit: TheVisit) -> Page:
    """Check every entry against the one before it, and every row against what the chain says of it."""
    return _page(visit, verify_register(visit.register, Trust()))


def _page(visit: Visit, verification: Verification | None = None) -> Page:
    asked = {name: visit.query(name) for name in _FILTERS}
    before = visit.query("before")
    wanted = Filter(
        **{**asked, "since": asked["since"] if is_date(asked["since"]) else ""},
        before=int(before) if before.isdecimal() and len(before) < 16 else 0,
    )
    with visit.register.read() as connection:
        found = log(connection, wanted, _PER_PAGE + 1)
    said = {name: text for name, text in asked.items() if text}
    older = {**said, "before": str(found[_PER_PAGE - 1].seq)} if len(found) > _PER_PAGE else {}
    return visit.page(
        "audit.html.j2",
        title="Audit",
        columns=_COLUMNS,
        entries=found[:_PER_PAGE],
        asked=asked,
        older=f"/audit?{urlencode(older)}" if older else "",
        newest=f"/audit?{urlencode(said)}" if before else "",
        verification=verification,
        here="/audit",
    )


HANDLERS = (audit, verify)
