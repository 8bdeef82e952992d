"""What a stolen copy is worth for evasion: inputs are found on the copy, without a question, and then handed in."""

from __future__ import annotations

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.pgd import Pgd
from bartizan.attacks.square import Square
from bartizan.core.interval import wilson
from bartizan.core.measurement import Figure
from bartizan.lab.grading.graded import last_of
from bartizan.lab.suite import limit_for
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import REFUSED, Predictor
from bartizan.targets.scaled import Scaled, in_shares

_INPUTS = 50


def worth_for_evasion(copy: Predictor, target: Predictor, test: Dataset, rng: np.random.Generator) -> Figure | None:
    """The share of inputs, found on the copy within the usual limit, that the target answers wrongly too.

    Only inputs count that the target answered rightly. None where the copy can be searched by neither gradients nor
    scores, for texts, and where there is nothing to count. Source: N. Papernot et al., Practical Black-Box Attacks
    against Machine Learning, AsiaCCS 2017, section 4.
    """
    search = _search(copy)
    domain = target.card.domain
    right = test.take(np.flatnonzero(target.labels(test.x) == test.y)[:_INPUTS])
    if search is None or domain.modality == "text" or not len(right):
        return None
    if domain.features:
        copy, target, right = Scaled(copy), Scaled(target), in_shares(right, domain)
    limit = limit_for(target.card.domain)
    found, _ = last_of(search.propose(copy, right, limit, Knowledge(), rng))
    handed = target.card.domain.feasible(found.copy() if found is not None else right.x, right.x)
    labels = target.labels(handed)
    won = int(((labels != right.y) & (labels != REFUSED) & limit.holds(handed, right.x)).sum())
    low, high = wilson(won, len(right))
    name = f"found on the copy and fooling the target, {limit}"
    return Figure(name=name, value=won / len(right), low=low, high=high, n=len(right))


def _search(copy: Predictor) -> Evasion | None:
    if "gradients" in copy.card.capabilities:
        return Pgd(steps=20)
    return Square(steps=100) if "scores" in copy.card.capabilities else None
