"""What another edition of the framework would change for every system, before anybody changes anything."""

from __future__ import annotations

from litestar import get, post

from bartizan.core.errors import NotFound
from bartizan.core.terms import EDITIONS, Edition
from bartizan.web.forms import TheForm
from bartizan.web.security import needs
from bartizan.web.visit import Page, TheVisit
from bartizan.workflows import exchange, jobs
from bartizan.workflows.upgrade import Upgrade, upgrade

_HERE = "/portfolio/upgrade"
_GUARDS = [needs("viewer", anywhere=True)]
AT_ONCE = 12
"""Systems for which the page itself works it out; of more a piece of background work does."""


@get(_HERE, guards=_GUARDS, sync_to_thread=True)
def compare(visit: TheVisit) -> Page:
    """Which edition; with few systems what it changes is there at once."""
    only = visit.person.systems("viewer")
    asked = visit.query("edition")
    edition = _edition(asked) if asked else None
    names = [name for name in exchange.described_systems(visit.desk) if only is None or name in only]
    found: tuple[Upgrade, ...] | None = None
    if edition is not None and len(names) <= AT_ONCE:
        found = tuple(upgrade(visit.desk, edition, only=only))
    return visit.page(
        "portfolio_upgrade.html.j2",
        title="Another edition",
        crumbs=[("Portfolio", "/portfolio")],
        edition=edition,
        editions=EDITIONS,
        found=found,
        many=len(names),
        at_once=AT_ONCE,
    )


@post(_HERE, guards=_GUARDS, sync_to_thread=True)
def work_out(visit: TheVisit, form: TheForm) -> Page:
    """Work it out in the background."""
    edition, only = _edition(form.text("edition")), visit.person.systems("viewer")
    arguments = {"edition": edition, "only": None if only is None else sorted(only)}
    asked = jobs.ask(visit.desk, "upgrade", arguments, by=visit.person.id)
    return visit.redirect(f"/work/{asked.id}")


def _edition(text: str) -> Edition:
    found = next((one for one in EDITIONS if str(one) == text), None)
    if found is None:
        raise NotFound(f"there is no edition '{text:.20}'")
    return found


HANDLERS = (compare, work_out)
