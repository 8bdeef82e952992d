"""What an intake is made of: what was observed, what has no threat, what is no finding, and where it comes from.

Readers of formats only count: they hand back `Counted`. `mapping` alone says which threat a name stands for, so that
every tool is mapped by the same rules and nothing that has no place gets lost on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from bartizan.core.errors import printable
from bartizan.core.evidence import EvidenceKind
from bartizan.core.terms import ControlId, ThreatId

NameKind: TypeAlias = Literal["probe", "plugin", "strategy", "technique", "scorer", "category", "rule"]
"""What a tool gives names to: garak probes, promptfoo plugins and strategies, PyRIT the next three, SARIF rules."""

_LONGEST_NAME = 120


class Name(msgspec.Struct, frozen=True):
    """A name that a tool gave to what it did."""

    of: NameKind
    name: str


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of a file that say the same about the same thing, added up."""

    what: str
    """What was done, as the tool calls it."""
    called: str = ""
    """The name under which it is listed; the first of `names` where it is empty."""
    names: tuple[Name, ...] = ()
    """What may say which threat it is about; the first that is known decides."""
    ways: tuple[Name, ...] = ()
    """How the attack was delivered: may make it strong, and may say that it is another threat."""
    threat: ThreatId = ThreatId("")
    """Where the file itself names it, no name is asked."""
    control: ControlId = ControlId("")
    component: str = ""
    kind: EvidenceKind = "test"
    hits: int | None = None
    trials: int | None = None
    entries: int
    """How many entries of the file these are."""
    strong: bool = False
    passed: bool | None = None
    with_controls: tuple[ControlId, ...] = ()
    seed: int | None = None
    held_on: str = ""
    target: str = ""
    note: str = ""
    digests: dict[str, str] = {}


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of a file that are no finding either way: errors of the tool, outputs that nobody could judge."""

    name: str
    count: int
    why: str


class Unmapped(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of a file that have no threat: reported, never dropped in silence."""

    name: str
    count: int
    why: str
    nearest: str = ""
    """The known name that is nearest; empty where none is near."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader found in a file, before anything has been mapped."""

    tool: str
    version: str = ""
    held_on: str = ""
    target: str = ""
    digests: dict[str, str] = {}
    by: str = ""
    counted: tuple[Counted, ...]
    skipped: tuple[Skipped, ...] = ()


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done to a target, and how often it worked."""

    threat: ThreatId = ThreatId("")
    """What it exercised; empty where it is about a control."""
    within: tuple[ThreatId, ...] = ()
    """The threats that this one is a way of, the nearest first."""
    control: ControlId = ControlId("")
    component: str = ""
    """Where it was observed, when the file says so."""
    name: str
    """What the tool calls it: a probe, a plugin, a technique, a rule."""
    what: str
    kind: EvidenceKind = "test"
    hits: int | None = None
    trials: int | None = None
    entries: int
    """How many entries of the file it rests on."""
    strong: bool = False
    why_strong: str = ""
    passed: bool | None = None
    with_controls: tuple[ControlId, ...] = ()
    seed: int | None = None
    held_on: str
    target: str = ""
    note: str = ""
    digests: dict[str, str] = {}
    """What this one was made on; empty where it is what the whole file was made on."""


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of results holds: the entries of `observations`, `unmapped` and `skipped` add up to `total`."""

    format: str
    tool: str
    version: str
    held_on: str
    """The day of the run as its content or the person says, never that of the file; of several, the last."""
    target: str = ""
    digests: dict[str, str] = {}
    by: str = ""
    observations: tuple[Observed, ...]
    unmapped: tuple[Unmapped, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    total: int
    source: str
    """SHA-256 of the file."""


def tidy(text: object, longest: int = _LONGEST_NAME) -> str:
    """A stranger's text as one line that can be shown and stored."""
    return printable(str(text).strip(), longest)


def counts_of(skips: Mapping[tuple[str, str], int]) -> tuple[Skipped, ...]:
    """Name and reason to count, as values in a steady order; what counts nothing is left out."""
    return tuple(Skipped(name=tidy(n), why=why, count=count) for (n, why), count in sorted(skips.items()) if count)
