"""Any body is read, or refused with a JSON-RPC code; nothing else happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller
from bartizan.core.chat import ToolOffer
from bartizan.gateway.mcp.messages import ASKS, TELLS, Wrong, greeting, message_of, messages_of
from bartizan.gateway.mcp.sessions import Listings, bound, unbound

leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))
anything = st.recursive(leaves, lambda one: st.one_of(st.lists(one, max_size=3), st.dictionaries(st.text(), one)))
fields = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.sampled_from(["2.0", "1.0", 2]),
        "id": leaves,
        "method": st.one_of(st.sampled_from(sorted(ASKS | TELLS)), st.text()),
        "params": anything,
        "result": anything,
        "error": anything,
    },
)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        found, _ = messages_of(raw, "")
    except Wrong:
        return
    assert all(isinstance(one, dict) for one in found)


@given(st.one_of(fields, anything.filter(lambda one: isinstance(one, dict))))
def test_what_is_read_is_written_without_anything_else(found: Any) -> None:
    try:
        message = message_of(found)
    except Wrong:
        return
    assert set(message.body) <= {"jsonrpc", "id", "method", "params"}
    if message.kind != "response":
        assert message.method in ASKS | TELLS
        assert json.loads(json.dumps(message.body))["jsonrpc"] == "2.0"


def test_a_request_that_only_tells_is_not_asked_and_the_other_way_round() -> None:
    for wrong in ({"id": 1, "method": "notifications/initialized"}, {"method": "tools/call"}):
        with pytest.raises(Wrong, match="does not pass"):
            message_of({"jsonrpc": "2.0", **wrong})


def test_a_greeting_names_a_revision_that_is_spoken() -> None:
    told = greeting({"protocolVersion": "2099-01-01", "capabilities": {"roots": {}}, "clientInfo": {"name": "x"}})
    assert told == {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x"}}
    with pytest.raises(Wrong):
        greeting({})


@given(st.text(max_size=60))
def test_no_session_is_anybodys_but_its_callers(given_id: str) -> None:
    bench, jo, eve = Bench(), Caller(id="jo"), Caller(id="eve")
    assert unbound(given_id, "shop", jo, bench) is None
    own = bound(given_id, "shop", jo, bench)
    if own is not None:
        assert unbound(own, "shop", jo, bench) == given_id
        assert unbound(own, "shop", eve, bench) is None
        assert unbound(own, "bank", jo, bench) is None


def test_listings_are_bounded_and_forgotten() -> None:
    kept = Listings(most=2)
    for name in ("a", "b", "c"):
        kept.add("shop", name, {"x": ToolOffer(name="x")})
    assert kept.get("shop", "a") is None
    assert set(kept.get("shop", "c") or {}) == {"x"}
    kept.forget("shop", "c")
    assert kept.get("shop", "c") is None
    kept.add("shop", "d", {str(i): ToolOffer(name=str(i)) for i in range(1_200)})
    assert len(kept.get("shop", "d") or {}) == 1_000
