"""All routes of the API, and their handlers."""

from __future__ import annotations

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from bartizan.web.api import (
    audit,
    catalogue,
    comments,
    controls,
    decisions,
    descriptions,
    events,
    evidence,
    jobs,
    me,
    portfolio,
    risks,
    suppliers,
    systems,
)
from bartizan.web.api.endpoint import JSON, ROOT, Route
from bartizan.web.api.handling import handler_of
from bartizan.web.api.openapi import as_json, as_yaml

ROUTES: tuple[Route, ...] = (
    *me.ROUTES,
    *systems.ROUTES,
    *descriptions.ROUTES,
    *risks.ROUTES,
    *decisions.ROUTES,
    *controls.ROUTES,
    *evidence.ROUTES,
    *comments.ROUTES,
    *suppliers.ROUTES,
    *events.ROUTES,
    *portfolio.ROUTES,
    *catalogue.ROUTES,
    *jobs.ROUTES,
    *audit.ROUTES,
)
_PUBLIC = {"public": True}


@get(f"{ROOT}/openapi.json", opt=_PUBLIC, sync_to_thread=True)
def openapi_json() -> Response[bytes]:
    """The OpenAPI document; it tells nothing of the register, so that anybody may read it."""
    return Response(as_json(ROUTES), media_type=JSON)


@get(f"{ROOT}/openapi.yaml", opt=_PUBLIC, sync_to_thread=True)
def openapi_yaml() -> Response[bytes]:
    """The same as YAML."""
    return Response(as_yaml(ROUTES), media_type="application/yaml")


HANDLERS: tuple[HTTPRouteHandler, ...] = (openapi_json, openapi_yaml, *(handler_of(route) for route in ROUTES))
