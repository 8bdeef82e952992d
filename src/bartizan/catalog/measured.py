"""What controls were measured to do against attacks on reference models: the numbers behind the periodic table.

The file is made by `bartizan lab table` and ships with the catalogue. It moves no rating: reference models are not
yours. It says what to expect, and which pairs nobody can measure so, and why.
"""

from __future__ import annotations

import functools
import importlib.resources

import msgspec

from bartizan.core.measurement import Rate
from bartizan.core.terms import ControlId, ThreatId

FILE = "measured.json"


class MeasuredEffect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One control with its parameters against the attacks of one threat on one reference rig."""

    threats: tuple[ThreatId, ...]
    """The threats that the attacks exercise, the nearest first, then those that these are ways of."""
    control: ControlId
    setting: str
    """The control's code with its parameters."""
    rig: str
    attacks: tuple[str, ...]
    """Ids of the attacks, taken together sample by sample."""
    limit: str = ""
    without: Rate
    with_: Rate
    reduction: float
    low: float
    high: float
    """Success without less success with, and its 95 % interval."""
    accuracy_without: Rate | None = None
    accuracy_with: Rate | None = None
    latency_without: float | None = None
    latency_with: float | None = None
    masks_gradients: str = ""
    seeds: tuple[int, ...] = ()

    @property
    def helps(self) -> bool | None:
        """Whether it is shown to help, or shown not to; None where the interval holds both."""
        return True if self.low > 0 else False if self.high <= 0 else None


class Unmeasured(msgspec.Struct, frozen=True, kw_only=True):
    """A pair without a number, and why."""

    threat: ThreatId
    control: ControlId
    why: str


class MeasuredTable(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, with what it was made by."""

    measured_on: str
    versions: dict[str, str]
    seeds: tuple[int, ...]
    samples: int
    effects: tuple[MeasuredEffect, ...]
    unmeasured: tuple[Unmeasured, ...]

    def of(self, threat: str, control: str) -> tuple[MeasuredEffect, ...]:
        """What was measured of a pair, the greatest reduction first."""
        found = [one for one in self.effects if one.control == control and threat in one.threats]
        return tuple(sorted(found, key=lambda one: (-one.reduction, one.setting, one.rig)))

    def best(self, threat: str, control: str) -> MeasuredEffect | None:
        """The setting to show where there is room for one: the surest that does not merely hide gradients."""
        honest = [one for one in self.of(threat, control) if not one.masks_gradients]
        return max(honest, key=lambda one: (one.low, one.reduction), default=None)

    def why_not(self, threat: str, control: str) -> str:
        """Why a pair has no number; empty where it has one, or is not in the table."""
        return next((one.why for one in self.unmeasured if (one.threat, one.control) == (threat, control)), "")


EMPTY = MeasuredTable(measured_on="", versions={}, seeds=(), samples=0, effects=(), unmeasured=())


@functools.cache
def measured_table() -> MeasuredTable:
    """The table that ships with the catalogue; an empty one where none does."""
    file = importlib.resources.files("bartizan.catalog") / "data" / FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=MeasuredTable)
    except FileNotFoundError:
        return EMPTY
