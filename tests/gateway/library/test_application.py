"""An application that serves a model's routes, with guards around it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bartizan.controls.chat.exchange import Caller
from bartizan.gateway.library import Guards
from tests.gateway.running import served
from tests.gateway.wire.guards import Masking, Recording, Stopping, framed, standing

QUIET = "log: {exchanges: none}\n"
CHAT = (
    b'{"id":"1", "object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",'
    + (b'"message":{"role":"assistant","content":"it is s3cr3t"}}]}')
)
HELLO = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
FORBIDDEN = {"model": "m", "messages": [{"role": "user", "content": "a forbidden word"}]}


class Application:
    """It answers as it is told, and notes what it was asked."""

    def __init__(self, pieces: list[bytes], kind: bytes = b"application/json", fails: bool = False) -> None:
        self.pieces = pieces
        self.kind = kind
        self.fails = fails
        self.asked: list[tuple[str, dict[bytes, bytes], bytes]] = []
        self.lived: list[str] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """ASGI 3."""
        if scope["type"] == "lifespan":
            for _ in range(2):
                kind = (await receive())["type"]
                self.lived.append(kind)
                await send({"type": f"{kind}.complete"})
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.asked.append((scope["path"], dict(scope["headers"]), body))
        if self.fails:
            raise RuntimeError("it failed")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", self.kind)]})
        for piece in self.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})


@contextlib.asynccontextmanager
async def _serving(app: Any, rules: str = "", **how: Any) -> AsyncIterator[aiohttp.ClientSession]:
    guarded = Guards.parse(QUIET + rules).application(app, **how)
    async with served(guarded) as address, aiohttp.ClientSession(base_url=address) as client:
        yield client


async def _told(client: aiohttp.ClientSession, path: str, body: Any, **more: Any) -> tuple[int, bytes]:
    async with client.post(path, json=body, **more) as answer:
        return answer.status, await answer.read()


def test_what_no_guard_changes_passes_byte_for_byte_with_all_headers() -> None:
    app = Application([CHAT[:20], CHAT[20:]])

    async def ask() -> None:
        async with _serving(app) as client:
            headers = {"x-own": "1", "authorization": "Bearer k"}
            assert await _told(client, "/v1/chat/completions", HELLO, headers=headers) == (200, CHAT)

    with standing(Recording()):
        asyncio.run(ask())
    ((path, headers, body),) = app.asked
    assert path == "/v1/chat/completions"
    assert (headers[b"x-own"], headers[b"authorization"]) == (b"1", b"Bearer k")
    assert int(headers[b"content-length"]) == len(body)
    assert app.lived == ["lifespan.startup", "lifespan.shutdown"]


def test_answers_are_masked_whole_and_streamed() -> None:
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    said = [{**head, "choices": [{"index": 0, "delta": {"content": one}}]} for one in ("it is s3c", "r3t", " now")]
    ends = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    pieces = [framed([one], "sse") for one in (*said, ends, "[DONE]")]

    async def ask() -> None:
        async with _serving(Application([CHAT])) as client:
            assert b"it is [gone]" in (await _told(client, "/v1/chat/completions", HELLO))[1]
        async with _serving(Application(pieces, b"text/event-stream")) as client:
            status, got = await _told(client, "/v1/chat/completions", {**HELLO, "stream": True})
            assert status == 200
            assert b"s3c" not in got
            assert b"[gone]" in got
            assert got.endswith(b"data: [DONE]\n\n")

    with standing(Masking()):
        asyncio.run(ask())


def test_a_blocked_request_does_not_reach_the_application() -> None:
    app = Application([CHAT])

    async def ask() -> None:
        async with _serving(app) as client:
            assert (await _told(client, "/v1/chat/completions", FORBIDDEN))[0] == 403

    with standing(Stopping()):
        asyncio.run(ask())
    assert not app.asked


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions/",
        "/V1/Chat/Completions",
        "//v1/chat/completions",
        "/v1/chat%2Fcompletions",
        "/v1/x/../chat/completions",
        "/v1/chat/completions;a=b",
        "/v1/./chat/completions",
    ],
)
def test_a_models_route_spelt_in_another_way_is_refused(path: str) -> None:
    app = Application([CHAT])

    async def ask() -> None:
        async with _serving(app) as client:
            url = URL(str(client._base_url).rstrip("/") + path, encoded=True)
            async with client.post(url, json=FORBIDDEN) as answer:
                assert answer.status == 404

    with standing(Recording()):
        asyncio.run(ask())
    assert not app.asked


def test_other_paths_pass_or_are_refused_by_setting() -> None:
    app = Application([b"fine"])

    async def ask() -> None:
        async with _serving(app) as client:
            assert await _told(client, "/health", {}) == (200, b"fine")
        async with _serving(app, others="refuse") as client:
            assert (await _told(client, "/health", {}))[0] == 404

    with standing(Stopping()):
        asyncio.run(ask())
    assert len(app.asked) == 1


def test_model_routes_may_lie_under_a_prefix() -> None:
    app = Application([CHAT])

    async def ask() -> None:
        async with _serving(app, prefix="/llm") as client:
            assert (await _told(client, "/llm/v1/chat/completions", HELLO))[0] == 200
            assert (await _told(client, "/LLM/v1/chat/completions", HELLO))[0] == 404
            assert (await _told(client, "/llm/v1/chat/completions/", HELLO))[0] == 404

    with standing(Recording()):
        asyncio.run(ask())
    assert [one[0] for one in app.asked] == ["/llm/v1/chat/completions"]


def test_the_application_tells_who_is_asking() -> None:
    def caller(scope: MutableMapping[str, Any]) -> Caller:
        return Caller(id=dict(scope["headers"])[b"x-user"].decode())

    async def ask() -> None:
        rules = "guards: {rate_limit: {caller: {requests: 1/hour}}}\n"
        async with _serving(Application([CHAT]), rules, caller=caller) as client:
            asked = [(await _told(client, "/v1/chat/completions", HELLO, headers={"x-user": one}))[0] for one in "aab"]
            assert asked == [200, 429, 200]

    asyncio.run(ask())


def test_an_application_that_fails_or_breaks_off_is_an_error() -> None:
    async def ask() -> None:
        async with _serving(Application([CHAT], fails=True)) as client:
            assert (await _told(client, "/v1/chat/completions", HELLO))[0] == 502
        async with _serving(Application([CHAT[:30]])) as client:
            assert (await _told(client, "/v1/chat/completions", HELLO))[0] == 502

    with standing(Recording()):
        asyncio.run(ask())
