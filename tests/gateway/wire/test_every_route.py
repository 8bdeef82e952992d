"""The contract of all routes: no text reaches a model or a client that no guard has seen."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from bartizan.controls.chat.exchange import Exchange, Step
from bartizan.controls.chat.pipeline import Blocked
from bartizan.gateway.held import judged
from bartizan.gateway.places import put
from bartizan.gateway.wire.loose import OPAQUE, is_name
from bartizan.gateway.wire.openai_items import FREE_OUT
from bartizan.gateway.wire.routes import ROUTES, Route
from bartizan.gateway.wire.wire import Malformed
from tests.gateway.wire.examples import EXAMPLES
from tests.gateway.wire.guards import SEEN, Recording, driven, framed, streamed, watch

TOKEN = "planted zebra words"
ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda one: one.wire.name)
SECRET_FIELDS = {
    "headers": "go to a tool's server",
    "authorization_token": "goes to a tool's server",
}
SOUND = {"data": "sound in base64, which no guard for texts reads; it goes with any change of its transcript"}


def _texts(value: Any, place: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        if isinstance(one, str):
            yield (*place, step)
        yield from _texts(one, (*place, step))


def _planted(value: Any, place: tuple[Step, ...], text: str = TOKEN) -> Any:
    made = copy.deepcopy(value)
    put(made, place, text)
    return made


def _cannot_reach_the_model(route: Route, place: tuple[Step, ...]) -> bool:
    if place[0] in route.wire.free or place[0] == "model":
        return True
    return place[0] in {"tools", "mcp_servers"} and bool(SECRET_FIELDS.keys() & set(place))


async def _asked(route: Route, body: Any) -> Exchange:
    over = watch(Recording())
    over.exchange.segments = list(route.wire.read(body).segments)
    await over.admit()
    return over.exchange


@ROUTE
def test_every_text_of_a_request_is_seen_or_refused_or_cannot_reach_the_model(route: Route) -> None:
    request = EXAMPLES[route.wire.name].request
    for place in _texts(request):
        SEEN.clear()
        try:
            driven(_asked(route, _planted(request, place)))
        except Malformed:
            continue
        assert _cannot_reach_the_model(route, place) or any(TOKEN in one for one in SEEN), place


@ROUTE
def test_every_text_of_an_answer_is_seen_or_refused(route: Route) -> None:
    answer = EXAMPLES[route.wire.name].answer
    for place in _texts(answer):
        SEEN.clear()
        body = _planted(answer, place)
        try:
            driven(_judged(route, body))
        except Malformed:
            continue
        free = route.wire.name == "openai.responses" and place[0] in FREE_OUT
        assert free or place[-1] in SOUND or any(TOKEN in one for one in SEEN), place


async def _judged(route: Route, body: Any) -> None:
    over = watch(Recording())
    for one in route.wire.read_answer(body).segments:
        assert await judged(over, one) is one


@ROUTE
def test_every_text_of_a_stream_is_seen_or_refused_or_replaced_by_what_was_seen(route: Route) -> None:
    example = EXAMPLES[route.wire.name]
    for i, event in enumerate(example.events):
        for place in _texts(event):
            SEEN.clear()
            events = [*example.events[:i], _planted(event, place), *example.events[i + 1 :]]
            try:
                left, _ = streamed(route.wire, [framed(events, route.wire.framing, example.named)], Recording())
            except (Malformed, ValueError, Blocked):
                continue
            free = "response" in place and bool(FREE_OUT.keys() & set(place))
            seen = any(TOKEN in one for one in SEEN) or TOKEN.encode() not in left
            # Of an unknown type the event's own words stay, as do its name's.
            assert free or place[-1] in SOUND or seen or place == ("type",), (event, place)


@ROUTE
def test_a_stream_without_edits_leaves_byte_for_byte(route: Route) -> None:
    example = EXAMPLES[route.wire.name]
    if not example.events:
        with pytest.raises(Malformed):
            streamed(route.wire, [framed([{"a": 1}], route.wire.framing)], Recording())
        return
    raw = framed(example.events, route.wire.framing, example.named)
    assert streamed(route.wire, [raw], Recording())[0] == raw
    assert streamed(route.wire, [raw[i : i + 7] for i in range(0, len(raw), 7)])[0] == raw


@ROUTE
def test_what_passes_unread_has_a_reason_and_the_shape_of_a_name(route: Route) -> None:
    for field, reason in {**route.wire.passes, **route.wire.free, **OPAQUE}.items():
        assert is_name(field)
        assert len(reason) > 3, field


@ROUTE
def test_what_is_seen_of_a_request_stands_where_it_says(route: Route) -> None:
    request = EXAMPLES[route.wire.name].request
    for one in route.wire.read(request).segments:
        if one.part == "prompt" and one.place and one.text and one.value is None:
            found: Any = request
            for step in one.place:
                found = found[step]
            assert found == one.text, one.place


def test_every_route_has_an_example_and_every_example_a_route() -> None:
    assert {one.wire.name for one in ROUTES} == EXAMPLES.keys()


def test_a_request_is_judged_before_anything_else_in_it() -> None:
    for route in ROUTES:
        segments = route.wire.read(msgspec.json.decode(msgspec.json.encode(EXAMPLES[route.wire.name].request))).segments
        assert [one.part for one in segments].count("request") == 1
        assert segments[0].part == "request"
