"""Where people arrive."""

from __future__ import annotations

from litestar import get

from bartizan.web.visit import Page, TheVisit


@get("/", sync_to_thread=False)
def home(visit: TheVisit) -> Page:
    """On to the portfolio; who may see nothing yet is told what is missing."""
    if visit.person.may_somewhere("viewer"):
        return visit.redirect("/portfolio")
    return visit.redirect("/account", "You have no role yet. Ask an administrator for one on a system, or on all.")


HANDLERS = (home,)
