"""Calls to the API: with a token, as programs do it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import httpx
import schemathesis

from bartizan.core.people import EVERYWHERE, Role
from bartizan.register import people
from bartizan.register.opening import Register
from bartizan.web.api.endpoint import Route
from bartizan.web.api.openapi import document
from bartizan.web.api.router import ROUTES
from bartizan.workflows.accounts import make_token
from tests.register.desks import NAME
from tests.web.clients import HASHED, Visitor, person_named

ROOT = "/api/v1"


def token_for(register: Register, name: str, role: Role, system: str = EVERYWHERE, of: Role | None = None) -> str:
    """The text of a token with a role, of a user who has it (or the role `of`) and is made where there is none."""
    with register.change("test") as change:
        if people.find(change.connection, name) is None:
            people.add(change, name, shown=name.capitalize(), password=HASHED)
            people.grant(change, name, of or role, EVERYWHERE if of else system)
    made = make_token(register, person_named(register, name), shown="test", role=role, system=system, days=30)
    return made[1]


class Caller:
    """A program that calls the API with a token; every answer must be one that the document allows."""

    def __init__(self, visitor: Visitor, token: str = "") -> None:
        self.client = visitor.client
        self.conforms = True
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One call; the path is that below the API's root."""
        headers = self.headers | more.pop("headers", {})
        answer = self.client.request(method, ROOT + path, headers=headers, **more)
        if self.conforms:
            operation_of(method, path).validate_response(answer)
        return answer

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Read."""
        return self.call("GET", path, **more)

    def post(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        """Write, with JSON where there is a body."""
        return self.call("POST", path, **({"json": body} if body is not None else {}), **more)


REAL = {
    "system": NAME,
    "number": "1",
    "threat": "indirect_prompt_injection",
    "control": "least_model_privilege",
    "supplier": "northwind-ai",
    "digest": "a" * 64,
    "job": "0123456789abcdef",
}
"""Parts of paths that lead somewhere."""


def path_of(route: Route) -> str:
    """The path of a route that leads somewhere."""
    return route.template.format(**REAL)


def operation_of(method: str, path: str) -> Any:
    """The operation of the document that a call is of."""
    bare = path.partition("?")[0]
    for route in ROUTES:
        pattern = re.sub(r"{\w+}", "[^/]+", route.template)
        if route.method == method and re.fullmatch(pattern, bare):
            return _schema()[route.template][method]
    raise AssertionError(f"the document has no {method} {bare}")


@cache
def _schema() -> Any:
    return schemathesis.openapi.from_dict(document(ROUTES))
