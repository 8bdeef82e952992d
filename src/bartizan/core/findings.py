"""What a gate finds: why a system may not pass, each a thing that somebody can do something about."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import msgspec

FindingKind: TypeAlias = Literal["untreated", "lapsed", "stale", "unproved", "unknown"]
FINDING_KINDS: tuple[FindingKind, ...] = get_args(FindingKind)
"""A risk above appetite on which no decision holds; an acceptance that holds no more; evidence that is too old or of
what has changed; a control that is said to be in place without proof; a verdict for which answers are missing."""

Standing: TypeAlias = Literal["new", "known", "allowed"]
"""``known``: it is in the baseline. ``allowed``: its kind may be. Only what is new fails a gate."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One reason not to pass."""

    kind: FindingKind
    system: str
    about: str
    """The risk (threat@component), or the control (control, or control@component)."""
    text: str
    do: str
    number: int | None = None
    """The risk's number in the register, where it has one."""
    level: int = 0
    """The level of the risk now; 0 for what is no risk."""
    line: int | None = None
    """The line of the description that describes the component."""
    standing: Standing = "new"

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same finding after an edit."""
        return self.system, self.kind, self.about


class Unchecked(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of finding that could not be looked for, and why; it is never counted as passed."""

    kind: FindingKind
    why: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate says of one system."""

    system: str
    name: str
    file: str
    edition: int
    today: str
    levels: tuple[str, ...]
    """The names of the levels, lowest first."""
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...] = ()
    demanded: tuple[FindingKind, ...] = ()
    """Kinds that must be looked for; one that could not be fails the gate."""
    accepted: tuple[Finding, ...] = ()
    """Risks above appetite that somebody accepted: no findings, but told."""
    renamed: dict[str, str] = {}
    """Old id of a component to its present one, by `renamed_from`, where nothing else bears the old one."""
    gone: tuple[tuple[FindingKind, str], ...] = ()
    """What the baseline has and is no more: kind and what it was about."""

    @property
    def new(self) -> tuple[Finding, ...]:
        """The findings that fail the gate."""
        return tuple(one for one in self.findings if one.standing == "new")

    @property
    def passed(self) -> bool:
        """Whether nothing new was found, and all that was demanded was looked for."""
        return not self.new and not any(one.kind in self.demanded for one in self.unchecked)
