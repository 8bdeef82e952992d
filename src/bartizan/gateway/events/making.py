"""From an exchange that is over to its event. All that strangers wrote is cut and made printable here."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from time import perf_counter_ns
from typing import Any

from bartizan.controls.chat.exchange import Caller, Exchange
from bartizan.controls.chat.pipeline import Watch
from bartizan.controls.chat.verdict import Finding, Record
from bartizan.core.errors import printable
from bartizan.gateway.events.event import Ending, Event, Found, Judged
from bartizan.gateway.events.ledger import Trail

LONGEST = 200
"""Characters of a name."""
MOST_JUDGED = 100
MOST_FOUND = 20
"""Of one verdict."""
_LARGEST = 2**53 - 1


@lru_cache(maxsize=8)
def _second(whole: int) -> str:
    try:
        return datetime.datetime.fromtimestamp(whole, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return "1970-01-01T00:00:00"


def moment(seconds: float) -> str:
    """Seconds since 1970 as 2026-11-23T09:00:00.000000Z: as text such moments sort by time."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1e6):06d}Z"


def counted(number: Any) -> int:
    """A count that an upstream may have made up, as one that JSON can hold anywhere."""
    try:
        return min(max(int(number), 0), _LARGEST)
    except (TypeError, ValueError, OverflowError):
        return 0


def named(text: str) -> str:
    """A name that a stranger may have written."""
    return text if len(text) <= LONGEST and text.isprintable() else printable(text, LONGEST)[: 2 * LONGEST]


def session_digest(session: str, key: bytes) -> str:
    """What stands for a session's id: BLAKE2b with a key, 16 bytes, so that nobody can try ids out. Empty for none."""
    if not session:
        return ""
    return hashlib.blake2b(session.encode("utf-8", "surrogatepass"), digest_size=16, key=key[:64]).hexdigest()


def ending(watch: Watch, status: int, judged: Iterable[Judged], *, is_cut: bool = False) -> Ending:
    """How it ended. ``is_cut``: the client left in the middle of its answer."""
    if watch.blocked is not None:
        return "blocked"
    if not status or is_cut:
        return "gone"
    if status >= 400:
        return "failed" if status >= 500 else "refused"
    return "changed" if any(one.outcome == "replaced" and one.enforced for one in judged) else "passed"


def judged_of(records: Iterable[Record]) -> tuple[tuple[Judged, ...], int, int]:
    """(what guards did, how many are left out, nanoseconds of all): what ended or changed something comes first."""
    quiet: dict[tuple[str, str, str, bool], list[int]] = {}
    loud: list[Record] = []
    total = 0
    for one in records:
        total += one.nanoseconds
        if one.outcome == "allowed" and not one.findings:
            kept = quiet.get(key := (one.guard, one.part, one.outcome, one.enforced))
            if kept is None:
                quiet[key] = [1, one.nanoseconds]
            else:
                kept[0] += 1
                kept[1] += one.nanoseconds
        else:
            loud.append(one)
    left_out = 0
    if len(loud) > MOST_JUDGED:
        loud.sort(key=lambda one: one.outcome == "allowed")
        left_out = len(loud) - MOST_JUDGED
        del loud[MOST_JUDGED:]
    told = [_told(one) for one in loud]
    told += [
        Judged(guard=guard, part=part, outcome=outcome, enforced=enforced, times=times, nanoseconds=took)
        for (guard, part, outcome, enforced), (times, took) in quiet.items()
    ]
    return tuple(told), left_out, total


def _told(one: Record) -> Judged:
    return Judged(
        guard=one.guard,
        part=one.part,
        outcome=one.outcome,
        enforced=one.enforced,
        why=named(one.why),
        found=tuple(_found(finding) for finding in one.findings[:MOST_FOUND]),
        more=max(0, len(one.findings) - MOST_FOUND),
        nanoseconds=one.nanoseconds,
    )


def _found(one: Finding) -> Found:
    score = round(one.score * 1000) if abs(one.score) < 1e6 else 0  # false for what is no number, too
    return Found(rule=named(one.rule), score=score, start=one.start, end=one.end)


def event_of(
    exchange: Exchange,
    watch: Watch,
    status: int,
    began: int,
    first_byte: int,
    trail: Trail,
    **more: Any,
) -> Event:
    """The event of an exchange that is over. ``more``: the fields that the recorder knows."""
    now = perf_counter_ns()
    judged, left_out, guards = judged_of(watch.records)
    blocked = watch.blocked
    return Event(
        id=exchange.id,
        at=moment(exchange.at),
        route=exchange.route,
        ending=ending(watch, status, judged, is_cut=trail.is_cut),
        status=status,
        model=named(exchange.model),
        answered_by=named(trail.answered_by),
        supplier=exchange.supplier,
        stream=exchange.stream,
        blocked_by=blocked.guard if blocked is not None else "",
        block=blocked.block.kind if blocked is not None else "",
        judged=judged,
        more=left_out,
        labels=tuple(sorted(named(one) for one in exchange.labels)[:MOST_FOUND]),
        total_ns=max(0, now - began),
        first_byte_ns=max(0, first_byte - began) if first_byte else 0,
        guards_ns=guards,
        upstream_ns=max(0, trail.replied_at - trail.asked_at) if trail.asked_at and trail.replied_at else 0,
        input_tokens=counted(exchange.usage.input_tokens),
        output_tokens=counted(exchange.usage.output_tokens),
        input_bytes=len(trail.came) or exchange.size,
        output_bytes=trail.left_bytes,
        **_who(exchange.caller),
        **more,
    )


def _who(caller: Caller) -> dict[str, Any]:
    """Who asked; nothing where nobody knows."""
    if not caller.id and not caller.tenant:
        return {}
    return {
        "caller": named(caller.id),
        "tenant": named(caller.tenant),
        "caller_kind": caller.kind,
        "on_behalf": named(caller.on_behalf),
        "task": named(caller.task),
    }
