"""The fuzz target itself holds on rubbish that looks like each format."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.gateway.wire.routes import ROUTES
from tests.gateway.fuzz.fuzz_parsers import one
from tests.gateway.wire.examples import EXAMPLES

LEAVES: Any = (
    st.none() | st.booleans() | st.integers(-1, 3) | st.text(max_size=3) | st.just([]) | st.just({}) | st.just([1])
)


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for step, one in inner for found in _places(one, (*place, step)))]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(ROUTES) - 1))
    example = EXAMPLES[ROUTES[number].wire.name]
    whole: Any = data.draw(st.sampled_from([example.request, example.answer, *example.events]))
    body = msgspec.json.decode(msgspec.json.encode(whole))
    place = data.draw(st.sampled_from(_places(body)))
    value = data.draw(LEAVES)
    if place:
        target = body
        for step in place[:-1]:
            target = target[step]
        target[place[-1]] = value
    raw = msgspec.json.encode(body)
    one(bytes([number]) + raw)
    one(bytes([number]) + b"data: " + raw + b"\n\n")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    one(raw)
