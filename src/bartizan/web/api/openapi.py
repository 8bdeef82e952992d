"""The OpenAPI document, made of the routes themselves: what it says of a request is what reads the request."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any, TypeAlias

import msgspec
import yaml

from bartizan import __version__
from bartizan.web.api.endpoint import JSON, OCTETS, ROOT, File, Route
from bartizan.web.api.explaining import explain
from bartizan.web.api.problems import MEDIA, Refusal
from bartizan.web.api.reading import fields_of

Part: TypeAlias = dict[str, Any]
_REF = "#/components/schemas/{name}"
_ABOUT = """The register of Bartizan: systems, risks, decisions, evidence and what is due.

Log in with a token that a person makes on their account's page, or with the session of a browser; writes by a session
carry its CSRF token. A token can do no more than its person, and no more than it was made for.

What can be edited has an ETag; a write says with If-Match what it read, and is refused with 412 when somebody was
quicker. A POST with an Idempotency-Key is done once: sent again within a day, it is answered as before. Lists come in
pages; the Link header leads on. What goes wrong is told as RFC 9457 describes, with every problem that was found.
"""
_SAID = {
    400: "The request cannot be understood.",
    401: "Nobody is logged in, or the token does not work any more.",
    403: "The person, or the token, may not do this; or the request lacks the CSRF token of its session.",
    404: "There is nothing of that name.",
    406: "The answer is not there in a form that is accepted.",
    409: "It cannot be done as things stand; the detail says why.",
    412: "Somebody changed it since it was read.",
    413: "What was sent is too large.",
    415: "What was sent is in no form that is read here.",
    422: "Something in the request is wrong; all problems are listed.",
    428: "The request does not say which revision was read.",
    500: "Something went wrong here; nothing was done.",
}
_IF_MATCH: Part = {"type": "string", "pattern": r'^("[0-9]{1,9}"|\*)$', "examples": ['"3"']}


@cache
def as_json(routes: tuple[Route, ...]) -> bytes:
    """The document as JSON."""
    return msgspec.json.format(msgspec.json.encode(document(routes)), indent=1)


@cache
def as_yaml(routes: tuple[Route, ...]) -> bytes:
    """The document as YAML."""
    return yaml.safe_dump(msgspec.to_builtins(document(routes)), sort_keys=False, allow_unicode=True).encode()


def document(routes: tuple[Route, ...]) -> Part:
    """OpenAPI 3.1 of these routes."""
    kinds = [kind for route in routes for kind in (route.query, route.body, route.gives) if kind not in {None, File}]
    kinds = [*dict.fromkeys([*kinds, Refusal])]
    found, components = msgspec.json.schema_components(kinds, schema_hook=_anything, ref_template=_REF)
    schemas = dict(zip(kinds, found, strict=True))
    explain(components, kinds)
    queries = {route.query: _properties(schemas[route.query], components) for route in routes if route.query}
    for query in queries:
        components.pop(_name(schemas[query]), None)
    paths: dict[str, Part] = {}
    for route in routes:
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route, schemas, queries)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Bartizan",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ROOT}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SCHEMES, "responses": dict(_responses(schemas))},
    }


def _anything(kind: type) -> Part:
    """The schema of a field that may hold any value: a ``schema_hook`` of msgspec, which must refuse all other types.

    NotImplementedError is how a hook says that it does not know a type; msgspec then names the type in its own error.
    """
    if kind is not object:
        raise NotImplementedError
    return {"description": "Any value."}


_SCHEMES: Part = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of the API: bzn_..."},
    "session": {"type": "apiKey", "in": "cookie", "name": "bartizan-session", "description": "A browser's session."},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "Of the session, for writes."},
}


def _responses(schemas: dict[Any, Part]) -> Any:
    for status, said in _SAID.items():
        yield f"problem{status}", {"description": said, "content": {MEDIA: {"schema": schemas[Refusal]}}}


def _name(schema: Part) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _properties(schema: Part, components: dict[str, Part]) -> Part:
    return components[_name(schema)]


def _operation(route: Route, schemas: dict[Any, Part], queries: dict[Any, Part]) -> Part:
    said = " ".join((inspect.getdoc(route.does) or "").split())
    made: Part = {
        "operationId": route.name,
        "tags": [route.name.partition("_")[0]],
        "summary": said.partition(". ")[0].rstrip("."),
        "description": f"{said} {_role(route)}".strip(),
        "parameters": [*_path(route), *_query(route, queries), *_headers(route)],
        "responses": {str(route.status): _success(route, schemas), **_failures(route)},
    }
    if route.method != "GET":
        made["security"] = [{"token": []}, {"session": [], "csrf": []}]
    if route.body is not None:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schemas[route.body]}}}
    elif route.upload:
        schema = {"type": "string", "format": "binary", "minLength": 1}
        made["requestBody"] = {"required": True, "content": {OCTETS: {"schema": schema}}}
    return made


def _role(route: Route) -> str:
    if route.role is None:
        return "For everybody who is logged in."
    where = "on at least one system" if route.anywhere else "on the system" if "{system" in route.path else "on all"
    return f"Needs the role {route.role} {where}."


def _path(route: Route) -> list[Part]:
    kinds: dict[str, Part] = {
        "int": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
        "str": {"type": "string", "minLength": 1},
    }
    return [{"name": name, "in": "path", "required": True, "schema": kinds[kind]} for name, kind in route.parts]


def _query(route: Route, queries: dict[Any, Part]) -> list[Part]:
    if route.query is None:
        return []
    schema = queries[route.query]
    needed = schema.get("required", ())
    found = []
    for name in fields_of(route.query):
        inner = dict(schema["properties"][name])
        made: Part = {"name": name, "in": "query", "required": name in needed}
        if "description" in inner:
            made["description"] = inner.pop("description")
        found.append({**made, "schema": inner})
    return found


def _headers(route: Route) -> list[Part]:
    found: list[Part] = []
    if route.method == "POST":
        key = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        said = "Makes the write safe to send again: it is done once, and its answer repeated for a day."
        found.append({"name": "Idempotency-Key", "in": "header", "description": said, "schema": key})
    if route.condition:
        said = "The ETag of what was read; * for whatever is there."
        is_new = route.method == "PUT" and "{control" in route.path
        needed = route.condition == "must" and not is_new
        found.append({"name": "If-Match", "in": "header", "required": needed, "description": said, "schema": _IF_MATCH})
        if is_new:
            said = "Instead of If-Match, where nothing is there yet."
            found.append({"name": "If-None-Match", "in": "header", "description": said, "schema": {"const": "*"}})
    return found


def _success(route: Route, schemas: dict[Any, Part]) -> Part:
    headers: Part = {}
    if route.etag:
        headers["ETag"] = {"description": "The revision, to be sent back in If-Match.", "schema": {"type": "string"}}
    if route.status in {201, 202}:
        headers["Location"] = {"description": "Where it is found.", "schema": {"type": "string"}}
    if route.query is not None and "limit" in fields_of(route.query):
        headers["Link"] = {"description": "The pages around this one (RFC 8288).", "schema": {"type": "string"}}
    content = {media: {"schema": _content(route, media, schemas)} for media in route.media}
    said = {201: "It is kept.", 202: "It will be done."}.get(route.status, "What was asked for.")
    return {"description": said, "content": content} | ({"headers": headers} if headers else {})


def _content(route: Route, media: str, schemas: dict[Any, Part]) -> Part:
    if route.gives is not File:
        return schemas[route.gives]
    return {"type": "object"} if media.endswith("json") else {"type": "string", "format": "binary"}


def _failures(route: Route) -> Part:
    codes = {400, 401, 406, 422, 500}
    if route.role is not None or route.method != "GET":
        codes.add(403)
    if route.parts or route.query is not None:
        codes.add(404)
    if route.method != "GET":
        codes |= {404, 409, 413}
    if route.body is not None or route.upload:
        codes.add(415)
    if route.condition:
        codes.add(412)
    if route.condition == "must":
        codes.add(428)
    return {str(code): {"$ref": f"#/components/responses/problem{code}"} for code in sorted(codes)}
