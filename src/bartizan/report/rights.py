"""Requests, plans, what somebody gets, and the proof of an erasure: as lines for a screen and as JSON."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from bartizan.core.dates import in_words
from bartizan.core.errors import printable
from bartizan.core.moments import moment_in_words
from bartizan.rights.entries import (
    ARTICLES,
    Confirmed,
    Declined,
    Disclosed,
    Entry,
    Extended,
    Failed,
    Kept,
    Lifted,
    Opened,
)
from bartizan.rights.gathering import Gathered
from bartizan.rights.places import Places
from bartizan.rights.requests import Request
from bartizan.rights.steps import LEFT, Step

_DO: Final = {
    "erase": "erase",
    "blank": "empty",
    "correct": "correct",
    "retrain": "retrain",
    "by hand": "BY HAND",
    "keep": "stays",
    "wait": "WAITS",
    "unknown": "UNKNOWN",
    "not asked": "not asked",
    "nothing": "nothing",
    "done": "done",
    "confirmed": "confirmed",
}
_DATA_RIGHTS: Final = (
    "You can ask for correction, erasure and restriction, object to a use, take your data along, and withdraw consent "
    "(GDPR Art. 16 to 18, 20, 21, 7(3)).",
    "You can complain to a supervisory authority (GDPR Art. 77).",
)


def requests_lines(requests: Iterable[Request], day: str) -> Iterator[str]:
    """A line for each request: what it is, how far, and how long there is time."""
    shown = 0
    for shown, request in enumerate(requests, 1):  # noqa: B007 - counted
        what = request.opened.right + (f" to {request.opened.purpose}" if request.opened.purpose else "")
        yield f"{request.number:>5}  {what:<14} {request.opened.person[:8]}  {_time(request, day)}"
    if not shown:
        yield "no requests"


def _time(request: Request, day: str) -> str:
    if not request.is_open:
        return request.stage
    days = (datetime.date.fromisoformat(request.deadline) - datetime.date.fromisoformat(day)).days
    many = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    left = f"{many} LATE" if days < 0 else "due today" if days == 0 else f"{many} left"
    stage = "identity not checked" if request.stage == "identity" else request.stage
    return f"{stage}; by {in_words(request.deadline)}: {left}"


def requests_document(requests: Iterable[Request], day: str) -> str:
    """Requests with all their steps, as JSON."""
    made = [
        {
            "request": one.number,
            "right": one.opened.right,
            "person": one.opened.person,
            "stage": one.stage,
            "received": one.opened.received,
            "deadline": one.deadline,
            "late": one.is_late(day),
            "entries": [msgspec.to_builtins(entry) for entry in one.entries],
        }
        for one in requests
    ]
    return _json({"bartizan_requests": 1, "day": day, "requests": made})


def request_lines(request: Request, day: str) -> Iterator[str]:
    """One request with all that was done for it."""
    yield from requests_lines([request], day)
    for one in request.entries:
        yield f"       {moment_in_words(one.seen)}, {printable(one.by, 60)}: {printable(_said(one.entry), 300)}"


def _said(entry: Entry) -> str:
    """An entry in words."""
    kind = str(type(entry).__struct_config__.tag)
    if isinstance(entry, Opened):
        return f"came on {in_words(entry.received)}: {entry.how}"
    if isinstance(entry, Disclosed):
        missing = f"; without {', '.join(entry.missing)}" if entry.missing else ""
        return f"written out: {entry.rows:,} rows, sha256 {entry.digest}{missing}"
    if isinstance(entry, Extended | Declined | Lifted):
        return f"{kind}: {entry.why}"
    if isinstance(entry, Confirmed):
        return f"{entry.place}: confirmed: {entry.how}"
    if isinstance(entry, Failed):
        return f"{entry.place}: FAILED: {entry.why}"
    if isinstance(entry, Kept):
        return f"{entry.place}: {entry.count:,} stay: {entry.why}" + (f", until {entry.until}" if entry.until else "")
    place, count = getattr(entry, "place", ""), getattr(entry, "count", None)
    words = [kind, getattr(entry, "how", ""), getattr(entry, "note", ""), getattr(entry, "purpose", "")]
    said = "; ".join(word for word in words if word)
    return f"{place}: {said}" + (f" ({count:,})" if count is not None else "") if place else said


def steps_lines(steps: Iterable[Step]) -> Iterator[str]:
    """A plan, or what is left of it, and how much of it is not done."""
    told = tuple(steps)
    width = max((len(step.place) for step in told), default=0)
    for step in told:
        count = "" if step.count is None else f"{step.count:,}"
        why = f"  {printable(step.why, 200)}" if step.why else ""
        yield f"  {_DO[step.doing]:<10} {printable(step.place):<{width}}  {step.kind:<8} {count:>7}{why}".rstrip()
    left = sum(step.doing in LEFT for step in told)
    yield f"{left} of {len(told)} places to do" if left else f"nothing left to do at {len(told)} places"


def gathered_document(request: Request, places: Places, found: Iterable[Gathered], at: str) -> str:
    """What the person gets: their data, source by source, and what they must be told of it (GDPR Art. 15(1))."""
    is_access = request.opened.right == "access"
    document: dict[str, Any] = {
        "bartizan_rights": 1,
        "right": request.opened.right,
        "article": ARTICLES[request.opened.right],
        "request": request.number,
        "controller": places.controller,
        "contact": places.contact,
        "made_at": at,
        "sources": [_source(places, one, is_access) for one in found],
    }
    if is_access:
        document["your_rights"] = list(_DATA_RIGHTS)
        document["models"] = [
            {"model": name, "learned_from": list(model.learned_from)} for name, model in places.models.items()
        ]
    return _json(document)


def _source(places: Places, one: Gathered, is_access: bool) -> dict[str, Any]:
    source = places.sources[one.source]
    made: dict[str, Any] = {"source": one.source}
    if is_access:
        made |= {
            "purposes": list(source.purposes),
            "categories": list(source.holds),
            "recipients": list(source.recipients),
            "kept": source.kept,
            "origin": source.origin or ("you" if source.provided else ""),
            "made_from": list(source.made_from),
        }
    if one.missing:
        made["not_read"] = one.missing
    made["rows"] = list(one.rows)
    return made


def gathered_lines(found: Iterable[Gathered]) -> Iterator[str]:
    """What was found where."""
    for one in found:
        if one.missing:
            word = "UNKNOWN" if one.is_unknown else "not asked"
            yield f"  {word:<10} {printable(one.source)}  {printable(one.missing, 200)}"
        else:
            yield f"  {len(one.rows):>10,} {printable(one.source)}"


def proof_document(request: Request, places: Places, steps: Iterable[Step], head: str, at: str) -> str:
    """That somebody is gone: what was done where and when, what was found at the end, what stays and why."""
    return _json(
        {
            "bartizan_erasure": 1,
            "article": ARTICLES[request.opened.right],
            "request": request.number,
            "person": request.opened.person,
            "key": request.opened.key,
            "controller": places.controller,
            "places_sha256": places.digest,
            "made_at": at,
            "log_head": head,
            "steps": [msgspec.to_builtins(one) for one in request.entries],
            "looked_again": [msgspec.to_builtins(step) for step in steps],
        }
    )


def _json(document: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
