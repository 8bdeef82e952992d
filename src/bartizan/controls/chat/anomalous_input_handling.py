"""Anomalous input handling: requests that look different from what a route and tenant usually get.

Five cheap figures of what the person wrote, each compared with a running mean and spread that fade with time (Welford
1962, with exponential forgetting), and the hour of the day. It judges how unusual a text is, not how hostile.
What is flagged does not teach the profile, and each request moves it little, so that it is slow to be led astray.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import ClassVar, Literal

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.rates import positive_faults
from bartizan.controls.chat.state import key
from bartizan.controls.chat.verdict import ALLOW, Allow, Block, Finding, Verdict
from bartizan.core.terms import ControlId

LABEL = "anomalous_input"
_SAMPLE = 2_048
_FIGURES: tuple[tuple[str, float], ...] = (
    ("length", 0.5),
    ("entropy", 0.35),
    ("other_scripts", 0.08),
    ("no_letters", 0.08),
    ("capitals", 0.08),
)
"""Name and least spread of each: below it, a difference is nothing unusual however even the traffic is."""


class Profile(msgspec.Struct, array_like=True):
    """What a route and tenant usually get."""

    seen: int = 0
    means: list[float] = msgspec.field(default_factory=lambda: [0.0] * len(_FIGURES))
    squares: list[float] = msgspec.field(default_factory=lambda: [0.0] * len(_FIGURES))
    """Variances."""
    hours: list[float] = msgspec.field(default_factory=lambda: [0.0] * 24)

    def learn(self, figures: tuple[float, ...], hour: int, memory: float) -> None:
        """Take one request in; it counts 1 / ``memory`` once as many were seen."""
        self.seen += 1
        share = max(1.0 / self.seen, 1.0 / memory)
        for i, value in enumerate(figures):
            off = value - self.means[i]
            self.means[i] += share * off
            self.squares[i] = (1.0 - share) * (self.squares[i] + share * off * off)
        self.hours = [one * (1.0 - share) for one in self.hours]
        self.hours[hour] += share

    def distances(self, figures: tuple[float, ...]) -> list[tuple[str, float]]:
        """How many spreads each figure lies from its mean."""
        return [
            (name, abs(value - mean) / max(least, math.sqrt(square)))
            for (name, least), value, mean, square in zip(_FIGURES, figures, self.means, self.squares, strict=True)
        ]


class AnomalousInputHandling(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Labels or refuses requests that are far from the usual ones."""

    id: ClassVar[ControlId] = ControlId("anomalous_input_handling")
    title: ClassVar[str] = "Anomalous input handling"
    source: ClassVar[str] = "Welford 1962; Shannon 1948, section 6"
    sees: ClassVar[frozenset[Part]] = frozenset({"request"})

    otherwise: Literal["label", "block"] = "label"
    distance: float = 6.0
    """Spreads from the mean from which a figure is unusual."""
    learns: int = 200
    """Requests that are only learnt from, for each route and tenant."""
    memory: float = 2_000.0
    """Requests over which the profile forgets."""
    hour_share: float = 0.001
    """An hour of the day (UTC) with less than this share of what was seen is unusual. 0: hours do not matter."""
    kept: float = 30 * 86_400.0
    """Seconds for which a profile is kept without any request."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Compare, then learn."""
        text = newest_of(exchange)
        if not text:
            return ALLOW
        now = bench.clock()
        name = key(self.id, exchange.route, exchange.caller.tenant)
        profile = _read(await bench.state.get(name, now=now))
        figures, hour = figures_of(text), time.gmtime(now).tm_hour
        findings = self._findings(profile, figures, hour) if profile.seen >= self.learns else ()
        if not findings and is_step(exchange):
            return ALLOW
        if not findings:
            profile.learn(figures, hour, self.memory)
            await bench.state.put(name, msgspec.json.encode(profile).decode(), within=self.kept, now=now)
            return ALLOW
        if self.otherwise == "block":
            return Block(why="the request is unlike what is asked here", kind="content", findings=findings)
        return Allow(findings=findings, labels=frozenset({LABEL}))

    def _findings(self, profile: Profile, figures: tuple[float, ...], hour: int) -> tuple[Finding, ...]:
        found = [
            Finding(rule=name, why=f"{far:.1f} spreads from the mean", score=min(1.0, far / (2 * self.distance)))
            for name, far in profile.distances(figures)
            if far >= self.distance
        ]
        if profile.hours[hour] < self.hour_share:
            found.append(Finding(rule="hour", why="nobody asks at this hour", score=0.5))
        return tuple(found)

    def faults(self) -> dict[str, str]:
        """Numbers must be above 0."""
        fields = ("distance", "learns", "memory", "kept")
        return positive_faults((one, float(getattr(self, one))) for one in fields)


def newest_of(exchange: Exchange) -> str:
    """The first of what the person wrote since the last answer; empty: nothing."""
    return next(
        (one.text for one in exchange.segments if one.part == "prompt" and one.role == "user" and not one.past), ""
    )


def is_step(exchange: Exchange) -> bool:
    """Whether the request goes on with what was said before, as agents do after each call, and says nothing new."""
    last = next((one for one in reversed(exchange.segments) if one.part == "prompt" and one.role != "system"), None)
    return last is not None and last.role != "user"


def figures_of(text: str) -> tuple[float, ...]:
    """Length (natural logarithm), entropy in bits a character, shares of characters beyond ASCII, of those that are no
    letters or spaces, and of capitals, of a bounded part of the text.
    """
    sample = text[:_SAMPLE]
    size = len(sample)
    counts = Counter(sample)
    entropy = -sum(n / size * math.log2(n / size) for n in counts.values())
    beyond = sum(n for one, n in counts.items() if one > "\x7f")
    plain = sum(n for one, n in counts.items() if one.isalpha() or one.isspace())
    capitals = sum(n for one, n in counts.items() if one.isupper())
    return math.log(len(text) + 1), entropy, beyond / size, 1.0 - plain / size, capitals / size


def _read(text: str | None) -> Profile:
    """A profile as it was kept. What cannot be read raises: it is not ours."""
    return msgspec.json.decode(text, type=Profile) if text else Profile()
