"""A real gateway and a real upstream on loopback, for tests: uvicorn, and aiohttp's server as a scripted upstream."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from aiohttp import web

from bartizan.controls.chat.bench import Bench
from bartizan.gateway.app import Gateway
from bartizan.gateway.connections import Connection
from bartizan.gateway.events import Ledger, NoLedger
from bartizan.gateway.policy import Policies
from bartizan.gateway.serving import Service
from bartizan.gateway.settings import ModelSpec, Settings, Speaks, UpstreamSpec
from bartizan.gateway.upstreams.choosing import Upstreams
from bartizan.gateway.upstreams.upstream import Upstream, session

Handler = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


@dataclass
class Seen:
    """What reached the upstream."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    """An upstream that answers with what ``handler`` says, and writes down what it got."""

    handler: Handler
    seen: list[Seen] = field(default_factory=list)
    address: str = ""

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append(Seen(path=request.path, headers=dict(request.headers), body=body))
        return await self.handler(request, body)

    @contextlib.asynccontextmanager
    async def up(self) -> AsyncIterator[Scripted]:
        """Running on a free port of loopback."""
        app = web.Application(client_max_size=1 << 28)
        app.router.add_route("*", "/{rest:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.address = f"http://127.0.0.1:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()


def saying(body: bytes, kind: str = "application/json", status: int = 200) -> Handler:
    """An upstream that always answers this."""

    async def answer(request: web.Request, raw: bytes) -> web.StreamResponse:
        return web.Response(body=body, content_type=kind, status=status)

    return answer


def streaming(pieces: list[bytes], kind: str = "text/event-stream", pause: float = 0.0) -> Handler:
    """An upstream that sends these pieces, one by one."""

    async def answer(request: web.Request, raw: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": kind})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(pause)
        await response.write_eof()
        return response

    return answer


@contextlib.asynccontextmanager
async def gateway(
    upstream: str,
    guards: dict[str, Any] | None = None,
    *,
    speaks: Speaks = "openai",
    bench: Bench | None = None,
    ledger: Ledger | None = None,
    upstreams: dict[str, UpstreamSpec] | None = None,
    key: str = "",
    turned_away: Callable[[int], None] | None = None,
    **more: Any,
) -> AsyncIterator[str]:
    """A gateway before that upstream, or before several; the address it listens at. ``more``: other parts of the
    settings. ``key``: the key of all upstreams.
    """
    specs = upstreams or {"main": UpstreamSpec(url=upstream, speaks=speaks)}
    settings = Settings(
        upstreams=specs,
        models=more.pop("models", {"*": ModelSpec(upstreams=tuple(specs))}),
        guards=guards or {},
        **more,
    )
    bench = bench or Bench()
    async with session() as connections:
        ups = {name: Upstream(name, spec, key, connections) for name, spec in settings.upstreams.items()}
        service = Service(
            policies=Policies(settings, bench),
            upstreams=Upstreams(settings.models, ups),
            bench=bench,
            ledger=ledger or NoLedger(),
            turned_away=turned_away,
        )
        async with served(Gateway(service, settings)) as address:
            yield address


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """An ASGI application under uvicorn in this loop; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer in two pieces waits 40 ms
    config = uvicorn.Config(app, log_level="error", lifespan="on", http=Connection, ws="none", access_log=False)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    running = asyncio.ensure_future(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()


@contextlib.contextmanager
def in_a_thread(make: Callable[[], contextlib.AbstractAsyncContextManager[str]]) -> Iterator[str]:
    """The same in a thread of its own, for clients that are not asynchronous."""
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    address: list[str] = []

    async def run() -> None:
        async with make() as one:
            address.append(one)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    try:
        assert ready.wait(20), "the gateway did not start"
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()
