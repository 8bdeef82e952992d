"""The schema of how bad is measured: the scales of likelihood and impact, and the quantities behind their steps."""

from __future__ import annotations

import msgspec

from bartizan.core.terms import Effort


class LevelBand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step of a scale, and what it means."""

    name: str
    means: str


class LikelihoodFactor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named influence on likelihood, with its weight and the framework it comes from."""

    id: str
    name: str
    weight: float
    frameworks: tuple[str, ...]
    why: str


class Span(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Least, most likely and most: what a PERT distribution is made from."""

    min: float
    mode: float
    max: float


class Quantities(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the steps of the scales mean in numbers: events a year for likelihood, loss per event for impact."""

    about: str
    unit: str
    frequency: tuple[Span, ...]
    magnitude: tuple[Span, ...]


class RateStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From this rate of success on, a system counts as this susceptible."""

    at_least: float
    """The rate, above 0 and at most 1."""
    score: int
    """1 to 5, as the factors of likelihood are scored."""
    why: str


class Share(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number from 0 to 1, and why it is this one."""

    value: float
    why: str


class Count(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole number, and why it is this one."""

    value: int
    why: str


class EvidenceScale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What evidence means for a rating: which rate is how bad, and what it takes to lower a risk."""

    rates: tuple[RateStep, ...]
    """Rising; below the first of them a system scores 1."""
    narrow: Share
    """The width of the widest interval that may lower a risk."""
    holds: Count
    """The highest score at which controls that were attacked together count as holding."""
    valid_days: Count
    """How many days evidence counts that does not say until when."""

    def score(self, rate: float) -> int:
        """How susceptible, from 1 to 5, a system is that gives way at this rate (0 to 1)."""
        return max((step.score for step in self.rates if step.at_least <= rate), default=1)


class Scales(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How bad is measured: replaceable by the organisation's own file, checked as this one is."""

    likelihood: tuple[LevelBand, ...]
    impact: tuple[LevelBand, ...]
    levels: tuple[LevelBand, ...]
    matrix: tuple[tuple[int, ...], ...]
    """``matrix[likelihood - 1][impact - 1]`` is the level, counted from 1."""
    factors: tuple[LikelihoodFactor, ...]
    floor: int
    """The likelihood below which controls that nobody verified cannot bring a risk."""
    unverified: float
    """The share of a control's reduction that counts while it is implemented but not verified."""
    appetite: int
    """The highest level that is acceptable without a decision."""
    costs: dict[Effort, float]
    """What an effort of this size costs, in the organisation's own unit."""
    cost_unit: str = "person-days"
    default_impact: int = 3
    quantities: Quantities | None = None
    """The organisation's own numbers, one span per step; without them the catalogue's are spread over the steps."""
    evidence: EvidenceScale | None = None
    """What evidence means for a rating, as the organisation has it; without it the catalogue's own holds."""
