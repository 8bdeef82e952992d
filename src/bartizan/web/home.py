"""Where people arrive."""

from __future__ import annotations

from litestar import get

from bartizan.web.visit import Page, TheVisit


@get("/", sync_to_thread=False)
def home(visit: TheVisit) -> Page:
    """On to the portfolio."""
    return visit.redirect("/portfolio")


HANDLERS = (home,)
