"""Serving the admin API from within the workers: whoever can bind its address serves, the others try again.

All that it tells is in the state and the folder that workers share, so it does not matter which of them answers; where
that one ends, another takes its place within a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from bartizan.controls.chat.state import StateLost
from bartizan.gateway.admin.acts import Acts
from bartizan.gateway.admin.app import AdminApp
from bartizan.gateway.admin.counting import Counting
from bartizan.gateway.admin.entrance import Entrance
from bartizan.gateway.admin.workers import BEAT_EVERY, Running, Workers
from bartizan.gateway.opening import Shared
from bartizan.gateway.settings import AdminSpec

TRY_EVERY = 1.0
MOST_REQUESTS = 100
"""At a time; more are told to come again."""
log = logging.getLogger("bartizan.gateway.admin")


class _Server(uvicorn.Server):
    """A second server in the process: signals belong to the first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


class Admin:
    """A worker's share in the admin API. Close it when the worker ends."""

    def __init__(self, worker: Running, shared: Shared, spec: AdminSpec) -> None:
        """Raises InputError for a token that cannot be used."""
        entrance = Entrance(spec)
        self.workers = Workers(worker, shared)
        folder = worker.settings.events.folder
        self._counting = Counting(Path(folder) if folder else None, clock=shared.bench.clock)
        if not folder:
            shared.monitoring.ledger.watchers.append(lambda event, trail: self._counting.see_own(event))
        self._app = AdminApp(Acts(worker, shared, self.workers, self._counting), entrance)
        self._address = spec.listen
        self._server: _Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def serves(self) -> bool:
        """Whether this worker is the one that answers."""
        return self.workers.serves

    def begin(self) -> None:
        """Serve, or wait to; and tell the others how this one does. In the running loop."""
        self._tasks = [asyncio.ensure_future(self._serve_for_ever()), asyncio.ensure_future(self._beat_for_ever())]

    async def _serve_for_ever(self) -> None:
        is_told = False
        while True:
            try:
                listening = listening_at(self._address)
            except OSError as error:
                if not is_told and self.workers.worker.settings.workers == 1:
                    log.error("the admin API cannot listen at %s: %s", self._address, error.strerror)
                is_told = True
            else:
                is_told = False
                await self._serve(listening)
            await asyncio.sleep(TRY_EVERY)

    async def _serve(self, listening: socket.socket) -> None:
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            http="httptools",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_REQUESTS,
            timeout_keep_alive=20,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self.workers.serves = True
        try:
            with listening:
                await self._server.serve(sockets=[listening])
        except Exception as error:  # another try follows, here or in another worker
            log.error("the admin API ended: %s", type(error).__name__)
        finally:
            self.workers.serves = False
            self._server = None

    async def _beat_for_ever(self) -> None:
        while True:
            with contextlib.suppress(StateLost):  # who asks for the status is told of it
                await self.workers.beat()
            await asyncio.sleep(BEAT_EVERY)

    async def close(self) -> None:
        """Answer what has begun, and stop."""
        serving, beating = self._tasks
        beating.cancel()
        server = self._server
        if server is not None:
            server.should_exit = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    while self._server is server:
                        await asyncio.sleep(0.02)
        serving.cancel()
        await asyncio.gather(serving, beating, return_exceptions=True)


def listening_at(address: str) -> socket.socket:
    """A socket that listens at HOST:PORT. Raises OSError where somebody else does."""
    host, _, port = address.rpartition(":")
    bare = host.strip("[]")
    made = socket.socket(socket.AF_INET6 if ":" in bare else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.bind((bare, int(port)))
        made.listen(128)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def start_admin(worker: Running, shared: Shared, spec: AdminSpec | None = None) -> Admin | None:
    """Begin to serve the admin API of a worker, in the running loop; None where the settings want none.

    ``spec``: instead of the settings'. Raises InputError for a token that cannot be used.
    """
    spec = spec or worker.settings.admin
    if not spec.listen:
        return None
    admin = Admin(worker, shared, spec)
    admin.begin()
    return admin
