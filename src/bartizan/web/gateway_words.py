"""What pages say of a gateway: sentences, shares, spans; every text of a stranger in one printable form."""

from __future__ import annotations

import datetime

import msgspec

from bartizan.core.errors import printable
from bartizan.gateway.admin.values import Counts, GuardCount, Status
from bartizan.gateway.approvals_store import Answer, Closed, Open
from bartizan.gateway.events.event import Event
from bartizan.workflows.gateway_desk import Seen

ENDINGS = {"passed": "good", "changed": "", "blocked": "bad", "refused": "bad", "failed": "bad", "gone": ""}
"""How an exchange ended -> the mark beside the word."""
OVER = {"granted": "good", "remembered": "good", "denied": "bad", "expired": "due", "withdrawn": "", "flooded": "bad"}
MOST_SHOWN = 300


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the page shows it."""

    at: str
    when: str
    caller: str
    model: str
    ending: str
    mark: str
    guard: str
    tokens: str
    took: str
    id: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the page shows it; all texts printable and whole."""

    id: str
    title: str
    asked_by: str
    tenant: str
    guard: str
    model: str
    tool: str
    details: tuple[tuple[str, str], ...]
    arguments: str
    people: int
    yes: int
    answers: tuple[str, ...]
    left: int
    is_asker: bool
    has_answered: bool


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """A question that is over."""

    title: str
    asked_by: str
    ending: str
    mark: str
    when: str
    answers: str


def answer_of(seen: Seen) -> str:
    """The first line: what waits, what is wrong, how much was blocked."""
    total = seen.counts.total
    count, blocked = total.requests, total.endings.get("blocked", 0)
    if not count:
        happened = "no request came in the last hour"
    elif count == 1:
        happened = f"the one request of the last hour was {'' if blocked else 'not '}blocked"
    else:
        share = f"{blocked:,}" if blocked else "none"
        happened = f"{share} of {count:,} requests {'were' if blocked > 1 else 'was'} blocked in the last hour"
    return f"{_waits(seen.status.waiting)}; {happened}."


def _waits(count: int) -> str:
    if not count:
        return "Nothing is waiting"
    return f"{count:,} question{'' if count == 1 else 's'} {'waits' if count == 1 else 'wait'} for a person"


def reasons_of(status: Status) -> tuple[str, ...]:
    """What is wrong with the gateway."""
    return tuple(printable(one, 1_000) for one in status.reasons[:20])


def facts_of(seen: Seen) -> tuple[tuple[str, str], ...]:
    """Numbers of the last hour, and of the process."""
    total, status = seen.counts.total, seen.status
    money = f"{total.cost:,.4f} {printable(seen.counts.currency, 12)}" if total.cost else "none counted"
    return (
        ("Tokens in", f"{total.input_tokens:,}"),
        ("Tokens out", f"{total.output_tokens:,}"),
        ("Money", money),
        ("Half of all requests within", span(total.p50)),
        ("95 % within", span(total.p95)),
        ("All guards, half within", span(total.guards_p50)),
        ("Workers", f"{len(status.workers):,}"),
        ("Open now", f"{sum(one.open for one in status.workers):,}"),
        ("Up for", long_span(status.uptime_seconds)),
        ("Settings", printable(status.settings[:12], 12)),
    )


def since_of(counts: Counts) -> str:
    """From when on all is counted, where that is less than the hour; else empty."""
    return clock(counts.since) if counts.since[:16] > counts.minutes[0].at[:16] else ""


def guards_of(counts: Counts) -> tuple[tuple[str, tuple[str, ...], bool], ...]:
    """(guard, its numbers as they are shown, whether it failed), busiest first."""
    return tuple((printable(one.guard, 100), _numbers(one), one.failed > 0) for one in _busiest(counts))


def _busiest(counts: Counts) -> list[GuardCount]:
    return sorted(counts.guards, key=lambda one: (-one.blocked, -one.changed, one.guard))


def _numbers(one: GuardCount) -> tuple[str, ...]:
    counted = (one.seen, one.changed, one.blocked, one.asked, one.watched, one.failed)
    return (*(f"{n:,}" if n else "0" for n in counted), _micro(one.p50_us), _micro(one.p95_us))


def _micro(microseconds: float) -> str:
    return "< 10" if microseconds < 10 else f"{microseconds:,.0f}"


def rows_of(events: tuple[Event, ...]) -> tuple[Row, ...]:
    """Events as rows."""
    return tuple(
        Row(
            at=printable(one.at, 40),
            when=clock(one.at),
            caller=printable(one.caller or "no name", 80),
            model=printable(one.model or "none", 80),
            ending=one.ending,
            mark=ENDINGS[one.ending],
            guard=printable(one.blocked_by, 80),
            tokens=f"{one.input_tokens + one.output_tokens:,}",
            took=span(one.total_ns / 1e9),
            id=printable(one.id, 60),
        )
        for one in events
    )


def asked_of(one: Open, now: float, person: str) -> Asked:
    """A question for somebody to read, the whole of it."""
    names = {answer.by.casefold() for answer in one.answers}
    details = tuple((printable(name, 80), _whole(text)) for name, text in one.details.items() if name != "arguments")
    return Asked(
        id=one.id,
        title=_whole(one.title),
        asked_by=_whole(one.asked_by),
        tenant=_whole(one.tenant),
        guard=printable(one.guard, 100),
        model=_whole(one.model),
        tool=_whole(one.tool),
        details=details,
        arguments=_whole(one.details.get("arguments", "")),
        people=one.people,
        yes=len(names),
        answers=tuple(_said(answer) for answer in one.answers),
        left=max(0, int(one.until - now)),
        is_asker=person.casefold() in {asker.casefold() for asker in one.askers},
        has_answered=person.casefold() in names,
    )


def past_of(one: Closed) -> Past:
    """A question that is over, in a row."""
    return Past(
        title=_whole(one.question.title),
        asked_by=_whole(one.question.asked_by),
        ending=one.ending,
        mark=OVER[one.ending],
        when=moment(one.at),
        answers="; ".join(_said(answer) for answer in one.question.answers) or "nobody answered",
    )


def _said(answer: Answer) -> str:
    why = f": {answer.why}" if answer.why else ""
    return _whole(f"{'yes' if answer.granted else 'no'} by {answer.by}{why}")


def _whole(text: str) -> str:
    """All of a text: what is cut could hide what matters."""
    return printable(text, 12 * len(text) + 100)


def clock(at: str) -> str:
    """The time of day of an event: 09:14:03."""
    return at[11:19] if len(at) >= 19 else printable(at[11:16], 20)


def moment(seconds: float) -> str:
    """Seconds since 1970 as 2026-11-23T09:14:03Z, as pages take it."""
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return ""


def span(seconds: float) -> str:
    """How long something took: 120 µs, 3.4 ms, 2.1 s."""
    if seconds <= 0:
        return "–"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:,.1f} s"


def long_span(seconds: float) -> str:
    """How long something lasts: 40 s, 12 min, 3 h, 5 days."""
    for limit, size, name in ((120, 1, "s"), (7_200, 60, "min"), (172_800, 3_600, "h")):
        if seconds < limit:
            return f"{int(seconds // size)} {name}"
    return f"{int(seconds // 86_400):,} days"
