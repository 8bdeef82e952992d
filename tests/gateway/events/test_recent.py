from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.gateway.events.event import Event, Judged
from bartizan.gateway.events.latency import Latencies
from bartizan.gateway.events.making import moment
from bartizan.gateway.events.recent import MOST_NAMES, Recent

NOW = 1_800_000_000.0


def event(at: float = NOW, **more: Any) -> Event:
    known: dict[str, Any] = {"id": "x", "route": "openai.chat", "ending": "passed", "status": 200, "total_ns": 10**9}
    return Event(at=moment(at), **(known | more))


def test_minutes_count_requests_endings_guards_tokens_and_money() -> None:
    recent = Recent(3, clock=lambda: NOW)
    blocked = Judged(guard="rate_limit", part="request", outcome="blocked")
    watched = Judged(guard="rate_limit", part="request", outcome="blocked", enforced=False)
    recent.see(event(NOW - 60, judged=(blocked,), ending="blocked", input_tokens=5, cost=2_000_000_000))
    recent.see(event(judged=(watched,)))
    recent.see(event(total_ns=3 * 10**9))
    first, before, now = recent.minutes()
    assert (first.requests, before.requests, now.requests) == (0, 1, 2)
    assert before.endings == {"blocked": 1}
    assert before.guards == {"rate_limit": {"blocked": 1}}
    assert now.guards == {"rate_limit": {"would blocked": 1}}
    assert (before.input_tokens, before.cost) == (5, 2.0)
    assert now.p50 == pytest.approx(1.0, rel=0.1)
    assert now.p99 == pytest.approx(3.0, rel=0.1)
    assert recent.total().requests == 3
    assert recent.total().guards["rate_limit"] == {"blocked": 1, "would blocked": 1}


def test_old_minutes_are_forgotten_and_events_out_of_time_left_out() -> None:
    now = [NOW]
    recent = Recent(3, clock=lambda: now[0])
    recent.see(event(NOW - 600))
    recent.see(event(NOW + 600))
    recent.see(event(NOW))
    assert recent.total().requests == 1
    now[0] += 600
    assert recent.total().requests == 0


def test_names_that_somebody_makes_up_do_not_fill_the_memory() -> None:
    recent = Recent(3, clock=lambda: NOW)
    for i in range(MOST_NAMES * 2):
        recent.see(event(judged=(Judged(guard=f"made up {i}", part="prompt", outcome="blocked"),)))
    guards = recent.total().guards
    assert len(guards) == MOST_NAMES + 1
    assert guards["other"] == {"other": MOST_NAMES}


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_quantile_is_off_by_a_tenth_at_most(values: list[int], share: float) -> None:
    latencies = Latencies()
    for one in values:
        latencies.add(one)
    ordered = sorted(values)
    true = next(v for i, v in enumerate(ordered, 1) if i >= share * len(ordered)) / 1e9
    assert latencies.quantile(share) == pytest.approx(true, rel=0.1, abs=2e-5)
