"""Several models decide together, so that a poisoned or tampered minority is outvoted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import reduce
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.averaging import count_votes, majority, mean_probability, shares
from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Hardened, mark
from bartizan.controls.ranges import Count, Part, Share
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Capability, Card, Labels, Predictor, Pull, Scores
from bartizan.targets.recipe import Recipe

Rule: TypeAlias = Literal["vote", "mean", "median"]
"""A vote of labels; or the mean, or the median, of the members' scores."""


class Council(Predictor):
    """Models that answer together. All must know the same classes and inputs."""

    def __init__(
        self, members: Sequence[Predictor], name: str = "", *, rule: Rule = "vote", quorum: float = 0.0
    ) -> None:
        cards = [member.card for member in members]
        shared = reduce(frozenset.intersection, (card.capabilities for card in cards))
        told: frozenset[Capability] = shared | {"scores"} if rule == "vote" else shared
        self.members = tuple(members)
        self.rule, self.quorum = rule, quorum
        self._card = Card(
            name=name or f"{len(members)} x {cards[0].name}",
            classes=cards[0].classes,
            domain=cards[0].domain,
            capabilities=told,
            digest=hashlib.sha256(" ".join([rule, str(quorum), *(card.digest for card in cards)]).encode()).hexdigest(),
            random=any(card.random for card in cards),
        )

    @property
    def card(self) -> Card:
        """Scores wherever it votes; gradients where all members have them."""
        return self._card

    def votes(self, x: Inputs) -> NDArray[np.int64]:
        """How many members say each class, shape (n, classes)."""
        return count_votes(np.stack([member.labels(x) for member in self.members]), self._card.classes)

    def labels(self, x: Inputs) -> Labels:
        """The class by the rule; REFUSED where fewer members agree with it than the quorum asks for."""
        votes = self.votes(x)
        answer = majority(votes) if self.rule == "vote" else self._joint(x).argmax(axis=1)
        return np.where(self._split(votes, answer), REFUSED, answer).astype(np.int64)

    def scores(self, x: Inputs) -> Scores:
        """Shares of the vote, or the members' scores by the rule; a row of zeros where too few agree."""
        votes = self.votes(x)
        answer = shares(votes) if self.rule == "vote" else self._joint(x)
        return np.where(self._split(votes, answer.argmax(axis=1))[:, None], 0.0, answer)

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """Of the members' mean probability: what moves the vote, though a vote itself has no slope."""
        parts = [member.differentiate(x) for member in self.members]

        def pull_all(weights: NDArray[np.float64]) -> Inputs:
            each = [pull(given) for (_, pull), given in zip(parts, weights, strict=True)]
            return np.asarray(np.sum(each, axis=0))

        return mean_probability(np.stack([logits for logits, _ in parts]), pull_all)

    def _split(self, votes: NDArray[np.int64], answer: Labels) -> NDArray[np.bool_]:
        """Where fewer members than the quorum agree with the answer, or none has one."""
        agree = votes[np.arange(len(votes)), np.maximum(answer, 0)]
        return np.asarray((agree < self.quorum * len(self.members)) | ~votes.any(axis=1))

    def _joint(self, x: Inputs) -> Scores:
        each = np.stack([member.scores(x) for member in self.members])
        joint = each.mean(axis=0) if self.rule == "mean" else np.median(each, axis=0)
        return np.asarray(joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-12))


class VoteEnsemble(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Several models of the same recipe, each with its own seed and its own random part of the rows."""

    id: ClassVar[ControlId] = ControlId("model_ensemble")
    variant: ClassVar[str] = "vote"
    title: ClassVar[str] = "Ensemble of models that vote"
    source: ClassVar[str] = "Breiman 1996, 'Bagging predictors'; against poison: Biggio et al. 2011"

    members: Count = 5
    """How many; odd numbers have fewer ties. So many times the cost of training and of each answer."""
    share: Part = 0.7
    """Of the rows, how many each member is trained on. Less: poison reaches fewer members, each knows less."""
    rule: Rule = "vote"
    quorum: Share = 0.0
    """The share of the members that must agree, or the input is refused: for a person to look at."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The ensemble of that recipe. Any recipe will do."""
        return EnsembleRecipe((recipe,) * self.members, self)


class EnsembleRecipe(Hardened):
    """Fits one member by each of the recipes, which may differ."""

    def __init__(self, recipes: Sequence[Recipe], control: VoteEnsemble) -> None:
        super().__init__(recipes[0], mark(control))
        self.recipes, self.control = tuple(recipes), control

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of all recipes and the mark."""
        return hashlib.sha256(" ".join([*(recipe.digest for recipe in self.recipes), self.mark]).encode()).hexdigest()

    def fit(self, data: Dataset, seed: int) -> Council:
        """All members; rows are drawn within each class, so that none lacks one."""
        members = [recipe.fit(self._part(data, seed, i), seed + i) for i, recipe in enumerate(self.recipes)]
        return Council(members, self.name, rule=self.control.rule, quorum=self.control.quorum)

    def _part(self, data: Dataset, seed: int, member: int) -> Dataset:
        rng = np.random.default_rng([seed, member, 2])
        rows = [rng.permutation(np.flatnonzero(data.y == label)) for label in range(data.classes)]
        taken = [some[: int(np.ceil(self.control.share * len(some)))] for some in rows]
        return data.take(np.sort(np.concatenate(taken)))
