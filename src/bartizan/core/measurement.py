"""What the lab measured: one run of an attack on a target, as numbers that carry their counts, intervals and digests.

A run is one attack, on one rig, behind some controls, with one seed. Its measurement is a value that can be stored,
sent and drawn without numpy.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.interval import wilson

Family: TypeAlias = Literal[
    "evasion",
    "poisoning",
    "tampering",
    "membership",
    "attribute",
    "inversion",
    "extraction",
    "exhaustion",
]

RunOutcome: TypeAlias = Literal["measured", "unchanged", "not_applicable", "stopped", "failed"]
"""``unchanged``: the attack moved nothing at all, which is a failed attack and says nothing of the target.
``stopped``: the budget or a person ended it before it had found anything. ``failed``: target or attack broke."""


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """So many of so many."""

    hits: int
    trials: int

    @property
    def value(self) -> float | None:
        """The rate; None where nothing was tried."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval."""
        return wilson(self.hits, self.trials)

    def __str__(self) -> str:
        if not self.trials:
            return "0 of 0"
        low, high = self.interval
        return f"{self.hits} of {self.trials} · {_percent(self.hits / self.trials)} ({_percent(low)}–{_percent(high)})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share in (0, 1) or 0.01 <= share <= 0.99 else f"{100 * share:.1f} %"


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Another number of a run, with how many samples it rests on and how far it may be off."""

    name: str
    """In words: 'area under the curve'."""
    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0
    unit: str = ""


class Point(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A point of a curve."""

    x: float
    y: float
    low: float = 0.0
    high: float = 0.0


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """What can be drawn of a run: success by radius or by queries, a ROC."""

    name: str
    x: str
    """The axis in words, with its unit."""
    y: str
    points: tuple[Point, ...]


class Example(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One input before and after, for people to look at."""

    before: tuple[float, ...] | str
    after: tuple[float, ...] | str
    shape: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    """For tables: what the columns are called."""
    was: int
    """What the target answered before; -1 where it refused."""
    now: int


class Price(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What it costs: the target's use to honest people, and what the attacker spent."""

    accuracy: Rate | None = None
    """On honest inputs; a refused one counts as wrong."""
    latency_ms: float | None = None
    """Median milliseconds of a single input, by the clock, of the target with its controls."""
    queries: int = 0
    money: float | None = None
    """What these queries would cost, in the owner's currency; None where no price is known."""
    seconds: float = 0.0
    """CPU time of the attack with all that the target did for it."""
    target_seconds: float = 0.0
    """Of these, the target's own."""
    fitting_seconds: float = 0.0
    """CPU time to make the target: training with its hardenings; 0 where it came ready."""


class Measurement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run, graded."""

    key: str
    """Digest of all that it depends on; the same key, the same measurement."""
    rig: str
    family: Family
    attack: str
    """Id of the attack."""
    parameters: str = ""
    """Its parameters as they were, in a line."""
    title: str = ""
    threats: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    """Names of the controls around the target with their parameters, the innermost first."""
    seed: int = 0
    limit: str = ""
    """How far the attacker might go; empty where the family knows no limit."""
    knowledge: str = ""
    """What the attacker was assumed to have."""
    outcome: RunOutcome = "measured"
    why: str = ""
    """Where it is not measured, or only in part: why."""
    strong: bool = False
    success: Rate | None = None
    baseline: Rate | None = None
    """The same without the attack, where that is not zero by design."""
    flags: str = ""
    """A sign for each sample, in an order that is the same for all controls: 1 the attack succeeded, 0 it did not,
    - it was not counted (the target was wrong or refused before the attack began)."""
    figures: tuple[Figure, ...] = ()
    curves: tuple[Curve, ...] = ()
    examples: tuple[Example, ...] = ()
    price: Price = Price()
    digests: dict[str, str] = {}
    """Of the model and the data, as they were attacked."""
    versions: dict[str, str] = {}
    held_on: str = ""

    @property
    def counts(self) -> bool:
        """Whether there is a rate that says something."""
        return self.outcome == "measured" and self.success is not None and self.success.trials > 0


class Effect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The difference that controls make to an attack, on the same samples, and its price."""

    attack: str
    title: str = ""
    """The attack in plain words."""
    limit: str = ""
    controls: tuple[str, ...]
    seed: int = 0
    without: Rate
    with_: Rate
    reduction: float
    """Success without less success with, in shares of 1; above 0 where the controls help."""
    low: float
    high: float
    """Its 95 % interval."""
    paired: int
    """How many samples were counted on both sides."""
    accuracy: float | None = None
    """Accuracy with less accuracy without: usually below 0."""
    latency: float | None = None
    """Milliseconds a query, with less without."""
    queries: float | None = None
    """Queries that the attack took with the controls, as a multiple of without."""
    masks_gradients: str = ""
    """Why it is taken to hide gradients more than it protects; empty where it is not."""
