"""Prometheus metrics of all workers of a host.

Each worker counts for itself, in plain dictionaries, and leaves a copy in a folder about once a second. Whichever is
scraped tells all of them, each under its own ``worker`` label: so a worker that ends takes its series with it, one
that restarts begins its own anew, and no sum ever falls. Nothing that a caller chooses is a label: models count under
the name or pattern of the settings, callers and tenants not at all.
"""

from __future__ import annotations

import contextlib
import os
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bartizan.gateway.events.event import Event
from bartizan.gateway.events.ledger import Trail

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "bartizan_gateway_"
_STALE_SECONDS = 15.0
_MOST_MODELS = 1000
"""Different names whose pattern is remembered."""
_LARGEST = 4 << 20

_COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "exchanges": ("Exchanges that are over", ("route", "model", "supplier", "ending", "status")),
    "turned_away": ("Requests that became no exchange", ("status",)),
    "blocks": ("Exchanges that a guard ended", ("guard", "kind")),
    "verdicts": ("What guards said of segments", ("guard", "outcome", "enforced")),
    "guard_seconds": ("Time that guards took", ("guard",)),
    "input_tokens": ("Tokens that went in", ("model", "supplier")),
    "output_tokens": ("Tokens that came out", ("model", "supplier")),
    "cost": ("Money, by the prices in the settings", ("model", "supplier", "currency")),
    "input_bytes": ("Bytes of requests", ("route",)),
    "output_bytes": ("Bytes of answers", ("route",)),
}
_HISTOGRAMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "exchange_duration_seconds": ("From the request's last byte to the event", ("route",)),
    "first_byte_seconds": ("Until the first byte of the answer left", ("route",)),
    "upstream_seconds": ("Until the upstream began to answer", ("supplier",)),
    "guards_duration_seconds": ("Time that all guards took in an exchange", ("route",)),
}
_GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "exchanges_open": ("Exchanges that are going on", ()),
    "streams_open": ("Streamed answers that are going on", ()),
    "events_lost": ("Events that were not written and never will be, since the start", ()),
    "events_waiting": ("Events that wait in memory for room on the disk", ()),
    "events_behind": ("Events that a loss of power would take", ()),
    "events_refused": ("Exchanges refused because events could not be written, since the start", ()),
    "events_failing": ("1 while events cannot be written", ()),
    "alerts_firing": ("Alerts that are firing", ()),
    "alerts_undelivered": ("Alerts that no webhook took, since the start", ()),
    "breaker_open": ("1 while an upstream is left alone", ("upstream",)),
}
BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)

_Labels = tuple[str, ...]


class _Snapshot(msgspec.Struct, kw_only=True):
    """What a worker has counted."""

    worker: str
    counters: dict[str, list[tuple[_Labels, float]]] = {}
    histograms: dict[str, list[tuple[_Labels, list[int], float]]] = {}
    gauges: dict[str, list[tuple[_Labels, float]]] = {}


_SNAPSHOTS = msgspec.json.Decoder(_Snapshot)


