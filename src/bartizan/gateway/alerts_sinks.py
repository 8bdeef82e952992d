"""Where alerts go: the log always, a file and a webhook where the settings name them. None of them can hold up another.

The webhook is one POST for each, signed like those of the register: the header ``Bartizan-Signature`` is ``sha256=``
and the HMAC-SHA-256 of the body in hexadecimal digits. ``Bartizan-Delivery`` is the alert's id and state: one that came
before is the same again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
import os
from collections.abc import Sequence

import aiohttp
import msgspec

from bartizan.gateway.alerts import Alert

MOST_WAITING = 100
PAUSES = (1.0, 5.0, 25.0)
"""Seconds before another try. After the last one an alert is given up, and counted."""
_SECONDS = 10.0
log = logging.getLogger("bartizan.gateway.alerts")


class Sinks:
    """Everywhere that alerts go."""

    def __init__(
        self, *, file: str = "", webhook: str = "", key: bytes = b"", pauses: Sequence[float] = PAUSES
    ) -> None:
        self.undelivered = 0
        """Alerts that were not written to the file or that the webhook did not take."""
        self._file, self._webhook, self._key, self._pauses = file, webhook, key, tuple(pauses)
        self._queue: asyncio.Queue[Alert] = asyncio.Queue(MOST_WAITING)
        self._posting: asyncio.Task[None] | None = None

    def tell(self, alert: Alert) -> None:
        """Tell everybody; waits for nobody. Call it in a running loop."""
        level = logging.WARNING if alert.state == "firing" else logging.INFO
        log.log(level, "alert %s", alert, extra={"fields": {"alert": msgspec.to_builtins(alert)}})
        if self._file:
            self._append(alert)
        if self._webhook:
            self._post_later(alert)

    def _append(self, alert: Alert) -> None:
        try:
            file = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                os.write(file, msgspec.json.encode(alert) + b"\n")
            finally:
                os.close(file)
        except OSError as error:
            self.undelivered += 1
            log.error("an alert could not be written to its file: %s", error.strerror)

    def _post_later(self, alert: Alert) -> None:
        try:
            self._queue.put_nowait(alert)
        except asyncio.QueueFull:
            self.undelivered += 1
            log.error("an alert was given up: too many wait for the webhook")
            return
        if self._posting is None or self._posting.done():
            self._posting = asyncio.ensure_future(self._post_all())

    async def _post_all(self) -> None:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            while not self._queue.empty():
                alert = self._queue.get_nowait()
                if not await self._delivered(session, alert):
                    self.undelivered += 1
                    log.error("an alert was given up: the webhook did not take it")

    async def _delivered(self, session: aiohttp.ClientSession, alert: Alert) -> bool:
        body = msgspec.json.encode(alert)
        headers = {"content-type": "application/json", "bartizan-delivery": f"{alert.id}-{alert.state}"}
        if self._key:
            headers["bartizan-signature"] = "sha256=" + hmac.new(self._key, body, hashlib.sha256).hexdigest()
        for pause in (*self._pauses, None):
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, ValueError):
                async with session.post(self._webhook, data=body, headers=headers, allow_redirects=False) as answer:
                    if 200 <= answer.status < 300:
                        return True
            if pause is not None:
                await asyncio.sleep(pause)
        return False

    async def close(self) -> None:
        """Give what waits a few seconds, then give it up."""
        if self._posting is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._posting, 5.0)
        self.undelivered += self._queue.qsize()
