"""What a trace holds. The chain has no details of a person: it is bound to them by a digest, so that they can go.

Details have a salt of their own that goes with them; without it nobody can guess them from the digest.
"""

from __future__ import annotations

import hashlib
from typing import Literal, TypeAlias

import msgspec

from bartizan.core.chain import canonical


class Details(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was decided about whom, and why. This part can be deleted."""

    salt: str
    """32 hexadecimal digits."""
    person: str
    """A pseudonym: 32 hexadecimal digits."""
    outcome: str
    """What came of it: granted, refused, 0.83."""
    input: str
    """Salted SHA-256 of the input, as canonical JSON."""
    score: float | None = None
    kept_input: dict[str, str | int | float | bool | None] | None = None
    """The input itself, where it is kept."""
    explanation: str = ""
    """In words that the person can read."""

    @property
    def digest(self) -> str:
        """What the chain is bound to."""
        return hashlib.sha256(canonical(msgspec.to_builtins(self)).encode()).hexdigest()


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="is"):
    pass


class Decided(_Entry, frozen=True, kw_only=True, tag="decided"):
    """A model decided something about somebody."""

    at: str
    """The moment, UTC."""
    model: str
    version: str
    """Of the model: a name or, better, the SHA-256 of its file."""
    data: str = ""
    """What it learned from: a name or SHA-256."""
    details: str
    """SHA-256 of the details."""


class Reviewed(_Entry, frozen=True, kw_only=True, tag="reviewed"):
    """A person looked at what a model decided (GDPR Art. 22(3))."""

    of: int
    """The number of the entry."""
    outcome: str
    """What holds now."""
    why: str


class Forgotten(_Entry, frozen=True, kw_only=True, tag="forgotten"):
    """Details were deleted."""

    of: tuple[int, ...]
    why: str
    """The request, or the rule."""


Entry: TypeAlias = Decided | Reviewed | Forgotten


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands before the first entry."""

    bartizan_trace: Literal[1] = 1
    controller: str
    key: str
    """The id of the key that makes pseudonyms."""
    opened_at: str


class Recorded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as it was recorded."""

    number: int
    seen: str
    """When, by the clock of the machine."""
    by: str
    entry: Entry


class Traced(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, with all that is known of it."""

    number: int
    decided: Decided
    details: Details | None
    """None: they were deleted."""
    reviews: tuple[Recorded, ...] = ()

    @property
    def outcome(self) -> str:
        """What holds now: the newest review's, else the model's; empty where it was deleted and nobody reviewed it."""
        if self.reviews:
            newest = self.reviews[-1].entry
            assert isinstance(newest, Reviewed)
            return newest.outcome
        return self.details.outcome if self.details else ""
