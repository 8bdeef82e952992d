"""LiRA, the likelihood-ratio attack: is the target as sure of a record as models that saw it, or as those that did not?

Each record has its own two normal distributions, of the logit of its true class over shadow models trained with and
without it, because some records are easy for every model and some for none. With few shadows a record's own variance
is hardly known, so it is drawn to that of all records (the paper takes the global one below 64 shadows).
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Knowledge, Membership
from bartizan.attacks.membership.shadows import Shadows, shadows
from bartizan.attacks.membership.signals import Belief, belief
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Modality
from bartizan.targets.predictor import Capability, Predictor, Unsuitable

_SMOOTHINGS = (1e-15, 1e-8, 1e-5, 1e-4, 1e-3, 5e-3, 2e-2)
_REHEARSALS = 4
_REHEARSED = 1_000
_PRIOR = 16.0
"""A record's own variance counts as much as the global one where so many shadows speak for it."""
_FLOOR = 1e-9


class LiRA(Membership, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Compares each record's logit with those of shadow models. One query a record; the shadows cost no query."""

    id: ClassVar[str] = "membership_lira"
    title: ClassVar[str] = "Membership by likelihood ratio (LiRA)"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("membership_inference"),)
    needs: ClassVar[frozenset[Capability]] = frozenset({"scores"})
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table", "text")
    source: ClassVar[str] = (
        "N. Carlini et al., Membership Inference Attacks From First Principles, S&P 2022, algorithm 1 and section VI"
    )

    shadows: int = 16
    """Shadow models to train, an even number from 4 on."""
    mode: Literal["online", "offline"] = "online"
    """Online compares models with and without a record; offline uses only those without, and tests one side."""
    smoothing: float | None = None
    """Added to both sides of the logit. None: what tells best whom the shadows themselves were trained on."""

    def __post_init__(self) -> None:
        """Refuse what gives no distribution."""
        if self.shadows < 4 or self.shadows % 2:
            raise ValueError(f"{self.shadows} shadows; they come in opposite pairs, take an even number from 4 on")
        if self.smoothing is not None and not 0 < self.smoothing < 1:
            raise ValueError(f"a smoothing of {self.smoothing:g}; it must lie between 0 and 1")

    @property
    def strong(self) -> bool:
        """With 16 shadows or more."""
        return self.shadows >= 16

    def suspect(
        self, target: Predictor, records: Dataset, knowledge: Knowledge, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """The log likelihood ratio of each record (offline: deviations above those that did not see it), finite.

        0 where the target refused. Raises Unsuitable where shadows cannot be trained: no population, no recipe.
        """
        made = shadows(records, knowledge, self.shadows, int(rng.integers(2**31)), join=self.mode == "online")
        smoothing = self.smoothing or _best_smoothing(made, self.mode, rng)
        said = belief(target, records)
        logits = said.logit(smoothing)
        found = _compare(logits, made.belief.logit(smoothing), made.trained, self.mode)
        return np.where(said.answered, found, 0.0)


def _compare(
    logits: NDArray[np.float64], shadow: NDArray[np.float64], trained: NDArray[np.bool_], mode: str
) -> NDArray[np.float64]:
    """How much likelier these logits, shape (n,), are from a model that saw the record; shadows' are (shadows, n)."""
    out_mean, out_variance = _normal(shadow, ~trained)
    if mode == "offline":
        return np.asarray((logits - out_mean) / np.sqrt(out_variance))
    in_mean, in_variance = _normal(shadow, trained)
    inside = (logits - in_mean) ** 2 / in_variance + np.log(in_variance)
    outside = (logits - out_mean) ** 2 / out_variance + np.log(out_variance)
    return np.asarray((outside - inside) / 2)


def _normal(values: NDArray[np.float64], counted: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of each column over the rows that count, the variance drawn to that of all columns."""
    n = counted.sum(axis=0)
    if not n.all():
        raise Unsuitable(f"{int((n == 0).sum())} records have no shadow model on one side; train more of them")
    mean = np.einsum("sn,sn->n", values, counted) / n
    squares = np.einsum("sn,sn->n", (values - mean) ** 2, counted)
    common = squares.sum() / max(int((n - 1).sum()), 1)
    # The mean is itself uncertain by variance / n: a new value lies further from it than those it was made of.
    return mean, (squares + _PRIOR * common) / (n - 1 + _PRIOR) * (1 + 1 / n) + _FLOOR


def _best_smoothing(made: Shadows, mode: str, rng: np.random.Generator) -> float:
    """What tells members best when some of the shadows play the target, on a sample of the records."""
    n = made.trained.shape[1]
    made = made.take(np.sort(rng.permutation(n)[:_REHEARSED]))
    players = [i for i in range(len(made.trained)) if 0 < made.trained[i].mean() < 1][:_REHEARSALS]
    if not players:
        return _SMOOTHINGS[-3]
    worth = {each: sum(_rehearse(made, i, mode, each) for i in players) for each in _SMOOTHINGS}
    return max(worth, key=lambda each: (worth[each], each))


def _rehearse(made: Shadows, player: int, mode: str, smoothing: float) -> float:
    """The area under the curve when this shadow is attacked with the others' help."""
    # Its opposite shadow is left out too: it knows exactly whom the player was not trained on.
    others = np.ones(len(made.trained), bool)
    others[[player, player ^ 1]] = False
    logits = Belief(right=made.belief.right, wrong=made.belief.wrong).logit(smoothing)
    ranked = _compare(logits[player], logits[others], made.trained[others], mode).argsort().argsort()
    inside = made.trained[player]
    m, k = int(inside.sum()), int((~inside).sum())
    return float((ranked[inside].sum() - m * (m - 1) / 2) / (m * k))
