"""The web application in a real browser: uvicorn on a free port of this machine, Debian's Chromium.

Import the fixtures where they are wanted: `from tests.web.browsing import browser, served  # noqa: F401`.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bartizan.core.people import EVERYWHERE, Role
from bartizan.register import people
from bartizan.register.opening import Register, open_register
from bartizan.web.app import create_app
from bartizan.web.cookies import SESSION
from bartizan.web.site import Site
from bartizan.workflows import sessions
from bartizan.workflows.desk import Desk
from tests.web.clients import People

CHROMIUM = Path("/usr/bin/chromium")
_SWITCHES = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_PATIENCE_S = 20


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Where it is missing these tests are skipped and say so; in CI that is a failure."""
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip("Chromium is missing; install it with: apt-get install chromium")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(CHROMIUM), args=_SWITCHES)
        yield started
        started.close()


class Served:
    """The application as it is served on a port."""

    def __init__(self, desk: Desk, address: str, **more: Any) -> None:
        self.desk = desk
        self.register: Register = desk.register
        self.address = address
        self.people = People(desk.register, create_app(Site(desk=desk, **more)))

    def url(self, path: str) -> str:
        """A path as an address."""
        return self.address + path


@contextmanager
def serving(desk: Desk, **more: Any) -> Iterator[Served]:
    """Serve a desk on a free port of the loopback. ``more``: of its site."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(Site(desk=desk, **more)), log_config=None, access_log=False, ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            until = time.monotonic() + _PATIENCE_S
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                assert time.monotonic() < until, "the server did not start in time"
                time.sleep(0.01)
            yield Served(desk, f"http://127.0.0.1:{listening.getsockname()[1]}", **more)
        finally:
            server.should_exit = True
            thread.join(_PATIENCE_S)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The application over an empty register in a file, with the real clock."""
    register = open_register(tmp_path / "served.db")
    try:
        with serving(Desk(register)) as running:
            yield running
    finally:
        register.close()


@contextmanager
def logged_in(
    browser: Browser,
    served: Served,
    name: str = "ada",
    role: Role | None = "administrator",
    system: str = EVERYWHERE,
    *,
    scheme: Literal["light", "dark"] = "light",
    width: int = 1280,
    height: int = 900,
) -> Iterator[Page]:
    """A page of somebody who is logged in. Fails at its end where the page complained, or asked another host."""
    with served.register.read() as connection:
        known = people.find(connection, name)
    if known is None:
        served.people.add(name, role, system)
    with served.register.change(name) as change:
        secret = sessions.start(change, name, "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0")
    with window(browser, served, scheme=scheme, width=width, height=height) as page:
        page.context.add_cookies([{"name": SESSION, "value": secret, "url": served.address}])
        yield page


@contextmanager
def window(
    browser: Browser,
    served: Served,
    *,
    scheme: Literal["light", "dark"] = "light",
    width: int = 1280,
    height: int = 900,
) -> Iterator[Page]:
    """A page of nobody. Fails at its end where the page complained, or asked another host."""
    faults: list[str] = []
    context: BrowserContext = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(_PATIENCE_S * 1000)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("request", lambda r: faults.append(r.url) if not r.url.startswith(served.address) else None)
    yield page
    context.close()
    faults = [fault for fault in faults if "the server responded with a status of 4" not in fault]
    assert faults == []
