"""What verification tells: how much was checked, and each place where the register is not what its chain says."""

from __future__ import annotations

import msgspec

LISTED = 20
"""Faults that are listed; the rest is counted."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong: the entry it is about (0 where it is about a row or the whole), and what."""

    seq: int = 0
    what: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a verification; `faults` are the first ones, `found` is how many there are."""

    entries: int
    head: str
    """The hash of the last entry, as 64 hexadecimal digits."""
    faults: tuple[Fault, ...] = ()
    found: int = 0
    checkpoints: int = 0
    """Checkpoints that were compared with the chain."""
    witnessed: int = 0
    """Of these, how many bear a timestamp by an authority that is trusted."""
    states: int | None = None
    """Rows that were compared with the digest in the chain; None where only entries were there to check."""
    compared: int | None = None
    """Entries that were compared with an earlier export, where there was one."""

    @property
    def sound(self) -> bool:
        """Whether nothing wrong was found."""
        return not self.found


class Faults:
    """Collects faults: the first ones whole, the others as a count."""

    def __init__(self) -> None:
        self.listed: list[Fault] = []
        self.found = 0

    def add(self, what: str, seq: int = 0) -> None:
        """One more."""
        self.found += 1
        if len(self.listed) < LISTED:
            self.listed.append(Fault(seq=seq, what=what))
