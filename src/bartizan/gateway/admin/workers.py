"""How all workers do: each says so every few seconds in the state that they share, and any of them can tell.

A request to load the settings anew goes the same way.
"""

from __future__ import annotations

import os
import secrets
import socket
from typing import Protocol

import msgspec

from bartizan.controls.chat.state import StateLost, key
from bartizan.gateway.admin.values import WorkerState
from bartizan.gateway.opening import Shared
from bartizan.gateway.settings import Settings

BEAT_EVERY = 2.0
GONE_AFTER = 7.0
"""Seconds without a word after which a worker is no longer told of."""
MOST = 256
_BEATS = key("admin", "workers")
_RELOAD = key("admin", "reload")
_decode = msgspec.json.Decoder(WorkerState).decode


class Running(Protocol):
    """What the admin API wants of a worker's process: `gateway.process.Worker` is one."""

    settings: Settings
    loads: int
    refused: str

    async def reload(self) -> bool:
        """Take over the file as it is now; False where it is broken."""


class Workers:
    """One worker among the others."""

    def __init__(self, worker: Running, shared: Shared) -> None:
        self.worker, self.shared = worker, shared
        self.serves = False
        """Whether this one answers for the admin API."""
        self.began = shared.bench.clock()
        self._id = secrets.token_hex(4)
        self._reloads: str | None = None
        self._host, self._pid = socket.gethostname(), os.getpid()

    def own(self) -> WorkerState:
        """How this worker does now."""
        monitoring, worker = self.shared.monitoring, self.worker
        chain = monitoring.ledger.chain
        exchanges = monitoring.metrics.gauges.get("exchanges_open", lambda: ())
        return WorkerState(
            name=f"{chain.name if chain is not None else 'p' + str(self._pid)}-{self._id}",
            host=self._host,
            pid=self._pid,
            version=monitoring.ledger.version,
            settings=monitoring.ledger.policy,
            loads=worker.loads,
            refused=worker.refused,
            began=self.began,
            at=self.shared.bench.clock(),
            open=int(sum(count for _, count in exchanges())),
            failure=monitoring.ledger.failure,
            lost=monitoring.ledger.lost,
            firing=monitoring.alerts.firing,
            serves=self.serves,
        )

    async def beat(self) -> None:
        """Say how this one does, and load the settings anew where somebody asked all to. Raises StateLost."""
        state, now = self.shared.state, self.shared.bench.clock()
        text = msgspec.json.encode(self.own()).decode()
        await state.push(_BEATS, text, most=MOST, within=3 * GONE_AFTER, now=now)
        asked = await state.get(_RELOAD, now=now) or ""
        if self._reloads is not None and asked and asked != self._reloads:
            await self.worker.reload()
        self._reloads = asked

    async def all(self) -> tuple[WorkerState, ...]:
        """All that spoke of late, by name. Raises StateLost."""
        own, state, now = self.own(), self.shared.state, self.shared.bench.clock()
        text = msgspec.json.encode(own).decode()
        found = {}
        for one in await state.push(_BEATS, text, most=MOST, within=3 * GONE_AFTER, now=now):
            try:
                said = _decode(one)
            except msgspec.DecodeError:
                raise StateLost("what workers say of themselves cannot be read") from None
            if now - said.at < GONE_AFTER:
                found[said.host, said.pid, said.name.rpartition("-")[2]] = said
        return tuple(sorted(found.values(), key=lambda one: (one.host, one.name)))

    async def reload(self) -> bool:
        """Load the settings anew, here and in all others; whether they were sound here. Raises StateLost."""
        asked = secrets.token_hex(8)
        await self.shared.state.put(_RELOAD, asked, within=3_600.0, now=self.shared.bench.clock())
        self._reloads = asked
        return await self.worker.reload()
