"""What was found in a table: by which rule, how sure, and in which rows. Nothing is deleted for it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.errors import printable

Outcome: TypeAlias = Literal["nothing", "found", "skipped", "failed"]
"""``skipped``: it had nothing to work on, or was not asked for. ``failed``: it ended by an error. Neither is a pass."""
_LONGEST = 300


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of doubt."""

    id: str
    """<check>.<what>."""
    title: str
    why: str
    """What it may mean, in a sentence."""
    threat: str = ""
    """The threat of the catalogue that leaves such traces; empty: an ordinary mistake."""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found."""

    rule: Rule
    what: str
    """In a line; quotes values only where they are needed to find the rows."""
    sure: str
    """How sure it is: the test with its value, or the count; never a number without what it is of."""
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    """All rows concerned, counted from 1 behind the header."""

    def __post_init__(self) -> None:
        """Values are of strangers: one printable line."""
        msgspec.structs.force_setattr(self, "what", printable(self.what, _LONGEST))


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one check."""

    check: str
    outcome: Outcome
    why: str = ""
    """Why it was skipped or failed."""
    doubts: tuple[Doubt, ...] = ()


class Skipped(Exception):
    """A check has nothing to work on. Its text says why."""
