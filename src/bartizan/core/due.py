"""What is due: worked out from what the register keeps and the day, never stored."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

DueKind: TypeAlias = Literal[
    "lapsed",
    "request",
    "acceptance",
    "treatment",
    "control",
    "risk",
    "evidence",
    "supplier",
    "event",
    "review",
    "catalogue",
    "edition",
    "unknown",
]
"""An acceptance that lapsed; one that waits for approval; one that ends soon; a treatment or a control that is to be
done; a risk to look at again; evidence that counts no more; a supplier who owes an answer; something that happened; the
system as a whole; a catalogue or an edition newer than its last assessment; answers that are missing."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits for somebody."""

    system: str
    kind: DueKind
    what: str
    """What it is, in a line."""
    due: str
    """The day on which it is or was due; for what has no day of its own, since when it has been so."""
    risk_number: int | None = None
    do: str
    """What to do about it, in a line."""
    about: str = ""
    """What it is about, as the register calls it: R-2, D-3, E-4, a control. With kind and day it is this one thing."""
    owner: str = ""
    """Who is to do it, where somebody is named."""
