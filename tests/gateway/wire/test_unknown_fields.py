"""Fields that no format knows are no way around the guards, wherever they stand."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.controls.chat.pipeline import Blocked
from bartizan.gateway.held import judged
from bartizan.gateway.wire.openai_items import FREE_OUT
from bartizan.gateway.wire.routes import ROUTES, Route
from bartizan.gateway.wire.wire import Malformed
from tests.gateway.wire.examples import EXAMPLES
from tests.gateway.wire.guards import SEEN, Recording, driven, framed, streamed, watch

TOKEN = "planted zebra words"
_KEYS = ["text", "content", "input", "output", "delta", "data", "message", "arguments", "title", "url", "new_field"]
_KEYS += [
    "item",
    "part",
    "response",
    "refusal",
    "thinking",
    "partial_json",
    "citation",
    "transcript",
    "code",
    "summary",
]
_KEYS += ["image_url", "context", "function", "name"]
KEYS = st.sampled_from(_KEYS)
VALUES = st.recursive(
    st.just(TOKEN),
    lambda inner: st.lists(inner, min_size=1, max_size=2) | st.dictionaries(KEYS, inner, min_size=1),
    max_leaves=3,
)


def _objects(value: Any, path: tuple[str, ...] = ()) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    inner = (
        value.items() if isinstance(value, dict) else (("", one) for one in value) if isinstance(value, list) else ()
    )
    found = [(value, path)] if isinstance(value, dict) else []
    for key, one in inner:
        found += _objects(one, (*path, str(key)))
    return found


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_text_in_a_new_field_of_a_request_is_seen_or_refused(data: st.DataObject) -> None:
    route = data.draw(st.sampled_from([one for one in ROUTES if one.method == "POST"]))
    body = copy.deepcopy(EXAMPLES[route.wire.name].request)
    places = [one for one in _objects(body) if not set(one[1]) & (route.wire.free.keys() | {"headers"})]
    target, _ = data.draw(st.sampled_from(places))
    key = data.draw(KEYS.filter(lambda one: one not in target))
    if target is body and key in route.wire.free:
        return
    target[key] = data.draw(VALUES)
    SEEN.clear()
    try:
        driven(_admitted(route, body))
    except Malformed:
        return
    assert any(TOKEN in one for one in SEEN), (route.wire.name, target)


async def _admitted(route: Route, body: Any) -> None:
    over = watch(Recording())
    over.exchange.segments = list(route.wire.read(body).segments)
    await over.admit()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_text_in_a_new_field_of_an_answer_is_seen_or_refused(data: st.DataObject) -> None:
    route = data.draw(st.sampled_from(ROUTES))
    body = copy.deepcopy(EXAMPLES[route.wire.name].answer)
    target, path = data.draw(st.sampled_from(_objects(body)))
    key = data.draw(KEYS.filter(lambda one: one not in target))
    if {"audio", "logprobs", "usage"} & {*path, key} or key in FREE_OUT:
        return
    target[key] = data.draw(VALUES)
    SEEN.clear()
    try:
        driven(_answered(route, body))
    except Malformed:
        return
    assert any(TOKEN in one for one in SEEN), (route.wire.name, target)


async def _answered(route: Route, body: Any) -> None:
    over = watch(Recording())
    for one in route.wire.read_answer(body).segments:
        await judged(over, one)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_text_in_a_new_field_of_an_event_is_seen_or_refused(data: st.DataObject) -> None:
    route = data.draw(st.sampled_from([one for one in ROUTES if EXAMPLES[one.wire.name].events]))
    example = EXAMPLES[route.wire.name]
    events = copy.deepcopy(list(example.events))
    target, path = data.draw(st.sampled_from([one for event in events for one in _objects(event)]))
    key = data.draw(KEYS.filter(lambda one: one not in target))
    if {"audio", "logprobs", "usage"} & {*path, key} or (path and key in FREE_OUT):
        return
    target[key] = data.draw(VALUES)
    SEEN.clear()
    try:
        left, _ = streamed(route.wire, [framed(events, route.wire.framing, example.named)], Recording())
    except (Malformed, ValueError, Blocked):
        return
    assert any(TOKEN in one for one in SEEN) or TOKEN.encode() not in left, (route.wire.name, target)


def test_a_key_that_is_a_text_is_seen() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "x", "extra": {f"{TOKEN} as a key": 1}}]}
    SEEN.clear()
    driven(_admitted(ROUTES[0], body))
    assert any(TOKEN in one for one in SEEN)


@pytest.mark.parametrize("field", ["prompt", "input"])
def test_token_ids_are_refused_because_no_guard_reads_them(field: str) -> None:
    name = {"prompt": "openai.completions", "input": "openai.embeddings"}[field]
    wire = next(one.wire for one in ROUTES if one.wire.name == name)
    for given_ids in ([1, 2], [[1, 2]], ["a", 3]):
        with pytest.raises(Malformed, match="token ids"):
            wire.read({"model": "m", field: given_ids})


@pytest.mark.parametrize("name", [name for name, one in EXAMPLES.items() if one.events])
def test_text_in_any_new_field_of_any_event_is_seen_or_refused_or_replaced(name: str) -> None:
    wire, example = next(one.wire for one in ROUTES if one.wire.name == name), EXAMPLES[name]
    for i, event in enumerate(example.events):
        for j, (known, path) in enumerate(_objects(event)):
            for key in _KEYS:
                if key in known or "usage" in path or "logprobs" in path or ("response" in path and key in FREE_OUT):
                    continue
                changed = copy.deepcopy(event)
                _objects(changed)[j][0][key] = TOKEN
                events = [*example.events[:i], changed, *example.events[i + 1 :]]
                SEEN.clear()
                try:
                    left, _ = streamed(wire, [framed(events, wire.framing, example.named)], Recording())
                except (Malformed, ValueError, Blocked):
                    continue
                is_sound = key == "data" and "audio" in path
                assert is_sound or any(TOKEN in one for one in SEEN) or TOKEN.encode() not in left, (event, path, key)


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: one.wire.name)
def test_text_in_any_new_field_of_an_answer_or_request_is_seen_or_refused(route: Route) -> None:
    if route.wire.name == "anthropic.count_tokens":
        # Read as messages are.
        return
    example = EXAMPLES[route.wire.name]
    free = {*route.wire.free, "headers"}
    asked = [(example.request, _admitted)] if route.method == "POST" else []
    for body, work in (*asked, (example.answer, _answered)):
        for j, (known, path) in enumerate(_objects(body)):
            for key in _KEYS:
                passes = key in FREE_OUT or "usage" in path if work is _answered else bool(free & {*path, key})
                if key in known or "logprobs" in path or passes or (key == "data" and "audio" in path):
                    continue
                changed = copy.deepcopy(body)
                _objects(changed)[j][0][key] = TOKEN
                SEEN.clear()
                try:
                    driven(work(route, changed))
                except Malformed:
                    continue
                assert any(TOKEN in one for one in SEEN), (path, key)
