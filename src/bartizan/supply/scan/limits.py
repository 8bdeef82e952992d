"""How deep, how much and how long one file may be looked at. What does not fit is an error, never clean."""

from __future__ import annotations

import msgspec

from bartizan.core.errors import BartizanError


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For one file, with all that is in it."""

    depth: int = 8
    """Files in files."""
    members: int = 100_000
    """Files in it, on all levels together."""
    unpacked: int = 64 << 30
    """Bytes of all that was compressed, unpacked."""
    ratio: int = 1_200
    """How many times larger something may get by unpacking it, beyond its first 16 MB; deflate itself ends at 1,032."""
    steps: int = 500_000_000
    """Operations of pickles, fields of protocol buffers, nodes of JSON: whatever costs time."""
    seconds: float = 3_600.0
    findings: int = 1_000
    """That are kept of one file; there being more is one more."""


class Unreadable(BartizanError):
    """What is looked at is not as its format says, from some place on."""

    def __init__(self, what: str, at: int | None = None) -> None:
        super().__init__(what)
        self.at = at


class TooMuch(Unreadable):
    """A limit is reached."""
