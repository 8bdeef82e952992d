"""What an entry of the ledger says: an exchange that is over, or a notice about the ledger itself.

Numbers are whole, so that the canonical form (RFC 8785) is the same everywhere: times in nanoseconds, scores in
thousandths, money in billionths. No content, no credentials, no text of a segment is in it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Ending: TypeAlias = Literal["passed", "changed", "blocked", "refused", "failed", "gone"]
"""How an exchange ended. ``changed``: passed, with something replaced. ``blocked``: a guard ended it. ``refused``:
another 4xx. ``failed``: 5xx. ``gone``: nobody was there to answer, or not to its end; the status is what had been told
by then, 0 for nothing. Of a stream that ended with an error the status is the error's."""


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding of a guard: where, not what."""

    rule: str
    score: int = 1000
    """In thousandths."""
    start: int = 0
    end: int = 0


class Judged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a guard did about a part of the exchange. Those that found nothing are put together by guard and part."""

    guard: str
    part: str
    outcome: str
    """allowed, replaced, blocked, asked, skipped, timed_out or crashed."""
    enforced: bool = True
    why: str = ""
    found: tuple[Found, ...] = ()
    more: int = 0
    """Findings that are left out here."""
    times: int = 1
    """How many segments this stands for."""
    nanoseconds: int = 0


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the encrypted content of an exchange lies."""

    day: str
    """The folder, as 2026-11-23; it is deleted as a whole when its time is over."""
    sha256: str
    """Of the line as it lies there."""
    key: str
    """The id of the key."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    at: str
    """UTC, as 2026-11-23T09:00:00.000000Z. By the wall clock, which may go back; ``seq`` never does."""
    seq: int = 0
    """Its place in its chain, from 1; 0: in none."""
    chain: str = ""


class Event(_Entry, frozen=True, kw_only=True, tag="exchange"):
    """One exchange that is over."""

    id: str
    route: str
    ending: Ending
    status: int
    """Of HTTP, as the caller saw it; an error in the middle of a stream counts; 0: nothing left."""
    caller: str = ""
    tenant: str = ""
    caller_kind: str = ""
    on_behalf: str = ""
    task: str = ""
    session: str = ""
    """A keyed digest of the session's id."""
    model: str = ""
    """As it was asked for."""
    answered_by: str = ""
    """As the upstream calls what answered."""
    supplier: str = ""
    stream: bool = False
    blocked_by: str = ""
    block: str = ""
    """The kind of the block: credentials, permission, rate, budget, size, malformed, content, approval, stopped,
    failure."""
    judged: tuple[Judged, ...] = ()
    more: int = 0
    """Of ``judged``, how many are left out."""
    labels: tuple[str, ...] = ()
    total_ns: int = 0
    first_byte_ns: int = 0
    """From its beginning until the first byte of the answer left; 0: none did."""
    guards_ns: int = 0
    upstream_ns: int = 0
    """From asking the upstream until the head of its answer had come."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    """Billionths of ``currency``."""
    currency: str = ""
    input_bytes: int = 0
    output_bytes: int = 0
    input_sha256: str = ""
    """Of the request's body as it came."""
    output_sha256: str = ""
    """Of the answer's body as it left."""
    content: Kept | None = None
    policy: str = ""
    """SHA-256 of the settings that held; a copy lies in the ledger's folder ``policies``."""
    version: str = ""


NoticeOf: TypeAlias = Literal["opened", "closed", "cut", "left_alone", "lost", "dropped", "answered", "switched"]


class Notice(_Entry, frozen=True, kw_only=True, tag="notice"):
    """Something about the ledger itself, or what a person did at the gateway."""

    of: NoticeOf
    """``opened``, ``closed``: a worker began or ended. ``cut``: a torn end was put aside. ``left_alone``: a chain is
    damaged and was not continued. ``lost``: events could not be written. ``dropped``: content was deleted in time.
    ``answered``: a person answered a question. ``switched``: a person set or cleared a kill switch."""
    what: str
    """In a line."""
    file: str = ""
    """The file that it is about, within the ledger's folder."""
    count: int = 0
    sha256: str = ""
    """Of what was put aside."""


Entry: TypeAlias = Event | Notice

ENCODER = msgspec.json.Encoder(order="sorted")
"""Writes RFC 8785 for entries: their keys are ASCII and there is no float."""
DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)
