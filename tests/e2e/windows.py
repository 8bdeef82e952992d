"""Windows of a browser that watch their page: what it complains about, and whom else it asks, fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec
from playwright.sync_api import Browser, Page

_PATIENCE_MS = 20_000
_TELL = """document.addEventListener("securitypolicyviolation",
  (event) => console.error("CSP:", event.violatedDirective, event.blockedURI))"""
_REFUSED = "the server responded with a status of 4"
"""What Chromium says of every 4xx; a test that provokes one looks at the page instead."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How a window looks."""

    scheme: Literal["light", "dark"] = "light"
    width: int = 1280
    height: int = 900


@contextmanager
def opened(browser: Browser, address: str, look: Look) -> Iterator[Page]:
    """A window with cookies of its own. Fails at its end where the page complained, or asked another host."""
    context = browser.new_context(
        color_scheme=look.scheme,
        viewport={"width": look.width, "height": look.height},
        reduced_motion="reduce",
        base_url=address,
        accept_downloads=True,
    )
    context.set_default_timeout(_PATIENCE_MS)
    context.add_init_script(_TELL)
    page = context.new_page()
    faults = watch(page, address)
    try:
        yield page
    finally:
        context.close()
    assert faults == []


def watch(page: Page, address: str) -> list[str]:
    """A list that grows with whatever the page complains about and whomever else it asks."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda said: faults.append(said.text) if said.type == "error" and _REFUSED not in said.text else None,
    )
    page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else faults.append(asked.url))
    return faults
