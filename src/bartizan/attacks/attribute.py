"""Attribute inference: a hidden value of somebody's record, told by which value the model finds most fitting.

A guess is only the model's fault as far as it beats what anybody could guess from the rest of the record: `baseline`
guesses so, with the same data and the same values to choose from, and the lab subtracts it.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Attribute, Knowledge
from bartizan.core.extras import need
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset, split
from bartizan.targets.domain import Inputs, Modality
from bartizan.targets.predictor import Labels, Predictor, Unsuitable

_VALUES = 16
"""A column with more values than this is guessed by its quantiles."""
_WEIGHTS = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0)
_TINY = 1e-3
_TREES = 100
_LEAF = 5


class AttributeInference(Attribute, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tries each value. As many queries a record as there are values, 16 at most."""

    id: ClassVar[str] = "attribute_inference"
    title: ClassVar[str] = "Attribute inference by trying each value"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("model_inversion"),)
    modalities: ClassVar[tuple[Modality, ...]] = ("table",)
    source: ClassVar[str] = (
        "S. Yeom et al., Privacy Risk in Machine Learning, CSF 2018, section 4; S. Mehnaz et al., Are Your Sensitive "
        "Attributes Private?, USENIX Security 2022, section 4 (confidence-based, and labels alone)"
    )

    weight: float | None = None
    """Of the model's answers against what the rest of the record suggests. None: what worked best on a model made from
    half of the reserve, where the recipe is known; else 3. Above 1 it bets on records learnt by heart."""

    def guess(
        self, target: Predictor, records: Dataset, hidden: int, knowledge: Knowledge, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """The likeliest value: how likely the rest of the record makes it, times how well it explains the true class.

        A target without scores is asked for labels. Raises Unsuitable without reserve, and where the column holds but
        one value there.
        """
        seed = int(rng.integers(2**31))
        weight = self.weight if self.weight is not None else _rehearsed(hidden, knowledge, rng)
        anybody = _anybody(records, hidden, knowledge, seed, with_class=False)
        worth = anybody.odds + weight * _fits(target, records, hidden, anybody.values)
        return np.asarray(anybody.values[worth.argmax(axis=1)], np.float64)


class Anybody(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a hidden value without the target."""

    values: NDArray[np.float64]
    """To choose from."""
    odds: NDArray[np.float64]
    """The log probability of each for each record, shape (n, values)."""


def baseline(records: Dataset, hidden: int, knowledge: Knowledge, *, seed: int = 0) -> NDArray[np.float64]:
    """What anybody could guess without the target: by a forest on the reserve's other columns and classes, shape (n,).

    Raises Unsuitable as the attack does.
    """
    anybody = _anybody(records, hidden, knowledge, seed)
    return np.asarray(anybody.values[anybody.odds.argmax(axis=1)], np.float64)


def candidates(knowledge: Knowledge, hidden: int) -> NDArray[np.float64]:
    """The values that a guess may be, sorted: those in reserve, or the middles of 16 equally frequent ranges."""
    if knowledge.reserve is None:
        raise Unsuitable("a hidden value cannot be guessed: the attacker is not assumed to have any data in reserve")
    column = np.asarray(knowledge.reserve.x[:, hidden], np.float64)
    values = np.unique(column[np.isfinite(column)])
    if len(values) > _VALUES:
        values = np.unique(np.quantile(column, (np.arange(_VALUES) + 0.5) / _VALUES, method="nearest"))
    if len(values) < 2:
        raise Unsuitable(f"column {hidden} has {len(values)} value in reserve; there is nothing to guess")
    return np.asarray(values, np.float64)


def _rehearsed(hidden: int, knowledge: Knowledge, rng: np.random.Generator) -> float:
    """The weight that guesses best on a model whose training records are known; the least of equals."""
    recipe, reserve = knowledge.recipe, knowledge.reserve
    if recipe is None or reserve is None:
        return _WEIGHTS[len(_WEIGHTS) // 2]
    seed = int(rng.integers(2**31))
    known, apart = split(reserve, (0.5, 0.5), rng)
    model = recipe.fit(known, seed)
    values = candidates(knowledge, hidden)
    truth = np.abs(np.asarray(known.x[:, hidden], np.float64)[:, None] - values).argmin(axis=1)
    anybody = _anybody(known, hidden, Knowledge(reserve=apart), seed, with_class=False, values=values)
    fits = _fits(model, known, hidden, values)
    hits = [((anybody.odds + weight * fits).argmax(axis=1) == truth).mean() for weight in _WEIGHTS]
    return _WEIGHTS[int(np.argmax(hits))]


def _anybody(
    records: Dataset,
    hidden: int,
    knowledge: Knowledge,
    seed: int,
    *,
    with_class: bool = True,
    values: NDArray[np.float64] | None = None,
) -> Anybody:
    """By a forest on the reserve's other columns, and on their classes where these are not asked of the target."""
    values, reserve = candidates(knowledge, hidden) if values is None else values, knowledge.reserve
    assert reserve is not None
    column = np.asarray(reserve.x[:, hidden], np.float64)
    kept = np.isfinite(column)
    meant = np.abs(column[kept, None] - values).argmin(axis=1)
    forest = need("sklearn.ensemble").RandomForestClassifier(_TREES, min_samples_leaf=_LEAF, random_state=seed)
    forest.fit(_rest(reserve, hidden, with_class=with_class)[kept], meant)
    shares = np.full((len(records), len(values)), _TINY)
    shares[:, forest.classes_] += forest.predict_proba(_rest(records, hidden, with_class=with_class))
    return Anybody(values=values, odds=np.log(shares / shares.sum(axis=1, keepdims=True)))


def _rest(data: Dataset, hidden: int, *, with_class: bool) -> Inputs:
    """All columns but the hidden one, and one for each class."""
    rest = np.delete(np.asarray(data.x, np.float64), hidden, axis=1)
    return np.concatenate([rest, np.eye(data.classes)[data.y]], axis=1) if with_class else rest


def _fits(model: Predictor, records: Dataset, hidden: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log of how likely the model finds the true class with each value, shape (n, values)."""
    fits = np.empty((len(records), len(values)))
    for i, value in enumerate(values):
        tried = records.x.copy()
        tried[:, hidden] = value
        fits[:, i] = np.log(_belief(model, tried, records.y) + _TINY)
    return fits


def _belief(model: Predictor, x: Inputs, y: Labels) -> NDArray[np.float64]:
    """In the true class; 1 or 0 where there are only labels."""
    if "scores" in model.card.capabilities:
        return np.asarray(model.scores(x)[np.arange(len(y)), y])
    return np.asarray(model.labels(x) == y, np.float64)
