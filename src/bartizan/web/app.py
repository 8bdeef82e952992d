"""The web application as one ASGI application."""

from __future__ import annotations

from copy import copy

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp

from bartizan.core.ready import read_structs_once
from bartizan.web.errors import HANDLERS
from bartizan.web.forms import form_of
from bartizan.web.pages import PAGES
from bartizan.web.security import (
    from_our_own_pages,
    logged_in_unless_public,
    with_headers,
    with_known_hosts,
    with_log,
)
from bartizan.web.site import Site
from bartizan.web.visit import visit_of
from bartizan.web.visitor import with_visitor

LARGEST_BODY = 10_000_000
"""Bytes of a request; a handler that takes files may allow more."""


def create_app(site: Site) -> ASGIApp:
    """The application for a site. Around the pages, from outside in: log, headers, known hosts, who sends a request."""
    read_structs_once()
    pages = Litestar(
        route_handlers=[_router()],
        dependencies={
            "visit": Provide(visit_of, sync_to_thread=False),
            "form": Provide(form_of),
        },
        guards=[from_our_own_pages, logged_in_unless_public],
        exception_handlers=HANDLERS,
        state=State({"site": site}),
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
        include_in_schema=False,
    )
    return with_log(with_headers(with_known_hosts(with_visitor(pages, site), site), site))


def _router() -> Router:
    """All pages, to be registered at once: an application changes the handlers it is given, and those of one path twice
    where they come one after the other (Litestar 2.25), which leaves a handler wrapped in two threads.
    """
    return Router(path="/", route_handlers=[copy(page) for page in PAGES])
