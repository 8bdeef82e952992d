"""One worker's process: the application that serves by the newest settings that were sound.

A new file is taken over without dropping a request: exchanges that have begun end under the settings they began with,
and what those hold is closed when the last of them is over. A broken file changes nothing but a line in the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from bartizan.core.errors import BartizanError
from bartizan.gateway.admin.serving import Admin, start_admin
from bartizan.gateway.app import Gateway
from bartizan.gateway.connections import Connection
from bartizan.gateway.events.logs import log_as_json
from bartizan.gateway.opening import Opened, opened, spare_the_collector
from bartizan.gateway.reading import read_settings
from bartizan.gateway.serving import Receive, Send
from bartizan.gateway.settings import Settings

CONFIG = "BARTIZAN_GATEWAY_CONFIG"
"""The environment variable by which workers are told of their file."""
LOOK_EVERY = 1.0
_FIXED = ("listen", "workers", "redis", "secret", "events", "admin", "approvals", "alerts", "tracing", "log")
"""Settings that hold for the life of a process: a change is told, and waits for a restart."""
log = logging.getLogger("bartizan.gateway")


class Worker:
    """An ASGI application over the settings of a file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.settings = read_settings(file)
        self.loads = 0
        self.refused = ""
        """Why the newest file was not taken over; empty where it was."""
        self._now: _Serving | None = None
        self._stamp = _stamp(file)
        self._watching: asyncio.Task[None] | None = None
        self._logging: logging.Handler | None = None
        self._admin: Admin | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request, or the life of the process."""
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        serving = self._now
        if serving is None:
            raise RuntimeError("the worker has not started")
        async with serving:
            await serving.app(scope, receive, send)
        return None

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except BartizanError as error:
            log.error("%s", error)
            await send({"type": "lifespan.startup.failed", "message": ""})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def start(self) -> None:
        """Open all that the settings name, and watch the file. Raises BartizanError."""
        self._logging = log_as_json(self.settings.log)
        self._now = _Serving(self.settings, await opened(self.settings))
        self._admin = start_admin(self, self._now.opened.shared)
        spare_the_collector()
        self.loads = 1
        self._watching = asyncio.ensure_future(self._watch())

    async def stop(self) -> None:
        """Let exchanges end, and close everything."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        if self._admin is not None:
            await self._admin.close()
        if self._now is not None:
            await self._now.retire()
        if self._logging is not None:
            log.removeHandler(self._logging)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            stamp = _stamp(self.file)
            if stamp != self._stamp:
                self._stamp = stamp
                await self.reload()

    async def reload(self) -> bool:
        """Take over the file as it is now. False where it is broken: then everything stays as it was."""
        try:
            settings = await asyncio.to_thread(read_settings, self.file)
            settings = self._kept(settings)
            assert self._now is not None
            serving = _Serving(settings, await opened(settings, like=self._now.opened))
        except BartizanError as error:
            self.refused = str(error)
            log.error("gateway.yaml was not taken over, and the earlier one stays: %s", error)
            return False
        before, self._now, self.settings = self._now, serving, settings
        self.loads, self.refused = self.loads + 1, ""
        log.info("gateway.yaml was taken over")
        self._retiring = asyncio.ensure_future(before.retire())
        return True

    def _kept(self, settings: Settings) -> Settings:
        changed = [one for one in _FIXED if getattr(settings, one) != getattr(self.settings, one)]
        if changed:
            log.warning("these wait for a restart: %s", ", ".join(changed))
        return msgspec.structs.replace(settings, **{one: getattr(self.settings, one) for one in changed})


class _Serving:
    """What serves by one version of the settings, and how many exchanges it is in."""

    def __init__(self, settings: Settings, opened: Opened) -> None:
        self.opened = opened
        self.app = Gateway(opened.service, settings)
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def __aenter__(self) -> None:
        self._running += 1
        self._idle.clear()

    async def __aexit__(self, *_: object) -> None:
        self._running -= 1
        if not self._running:
            self._idle.set()

    async def retire(self) -> None:
        """Wait until the last exchange is over, then close."""
        await self._idle.wait()
        await self.opened.close()


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        seen = file.stat()
    except OSError:
        return (0, 0, 0)
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino)


def worker() -> Worker:
    """The application of one worker, by the file that the environment names."""
    return Worker(Path(os.environ[CONFIG]))


def run(file: Path) -> int:
    """Serve by a file until told to stop; 2 where it could not begin. Raises BartizanError where the file is broken."""
    settings = read_settings(file)
    os.environ[CONFIG] = str(file.resolve())
    host, _, port = settings.listen.rpartition(":")
    try:
        _serve(settings, host.strip("[]"), int(port))
    except SystemExit:  # uvicorn leaves so where its application did not start; the log has said why
        return 2
    return 0


def _serve(settings: Settings, host: str, port: int) -> None:
    uvicorn.run(
        "bartizan.gateway.process:worker",
        factory=True,
        host=host,
        port=port,
        workers=settings.workers,
        loop="uvloop",
        http=Connection,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # who asks is told by the connection, never by a header that anybody may send
        date_header=True,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=30,
        backlog=4096,
    )
