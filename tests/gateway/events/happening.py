"""Exchanges that are over, and ledgers to write them into, for tests."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange
from bartizan.controls.chat.pipeline import Blocked, Pipeline, Watch
from bartizan.controls.chat.verdict import Block, Finding, Record
from bartizan.core.chat import Usage
from bartizan.gateway.events.ledger import Ledger, Trail
from bartizan.gateway.events.recording import Recorder
from bartizan.gateway.settings import EventsSpec, ModelSpec

SEAL_KEY = b"s" * 32
CONTENT_KEY = b"c" * 32
_NOTHING = Pipeline([], Bench())
FOUND = Record(
    guard="sensitive_output_handling",
    part="answer",
    outcome="replaced",
    findings=(Finding(rule="email", why="an address", start=3, end=9, score=0.75),),
    nanoseconds=2000,
)
CRASHED = Record(guard="rate_limit", part="request", outcome="crashed", why="KeyError", nanoseconds=10)
QUIET = tuple(
    Record(guard="input_segregation", part="prompt", outcome="allowed", nanoseconds=100, segment=i) for i in range(3)
)


def exchange(**more: Any) -> Exchange:
    """An exchange that somebody had."""
    known: dict[str, Any] = {
        "id": secrets.token_hex(12),
        "route": "openai.chat",
        "model": "small",
        "supplier": "main",
        "caller": Caller(id="anna", tenant="acme", kind="person"),
        "session": "s-1",
        "usage": Usage(input_tokens=300, output_tokens=40),
        "at": time.time(),
        "size": 1100,
    }
    return Exchange(**(known | more))


def watched(one: Exchange, records: Iterable[Record] = (), blocked: Block | None = None, by: str = "") -> Watch:
    """What guards did about it."""
    watch = Watch(_NOTHING, one)
    watch.records.extend(records)
    watch.blocked = Blocked(by, blocked) if blocked is not None else None
    return watch


async def happens(
    ledger: Ledger,
    one: Exchange | None = None,
    *,
    records: Iterable[Record] = QUIET,
    status: int = 200,
    came: bytes = b'{"model":"small"}',
    left: bytes = b"the answer",
    blocked: Block | None = None,
    by: str = "",
) -> Exchange:
    """One exchange, to its event."""
    one = one or exchange()
    began = time.perf_counter_ns()
    trail: Trail = ledger.trail(came)
    trail.asked()
    trail.replied()
    trail.left(left)
    await ledger.write(one, watched(one, records, blocked, by), status, began, time.perf_counter_ns(), trail)
    return one


def recorder(folder: Path, **more: Any) -> Recorder:
    """A ledger in a folder. ``more``: of its settings, or of the recorder."""
    own = {name: more.pop(name) for name in list(more) if name in EventsSpec.__struct_fields__}
    known: dict[str, Any] = {
        "seal_key": lambda: SEAL_KEY,
        "content_key": CONTENT_KEY,
        "session_key": b"k" * 32,
        "price": lambda model: ModelSpec(upstreams=(), input_price=1.0, output_price=2.0),
        "currency": "EUR",
        "policy": "p" * 64,
        "version": "1.0",
    }
    return Recorder(EventsSpec(folder=str(folder), **own), **(known | more))


def filled(folder: Path, count: int, **more: Any) -> None:
    """A ledger that so many exchanges were written into, closed."""

    async def run() -> None:
        ledger = recorder(folder, **more)
        for _ in range(count):
            await happens(ledger)
        await ledger.close()

    asyncio.run(run())
