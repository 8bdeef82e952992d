"""What every predictor answers: labels, and scores or gradients where it can. All in batches.

A predictor that is hardened or guarded is a predictor too, so the lab measures exactly what is served.
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.core.errors import BartizanError
from bartizan.targets.domain import Domain, Inputs

REFUSED = -1
"""The label of an input that a guard did not let through. It is no answer, right or wrong."""

Labels: TypeAlias = NDArray[np.int64]
Scores: TypeAlias = NDArray[np.float64]
Pull: TypeAlias = Callable[[NDArray[np.float64]], Inputs]
"""Weights on the logits, (n, classes) -> gradient of their weighted sum by the input, same shape as the input."""

Capability: TypeAlias = Literal["labels", "scores", "gradients"]
CAPABILITIES: tuple[Capability, ...] = ("labels", "scores", "gradients")


class Unsuitable(BartizanError):
    """An attack or a control makes no sense for this target, data or recipe; its text says why.

    Where an experiment asked for it, this is a visible outcome ("not applicable") and no failure.
    """


class Lacking(Unsuitable):
    """A target cannot do what was asked of it; its text says which capability is missing."""

    def __init__(self, target: str, capability: str, asked_by: str = "") -> None:
        self.capability = capability
        by = f"{asked_by} needs" if asked_by else "it was asked for"
        super().__init__(f"{target} gives no {capability}, and {by} them")


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a predictor before it is asked anything."""

    name: str
    classes: int
    domain: Domain
    capabilities: frozenset[Capability] = frozenset({"labels"})
    digest: str = ""
    """SHA-256 of the model; empty where it cannot be known, as behind an address."""
    random: bool = False
    """Whether the same input may get different answers on purpose: an attack then averages over several."""


class Predictor(abc.ABC):
    """A model, or anything that answers like one. ``labels`` is the least it can do."""

    @property
    @abc.abstractmethod
    def card(self) -> Card:
        """What is known about it."""

    @abc.abstractmethod
    def labels(self, x: Inputs) -> Labels:
        """The class of each sample, shape (n,), from 0 to classes - 1, or REFUSED."""

    def scores(self, x: Inputs) -> Scores:
        """The probability of each class, shape (n, classes); a row of zeros where the input is refused.

        Raises Lacking where the card does not name scores.
        """
        raise Lacking(self.card.name, "scores")

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """Logits, shape (n, classes), and a function that pulls weights on them back to the input.

        One forward pass; the pull is one backward pass and may be called once. Raises Lacking where the card does
        not name gradients.
        """
        raise Lacking(self.card.name, "gradients")


class Wrapped(Predictor):
    """A predictor around another one: it answers as the inner one does, but for what it overrides."""

    def __init__(self, inner: Predictor) -> None:
        self.inner = inner

    @property
    def card(self) -> Card:
        """The inner one's."""
        return self.inner.card

    def labels(self, x: Inputs) -> Labels:
        """As the inner one."""
        return self.inner.labels(x)

    def scores(self, x: Inputs) -> Scores:
        """As the inner one."""
        return self.inner.scores(x)

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """As the inner one."""
        return self.inner.differentiate(x)
