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
