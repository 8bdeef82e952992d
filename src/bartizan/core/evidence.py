"""Evidence: a dated observation about a risk or a control, with what it was made on and how often it succeeded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from bartizan.core.interval import wilson
from bartizan.core.terms import ControlId

EvidenceKind: TypeAlias = Literal["test", "review", "document", "attestation", "event"]
"""How it came to be: an attack was run, a person looked, a paper says so, a supplier says so, it happened."""

Freshness: TypeAlias = Literal["fresh", "stale", "outdated", "future"]
"""``stale``: its last day has passed. ``outdated``: the target is no longer what was observed."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One observation, about exactly one risk or one control."""

    id: str = ""
    """Given by the register: E-12."""
    risk: str = ""
    """threat@component; empty where it is about a control."""
    control: ControlId = ControlId("")
    """The control that it is about; empty where it is about a risk."""
    component: str = ""
    """For a control: where it was observed; empty for the system as a whole."""
    what: str
    """What was done, in a line."""
    kind: EvidenceKind
    target: str = ""
    """What it was done to, as people call it."""
    digests: dict[str, str] = {}
    """SHA-256 of what it was done to: `model`, `data`, `configuration` or a name of your own."""
    held_on: str
    """The day on which it was so (ISO 8601), whenever it was handed in."""
    valid_until: str = ""
    """The last day on which it counts; empty: the register's default after `held_on`."""
    hits: int | None = None
    """How often the attack succeeded."""
    trials: int | None = None
    """Out of how many."""
    strong: bool = False
    """Whether the attack is marked as strong enough that its failure says something."""
    with_controls: tuple[ControlId, ...] = ()
    """The controls that stood in front of the target while it was attacked."""
    passed: bool | None = None
    """For a control: whether it was found in place and working."""
    tool: str = ""
    version: str = ""
    seed: int | None = None
    by: str = ""
    """Who did it."""
    note: str = ""
    source: str = ""
    """SHA-256 of the file that it was read from."""

    @property
    def counts(self) -> tuple[int, int] | None:
        """Hits and trials; None where nothing was counted."""
        if self.hits is None or self.trials is None or self.trials < 1:
            return None
        return self.hits, self.trials

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate of success; None where nothing was counted."""
        return wilson(*self.counts) if self.counts else None

    def freshness(self, today: str, digests: Mapping[str, str]) -> Freshness:
        """How far it can still be relied on, on a day and with what the target's digests are now.

        A digest that is not known now says nothing here; only one that is known and differs makes it outdated.
        """
        if self.held_on > today:
            return "future"
        if any(digests.get(name, value) != value for name, value in self.digests.items()):
            return "outdated"
        return "stale" if self.valid_until and self.valid_until < today else "fresh"

    def matches(self, digests: Mapping[str, str]) -> bool:
        """Whether it names what it was made on, and that is known to be what stands there now."""
        return bool(self.digests) and all(digests.get(name) == value for name, value in self.digests.items())