class Metrics:
    """What one worker counts, and the way to tell what all count."""

    def __init__(self, models: Iterable[str] = (), *, worker: str = "001", shared: Path | None = None) -> None:
        """``models``: the names and patterns of the settings. ``shared``: the folder where workers leave copies."""
        self.worker = worker
        self.shared = shared
        self.gauges: dict[str, Callable[[], Iterable[tuple[_Labels, float]]]] = {}
        """Asked when somebody looks: name -> label values and value."""
        self.exchanges_open = 0
        self.streams_open = 0
        self._models = tuple(models)
        self._patterns: dict[str, str] = {}
        self._counters: dict[str, dict[_Labels, float]] = {name: {} for name in _COUNTERS}
        self._guards: dict[tuple[str, str, bool], list[int]] = {}
        """(guard, outcome, enforced) -> how many segments, and nanoseconds: two counters in one, for there are many."""
        self._histograms: dict[str, dict[_Labels, tuple[list[int], list[float]]]] = {name: {} for name in _HISTOGRAMS}

    def set_models(self, models: Iterable[str]) -> None:
        """Other settings hold from now on."""
        self._models = tuple(models)
        self._patterns.clear()

    def see(self, event: Event, trail: Trail) -> None:
        """Count an exchange that is over."""
        model = self._pattern(event.model)
        supplier, route = event.supplier, event.route
        self._count("exchanges", (route, model, supplier, event.ending, str(event.status)))
        if event.blocked_by:
            self._count("blocks", (event.blocked_by, event.block))
        for one in event.judged:
            kept = self._guards.get(key := (one.guard, one.outcome, one.enforced))
            if kept is None:
                kept = self._guards[key] = [0, 0]
            kept[0] += one.times
            kept[1] += one.nanoseconds
        if event.input_tokens or event.output_tokens:
            self._count("input_tokens", (model, supplier), event.input_tokens)
            self._count("output_tokens", (model, supplier), event.output_tokens)
        if event.cost:
            self._count("cost", (model, supplier, event.currency), event.cost / 1e9)
        self._count("input_bytes", (route,), event.input_bytes)
        self._count("output_bytes", (route,), event.output_bytes)
        self._time("exchange_duration_seconds", (route,), event.total_ns)
        self._time("guards_duration_seconds", (route,), event.guards_ns)
        if event.first_byte_ns:
            self._time("first_byte_seconds", (route,), event.first_byte_ns)
        if event.upstream_ns:
            self._time("upstream_seconds", (supplier,), event.upstream_ns)

    def turned_away(self, status: int) -> None:
        """Count a request that became no exchange: no such path, too large, too slow."""
        self._count("turned_away", (str(status),))

    def _pattern(self, model: str) -> str:
        found = self._patterns.get(model)
        if found is None:
            found = next((one for one in self._models if fnmatchcase(model, one)), "other")
            if len(self._patterns) < _MOST_MODELS:
                self._patterns[model] = found
        return found

    def _count(self, name: str, labels: _Labels, by: float = 1) -> None:
        counts = self._counters[name]
        counts[labels] = counts.get(labels, 0) + by

    def _time(self, name: str, labels: _Labels, nanoseconds: int) -> None:
        kept = self._histograms[name].get(labels)
        if kept is None:
            kept = self._histograms[name][labels] = ([0] * (len(BOUNDS) + 1), [0.0])
        seconds = nanoseconds / 1e9
        kept[0][bisect_left(BOUNDS, seconds)] += 1
        kept[1][0] += seconds

    def _snapshot(self) -> _Snapshot:
        gauges: dict[str, list[tuple[_Labels, float]]] = {
            "exchanges_open": [((), self.exchanges_open)],
            "streams_open": [((), self.streams_open)],
        }
        for name, ask in self.gauges.items():
            gauges[name] = list(ask())
        counters = {name: list(counts.items()) for name, counts in self._counters.items()}
        seconds: dict[_Labels, float] = {}
        for (guard, outcome, enforced), (times, took) in self._guards.items():
            counters["verdicts"].append(((guard, outcome, "yes" if enforced else "no"), times))
            seconds[guard,] = seconds.get((guard,), 0.0) + took / 1e9
        counters["guard_seconds"] = list(seconds.items())
        return _Snapshot(
            worker=self.worker,
            counters=counters,
            histograms={
                name: [(labels, list(counts), total[0]) for labels, (counts, total) in kept.items()]
                for name, kept in self._histograms.items()
            },
            gauges=gauges,
        )

    def share(self) -> None:
        """Leave a copy for the other workers, once a second or so. Raises OSError."""
        if self.shared is None:
            return
        self.shared.mkdir(parents=True, exist_ok=True)
        temporary = self.shared / f".{self.worker}.{os.getpid()}"
        try:
            temporary.write_bytes(msgspec.json.encode(self._snapshot()))
            os.replace(temporary, self.shared / f"{self.worker}.json")
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise

    def retire(self) -> None:
        """The worker ends: its copy goes."""
        if self.shared is not None:
            with contextlib.suppress(OSError):
                (self.shared / f"{self.worker}.json").unlink()

    def snapshots(self) -> list[_Snapshot]:
        """The worker's own counts as they are, and the others' as they were a moment ago."""
        found = [self._snapshot()]
        for file in sorted(self.shared.glob("*.json")) if self.shared is not None and self.shared.is_dir() else ():
            if file.stem == self.worker:
                continue
            with contextlib.suppress(OSError, msgspec.DecodeError):
                if time.time() - file.stat().st_mtime < _STALE_SECONDS and file.stat().st_size < _LARGEST:
                    found.append(_SNAPSHOTS.decode(file.read_bytes()))
        return found

    def gauge(self, name: str) -> float:
        """The sum of a gauge over all workers."""
        return sum(value for one in self.snapshots() for _, value in one.gauges.get(name, ()))

    def exposition(self) -> bytes:
        """All workers' metrics in Prometheus' text format 0.0.4."""
        registry = CollectorRegistry()
        registry.register(_Told(self.snapshots()))
        return generate_latest(registry)


class _Told(Collector):
    def __init__(self, snapshots: list[_Snapshot]) -> None:
        self._snapshots = snapshots

    def collect(self) -> Iterator[Metric]:
        """See `Collector.collect`."""
        for name, (about, labels) in _COUNTERS.items():
            counter = CounterMetricFamily(_PREFIX + name, about, labels=["worker", *labels])
            for one in self._snapshots:
                for values, count in one.counters.get(name, ()):
                    counter.add_metric([one.worker, *values], count)
            yield counter
        for name, (about, labels) in _GAUGES.items():
            gauge = GaugeMetricFamily(_PREFIX + name, about, labels=["worker", *labels])
            for one in self._snapshots:
                for values, value in one.gauges.get(name, ()):
                    gauge.add_metric([one.worker, *values], value)
            yield gauge
        for name, (about, labels) in _HISTOGRAMS.items():
            histogram = HistogramMetricFamily(_PREFIX + name, about, labels=["worker", *labels])
            for one in self._snapshots:
                for values, counts, total in one.histograms.get(name, ()):
                    histogram.add_metric([one.worker, *values], _cumulative(counts), total)
            yield histogram


def _cumulative(counts: list[int]) -> list[tuple[str, float]]:
    out: list[tuple[str, float]] = []
    seen = 0
    for bound, count in zip([*(str(one) for one in BOUNDS), "+Inf"], counts, strict=False):
        seen += count
        out.append((bound, float(seen)))
    return out
