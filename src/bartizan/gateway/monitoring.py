"""Everything that watches a worker, made from its settings: ledger, metrics, log, traces, alerts."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from bartizan.core.errors import BartizanError
from bartizan.gateway.alerts import Alerts
from bartizan.gateway.alerts_sinks import Sinks
from bartizan.gateway.events.event import Event
from bartizan.gateway.events.keys import key_at, own_key
from bartizan.gateway.events.ledger import Trail
from bartizan.gateway.events.logs import ExchangeLog
from bartizan.gateway.events.policy_copy import keep_policy, policy_of
from bartizan.gateway.events.reading import Follower
from bartizan.gateway.events.recording import Recorder
from bartizan.gateway.metrics import Metrics
from bartizan.gateway.settings import EventsSpec, ModelSpec, Settings
from bartizan.gateway.tracing import Tracing

SWEEP_SECONDS = 3600.0
ANCHOR_SECONDS = 60.0
_MOST_MODELS = 1000
log = logging.getLogger("bartizan.gateway.events")


class Monitoring:
    """What watches one worker. ``ledger`` is for the service; call `start` in its loop and `close` at its end."""

    def __init__(
        self,
        settings: Settings,
        *,
        session_key: bytes,
        version: str = "",
        shared: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``session_key``: the same for all workers. ``shared``: where metrics of workers meet where there is no folder
        for events. Raises InputError for keys that cannot be read, MissingExtra where traces are wanted and cannot be.
        """
        spec = settings.events
        root = Path(spec.folder) if spec.folder else None
        self._settings, self._root, self._clock = settings, root, clock
        self._price: dict[str, ModelSpec | None] = {}
        # All that may be wrong comes before the ledger, which takes a lock and has a thread.
        self.alerts, self.sinks = Alerts(settings.alerts.rules, clock=clock), _sinks(settings)
        content_key = key_at(spec.content_key, "events.content_key") if spec.content == "encrypted" else b""
        seal_key = _seal_key(settings)
        self.tracing = Tracing(settings.tracing, version=version) if settings.tracing.endpoint else None
        self.ledger = Recorder(
            spec,
            seal_key=seal_key,
            content_key=content_key,
            session_key=session_key,
            price=self._price_of,
            currency=settings.prices_in,
            version=version,
            clock=clock,
        )
        name = self.ledger.chain.name if self.ledger.chain is not None else f"p{os.getpid()}"
        self.metrics = Metrics(settings.models, worker=name, shared=root / "metrics" if root is not None else shared)
        self._wire(settings)
        self._ticking: asyncio.Task[None] | None = None
        self._lead = -1
        self._follower: Follower | None = None
        self._swept = self._anchored = float("-inf")
        self.take_over(settings)

    def _wire(self, settings: Settings) -> None:
        watchers: list[Callable[[Event, Trail], None]] = [self.metrics.see]
        if settings.log.exchanges != "none":
            watchers.append(ExchangeLog(settings.log).see)
        if self.tracing is not None:
            self.ledger.beginners.append(self.tracing.begin)
            watchers.append(self.tracing.see)
        if self.alerts.rules and not self._shares_alerts:
            watchers.append(lambda event, trail: self.alerts.see(event))
        self.ledger.watchers.extend(watchers)
        gauges = self.metrics.gauges
        gauges["events_lost"] = lambda: [((), self.ledger.lost)]
        gauges["events_waiting"] = lambda: [((), self.ledger.waiting)]
        gauges["events_refused"] = lambda: [((), self.ledger.refused)]
        gauges["events_failing"] = lambda: [((), float(bool(self.ledger.failure)))]
        gauges["events_behind"] = lambda: [((), self.ledger.chain.behind if self.ledger.chain is not None else 0)]
        gauges["alerts_firing"] = lambda: [((), len(self.alerts.firing))]
        gauges["alerts_undelivered"] = lambda: [((), self.sinks.undelivered)]

    @property
    def _shares_alerts(self) -> bool:
        """Whether one worker counts for all, from what all write."""
        return self._root is not None and self._settings.workers > 1

    def take_over(self, settings: Settings) -> None:
        """Other settings hold for exchanges that begin from now on: their policy, their models and prices."""
        self._settings = settings
        self._price.clear()
        self.metrics.set_models(settings.models)
        name, text = policy_of(settings)
        self.ledger.policy = name
        if self._root is not None:
            try:
                keep_policy(self._root, name, text)
            except BartizanError as error:
                log.error("no copy of the policy was kept: %s", error)

    def _price_of(self, model: str) -> ModelSpec | None:
        if model not in self._price:
            if len(self._price) >= _MOST_MODELS:
                self._price.clear()
            models = self._settings.models
            self._price[model] = next((spec for name, spec in models.items() if fnmatchcase(model, name)), None)
        return self._price[model]

    def health(self) -> dict[str, Any]:
        """How the ledger does: ``ok``, and why not."""
        ledger = self.ledger
        return {
            "ok": not ledger.failure,
            "why": ledger.failure,
            "waiting": ledger.waiting,
            "lost": ledger.lost,
            "refused": ledger.refused,
            "chain": ledger.chain.name if ledger.chain is not None else "",
            "entries": ledger.chain.end.seq if ledger.chain is not None else 0,
            "alerts": self.alerts.firing,
        }

    def start(self) -> None:
        """Begin what goes on by itself, in the running loop."""
        self._ticking = asyncio.ensure_future(self._tick_for_ever())

    async def _tick_for_ever(self) -> None:
        while True:
            try:
                await self.tick()
            except Exception as error:  # it must go on: the next second may be better
                log.error("watching failed for a moment: %s", type(error).__name__)
            await asyncio.sleep(1.0)

    async def tick(self) -> None:
        """What is due each second: another try to write, copies of counts, alerts, old content, an anchor."""
        self.ledger.is_well()
        self._name_worker()
        with contextlib.suppress(OSError):  # a full disk is told by the ledger
            self.metrics.share()
        leads = self._leads()
        if self.alerts.rules and (leads or not self._shares_alerts):
            await self._look_for_alerts()
        now = time.monotonic()
        if now - self._swept >= SWEEP_SECONDS:
            self._swept = now
            await asyncio.to_thread(self.ledger.forget)
            if leads:
                await asyncio.to_thread(self.ledger.sweep)
        if now - self._anchored >= ANCHOR_SECONDS:
            self._anchored = now
            self._anchor()

    def _name_worker(self) -> None:
        """Metrics are told under the name of the chain that is written to: no two workers have the same."""
        chain = self.ledger.chain
        if chain is not None and chain.name != self.metrics.worker:
            self.metrics.retire()
            self.metrics.worker = chain.name

    async def _look_for_alerts(self) -> None:
        if self._shares_alerts and self._root is not None:
            if self._follower is None:
                self._follower = Follower(self._root)
            for entry in await asyncio.to_thread(self._follower.read):
                if isinstance(entry, Event):
                    self.alerts.see(entry)
        levels = {"lost_events": self.metrics.gauge("events_lost"), "breakers_open": self.metrics.gauge("breaker_open")}
        for alert in self.alerts.changed(levels):
            self.sinks.tell(alert)

    def _leads(self) -> bool:
        """Whether this worker does what one does for all: the first that got the lock, until it ends."""
        if self._root is None or self._lead >= 0:
            return True
        handle = -1
        try:
            handle = os.open(self._root / "lead.lock", os.O_RDWR | os.O_CREAT, 0o640)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if handle >= 0:
                os.close(handle)
            return False
        self._lead = handle
        return True

    def _anchor(self) -> None:
        """A line in the log that says how far the chain had come. Kept elsewhere, it outlives a forgery."""
        chain = self.ledger.chain
        if chain is not None:
            end = chain.synced
            fields = {"anchor": {"chain": chain.name, "seq": end.seq, "hash": end.hash}}
            log.info("chain %s is on disk up to entry %s", chain.name, end.seq, extra={"fields": fields})

    async def close(self) -> None:
        """Write and send what is left."""
        if self._ticking is not None:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking
        if self.ledger.chain is not None:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self.ledger.chain.sync)
            self._anchor()
        await self.ledger.close()
        if self.tracing is not None:
            await asyncio.to_thread(self.tracing.close)
        await self.sinks.close()
        self.metrics.retire()
        if self._lead >= 0:
            os.close(self._lead)
            self._lead = -1


def seal_key_of(spec: EventsSpec) -> bytes:
    """The key of a ledger's seals: from where the settings say, else the folder's own, made where there is none.

    Raises InputError, OSError.
    """
    if spec.seal_key:
        return key_at(spec.seal_key, "events.seal_key")
    folder = Path(spec.folder)
    folder.mkdir(parents=True, exist_ok=True)
    return own_key(folder / "seal.key")


def _sinks(settings: Settings) -> Sinks:
    spec = settings.alerts
    key = key_at(spec.webhook_key, "alerts.webhook_key") if spec.webhook_key else b""
    return Sinks(file=spec.file, webhook=spec.webhook, key=key)


def _seal_key(settings: Settings) -> Callable[[], bytes]:
    """One that is named must be there at once; the folder's own as soon as there is a folder."""
    if settings.events.folder and settings.events.seal_key:
        key = seal_key_of(settings.events)
        return lambda: key
    return lambda: seal_key_of(settings.events)


def session_key_of(secret: bytes) -> bytes:
    """The key of session digests, from the secret that workers share; empty for none, and then digests are plain."""
    return hashlib.blake2b(secret, person=b"bartizan.session", digest_size=32).digest() if secret else b""
