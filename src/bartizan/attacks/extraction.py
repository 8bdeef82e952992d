"""Model exfiltration: a copy of the model from its answers alone.

A query is one input that is asked; what is refused is lost. Copies come after growing numbers of queries, each trained
from nothing, so that fidelity can be drawn against queries. A budget that ends in the middle leaves a copy from all
that was answered until then. Where nothing was answered there is no copy.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator
from typing import ClassVar, Literal

import numpy as np

from bartizan.attacks.extraction_copies import Answers, copy_from
from bartizan.attacks.extraction_queries import ClassBandit, Picking, drawn, picked, pool
from bartizan.attacks.family import Extraction, Knowledge
from bartizan.core.errors import BudgetSpent
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs, Modality
from bartizan.targets.predictor import REFUSED, Predictor, Unsuitable

Pick = Callable[[int, Answers | None, Predictor | None], Inputs]
"""(how many, what was answered so far, the copy so far) -> the next inputs to ask; fewer where there are no more."""
Given = Literal["best", "scores", "labels"]


class QueryExtraction(Extraction, frozen=True, kw_only=True):
    """What all have in common: ask in rounds, train a copy after each."""

    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("model_exfiltration"),)
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table", "text")

    queries: int = 1000
    """In all."""
    rounds: int = 4
    """After how many parts of them a copy is made."""
    answers: Given = "best"
    """Train on ``scores`` (soft labels), on ``labels`` (hard ones), or on scores where the target gives them."""
    steps: int = 500
    """A network is trained for at least that many steps of its optimiser, however few the answers."""

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        if self.queries < 1 or not 1 <= self.rounds <= self.queries:
            raise ValueError(f"{self.queries} queries in {self.rounds} rounds; both at least 1, and no more rounds")

    def unfit(self, target: Predictor) -> str:
        """As for all; and scores are needed where they are asked for."""
        if self.answers == "scores" and "scores" not in target.card.capabilities:
            return f"{self.title} is told to train on scores, which {target.card.name} does not give"
        return super().unfit(target)

    @abc.abstractmethod
    def picker(self, target: Predictor, knowledge: Knowledge, rng: np.random.Generator) -> Pick:
        """How the next inputs are chosen."""

    def soft(self, target: Predictor) -> bool:
        """Whether the copy learns from scores."""
        return self.answers != "labels" and "scores" in target.card.capabilities

    def schedule(self) -> list[int]:
        """How many queries have been asked after each round: doubled every time."""
        return sorted({max(1, self.queries >> i) for i in range(self.rounds)})

    def steal(self, target: Predictor, knowledge: Knowledge, rng: np.random.Generator) -> Iterator[Predictor]:
        """Copies, each from more answers than the one before."""
        if missing := self.unfit(target):
            raise Unsuitable(missing)
        soft = self.soft(target)
        pick, seed = self.picker(target, knowledge, rng), int(rng.integers(2**31))
        got: Answers | None = None
        copy: Predictor | None = None
        asked = 0
        for size in self.schedule():
            x = pick(size - asked, got, copy)
            if not len(x):
                return
            parts, spent = _as_many_as_allowed(target, x, soft)
            asked += len(x)
            fresh = [part for part in parts if len(part)]
            for part in fresh:
                got = part if got is None else got.join(part)
            if fresh and got is not None:
                copy = copy_from(got, knowledge.recipe, target.card, seed, self.steps)
                yield copy
            if spent is not None:
                raise spent


def _as_many_as_allowed(target: Predictor, x: Inputs, soft: bool) -> tuple[list[Answers], BudgetSpent | None]:
    """The answers to as many of the inputs as the budget lets pass, and what stopped it."""
    if not len(x):
        return [], None
    try:
        return [_ask(target, x, soft)], None
    except BudgetSpent as spent:
        if len(x) == 1:
            return [], spent
    half = len(x) // 2
    first, stopped = _as_many_as_allowed(target, x[:half], soft)
    if stopped is not None:
        return first, stopped
    rest, stopped = _as_many_as_allowed(target, x[half:], soft)
    return first + rest, stopped


def _ask(target: Predictor, x: Inputs, soft: bool) -> Answers:
    if not soft:
        labels = target.labels(x)
        answered = labels != REFUSED
        return Answers(x=x[answered], y=labels[answered])
    scores = target.scores(x)
    answered = scores.any(axis=1)
    return Answers(x=x[answered], y=scores[answered].argmax(axis=1).astype(np.int64), scores=scores[answered])


def _reserve(knowledge: Knowledge, title: str) -> Dataset:
    if knowledge.reserve is None or not len(knowledge.reserve):
        raise Unsuitable(f"{title} needs a reserve: data of the same kind that the model was not trained on")
    return knowledge.reserve


class RandomQueries(QueryExtraction, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks at random."""

    id: ClassVar[str] = "random_queries"
    title: ClassVar[str] = "Extraction by random queries"
    source: ClassVar[str] = "Tramèr et al. 2016, Stealing machine learning models via prediction APIs, section 5"

    draw: Literal["domain", "reserve"] = "domain"
    """Evenly from all that the domain allows, by somebody without data; or from the reserve, and mixtures of it."""

    def picker(self, target: Predictor, knowledge: Knowledge, rng: np.random.Generator) -> Pick:
        """Random ones, none of the reserve twice."""
        domain = target.card.domain
        if self.draw == "domain":
            return lambda n, got, copy: drawn(domain, n, rng)
        return _in_order(pool(_reserve(knowledge, self.title), domain, self.queries, rng))


