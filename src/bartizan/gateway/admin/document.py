"""The OpenAPI document of the admin API, made of its routes and of the types that read and write."""

from __future__ import annotations

import importlib.metadata
from functools import cache
from typing import Any

import msgspec

from bartizan.gateway.admin.routes import ROUTES, Route
from bartizan.gateway.admin.values import Refusal

_REF = "#/components/schemas/{name}"
_SAID = {
    200: "As asked.",
    201: "It is set.",
    400: "The request cannot be understood.",
    401: "The token is missing or wrong.",
    403: "This person may not do that, or the request came from another site.",
    404: "There is nothing of that name.",
    409: "It cannot be done as things stand.",
    413: "What was sent is too large.",
    415: "What was sent is not JSON.",
    421: "This server does not answer to that name.",
    422: "Something in the request is wrong.",
    503: "The shared state, or the disk for events, does not answer; nothing was done.",
}
_ABOUT = """The Bartizan gateway's own API: questions that wait for a person, kill switches, events, counts, metrics.

It listens on an address of its own (admin.listen). Where admin.key is set, all but /healthz, /readyz and this document
want the token. Names in `by` are what the holder of the token says; give the token to programs that know their people.
"""


@cache
def as_json() -> bytes:
    """The document as JSON."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=1)


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of all routes."""
    kinds = [kind for one in ROUTES for kind in (one.query, one.body, one.gives) if kind and not isinstance(kind, str)]
    kinds = [*dict.fromkeys([*kinds, Refusal])]
    found, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schemas = dict(zip(kinds, found, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bartizan gateway", "version": importlib.metadata.version("bartizan"), "description": _ABOUT},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(route: Route, schemas: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    words = route.path.strip("/").replace("v1/", "").replace("{", "").replace("}", "").replace("/", "_")
    made: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{words}",
        "summary": route.about,
        "parameters": [*_path(route), *_query(route, schemas, components)],
        "responses": _responses(route, schemas),
    }
    if route.body is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[route.body]}}}
    if route.is_open:
        made["security"] = []
    return made


def _path(route: Route) -> list[dict[str, Any]]:
    schema = {"type": "string", "pattern": "^[0-9a-f]{24}$"}
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query(route: Route, schemas: dict[Any, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = components[schemas[route.query]["$ref"].rpartition("/")[2]]
    needed = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": one}
        for name, one in schema["properties"].items()
    ]


def _responses(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    kind = route.gives if isinstance(route.gives, str) else "application/json"
    schema = {"type": "string"} if isinstance(route.gives, str) else schemas[route.gives]
    usual = {400, 403, 421} | ({401} if not route.is_open else set())
    usual |= {413, 415, 422} if route.body is not None else {422} if route.query is not None else set()
    problem = {"application/problem+json": {"schema": schemas[Refusal]}}
    out: dict[str, Any] = {
        str(route.status): {"description": _SAID[route.status], "content": {kind: {"schema": schema}}}
    }
    for status in sorted(usual | set(route.may)):
        # What is not ready says so in the same shape as what is.
        content = {kind: {"schema": schema}} if route.path == "/readyz" and status == 503 else problem
        out[str(status)] = {"description": _SAID[status], "content": content}
    return out
