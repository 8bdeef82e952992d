"""The audit: its entries, and whether the chain still holds."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from bartizan.register.audit.faults import Verification
from bartizan.register.audit.reading import Filter, Told, log
from bartizan.web.api.endpoint import Answer, Call, route
from bartizan.web.api.paging import Followed, link
from bartizan.web.api.values import Count, Words
from bartizan.workflows.audit import Trust, verify_register


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries are wanted."""

    system: Words = ""
    actor: Annotated[Words, Meta(description="Who did it.")] = ""
    action: Annotated[Words, Meta(description="An action, or the first word of some.")] = ""
    subject: Annotated[str, Meta(max_length=1_000, description="The row that changed.")] = ""
    since: Annotated[date | None, Meta(description="The first day.")] = None
    limit: Annotated[int, Meta(ge=1, le=200, description="How many at most.")] = 50
    before: Annotated[Count, Meta(description="Only entries with a smaller number: what `next` said.")] = 0


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the register is what its chain says."""

    sound: bool
    verification: Verification


@route("GET", "/audit", role="administrator")
def find(call: Call, query: AuditQuery) -> Answer[Followed[Told]]:
    """Who did what, the newest first. The list goes on at `next`, so that what is added meanwhile moves nothing."""
    wanted = Filter(
        system=query.system,
        actor=query.actor,
        action=query.action,
        subject=query.subject,
        since=query.since.isoformat() if query.since else "",
        before=query.before,
    )
    with call.desk.register.read() as connection:
        found = log(connection, wanted, query.limit + 1)
    shown = found[: query.limit]
    after = str(shown[-1].seq) if len(found) > query.limit else ""
    headers = {"Link": link(call, "next", before=after)} if after else {}
    return Answer(value=Followed(items=shown, next=after), headers=headers)


@route("POST", "/audit/verify", role="administrator")
def verify(call: Call) -> Answer[Sound]:
    """Check every entry against the one before it, and every row against what the chain says of it."""
    found = verify_register(call.desk.register, Trust())
    return Answer(value=Sound(sound=found.sound, verification=found))


ROUTES = (find, verify)