def _in_order(inputs: Inputs) -> Pick:
    at = 0

    def pick(n: int, got: Answers | None, copy: Predictor | None) -> Inputs:
        nonlocal at
        at += n
        return inputs[at - n : at]

    return pick


class Knockoff(QueryExtraction, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks natural inputs, by default at random, adaptively by their classes where told so.

    Asks no more than the reserve holds.
    """

    id: ClassVar[str] = "knockoff"
    title: ClassVar[str] = "Knockoff nets"
    source: ClassVar[str] = "Orekondy et al. 2019, Knockoff nets, section 4"

    adaptive: bool = False
    """Learn which of the reserve's classes are worth asking; give it about ten rounds."""

    @property
    def strong(self) -> bool:
        """With a thousand queries."""
        return self.queries >= 1000

    def schedule(self) -> list[int]:
        """Doubled every time; evenly where it is adaptive."""
        return _evenly(self.queries, self.rounds) if self.adaptive else super().schedule()

    def picker(self, target: Predictor, knowledge: Knowledge, rng: np.random.Generator) -> Pick:
        """In random order, or by the bandit."""
        reserve = _reserve(knowledge, self.title)
        if not self.adaptive:
            return _in_order(reserve.x[rng.permutation(len(reserve))])
        return _by_bandit(reserve, target.card.classes, rng)


def _by_bandit(reserve: Dataset, answered: int, rng: np.random.Generator) -> Pick:
    bandit = ClassBandit(reserve.classes)
    left = np.arange(len(reserve))
    last, before = left[:0], 0

    def pick(n: int, got: Answers | None, copy: Predictor | None) -> Inputs:
        nonlocal left, last, before
        # where some of the last queries were refused, rows and answers cannot be matched: no lesson from these
        if got is not None and copy is not None and len(got) - before == len(last):
            given = np.eye(answered)[got.y] if got.scores is None else got.scores
            able = "scores" in copy.card.capabilities
            theirs = copy.scores(got.x[before:]) if able else np.eye(answered)[copy.labels(got.x[before:])]
            bandit.learn(reserve.y[last], given[before:], theirs)
        before = 0 if got is None else len(got)
        chosen = bandit.draw(reserve.y[left], n, rng)
        last, left = left[chosen], np.delete(left, chosen)
        return np.asarray(reserve.x[last])

    return pick


class ActiveQueries(QueryExtraction, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks what the copy so far is least sure about, or has seen nothing like."""

    id: ClassVar[str] = "active_queries"
    title: ClassVar[str] = "Extraction by active learning"
    source: ClassVar[str] = "Pal et al. 2020, ActiveThief, section 4; Chandrasekaran et al. 2020, section 4"

    rounds: int = 5
    picking: Picking = "both"
    """By ``margin`` or ``entropy`` of the copy's scores, by ``spread`` (k-center), or by ``both``."""
    choice: int = 5
    """How many candidates there are for each query. Where the reserve has fewer, mixtures of it are added; for a copy
    that learns from labels only as many as it takes to have something to ask."""

    @property
    def strong(self) -> bool:
        """With a thousand queries, and a choice."""
        return self.queries >= 1000 and self.choice >= 2

    def schedule(self) -> list[int]:
        """The same number in every round."""
        return _evenly(self.queries, self.rounds)

    def picker(self, target: Predictor, knowledge: Knowledge, rng: np.random.Generator) -> Pick:
        """At random at first, and then by the copy. Without a reserve the candidates are drawn from the domain."""
        domain, size = target.card.domain, self.choice * self.queries
        if knowledge.reserve is None:
            left = drawn(domain, size, rng)
        else:
            # a mixture is nothing in particular: its scores teach, its label alone misleads
            enough = size if self.soft(target) else self.queries
            left = pool(_reserve(knowledge, self.title), domain, enough, rng)
        picking = self.picking

        def pick(n: int, got: Answers | None, copy: Predictor | None) -> Inputs:
            nonlocal left
            chosen = np.arange(min(n, len(left)))
            if got is not None and copy is not None:
                chosen = picked(copy, left, got.x, n, picking)
            x, left = left[chosen], np.delete(left, chosen, axis=0)
            return x

        return pick


def _evenly(queries: int, rounds: int) -> list[int]:
    return [queries * (i + 1) // rounds for i in range(rounds)]
