"""How well a judge agrees with people: what must be known before its verdicts count."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bartizan.core.interval import wilson

ENOUGH = 0.8
"""What the lower end of the agreement's interval must reach before verdicts count."""


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """A text that people judged."""

    question: str
    text: str
    label: bool
    """Their answer to the question."""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How often a judge agreed with people."""

    n: int
    agreed: int
    unreadable: int = 0
    """Answers that were in no form to count; they are disagreements."""
    interval: tuple[float, float]
    """Wilson, 95 %."""
    kappa: float
    """Cohen's: agreement beyond that of chance, 1 at most (A coefficient of agreement for nominal scales, 1960)."""

    @property
    def is_enough(self) -> bool:
        """Whether its verdicts may count: better than always giving one answer, and surely often enough."""
        return self.interval[0] >= ENOUGH and self.kappa > 0

    def __str__(self) -> str:
        low, high = self.interval
        return f"agrees with people in {self.agreed} of {self.n} ({low:.2f} to {high:.2f}), kappa {self.kappa:.2f}"


def agreement_of(pairs: Sequence[tuple[bool, bool | None]]) -> Agreement:
    """Of labels and verdicts; a verdict that could not be read disagrees."""
    n = len(pairs)
    agreed = sum(label == said for label, said in pairs)
    yes, said_yes = sum(label for label, _ in pairs), sum(said is True for _, said in pairs)
    said_no = sum(said is False for _, said in pairs)
    chance = (yes * said_yes + (n - yes) * said_no) / n**2 if n else 1.0
    kappa = (agreed / n - chance) / (1 - chance) if n and chance < 1 else 0.0
    unreadable = sum(said is None for _, said in pairs)
    return Agreement(n=n, agreed=agreed, unreadable=unreadable, interval=wilson(agreed, n), kappa=kappa)
