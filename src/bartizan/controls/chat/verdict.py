"""What a guard says of a segment: Allow, Replace or Block. There is no fourth answer.

A guard that crashes, runs out of time or is skipped gives no verdict; the pipeline then closes or opens, as the policy
says, and the record tells which it was.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.controls.chat.exchange import Caller


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was found. It never holds the text itself: findings are logged."""

    rule: str
    """Which rule found it: an id that stays the same over releases."""
    why: str = ""
    """In a line, for a person."""
    start: int = 0
    end: int = 0
    """Where in the segment's text, in characters."""
    score: float = 1.0
    """From 0 to 1; what it means is in the guard's documentation."""


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person is asked before a block is lifted."""

    title: str
    """Such as: Send a mail to jo@rivera.example?"""
    tool: str = ""
    details: dict[str, str] = {}
    """What one needs to know to decide: arguments, who asks, what was read before. Shown as text."""
    people: int = 1
    """How many different people must say yes."""
    binds: str = ""
    """A digest of exactly what is asked for. An answer may be remembered for the same one and for nothing else."""


class Allow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="allow"):
    """It may pass as it is."""

    findings: tuple[Finding, ...] = ()
    """What was noticed all the same."""
    labels: frozenset[str] = frozenset()
    """What later guards of this exchange are to know."""
    caller: Caller | None = None
    """Who is asking, from an access guard."""


class Replace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="replace"):
    """It may pass changed."""

    text: str = ""
    value: Any = None
    """For offers and numbers: what stands in place of the segment's value. For the request: (place, value) pairs, what
    to write at places of its body that are there."""
    gone: bool = False
    """Whether the segment is left out altogether."""
    findings: tuple[Finding, ...] = ()
    labels: frozenset[str] = frozenset()


BlockKind: TypeAlias = Literal[
    "credentials", "permission", "rate", "budget", "size", "malformed", "content", "approval", "stopped", "failure"
]
"""Why: nobody knows who asks; they may not; too often; too dear; too large; unreadable; what it says; a person said no;
a kill switch; a guard that did not work."""


class Block(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="block"):
    """It may not pass."""

    why: str
    """In a sentence that the caller is told: no content of others, no secret, nothing that helps an attacker."""
    kind: BlockKind = "content"
    findings: tuple[Finding, ...] = ()
    labels: frozenset[str] = frozenset()
    retry_after: float | None = None
    """Seconds after which another try may pass."""
    question: Question | None = None
    """Where a person may lift it: what they are asked. Without a desk to ask at it stays blocked."""


Verdict: TypeAlias = Allow | Replace | Block

ALLOW = Allow()
"""Nothing to say."""


class Edit(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A piece of an answer's text that is replaced; positions in the text as the model wrote it."""

    start: int
    end: int
    text: str


Outcome: TypeAlias = Literal["allowed", "replaced", "blocked", "asked", "skipped", "timed_out", "crashed"]


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one guard did about one segment: what is counted and logged."""

    guard: str
    part: str
    outcome: Outcome
    enforced: bool = True
    """False where the guard only watches: what it says was written down and had no effect."""
    why: str = ""
    findings: tuple[Finding, ...] = ()
    nanoseconds: int = 0
    segment: int = -1
    """The position of the segment in the request, or -1."""
