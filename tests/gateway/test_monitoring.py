from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from bartizan.controls.chat.exchange import Caller
from bartizan.core.errors import InputError
from bartizan.gateway.events.faults import watching_faults
from bartizan.gateway.events.reading import read_events
from bartizan.gateway.events.verifying import Anchor, verify_ledger
from bartizan.gateway.monitoring import Monitoring, seal_key_of, session_key_of
from bartizan.gateway.settings import (
    AlertSpec,
    AlertsSpec,
    EventsSpec,
    ModelSpec,
    Settings,
    TracingSpec,
    UpstreamSpec,
)
from tests.gateway.events.happening import exchange, happens


def settings_of(folder: Path | None, **more: Any) -> Settings:
    known: dict[str, Any] = {
        "upstreams": {"main": UpstreamSpec(url="http://127.0.0.1:1")},
        "models": {"small": ModelSpec(upstreams=("main",), input_price=10.0), "*": ModelSpec(upstreams=("main",))},
        "events": EventsSpec(folder=str(folder) if folder is not None else ""),
    }
    return Settings(**(known | more))


def watching(settings: Settings, **more: Any) -> Monitoring:
    return Monitoring(settings, session_key=session_key_of(b"secret"), version="1.0", **more)


def test_an_exchange_is_written_counted_and_priced(tmp_path: Path) -> None:
    async def run() -> bytes:
        monitoring = watching(settings_of(tmp_path))
        await happens(monitoring.ledger)
        await happens(monitoring.ledger, exchange(model="other"))
        await monitoring.tick()
        told = monitoring.metrics.exposition()
        assert monitoring.health()["ok"]
        await monitoring.close()
        return told

    told = asyncio.run(run())
    small, other = read_events(tmp_path)
    assert (small.cost, other.cost) == (3_000_000, 0)
    assert b'model="small"' in told
    assert b'model="*"' in told
    assert (tmp_path / "policies" / f"{small.policy}.json").exists()
    assert verify_ledger(tmp_path, seal_key_of(EventsSpec(folder=str(tmp_path)))).sound


def test_other_settings_hold_for_exchanges_that_begin_after_them(tmp_path: Path) -> None:
    async def run() -> None:
        monitoring = watching(settings_of(tmp_path))
        before = monitoring.ledger.trail(b"")
        monitoring.take_over(settings_of(tmp_path, models={"*": ModelSpec(upstreams=("main",), input_price=1.0)}))
        await happens(monitoring.ledger)
        after = monitoring.ledger.trail(b"")
        assert before.policy != after.policy
        await monitoring.close()

    asyncio.run(run())
    assert next(iter(read_events(tmp_path))).cost == 300_000


@pytest.mark.parametrize("workers", [1, 2])
def test_an_alert_counts_what_all_workers_did(tmp_path: Path, workers: int) -> None:
    rule = AlertSpec(name="many", of="requests", above=3)
    alerts = AlertsSpec(rules=(rule,), file=str(tmp_path / "alerts"))
    settings = settings_of(tmp_path / "events", workers=workers, alerts=alerts)

    async def run() -> None:
        all_of_them = [watching(settings) for _ in range(workers)]
        for one in all_of_them:
            await one.tick()
        for _ in range(4 // workers):
            for one in all_of_them:
                await happens(one.ledger)
        for one in all_of_them:
            await one.tick()
        for one in all_of_them:
            await one.close()

    asyncio.run(run())
    told = [json.loads(line) for line in (tmp_path / "alerts").read_text().splitlines()]
    assert [(one["name"], one["state"], one["value"]) for one in told] == [("many", "firing", 4.0)]


def test_a_folder_that_cannot_be_turns_health_red_and_later_green(tmp_path: Path) -> None:
    place = tmp_path / "events"
    place.write_text("")

    async def run() -> None:
        monitoring = watching(settings_of(place))
        assert not monitoring.health()["ok"]
        assert monitoring.ledger.refuses()
        await monitoring.tick()
        place.unlink()
        monitoring.ledger._tried = float("-inf")
        await monitoring.tick()
        assert monitoring.health()["ok"]
        assert monitoring.metrics.worker == "001"
        await happens(monitoring.ledger)
        await monitoring.close()

    asyncio.run(run())
    assert verify_ledger(place, seal_key_of(EventsSpec(folder=str(place)))).sound


def test_it_ticks_by_itself_and_the_log_keeps_an_anchor(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bartizan.gateway")

    async def run() -> None:
        monitoring = watching(settings_of(tmp_path))
        monitoring.start()
        await happens(monitoring.ledger)
        until = time.monotonic() + 5
        while not (tmp_path / "metrics" / "001.json").exists():
            assert time.monotonic() < until
            await asyncio.sleep(0.01)
        await monitoring.close()

    asyncio.run(run())
    anchors = [vars(one)["fields"]["anchor"] for one in caplog.records if "anchor" in vars(one).get("fields", {})]
    assert anchors[-1]["seq"] == 2
    key = seal_key_of(EventsSpec(folder=str(tmp_path)))
    assert verify_ledger(tmp_path, key, [Anchor(**one) for one in anchors]).sound
    assert not verify_ledger(tmp_path, key, [Anchor(chain="001", seq=2, hash="0" * 64)]).sound
    assert not list((tmp_path / "metrics").iterdir())


def test_keys_that_are_named_must_be_there_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    for spec in (
        EventsSpec(folder=str(tmp_path), content="encrypted", content_key="env:NO_SUCH_KEY"),
        EventsSpec(folder=str(tmp_path), seal_key="env:NO_SUCH_KEY"),
    ):
        with pytest.raises(InputError, match="NO_SUCH_KEY is not set"):
            watching(settings_of(None, events=spec))


def test_sessions_have_the_same_name_for_all_workers_and_another_with_another_secret(tmp_path: Path) -> None:
    async def run() -> None:
        one, other = watching(settings_of(tmp_path)), watching(settings_of(tmp_path))
        stranger = Monitoring(settings_of(tmp_path), session_key=session_key_of(b"another"))
        for monitoring in (one, other, stranger):
            await happens(monitoring.ledger, exchange(caller=Caller(id=monitoring.ledger.version)))
            await monitoring.close()

    asyncio.run(run())
    sessions = [one.session for one in read_events(tmp_path)]
    assert len(set(sessions)) == 2


def test_what_is_wrong_with_the_settings_is_said_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    rule = AlertSpec(name="a", of="errors", within=0)
    settings = settings_of(
        None,
        events=EventsSpec(folder=str(tmp_path / "file"), content="encrypted", seal_key="abcdef", retention_days=0),
        alerts=AlertsSpec(rules=(rule, rule), webhook="ftp://x", webhook_key="abc"),
        tracing=TracingSpec(endpoint="http://user:word@127.0.0.1/", share=2.0),
    )
    places = {place for place, _, _ in watching_faults(settings)}
    assert places == {
        ("events", "seal_key"),
        ("events", "content"),
        ("events", "retention_days"),
        ("events", "folder"),
        ("alerts", "webhook_key"),
        ("alerts", "webhook"),
        ("alerts", "rules", 1, "name"),
        ("alerts", "rules", 0, "within"),
        ("alerts", "rules", 1, "within"),
        ("tracing", "endpoint"),
        ("tracing", "share"),
    }
    assert list(watching_faults(settings_of(tmp_path))) == []
