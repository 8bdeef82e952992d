"""What an attack is: a frozen value with parameters that proposes. It never counts, limits or grades itself.

The families differ in what they propose:

    Evasion       changed inputs that shall be answered wrongly
    Poisoning     a changed training set, and inputs that the model made from it shall answer as the attacker wants
    Tampering     a changed model, and such inputs
    Membership    a score for each record: the higher, the likelier it was trained on
    Attribute     a guess of a hidden value for each record
    Inversion     a likeness of each class
    Extraction    a copy of the model
    Exhaustion    inputs that cost the target the most

Where a step can be watched, the attack is an iterator: each item is the best so far, and the last one that came before
the budget was spent is what the lab grades. Randomness comes from the generator that is handed in, from nowhere else.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs, Modality
from bartizan.targets.limit import Limit, Norm
from bartizan.targets.predictor import Capability, Labels, Predictor
from bartizan.targets.recipe import Recipe


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """What the attacker is assumed to have besides the target: stated with every result."""

    reserve: Dataset | None = None
    """Data of the same kind that the model was not trained on."""
    population: Dataset | None = None
    """Records among which the training data are: what shadow models are trained on."""
    recipe: Recipe | None = None
    """How the model is made, well enough to make one like it."""
    store: Callable[[str, Callable[[], bytes]], bytes] | None = None
    """A cache: key -> bytes, made once. For what is dear and does not depend on the target, such as shadows' scores."""


class Attack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Root of all attacks. Fields are its parameters; what follows is the same for all of its kind."""

    id: ClassVar[str]
    title: ClassVar[str]
    """Plain words: 'HopSkipJump, by decisions alone'."""
    threats: ClassVar[tuple[ThreatId, ...]]
    """The catalogue's threats that it exercises."""
    needs: ClassVar[frozenset[Capability]] = frozenset({"labels"})
    """What the target must be able to do."""
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table")
    source: ClassVar[str]
    """Paper and section of the method."""

    @property
    def strong(self) -> bool:
        """Whether its failure says something: it searches hard enough, with these parameters, to count as proof."""
        return False

    def unfit(self, target: Predictor) -> str:
        """Why it cannot apply to this target; empty where it can."""
        card = target.card
        missing = sorted(self.needs - card.capabilities)
        if missing:
            return f"{self.title} needs {' and '.join(missing)}, which {card.name} does not give"
        if card.domain.modality not in self.modalities:
            return f"{self.title} is made for {' and '.join(self.modalities)} inputs, not for {card.domain.modality}"
        return ""


class Evasion(Attack, frozen=True):
    """Changes inputs so that they are answered wrongly."""

    norms: ClassVar[tuple[Norm, ...]] = ("linf", "l2")
    """The kinds of limits that it can keep to."""

    @abc.abstractmethod
    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """Changed inputs, same shape, order and type as ``origin.x``; better with each item.

        ``limit`` is how far they may go. Minimum-norm attacks may go further in search and return what they found:
        the lab counts only what lies within the limit, and within the target's domain as `Domain.feasible` says. Where
        nothing was found the original comes back.
        """


class Poisoned(msgspec.Struct, frozen=True, kw_only=True):
    """What a poisoner hands in, and what they hope for."""

    train: Dataset
    changed: NDArray[np.bool_]
    """Which rows of ``train`` are the attacker's, shape (len(train),)."""
    inputs: Inputs
    """What they will feed to the finished model."""
    honest: Labels
    """What a sound model should answer to these."""
    wanted: Labels | None = None
    """What they want it to answer; None: anything wrong."""


class Poisoning(Attack, frozen=True):
    """Changes training data."""

    @abc.abstractmethod
    def poison(
        self, train: Dataset, test: Dataset, domain: Domain, knowledge: Knowledge, rng: np.random.Generator
    ) -> Poisoned:
        """The training set with the attacker's rows, and the inputs to try on the model made from it."""


class Tampered(msgspec.Struct, frozen=True, kw_only=True):
    """A model that somebody got at."""

    target: Predictor
    inputs: Inputs
    honest: Labels
    wanted: Labels | None = None


class Tampering(Attack, frozen=True):
    """Changes a model, or the base that it is built on."""

    @abc.abstractmethod
    def tamper(
        self, target: Predictor, train: Dataset, test: Dataset, knowledge: Knowledge, rng: np.random.Generator
    ) -> Tampered:
        """The changed model, and the inputs to try on it. Raises Unsuitable where the target has no weights at hand."""


class Membership(Attack, frozen=True):
    """Tells who was in the training data."""

    @abc.abstractmethod
    def suspect(
        self, target: Predictor, records: Dataset, knowledge: Knowledge, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """A score for each record, shape (n,): the higher, the likelier it was trained on."""


class Attribute(Attack, frozen=True):
    """Tells a hidden value of records from the model's answers."""

    @abc.abstractmethod
    def guess(
        self, target: Predictor, records: Dataset, hidden: int, knowledge: Knowledge, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """The value of column ``hidden`` of each record, shape (n,). In ``records`` that column holds nothing (NaN)."""


class Inversion(Attack, frozen=True):
    """Makes a likeness of a class from the model."""

    @abc.abstractmethod
    def reconstruct(
        self, target: Predictor, classes: Labels, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """One input for each of ``classes``, shape (len(classes), *shape); better with each item."""


class Extraction(Attack, frozen=True):
    """Makes a copy of the model by asking it."""

    @abc.abstractmethod
    def steal(self, target: Predictor, knowledge: Knowledge, rng: np.random.Generator) -> Iterator[Predictor]:
        """Copies, each made from more answers than the one before."""


class Exhaustion(Attack, frozen=True):
    """Finds inputs that cost the most to answer."""

    @abc.abstractmethod
    def propose(
        self,
        target: Predictor,
        origin: Dataset,
        cost: Callable[[Inputs], NDArray[np.float64]],
        rng: np.random.Generator,
    ) -> Iterator[Inputs]:
        """Inputs of the target's domain, as many as ``origin``; ``cost`` tells seconds a sample, shape (n,)."""
