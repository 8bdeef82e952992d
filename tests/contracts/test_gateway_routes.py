"""The contract of the gateway: there is one pipeline, and every route passes it, in and out, whole and streamed, over
HTTP. A new route needs an example in `tests.gateway.wire.examples`, no more.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any, ClassVar

import aiohttp
import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment, Step
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.pipeline import Blocked
from bartizan.controls.chat.verdict import Block, Verdict
from bartizan.core.terms import ControlId
from bartizan.gateway.places import put
from bartizan.gateway.wire.routes import ROUTES, Route
from bartizan.gateway.wire.wire import Malformed
from tests.gateway.running import Handler, Scripted, gateway, saying, streaming
from tests.gateway.wire.examples import EXAMPLES
from tests.gateway.wire.guards import Stopping, framed, standing, streamed

ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda one: one.wire.name)
STREAMED = pytest.mark.parametrize(
    "route", [one for one in ROUTES if EXAMPLES[one.wire.name].events], ids=lambda one: one.wire.name
)
WORD = "forbidden"


class Shut(ChatGuard, frozen=True, kw_only=True):
    """Lets no request in."""

    id: ClassVar[ControlId] = ControlId("oversight")
    variant: ClassVar[str] = "shut"
    title: ClassVar[str] = "shut"
    sees: ClassVar[frozenset[Part]] = frozenset({"request"})

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        return Block(why="nobody is let in", kind="stopped")


class Broken(Shut, frozen=True, kw_only=True):
    """Does not work."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        raise ZeroDivisionError


async def _asked(route: Route, handler: Handler, request: Any) -> tuple[int, bytes, int]:
    """Status, body, and how often the upstream was asked. A stream that ends torn is what had come of it."""
    upstream = Scripted(handler)
    path = route.path + ("m" if route.ends_with else "")
    body = json.dumps(request).encode() if route.method == "POST" else b""
    headers = {"content-type": "application/json"}
    async with (
        upstream.up(),
        gateway(upstream.address, speaks=route.speaks) as address,
        aiohttp.ClientSession() as client,
        client.request(route.method, address + path, data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.read(), len(upstream.seen)


def _in_the_clients_format(route: Route, raw: bytes) -> bool:
    found = json.loads(raw)
    if route.speaks == "ollama":
        return isinstance(found["error"], str)
    return isinstance(found["error"]["message"], str) and (route.speaks != "anthropic" or found["type"] == "error")


@ROUTE
@pytest.mark.parametrize("guard", [Shut(), Broken()], ids=["blocks", "crashes"])
def test_a_guard_that_lets_nobody_in_closes_every_route(route: Route, guard: ChatGuard) -> None:
    example = EXAMPLES[route.wire.name]
    with standing(guard):
        status, raw, asked = asyncio.run(_asked(route, saying(b"{}"), example.request))
    assert (status, asked) == (503, 0)
    assert _in_the_clients_format(route, raw)


@ROUTE
def test_a_text_that_is_blocked_is_forwarded_by_no_route(route: Route) -> None:
    request = EXAMPLES[route.wire.name].request
    if route.method == "GET":
        assert request == {}
        return
    places = [one.place for one in route.wire.read(request).segments if one.part == "prompt" and one.text]
    assert places
    with standing(Stopping()):
        status, raw, asked = asyncio.run(_asked(route, saying(b"{}"), _planted(request, places[-1])))
    assert (status, asked) == (403, 0)
    assert WORD.encode() not in raw
    assert _in_the_clients_format(route, raw)


@ROUTE
def test_an_answer_that_is_blocked_leaves_by_no_route(route: Route) -> None:
    answer = EXAMPLES[route.wire.name].answer
    places = [one.place for one in route.wire.read_answer(answer).segments if one.text and one.part != "call"]
    assert places
    body = json.dumps(_planted(answer, places[0])).encode()
    with standing(Stopping()):
        status, raw, asked = asyncio.run(_asked(route, saying(body), EXAMPLES[route.wire.name].request))
    assert (status, asked) == (403, 1)
    assert WORD.encode() not in raw
    assert _in_the_clients_format(route, raw)


@STREAMED
def test_what_is_blocked_leaves_no_stream_and_the_stream_does_not_say_that_it_is_complete(route: Route) -> None:
    example = EXAMPLES[route.wire.name]
    raw = framed(_blocked(route), route.wire.framing, example.named)
    kind = "text/event-stream" if route.wire.framing == "sse" else "application/x-ndjson"
    request = {**example.request, "stream": True}
    with standing(Stopping()):
        status, left, asked = asyncio.run(_asked(route, streaming([raw[:99], raw[99:]], kind), request))
    assert asked == 1
    assert status in {200, 403}
    assert WORD.encode() not in left
    assert b"error" in left
    assert not any(end in left for end in (b"[DONE]", b"message_stop", b"response.completed", b'"done":true'))


def _blocked(route: Route) -> list[Any]:
    """The events of a stream, with a word in one of them for which it is blocked."""
    example = EXAMPLES[route.wire.name]
    for i, event in enumerate(example.events):
        for place in _texts(event):
            events = [*example.events[:i], _planted(event, place), *example.events[i + 1 :]]
            try:
                streamed(route.wire, [framed(events, route.wire.framing, example.named)], Stopping())
            except Blocked:
                return events
            except (Malformed, ValueError):
                continue
    raise AssertionError("nothing in its stream is ever blocked")


def _planted(value: Any, place: tuple[Step, ...]) -> Any:
    made = copy.deepcopy(value)
    put(made, place, WORD)
    return made


def _texts(value: Any, place: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        if isinstance(one, str):
            yield (*place, step)
        yield from _texts(one, (*place, step))
