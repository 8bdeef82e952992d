"""Debian's Chromium as the place where hostile markup is opened: everything it does is written down, nothing leaves.

One browser serves a whole run; each page gets a context of its own, without storage, permissions, downloads and
service workers. Three walls stand between a page and the network: every request is routed to us and refused; every name
resolves to nothing; the only way out is a proxy at a port of this machine that is held and never answered, which also
stops what no route sees (preconnect, WebTransport), and WebRTC may use nothing but that proxy. Chromium's own sandbox
is on, except for root, for whom Chromium does not start with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
from types import TracebackType
from typing import Any

from bartizan.core.errors import NotFound
from bartizan.core.extras import need
from bartizan.detectors.family import Rendered
from bartizan.detectors.page_watch import PageWatch

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FEATURES_OFF = (
    "AutofillServerCommunication,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,HttpsUpgrades,"
    "InterestFeedContentSuggestions,IsolateSandboxedIframes,LazyFrameLoading,LazyImageLoading,MediaRouter,"
    "NetworkTimeServiceQuerying,OptimizationHints,Translate"
)
"""IsolateSandboxedIframes: one process for a page, so that one watch sees the scripts of all its frames. The lazy ones:
what would be asked for on scrolling is asked for at once. The others talk to somebody."""
_LONGEST_MARKUP = 4_000_000
_HEAP_MB = 256
_PAGES_AT_ONCE = 4
_KEPT = 64


def chromium_path() -> str | None:
    """Where Chromium is on this machine; None where it is not."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Chromium:
    """A `Browser`. Starts when the first page is opened; close it, or use it as ``async with``.

    Belongs to the event loop in which it was first used. ``patience`` is how many seconds a page may keep its process
    busy before it is ended, which counts as script that ran: markup alone ends.
    """

    def __init__(self, *, patience: float = 5.0) -> None:
        self._patience = patience
        self._lock = asyncio.Lock()
        self._pages = asyncio.Semaphore(_PAGES_AT_ONCE)
        self._stack = contextlib.AsyncExitStack()
        self._browser: Any = None
        self._known: dict[str, Rendered] = {}

    async def __aenter__(self) -> Chromium:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the browser and what belongs to it. It starts anew when another page is opened."""
        self._browser = None
        await self._stack.aclose()

    async def open(self, markup: str) -> Rendered:
        """What this HTML did when it was opened; nobody clicked.

        Raises NotFound where there is no Chromium, MissingExtra where Playwright is not installed, TimeoutError where
        the browser itself does not answer, ValueError for more than 4,000,000 characters.
        """
        if len(markup) > _LONGEST_MARKUP:
            raise ValueError(f"{len(markup)} characters of markup are more than {_LONGEST_MARKUP}")
        async with self._pages:
            if markup not in self._known:  # several detectors ask of the same answer
                browser = await self._started()
                async with asyncio.timeout(4 * self._patience + 10):
                    rendered = await self._opened(browser, markup)
                while len(self._known) >= _KEPT:
                    self._known.pop(next(iter(self._known)))
                self._known[markup] = rendered
            return self._known[markup]

    async def _started(self) -> Any:
        async with self._lock:
            if self._browser is None or not self._browser.is_connected():
                await self.close()
                self._browser = await self._launched()
            return self._browser

    async def _launched(self) -> Any:
        playwright = need("playwright.async_api")
        path = chromium_path()
        if path is None:
            raise NotFound("there is no Chromium on this machine; install it with: apt-get install chromium")
        dead_end = self._stack.enter_context(socket.socket())
        dead_end.bind(("127.0.0.1", 0))  # held and not listened at: nothing else can answer there
        driver = await self._stack.enter_async_context(playwright.async_playwright())
        browser = await driver.chromium.launch(
            executable_path=path,
            chromium_sandbox=not is_root(),
            args=switches(dead_end.getsockname()[1]),
            env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
        )
        self._stack.push_async_callback(_quietly, browser.close)
        return browser

    async def _opened(self, browser: Any, markup: str) -> Rendered:
        context = await browser.new_context(
            accept_downloads=False, service_workers="block", viewport={"width": 1280, "height": 2000}, permissions=[]
        )
        try:
            watch = PageWatch(markup, self._patience)
            await context.route("**/*", watch.refuse)
            page = await context.new_page()
            context.on("page", watch.popup)
            return await watch.seen(page, await context.new_cdp_session(page))
        finally:
            await _quietly(context.close)


def is_root() -> bool:
    """Whether Chromium has to do without its sandbox here: it refuses to start with it for root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


async def _quietly(close: Any) -> None:
    """Close what may be gone already, or hang."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(close(), 5)


def switches(dead_port: int) -> list[str]:
    """Chromium's command line: whatever gets past the routes still finds no name, and only a way out that is dead."""
    return [
        f"--proxy-server=127.0.0.1:{dead_port}",
        "--proxy-bypass-list=<-loopback>",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--disable-quic",
        "--dns-prefetch-disable",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-domain-reliability",
        "--disable-sync",
        "--disable-site-isolation-trials",
        "--no-first-run",
        f"--disable-features={_FEATURES_OFF}",
        "--blink-settings=lazyLoadEnabled=false",
        f"--js-flags=--max-old-space-size={_HEAP_MB}",
    ]
