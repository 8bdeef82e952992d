"""How good a stolen copy is: how often it answers as the target does, and how often rightly."""

from __future__ import annotations

import msgspec
import numpy as np

from bartizan.core.interval import wilson
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import REFUSED, Labels, Predictor


class Fidelity(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over test inputs; every rate comes with its 95 % Wilson interval.

    Source: Jagielski et al. 2020, High accuracy and high fidelity extraction, section 2.
    """

    agreed: int
    """The copy answered as the target did."""
    answered: int
    """Inputs that the target answered at all."""
    constant: int
    """On how many of these the best constant answer agrees: what a copy is worth that knows nothing of the input."""
    right: int
    """The copy answered with the true class."""
    right_target: int
    """So did the target."""
    inputs: int

    @property
    def rate(self) -> float:
        """The share of answered inputs on which they agree; 0 where none was answered."""
        return self.agreed / self.answered if self.answered else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Of the rate."""
        return wilson(self.agreed, self.answered)

    @property
    def accuracy(self) -> float:
        """The share of all inputs on which the copy is right."""
        return self.right / self.inputs if self.inputs else 0.0

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """Of the accuracy."""
        return wilson(self.right, self.inputs)

    @property
    def skill(self) -> float:
        """Agreement beyond the best constant answer: 1 a perfect copy, 0 (or less) one that learnt nothing."""
        left = self.answered - self.constant
        return (self.agreed - self.constant) / left if left else 0.0


def fidelity_of(copied: Labels, answered: Labels, honest: Labels) -> Fidelity:
    """Compare the copy's labels, the target's and the true ones, each of shape (n,). Refused answers do not count."""
    if not len(copied) == len(answered) == len(honest):
        raise ValueError(f"{len(copied)}, {len(answered)} and {len(honest)} labels are not of the same inputs")
    given = answered != REFUSED
    shown = answered[given]
    return Fidelity(
        agreed=int((copied[given] == shown).sum()),
        answered=len(shown),
        constant=int(np.bincount(shown).max()) if len(shown) else 0,
        right=int((copied == honest).sum()),
        right_target=int((answered == honest).sum()),
        inputs=len(honest),
    )


def fidelity(copy: Predictor, target: Predictor, test: Dataset) -> Fidelity:
    """Grade a copy on test inputs. The target should be the unguarded one: a guard's refusals are no likeness."""
    return fidelity_of(copy.labels(test.x), target.labels(test.x), test.y)
