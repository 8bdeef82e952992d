"""Events from the newest to the oldest, page by page, without reading a ledger from its beginning.

Files are read backwards in blocks. What leads on to the next page says for each chain how far it was read, so a page
costs the same wherever it is. Reading does not verify (see `events.verifying`).
"""

from __future__ import annotations

import base64
import binascii
import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.gateway.events.event import Event
from bartizan.gateway.events.lines import LONGEST_LINE, chain_names, read_line, segments
from bartizan.gateway.events.reading import Wanted

BLOCK = 1 << 16
MOST_LOOKED_AT = 20_000
"""Entries that one page looks at; then it leads on with what was found."""

Places: TypeAlias = dict[str, tuple[int, int]]
"""Chain -> (the first entry of a segment, the offset before which it is still to be read)."""
_PLACES = msgspec.json.Decoder(Places)


def newest(root: Path, wanted: Wanted, *, most: int, page: str = "") -> tuple[tuple[Event, ...], str]:
    """At most ``most`` events that are wanted, the newest first; and what leads on, empty where there are no more.

    Raises InputError for a ``page`` that is none, OSError.
    """
    places = _places_of(page)
    chains = [_backwards(root, name, places.get(name)) for name in chain_names(root)]
    found: list[Event] = []
    merged = heapq.merge(*chains, key=lambda one: one[0].at, reverse=True)
    for looked_at, (event, name, place) in enumerate(merged, 1):
        if wanted.since and event.at < wanted.since:
            return tuple(found), ""  # by time all others are older, as far as clocks went forward
        places[name] = place
        if wanted.takes(event):
            found.append(event)
        if len(found) >= most or looked_at >= MOST_LOOKED_AT:
            return tuple(found), _page_of(places)
    return tuple(found), ""


def _backwards(root: Path, name: str, place: tuple[int, int] | None) -> Iterator[tuple[Event, str, tuple[int, int]]]:
    """The events of a chain from its end, or from a place, to its beginning, each with where it begins."""
    for first, file in reversed(segments(root / "chains" / name)):
        if place is not None and first > place[0]:
            continue
        end = place[1] if place is not None and first == place[0] else None
        for at, raw in lines_backwards(file, end):
            line = read_line(raw)
            if line is not None and isinstance(line.entry, Event):
                yield line.entry, name, (first, at)


def lines_backwards(file: Path, end: int | None = None) -> Iterator[tuple[int, bytes]]:
    """(where it begins, the line without its end) of all whole lines before an offset, the last first.

    A line longer than any that is written is left out.
    """
    with open(file, "rb") as lines:
        size = lines.seek(0, 2)
        at = size if end is None else min(end, size)
        rest = b""
        while at > 0:
            step = min(BLOCK, at)
            at -= step
            lines.seek(at)
            pieces = (lines.read(step) + rest).split(b"\n")
            rest = pieces[0]
            begins = at + sum(len(one) + 1 for one in pieces)
            for piece in reversed(pieces[1:]):
                begins -= len(piece) + 1
                if piece:
                    yield begins, piece
            if len(rest) > LONGEST_LINE:
                rest = b""
        if rest:
            yield 0, rest


def _places_of(page: str) -> Places:
    if not page:
        return {}
    try:
        return _PLACES.decode(base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)))
    except (binascii.Error, msgspec.DecodeError, ValueError):
        finding = "it is not what a page before gave as next"
        raise InputError([Problem(file="page", finding=finding, fix="begin without one")]) from None


def _page_of(places: Places) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(places)).rstrip(b"=").decode()
