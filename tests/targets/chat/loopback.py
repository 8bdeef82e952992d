"""A real HTTP server on this machine that answers, or misbehaves, as told, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import datetime
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bartizan.core.chat_spec import ChatSpec
from bartizan.targets.chat.assistant import Assistant
from bartizan.targets.chat.meter import ChatBudget, Meter
from bartizan.targets.chat.opening import open_chat
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PLACE = Place(file="system.yaml", line=1)
TODAY = datetime.date(2026, 11, 1)


class Loopback:
    """Where the server is, and what it was asked."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.url = ""
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.in_flight = self.most_in_flight = 0

    @property
    def bodies(self) -> list[Any]:
        return [body for _, _, body in self.asked]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.asked.append((request.path, dict(request.headers), json.loads(raw) if raw else None))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self.handler(request)
        finally:
            self.in_flight -= 1


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Loopback]:
    server = Loopback(handler)
    app = web.Application(client_max_size=64_000_000)
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(answers: bytes, *, hold: bool = False) -> AsyncIterator[str]:
    """A server that sends these bytes, whatever they are, and hangs up (or holds the line)."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answers)
            await writer.drain()
            if hold:
                await asyncio.sleep(30)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def says(value: object, status: int = 200, **headers: str) -> Handler:
    """Always this JSON."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response(value, status=status, headers=headers)

    return handler


def sends(raw: bytes, kind: str, status: int = 200, **headers: str) -> Handler:
    """Always these bytes."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=raw, status=status, headers={"content-type": kind, **headers})

    return handler


def in_turn(*handlers: Handler) -> Handler:
    """One after the other; the last one stays."""
    left = list(handlers)

    async def handler(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return handler


def drips(pieces: list[bytes], kind: str, pause: float = 0.0, *, forever: bool = False) -> Handler:
    """These bytes, piece by piece."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": kind})
        await response.prepare(request)
        try:
            while True:
                for piece in pieces:
                    await response.write(piece)
                    await asyncio.sleep(pause)
                if not forever:
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        return response

    return handler


def sse(*events: object) -> bytes:
    """Events as a stream; strings go as they are."""
    return b"".join(b"data: " + (one if isinstance(one, str) else json.dumps(one)).encode() + b"\n\n" for one in events)


def allowed(url: str) -> Permission:
    return Permission(target=url, granted_by="the test", until=datetime.date(2026, 12, 31))


class Waits(list[float]):
    """A sleep that only writes down for how long it was asked to."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def spec_of(kind: str, url: str, **more: Any) -> ChatSpec:
    needed = {} if kind == "template" else {"model": "m-1"}
    return ChatSpec(**{"kind": kind, "url": url, **needed, **more})


@asynccontextmanager
async def opened(spec: ChatSpec, meter: Meter | None = None, sleep: Any = None) -> AsyncIterator[Assistant]:
    meter = meter or Meter(ChatBudget(), concurrency=64)
    assistant = await open_chat(
        spec,
        PLACE,
        permission=allowed(spec.url),
        meter=meter,
        today=lambda: TODAY,
        rng=random.Random(7),
        sleep=Waits() if sleep is None else sleep,
    )
    try:
        yield assistant
    finally:
        await assistant.close()
