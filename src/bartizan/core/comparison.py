"""What changed between two assessments, and why: values that `assess.compare` makes and reports draw."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.proof import Need, Origin
from bartizan.core.records import Level, Suggestion
from bartizan.core.rule import Value
from bartizan.core.terms import ComponentId, ControlId, ControlStatus, Edition, Outcome, ThreatId

RiskMove: TypeAlias = Literal["new", "up", "undecided", "shifted", "down", "gone"]
"""``shifted``: likelihood or impact changed and the level did not. ``undecided``: it was a risk, and answers that would
decide whether it still is are missing now; only what no longer applies, or has lost its place, is ``gone``."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two assessments that are compared."""

    system: str
    edition: Edition
    today: str
    description_digest: str
    catalog_digest: str
    risks: int
    above_appetite: int


class FactChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact that differs, with what it says on either side and where that comes from."""

    fact: str
    before: str
    after: str
    value_before: Value = None
    value_after: Value = None
    origins: tuple[Origin, ...] = ()
    """Where the later value comes from."""


class RuleWords(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule that differs between two editions, in words on either side; empty where an edition has none."""

    threat: ThreatId
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class VerdictChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A verdict that came out otherwise; None where one side does not judge it at all."""

    threat: ThreatId
    component: ComponentId
    before: Outcome | None
    after: Outcome | None
    facts: tuple[FactChange, ...] = ()
    rules: tuple[RuleWords, ...] = ()
    why: str = ""
    """The reason where it is neither a fact nor a rule: a component came or went, an edition does not judge it."""


class RiskChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A risk that came, went or moved, by its id on the later side, with what moved it."""

    id: str
    threat: ThreatId
    component: ComponentId
    move: RiskMove
    before: Level | None = None
    after: Level | None = None
    above_before: bool = False
    above_after: bool = False
    why: tuple[str, ...] = ()
    missing: tuple[Need, ...] = ()
    """For one that is undecided: the answers that are missing now."""

    less_known: bool = False
    """Whether a factor of its likelihood was known before and is not now, so that the middle of the scale stands in."""

    @property
    def is_worse(self) -> bool:
        """Whether it is new above appetite or its level went up; or it was above appetite, and missing answers are why
        it is no longer decided or went down.
        """
        if self.move == "undecided" or (self.move == "down" and self.less_known):
            return self.above_before
        return self.move == "up" or (self.move == "new" and self.above_after)


class ControlChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A control that is further or less far than before, at these components (none: wherever it stands)."""

    control: ControlId
    before: ControlStatus
    after: ControlStatus
    components: tuple[ComponentId, ...] = ()


class ComponentChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A component that came, went or has another id."""

    id: ComponentId
    change: Literal["added", "removed", "renamed"]
    label: str
    before: str = ""
    """The id that it had."""


class NewName(msgspec.Struct, frozen=True, kw_only=True):
    """A threat or control of either assessment that the later edition calls otherwise."""

    kind: Literal["threat", "control"]
    id: str
    before: str
    after: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two assessments beside each other: what changed and why. Worst first."""

    before: Side
    after: Side
    verdicts: tuple[VerdictChange, ...]
    risks: tuple[RiskChange, ...]
    controls: tuple[ControlChange, ...]
    components: tuple[ComponentChange, ...]
    names: tuple[NewName, ...]
    asked: tuple[Suggestion, ...]
    """Answers that are missing now and were not, or not for these verdicts."""
    answered: tuple[Suggestion, ...]
    """Answers that were missing and are no longer."""

    @property
    def is_worse(self) -> bool:
        """Whether any risk is new above appetite, went up, or was above appetite and is no longer decided."""
        return any(risk.is_worse for risk in self.risks)

    @property
    def is_same(self) -> bool:
        """Whether nothing changed."""
        lists = (self.verdicts, self.risks, self.controls, self.components, self.names, self.asked, self.answered)
        return not any(lists)
