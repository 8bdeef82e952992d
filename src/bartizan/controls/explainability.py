"""Explainability as a help to oversight: are the reasons that are shown for a decision its reasons?"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.explanation import Weights, answered, covered, occlusion, parts, rank_agreement
from bartizan.controls.family import Check, Proof
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels, Predictor, Unsuitable
from bartizan.targets.rig import Rig


class Explainability(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Explains some decisions by hiding parts of their inputs, and tests the explanations.

    Faithful: hiding the parts that an explanation names changes the decision more often than hiding as many others.
    Stable: the same input with a little noise gets about the same explanation.
    Its own: a model that was trained on shuffled labels gets another explanation (J. Adebayo et al., Sanity checks for
    saliency maps, NeurIPS 2018, section 4); tried where ``retrain`` is set and the rig knows how.
    """

    id: ClassVar[ControlId] = ControlId("explainability")
    title: ClassVar[str] = "Explanations are faithful, stable and the model's own"

    samples: int = 40
    """Decisions that are explained."""
    background: int = 8
    """Ordinary inputs that stand in for hidden parts; each costs as many queries again."""
    size: int = 2
    """Of a part of an image: so many pixels squared."""
    hide: float = 0.2
    """Share of the parts that is hidden to see whether the decision changes."""
    noise: float = 0.01
    """Of each value's range, for the noise under which explanations shall stay."""
    agreement: float = 0.7
    """Spearman's correlation from which two explanations count as the same."""
    retrain: bool = False

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """Two or three proofs; hits and trials are explained decisions. Unsuitable for texts."""
        domain = rig.target.card.domain
        if domain.modality == "text":
            raise Unsuitable(f"{rig.target.card.name}: parts of texts cannot be hidden yet")
        chosen = rng.permutation(answered(rig.target, rig.test.x))[: self.samples]
        if len(chosen) < 2:
            raise Unsuitable(f"{rig.name}: fewer than two inputs get an answer that could be explained")
        x, pool = rig.test.x[chosen], (rig.reserve or rig.test).x
        drawn = rng.permutation(len(pool))[: 2 * self.background]
        ordinary, others = pool[drawn[::2]], pool[drawn[1::2]]  # what explains must not be what judges
        labels = rig.target.labels(x)
        why = occlusion(rig.target, x, ordinary, labels, self.size)
        proofs = [self._faithful(rig.target, x, labels, why, others, rng)]
        shaken = x + self.noise * domain.span() * rng.standard_normal(x.shape)
        shaken = domain.feasible(shaken.astype(x.dtype), x)
        proofs.append(self._stable(why, occlusion(rig.target, shaken, ordinary, labels, self.size)))
        if self.retrain:
            other = _trained_on_nonsense(rig, rng)
            proofs.append(self._own(why, occlusion(other, x, ordinary, labels, self.size)))
        return tuple(proofs)

    def _faithful(
        self, target: Predictor, x: Inputs, labels: Labels, why: Weights, ordinary: Inputs, rng: np.random.Generator
    ) -> Proof:
        many = max(1, round(self.hide * why.shape[1]))
        named = np.argsort(-why, axis=1)[:, :many]
        random = rng.permuted(np.tile(np.arange(why.shape[1]), (len(x), 1)), axis=1)[:, :many]
        part = parts(x.shape[1:], self.size)
        moved, moved_at_random = (
            np.sum([_changes(target, x, labels, part, hidden, row) for row in ordinary], axis=0)
            for hidden in (named, random)
        )
        better, worse = int((moved > moved_at_random).sum()), int((moved < moved_at_random).sum())
        what = (
            f"hiding the {many} named parts of {why.shape[1]} changed the decision more often than hiding others "
            f"for {better} of {better + worse} inputs that show a difference ({len(x)} tried)"
        )
        return Proof(passed=_mostly(better, better + worse), what=what, hits=better, trials=better + worse)

    def _stable(self, why: Weights, shaken: Weights) -> Proof:
        same = int((rank_agreement(why, shaken) >= self.agreement).sum())
        what = f"{same} of {len(why)} explanations stay with noise of {self.noise:g} of each range"
        return Proof(passed=same >= 0.8 * len(why), what=what, hits=same, trials=len(why))

    def _own(self, why: Weights, others: Weights) -> Proof:
        same = int((rank_agreement(why, others) >= self.agreement).sum())
        what = f"{same} of {len(why)} explanations are those of a model that was trained on shuffled labels, too"
        return Proof(passed=same <= 0.2 * len(why), what=what, hits=same, trials=len(why))


def _changes(
    target: Predictor, x: Inputs, labels: Labels, part: NDArray[np.int64], hidden: NDArray[np.int64], row: Inputs
) -> NDArray[np.int64]:
    """1 where the decision changes once these parts, (n, some), show another row."""
    hiding = (part[None, :, None] == hidden[:, None, :]).any(axis=2)
    return np.asarray(target.labels(covered(x, hiding, row)) != labels, np.int64)


def _mostly(hits: int, trials: int) -> bool:
    """Whether a coin would hardly do as well: a sign test at about 1 %, by its normal approximation."""
    return trials >= 5 and hits - trials / 2 > 2.33 * math.sqrt(trials) / 2


def _trained_on_nonsense(rig: Rig, rng: np.random.Generator) -> Predictor:
    if rig.recipe is None or rig.train is None:
        raise Unsuitable(f"{rig.name}: without its recipe and data no other model can be trained to compare with")
    shuffled = Dataset(x=rig.train.x, y=rng.permutation(rig.train.y), classes=rig.train.classes)
    return rig.recipe.fit(shuffled, int(rng.integers(2**31)))
