from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bartizan.gateway.alerts import Alert, Alerts
from bartizan.gateway.alerts_sinks import Sinks
from bartizan.gateway.events.event import Event, Found, Judged
from bartizan.gateway.settings import AlertSpec
from tests.gateway.running import Scripted


def event(**more: Any) -> Event:
    known: dict[str, Any] = {"id": "x", "route": "openai.chat", "ending": "passed", "status": 200}
    return Event(at="2026-11-23T09:00:00.000000Z", **(known | more))


def judged(outcome: str, guard: str = "rate_limit", *rules: str) -> Judged:
    return Judged(guard=guard, part="prompt", outcome=outcome, found=tuple(Found(rule=one) for one in rules))


class Watching:
    """Rules, and a clock that is turned by hand."""

    def __init__(self, *rules: AlertSpec) -> None:
        self.now = 1000.0
        self.alerts = Alerts(rules, clock=lambda: self.now, monotonic=lambda: self.now)

    def changed(self, **levels: float) -> list[tuple[str, str]]:
        return [(one.name, one.state) for one in self.alerts.changed(levels)]


def test_an_alert_fires_once_above_its_limit_and_resolves_when_the_window_has_passed() -> None:
    watching = Watching(AlertSpec(name="errors", of="errors", above=2, within=60))
    for _ in range(2):
        watching.alerts.see(event(ending="failed"))
    assert watching.changed() == []
    watching.alerts.see(event(ending="failed"))
    assert watching.changed() == [("errors", "firing")]
    assert list(watching.alerts.firing) == ["errors"]
    assert watching.changed() == []
    watching.now += 58
    assert watching.changed() == []
    watching.now += 3
    assert watching.changed() == [("errors", "resolved")]
    assert list(watching.alerts.firing) == []


def test_the_end_of_an_alert_names_its_beginning() -> None:
    watching = Watching(AlertSpec(name="any", of="requests", within=60))
    watching.alerts.see(event())
    (fires,) = watching.alerts.changed({})
    watching.now += 100
    (ends,) = watching.alerts.changed({})
    assert fires.id == ends.id
    watching.alerts.see(event())
    (again,) = watching.alerts.changed({})
    assert again.id != fires.id


def test_what_comes_slowly_enough_never_fires() -> None:
    watching = Watching(AlertSpec(name="errors", of="errors", above=3, within=60))
    for _ in range(100):
        watching.alerts.see(event(ending="failed"))
        watching.now += 21
        assert watching.changed() == []


CASES: list[tuple[AlertSpec, Event, Event]] = [
    (
        AlertSpec(name="n", of="blocks", guard="rate_*"),
        event(ending="blocked", blocked_by="rate_limit"),
        event(ending="blocked", blocked_by="other"),
    ),
    (AlertSpec(name="n", of="failures"), event(judged=(judged("crashed"),)), event(judged=(judged("blocked"),))),
    (
        AlertSpec(name="n", of="failures", guard="rate_limit"),
        event(judged=(judged("timed_out"),)),
        event(judged=(judged("timed_out", "other"),)),
    ),
    (
        AlertSpec(name="n", of="canary_leaks"),
        event(judged=(judged("blocked", "g", "canary"),)),
        event(judged=(judged("blocked", "g", "email"),)),
    ),
    (
        AlertSpec(name="n", of="findings", rule="secret.*"),
        event(judged=(judged("allowed", "g", "secret.aws"),)),
        event(judged=(judged("allowed", "g", "email"),)),
    ),
    (AlertSpec(name="n", of="refused_credentials"), event(block="credentials"), event(block="permission")),
    (AlertSpec(name="n", of="spend", above=1.5), event(cost=1_600_000_000), event(cost=1_400_000_000)),
    (AlertSpec(name="n", of="errors"), event(ending="failed"), event(ending="blocked")),
]


@pytest.mark.parametrize(("rule", "counts", "does_not"), CASES)
def test_each_kind_counts_what_it_says(rule: AlertSpec, counts: Event, does_not: Event) -> None:
    watching = Watching(rule)
    watching.alerts.see(does_not)
    assert watching.changed() == []
    watching.alerts.see(counts)
    assert watching.changed() == [("n", "firing")]


def test_lost_events_count_by_their_growth_and_breakers_by_how_they_stand() -> None:
    rules = (AlertSpec(name="lost", of="lost_events", within=60), AlertSpec(name="open", of="breakers_open"))
    watching = Watching(*rules)
    assert watching.changed(lost_events=0.0) == []
    assert watching.changed(lost_events=3.0, breakers_open=1.0) == [("lost", "firing"), ("open", "firing")]
    assert watching.changed(lost_events=3.0, breakers_open=0.0) == [("open", "resolved")]
    watching.now += 70
    assert watching.changed(lost_events=3.0) == [("lost", "resolved")]


def alert(name: str = "n") -> Alert:
    return Alert(
        id="1", name=name, state="firing", of="errors", guard="*", rule="*", value=3, above=1, within=60, at="now"
    )


def delivered(
    answers: list[int], tell: Callable[[Sinks], None], **more: Any
) -> tuple[list[tuple[dict[str, str], bytes]], Sinks]:
    """What a webhook that answers so got."""
    left = list(answers)

    async def answer(request: web.Request, body: bytes) -> web.StreamResponse:
        return web.Response(status=left.pop(0) if len(left) > 1 else left[0], headers={"location": "/elsewhere"})

    async def run() -> tuple[list[tuple[dict[str, str], bytes]], Sinks]:
        async with Scripted(answer).up() as hook:
            sinks = Sinks(webhook=f"{hook.address}/hook", key=b"k" * 32, pauses=(0.01, 0.01), **more)
            tell(sinks)
            await sinks.close()
            return [({k.lower(): v for k, v in one.headers.items()}, one.body) for one in hook.seen], sinks

    return asyncio.run(run())


def test_a_webhook_gets_a_signed_post_and_the_file_a_line(tmp_path: Path) -> None:
    seen, sinks = delivered([204], lambda sinks: sinks.tell(alert()), file=str(tmp_path / "alerts.jsonl"))
    ((headers, body),) = seen
    assert headers["bartizan-signature"] == "sha256=" + hmac.new(b"k" * 32, body, hashlib.sha256).hexdigest()
    assert headers["bartizan-delivery"] == "1-firing"
    assert json.loads(body)["name"] == "n"
    assert json.loads((tmp_path / "alerts.jsonl").read_text()) == json.loads(body)
    assert sinks.undelivered == 0


def test_a_webhook_that_fails_is_tried_again_and_then_given_up(caplog: pytest.LogCaptureFixture) -> None:
    seen, sinks = delivered([500, 204], lambda sinks: sinks.tell(alert()))
    assert (len(seen), sinks.undelivered) == (2, 0)
    seen, sinks = delivered([302], lambda sinks: sinks.tell(alert()))
    assert (len(seen), sinks.undelivered) == (3, 1)
    assert "given up" in caplog.text


def test_more_alerts_than_wait_are_counted_and_hold_nothing_up() -> None:
    def many(sinks: Sinks) -> None:
        for i in range(150):
            sinks.tell(alert(str(i)))

    seen, sinks = delivered([204], many)
    assert (len(seen), sinks.undelivered) == (100, 50)


def test_a_file_that_cannot_be_written_is_counted(tmp_path: Path) -> None:
    sinks = Sinks(file=str(tmp_path))
    sinks.tell(alert())
    assert sinks.undelivered == 1
