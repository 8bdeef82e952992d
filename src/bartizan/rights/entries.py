"""What the log of requests holds, one entry a line: who asked for what, and each step that was taken.

People stand under pseudonyms; the log holds nothing else about them. Moments are UTC.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

import msgspec

Right: TypeAlias = Literal["access", "portability", "correction", "erasure", "restriction", "objection"]
"""GDPR Art. 15, 20, 16, 17, 18 and 21."""
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)
ARTICLES: Final[dict[Right, str]] = {
    "access": "GDPR Art. 15",
    "portability": "GDPR Art. 20",
    "correction": "GDPR Art. 16",
    "erasure": "GDPR Art. 17",
    "restriction": "GDPR Art. 18",
    "objection": "GDPR Art. 21",
}


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="is"):
    request: int
    """The number of the request."""


class Opened(_Entry, frozen=True, kw_only=True, tag="opened"):
    """Somebody asked."""

    right: Right
    person: str
    """A pseudonym: 32 hexadecimal digits."""
    received: str
    """The day on which it came."""
    how: str
    """By what: the letter, the form."""
    key: str
    """The id of the key of the pseudonyms."""
    purpose: str = ""
    """Of an objection."""


class Identified(_Entry, frozen=True, kw_only=True, tag="identified"):
    """Somebody made sure that it is the person who asks (GDPR Art. 12(6))."""

    how: str


class Extended(_Entry, frozen=True, kw_only=True, tag="extended"):
    """The deadline moved by two months, and the person was told why (GDPR Art. 12(3))."""

    why: str


class Declined(_Entry, frozen=True, kw_only=True, tag="declined"):
    """Nothing is done, and the person was told why, and where to complain (GDPR Art. 12(4))."""

    why: str


class Disclosed(_Entry, frozen=True, kw_only=True, tag="disclosed"):
    """The data was written out for the person."""

    digest: str
    """SHA-256 of the file."""
    rows: int
    missing: tuple[str, ...] = ()
    """Sources that could not be read."""


class Begun(_Entry, frozen=True, kw_only=True, tag="begun"):
    """A place is about to be changed."""

    place: str
    count: int
    """Rows, lines, files or keys of the person that were found there."""


class Changed(_Entry, frozen=True, kw_only=True, tag="changed"):
    """A place was changed, and looked at again."""

    place: str
    count: int
    left: int
    """Of these, how many are still found; 0 after an erasure that worked."""
    note: str = ""


class Failed(_Entry, frozen=True, kw_only=True, tag="failed"):
    """A place was not changed, or nobody knows whether it was."""

    place: str
    why: str


class Kept(_Entry, frozen=True, kw_only=True, tag="kept"):
    """Data stays, by an exception."""

    place: str
    count: int
    why: str
    until: str = ""


class Confirmed(_Entry, frozen=True, kw_only=True, tag="confirmed"):
    """Somebody says that they did what this program cannot do there."""

    place: str
    how: str


class Restricted(_Entry, frozen=True, kw_only=True, tag="restricted"):
    """The person's data is stored and not used (GDPR Art. 18); or not used for one purpose (Art. 21)."""

    purpose: str = ""
    """Empty: no purpose at all."""


class Lifted(_Entry, frozen=True, kw_only=True, tag="lifted"):
    """It may be used again, and the person was told before (GDPR Art. 18(3))."""

    why: str


class Closed(_Entry, frozen=True, kw_only=True, tag="closed"):
    """The request was answered."""

    proof: str = ""
    """SHA-256 of the proof; empty where none was written."""


Entry: TypeAlias = (
    Opened
    | Identified
    | Extended
    | Declined
    | Disclosed
    | Begun
    | Changed
    | Failed
    | Kept
    | Confirmed
    | Restricted
    | Lifted
    | Closed
)


class Recorded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as it was recorded."""

    seen: str
    """When, by the clock of the machine."""
    by: str
    entry: Entry
