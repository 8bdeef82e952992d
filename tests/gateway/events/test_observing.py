from __future__ import annotations

from typing import Any

from bartizan.gateway.events.event import Event, Found, Judged
from bartizan.gateway.events.observing import Observation, observations

INJECTION = "prompt_injection_io_handling"


def event(second: int, *judged: Judged, **more: Any) -> Event:
    known: dict[str, Any] = {"id": str(second), "route": "openai.chat", "ending": "passed", "status": 200, "model": "m"}
    return Event(at=f"2026-11-23T09:00:{second:02d}.000000Z", judged=judged, **(known | more))


def by_rule(events: list[Event]) -> dict[str, Observation]:
    return {one.rule: one for one in observations(events)}


def test_what_a_guard_and_its_rules_did_is_counted() -> None:
    hit = Judged(guard=INJECTION, part="prompt", outcome="blocked", found=(Found(rule="ignore"), Found(rule="ignore")))
    quiet = Judged(guard=INJECTION, part="prompt", outcome="allowed", times=4)
    seen = by_rule([event(1, hit, quiet, session="s"), event(2, quiet, session="s"), event(3, hit)])
    everything, ignore = seen[""], seen["ignore"]
    assert (everything.asked, everything.found, everything.blocked, everything.exchanges) == (10, 2, 2, 3)
    assert everything.sessions == 2
    assert (ignore.asked, ignore.found, ignore.blocked, ignore.exchanges) == (2, 4, 2, 2)
    assert (ignore.first[17:19], ignore.last[17:19]) == ("01", "03")
    assert ignore.control == INJECTION


def test_what_only_watched_and_what_failed_is_told_apart() -> None:
    would = Judged(guard=INJECTION, part="prompt", outcome="blocked", enforced=False)
    lane = Judged(guard=INJECTION, part="answer", outcome="allowed", enforced=False, found=(Found(rule="would_block"),))
    crashed = Judged(guard=INJECTION, part="prompt", outcome="crashed")
    seen = by_rule([event(1, would, lane, crashed)])[""]
    assert (seen.blocked, seen.watched_only, seen.failed) == (0, 2, 1)


def test_models_and_policies_are_not_thrown_together() -> None:
    hit = Judged(guard="model/variant", part="prompt", outcome="replaced")
    seen = observations([event(1, hit), event(2, hit, model="n"), event(3, hit, policy="p")])
    assert [(one.model, one.policy, one.changed) for one in seen] == [("m", "", 1), ("m", "p", 1), ("n", "", 1)]
    assert {one.control for one in seen} == {"model"}
