from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bartizan.gateway.events.event import Event, Judged
from bartizan.gateway.events.ledger import Trail
from bartizan.gateway.metrics import Metrics

TRAIL = Trail()


def event(**more: Any) -> Event:
    known: dict[str, Any] = {
        "id": "x",
        "route": "openai.chat",
        "ending": "passed",
        "status": 200,
        "model": "small-1",
        "supplier": "main",
        "caller": "anna",
        "tenant": "acme",
        "total_ns": 3_000_000,
        "first_byte_ns": 1_000_000,
        "input_tokens": 7,
        "cost": 5_000_000,
        "currency": "EUR",
    }
    return Event(at="2026-11-23T09:00:00.000000Z", **(known | more))


def told(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = metrics.exposition().decode()
    return {
        (sample.name.removeprefix("bartizan_gateway_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(metrics: Metrics, name: str, **labels: str) -> float:
    return sum(v for (n, has), v in told(metrics).items() if n == name and labels.items() <= dict(has).items())


def test_an_exchange_is_counted_as_prometheus_reads_it() -> None:
    metrics = Metrics(["small-*", "*"])
    blocked = Judged(guard="rate_limit", part="request", outcome="blocked")
    metrics.see(event(), TRAIL)
    metrics.see(event(ending="blocked", status=429, blocked_by="rate_limit", block="rate", judged=(blocked,)), TRAIL)
    metrics.turned_away(404)
    assert total(metrics, "exchanges_total", model="small-*", ending="passed", status="200") == 1
    assert total(metrics, "blocks_total", guard="rate_limit", kind="rate") == 1
    assert total(metrics, "verdicts_total", guard="rate_limit", outcome="blocked", enforced="yes") == 1
    assert total(metrics, "turned_away_total", status="404") == 1
    assert total(metrics, "input_tokens_total") == 14
    assert total(metrics, "cost_total", currency="EUR") == pytest.approx(0.01)
    assert total(metrics, "exchange_duration_seconds_count") == 2
    assert total(metrics, "exchange_duration_seconds_bucket", le="0.002") == 0
    assert total(metrics, "exchange_duration_seconds_bucket", le="0.005") == 2
    assert total(metrics, "exchange_duration_seconds_sum") == pytest.approx(0.006)


def test_nothing_that_a_caller_chooses_makes_a_series() -> None:
    metrics = Metrics(["small-*"])
    metrics.see(event(), TRAIL)
    before = len(told(metrics))
    for i in range(3000):
        metrics.see(event(model=f"small-{i}", caller=f"c{i}", tenant=f"t{i}", session=f"s{i}"), TRAIL)
    assert len(told(metrics)) == before
    metrics.see(event(model="unknown"), TRAIL)
    assert total(metrics, "exchanges_total", model="other") == 1
    assert b"anna" not in metrics.exposition()


def test_any_worker_tells_all_of_them(tmp_path: Path) -> None:
    one, other = Metrics(["*"], worker="001", shared=tmp_path), Metrics(["*"], worker="002", shared=tmp_path)
    one.see(event(), TRAIL)
    other.see(event(), TRAIL)
    other.streams_open = 3
    one.share()
    other.share()
    one.see(event(), TRAIL)
    assert total(one, "exchanges_total", worker="001") == 2
    assert total(one, "exchanges_total", worker="002") == 1
    assert one.gauge("streams_open") == 3
    assert total(other, "exchanges_total", worker="001") == 1


def test_workers_that_ended_or_hang_and_broken_copies_are_left_out(tmp_path: Path) -> None:
    one, other = Metrics(["*"], worker="001", shared=tmp_path), Metrics(["*"], worker="002", shared=tmp_path)
    other.see(event(), TRAIL)
    other.share()
    (tmp_path / "003.json").write_text("{")
    assert total(one, "exchanges_total") == 1
    os.utime(tmp_path / "002.json", (0, 0))
    assert total(one, "exchanges_total") == 0
    other.share()
    other.retire()
    assert total(one, "exchanges_total") == 0


def test_gauges_are_asked_when_somebody_looks() -> None:
    metrics = Metrics()
    metrics.gauges["breaker_open"] = lambda: [(("main",), 1.0), (("spare",), 0.0)]
    assert total(metrics, "breaker_open", upstream="main") == 1
    assert metrics.gauge("breaker_open") == 1
