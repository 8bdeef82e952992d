"""Where no guard changes anything, requests and answers of every route pass byte for byte, over HTTP."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from bartizan.gateway.wire.routes import ROUTES, Route
from tests.gateway.running import Handler, Scripted, gateway, saying, streaming
from tests.gateway.wire.examples import EXAMPLES
from tests.gateway.wire.guards import Recording, framed, standing

JSON = {"content-type": "application/json"}


async def _passed(route: Route, handler: Handler, body: bytes) -> tuple[int, bytes, str, list[tuple[str, bytes]]]:
    upstream = Scripted(handler)
    path = route.path + ("m" if route.ends_with else "")
    async with (
        upstream.up(),
        gateway(upstream.address, speaks=route.speaks) as address,
        aiohttp.ClientSession() as client,
        client.request(route.method, address + path, data=body, headers=JSON) as answer,
    ):
        raw = await answer.read()
        return answer.status, raw, answer.content_type, [(one.path, one.body) for one in upstream.seen]


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("route", ROUTES, ids=lambda one: one.wire.name)
def test_requests_and_answers_of_a_route_pass_byte_for_byte(route: Route, guarded: bool) -> None:
    example = EXAMPLES[route.wire.name]
    # With odd spaces and escapes, which a parser that writes it anew would lose.
    body = json.dumps(example.request, indent=1).encode() if route.method == "POST" else b""
    path = route.path + ("m" if route.ends_with else "")
    answer = json.dumps(example.answer, indent=2).encode()
    with standing(*[Recording()] if guarded else []):
        assert asyncio.run(_passed(route, saying(answer), body)) == (200, answer, "application/json", [(path, body)])
        if not example.events:
            return
        raw = b": a comment\r\n\r\n" * (route.wire.framing == "sse")
        raw += framed(example.events, route.wire.framing, example.named)
        kind = "text/event-stream" if route.wire.framing == "sse" else "application/x-ndjson"
        pieces = [raw[i : i + 61] for i in range(0, len(raw), 61)]
        assert asyncio.run(_passed(route, streaming(pieces, kind), body)) == (200, raw, kind, [(path, body)])


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: one.wire.name)
def test_a_broken_request_gets_an_error_in_the_clients_format(route: Route) -> None:
    if route.method == "GET":
        return
    status, raw, _, seen = asyncio.run(_passed(route, saying(b"{}"), b'{"model": "m", "model": "n"}'))
    found = json.loads(raw)
    assert (status, seen) == (400, [])
    if route.speaks == "ollama":
        assert "twice" in found["error"]
    else:
        assert "twice" in found["error"]["message"]
        assert route.speaks != "anthropic" or found["type"] == "error"
