"""A real chat endpoint on this machine, in a thread of its own, that misbehaves as told and counts its requests."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request, int], Awaitable[web.StreamResponse]]


class Endpoint:
    """Where it is, and how often and with what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.url = ""
        self.asked = 0
        self.keys: set[str] = set()
        self.bodies: list[Any] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.asked += 1
        self.bodies.append(json.loads(raw) if raw else None)
        self.keys.add(request.headers.get("authorization", ""))
        return await self.answer(request, self.asked)


def reply(text: str, *, calls: list[dict[str, Any]] | None = None, usage: tuple[int, int] | None = (5, 5)) -> bytes:
    """An answer of chat completions."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = calls
    found: dict[str, Any] = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    if usage is not None:
        found["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return json.dumps(found).encode()


def json_of(body: bytes) -> web.Response:
    """It, as JSON."""
    return web.Response(body=body, content_type="application/json")


@contextmanager
def misbehaving(answer: Answer) -> Iterator[Endpoint]:
    """The endpoint on a free port."""
    endpoint, up, loop = Endpoint(answer), threading.Event(), asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        app = web.Application(client_max_size=64_000_000)
        app.router.add_route("*", "/{path:.*}", endpoint.handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        up.set()
        await over.wait()
        await runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert up.wait(10)
        yield endpoint
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()
