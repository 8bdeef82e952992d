"""Clients of the web application: a browser without a screen that keeps cookies and fills in the token of its forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import httpx
from argon2 import PasswordHasher
from litestar.testing import TestClient
from litestar.testing.transport import TestClientTransport
from litestar.types import ASGIApp

from bartizan.core.people import EVERYWHERE, Role
from bartizan.register import people
from bartizan.register.opening import Register
from bartizan.web.app import create_app
from bartizan.web.cookies import SESSION, csrf_of
from bartizan.web.site import Site
from bartizan.workflows import sessions
from bartizan.workflows.access import Person, person_of
from bartizan.workflows.desk import Desk

PASSWORD = "four random words here"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Quick to check, which a real one is not."""
ADDRESS = "http://127.0.0.1:8400"


def application(desk: Desk, **more: Any) -> ASGIApp:
    """The application over a desk."""
    return create_app(Site(desk=desk, **more))


class Visitor:
    """One browser. `get` and `post` follow no redirect; `post` adds the token that the page's form would carry."""

    def __init__(self, running: TestClient[Any]) -> None:
        transport = TestClientTransport(client=running, raise_server_exceptions=False)
        self.client = httpx.Client(transport=cast(httpx.BaseTransport, transport), base_url=ADDRESS)

    @property
    def csrf(self) -> str:
        """The token of this browser's forms; a page is fetched first where it never saw one."""
        secret = self.client.cookies.get(SESSION) or self.client.cookies.get("bartizan-guest")
        if not secret:
            self.get("/login")
            secret = self.client.cookies.get("bartizan-guest") or ""
        return csrf_of(secret)

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Fetch a page."""
        return self.client.get(path, follow_redirects=False, **more)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send a form."""
        data = {"csrf": self.csrf, **(fields or {})}
        return self.client.post(path, data=data, follow_redirects=False, **more)

    def htmx(self, path: str, fields: Mapping[str, Any] | None = None) -> httpx.Response:
        """Send what htmx sends."""
        headers = {"HX-Request": "true", "X-CSRF-Token": self.csrf}
        return self.client.post(path, data=dict(fields or {}), headers=headers, follow_redirects=False)


class People:
    """Runs the application; makes users, and browsers that are logged in as them."""

    def __init__(self, register: Register, app: ASGIApp) -> None:
        self.register = register
        self._running: TestClient[Any] = TestClient(cast(Any, app))
        self._running.__enter__()

    def add(self, name: str, role: Role | None = None, system: str = EVERYWHERE, shown: str = "") -> None:
        """A user whose password is PASSWORD."""
        with self.register.change("test") as change:
            people.add(change, name, shown=shown or name.capitalize(), password=HASHED)
            if role:
                people.grant(change, name, role, system)

    def nobody(self) -> Visitor:
        """A browser that is not logged in."""
        return Visitor(self._running)

    def log_in(self, name: str, role: Role | None = None, system: str = EVERYWHERE) -> Visitor:
        """A browser that is logged in as a user, who is made where there is none."""
        with self.register.read() as connection:
            known = people.find(connection, name)
        if known is None:
            self.add(name, role, system)
        with self.register.change(name) as change:
            secret = sessions.start(change, name, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
        made = self.nobody()
        made.client.cookies.set(SESSION, secret, domain="127.0.0.1")
        return made

    def close(self) -> None:
        """Stop the application."""
        self._running.__exit__(None, None, None)


def person_named(register: Register, name: str) -> Person:
    """A user as one who acts."""
    with register.read() as connection:
        return person_of(people.user(connection, name))


def text_of(answer: httpx.Response) -> str:
    """What a page says, without its markup and with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).strip()
