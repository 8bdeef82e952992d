"""Watching one page of Chromium while it opens: scripts as V8 compiles them, requests, dialogues, windows.

Scripts are seen by the debugger's own notice (Chrome DevTools Protocol, Debugger.scriptParsed), which a page can
neither miss nor forge: inline scripts, module scripts, event handlers at the moment they fire, javascript: addresses
that are opened. Nothing is put into the page for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.detectors.family import Rendered
from bartizan.detectors.page_markup import PageFacts, page_facts

APPLICATION = "http://application.invalid/"
"""Where the markup is said to come from. Plain http, so that the browser neither changes nor blocks an address."""

_QUIET_S = 0.1
_SETTLE_S = 1.0
"""After it has loaded, at most."""
_MOST = 50
"""Of each kind that is told; a page can do as much as it likes."""


class PageWatch:
    """What one page does. Use once."""

    def __init__(self, markup: str, patience: float) -> None:
        self._markup = markup
        self._patience = patience
        self._error: Any = need("playwright.async_api").Error
        self._served = False
        self._loaded = 0.0
        """When it had; 0: not yet."""
        self._last = time.monotonic()
        self._own: set[str] = set()
        self._scripts: list[dict[str, Any]] = []
        self._executed: list[str] = []
        self._requested: list[str] = []
        self._waiting: set[asyncio.Task[None]] = set()

    async def refuse(self, route: Any) -> None:
        """Every request: the page itself is answered once; everything else is written down and refused."""
        request = route.request
        with contextlib.suppress(self._error):
            if not self._served and request.url == APPLICATION:
                self._served = True
                await route.fulfill(
                    body=self._markup.encode("utf-8", "replace"), content_type="text/html; charset=utf-8"
                )
                return
            self._note(self._requested, request.url)
            if request.resource_type == "script":
                self._note(self._executed, f"a script from {printable(request.url, 200)} would run")
            # an aborted navigation leaves the page as it is; a failed one would show an error page in its place
            await route.abort("aborted" if request.is_navigation_request() else "failed")

    def popup(self, page: Any) -> None:
        """A window that the page opened: only script does that without a click."""
        self._note(self._executed, "a window was opened")
        self._later(page.close())

    async def seen(self, page: Any, tap: Any) -> Rendered:
        """Open the markup and say what happened. Raises TimeoutError where that cannot be told."""
        await self._listen(page, tap)
        with contextlib.suppress(self._error, TimeoutError):
            async with asyncio.timeout(self._patience):
                await page.goto(APPLICATION, wait_until="commit", timeout=self._patience * 1000)
        await self._settle()
        facts = await self._ended(tap)
        scripts = await self._sources(tap) if facts.answered else ["script ran"][: len(self._scripts)]
        for task in self._waiting:
            task.cancel()
        if not self._served or not (facts.answered or scripts or self._executed):
            raise TimeoutError("the page was gone before it could be asked what it did")
        return Rendered(
            executed=_once([*scripts, *self._executed, *facts.would_run_on_load]),
            requested=_once([*self._requested, *facts.requested]),
            links=_once(facts.links),
        )

    async def _listen(self, page: Any, tap: Any) -> None:
        page.on("dialog", self._dialogue)
        page.on("crash", lambda _: self._note(self._executed, "the page's process ended: out of memory, or crashed"))
        tap.on("Debugger.scriptParsed", self._script)
        tap.on("Network.webSocketCreated", lambda event: self._note(self._requested, event["url"]))
        tap.on("Network.webTransportCreated", lambda event: self._note(self._requested, event["url"]))
        tap.on("Page.loadEventFired", self._on_load)
        for domain in ("Page", "Network", "Debugger"):
            await tap.send(f"{domain}.enable")
        # what the driver itself runs in every new frame; known by its hash from here on
        self._own = {one["hash"] for one in self._scripts}
        self._scripts.clear()

    def _on_load(self, event: object) -> None:
        self._loaded = self._last = time.monotonic()

    def _note(self, where: list[str], what: str) -> None:
        self._last = time.monotonic()
        if len(where) < _MOST:
            where.append(what)

    def _script(self, event: dict[str, Any]) -> None:
        is_driver = event["hash"] in self._own or not event.get("executionContextAuxData", {}).get("isDefault", True)
        self._last = time.monotonic()
        if not is_driver and len(self._scripts) < _MOST:
            self._scripts.append(event)

    def _dialogue(self, dialogue: Any) -> None:
        self._note(self._executed, f"dialogue {dialogue.type}: {printable(dialogue.message, 200)}")
        self._later(dialogue.dismiss())

    def _later(self, work: Any) -> None:
        async def quietly() -> None:
            with contextlib.suppress(self._error):
                await work

        task = asyncio.ensure_future(quietly())
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _settle(self) -> None:
        """Until it has loaded, as long as patience lasts, and then until nothing has happened for a while."""
        end = time.monotonic() + self._patience
        while (now := time.monotonic()) < end:
            if self._loaded:
                if now - self._last > _QUIET_S:
                    return
                end = min(end, self._loaded + _SETTLE_S)
            await asyncio.sleep(0.02)

    async def _ended(self, tap: Any) -> PageFacts:
        """The page's markup as it stands now; a page that lets nobody in runs without end."""
        try:
            async with asyncio.timeout(self._patience):
                snapshot = await tap.send("DOMSnapshot.captureSnapshot", {"computedStyles": []})
        except TimeoutError:
            self._note(self._executed, f"it did not end within {self._patience:g} s: script, for markup alone ends")
            return PageFacts(answered=False)
        except self._error:
            return PageFacts(answered=False)  # gone: the crash is noted already
        return page_facts(snapshot)

    async def _sources(self, tap: Any) -> list[str]:
        lines = []
        for event in self._scripts:
            source = ""
            with contextlib.suppress(self._error, TimeoutError):
                async with asyncio.timeout(1):
                    answer = await tap.send("Debugger.getScriptSource", {"scriptId": event["scriptId"]})
                    source = answer["scriptSource"]
            lines.append(f"script ran: {printable(source.strip(), 200)}" if source else "script ran")
        return lines


def _once(lines: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))[:_MOST]
