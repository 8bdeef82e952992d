"""Data minimisation: training and answering without the columns and rows that are not needed."""

from __future__ import annotations

import hashlib
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Check, Hardening, Proof
from bartizan.controls.hardened import Hardened, mark
from bartizan.core.difference import paired
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Card, Labels, Predictor, Pull, Scores, Unsuitable, Wrapped
from bartizan.targets.recipe import Recipe
from bartizan.targets.rig import Rig

Columns = NDArray[np.int64]


class DataMinimize(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Drops as many columns as accuracy can spare; the model never sees them again, in training or in use.

    Columns are put in order by what hiding each costs a model that has seen all, then about log2(columns) cuts of that
    order are tried by cross-validation. A cut is taken only where the upper end of the 95 % interval of its cost stays
    within ``loss``: few rows make a wide interval, and then nothing is dropped. The domain stays as it is: callers may
    send anything in a dropped column.
    """

    id: ClassVar[ControlId] = ControlId("data_minimize")
    title: ClassVar[str] = "Feature removal by utility, and fewer rows kept"

    loss: float = 0.03
    """The most accuracy that may be lost, as a share of all answers."""
    folds: int = 3
    """Of the cross-validation: each cut that is tried costs so many trainings."""
    retain: float = 1.0
    """Share of the rows that is kept: the last of each class, which are the newest where rows come in order."""

    def harden(self, recipe: Recipe) -> MinimizedRecipe:
        """The recipe on what is needed. Unsuitable for parameters out of range."""
        if not (0 <= self.loss < 1 and self.folds >= 2 and 0 < self.retain <= 1):
            raise Unsuitable("loss must lie from 0 to 1, retain above 0 and up to 1, and folds be 2 or more")
        return MinimizedRecipe(recipe, self)


class MinimizedPredictor(Wrapped):
    """A predictor that sees a constant in the place of each dropped column."""

    def __init__(self, inner: Predictor, dropped: Columns, constants: Inputs) -> None:
        super().__init__(inner)
        self.dropped, self.constants = dropped, constants
        """Indices into the flattened sample, and what stands there instead."""
        own = hashlib.sha256(inner.card.digest.encode() + dropped.tobytes() + constants.tobytes()).hexdigest()
        self._card = msgspec.structs.replace(inner.card, digest=own)

    @property
    def card(self) -> Card:
        """The inner one's, with a digest of its own."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """As the inner one, of what is left of the input."""
        return self.inner.labels(hidden(x, self.dropped, self.constants))

    def scores(self, x: Inputs) -> Scores:
        """As the inner one, of what is left of the input."""
        return self.inner.scores(hidden(x, self.dropped, self.constants))

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """As the inner one; nothing pulls on a dropped column."""
        logits, pull = self.inner.differentiate(hidden(x, self.dropped, self.constants))
        nothing = np.zeros(len(self.dropped), x.dtype)
        return logits, lambda weights: hidden(pull(weights), self.dropped, nothing)


class MinimizedRecipe(Hardened):
    """A recipe on fewer columns and rows."""

    def __init__(self, inner: Recipe, how: DataMinimize) -> None:
        super().__init__(inner, mark(how))
        self.how = how

    def fit(self, data: Dataset, seed: int) -> MinimizedPredictor:
        """A model of the columns and rows that are left. Unsuitable for texts, which have no columns."""
        if data.x.dtype == object:
            raise Unsuitable(f"{self.inner.name}: texts have no columns to drop")
        kept = data.take(newest(data, self.how.retain))
        constants = usual(kept.x)
        dropped = self._dropped(kept, constants, seed) if self.how.loss > 0 else np.zeros(0, np.int64)
        seen = msgspec.structs.replace(kept, x=hidden(kept.x, dropped, constants[dropped]))
        return MinimizedPredictor(self.inner.fit(seen, seed), dropped, constants[dropped])

    def _dropped(self, data: Dataset, constants: Inputs, seed: int) -> Columns:
        """The longest run of the cheapest columns whose loss is shown to be small, by bisection."""
        fold = np.random.default_rng(seed).permutation(len(data)) % self.how.folds
        right, cost = self._first_look(data, constants, fold, seed)
        order = np.argsort(cost, kind="stable")
        few, many = 0, len(order)  # so many may go; so many may not (a model of nothing is none)
        while many - few > 1:
            middle = (few + many) // 2
            less = self._answers(data, constants, order[:middle], fold, seed)
            both, lost, won = (right & less).sum(), (right & ~less).sum(), (~right & less).sum()
            neither = len(data) - both - lost - won
            small = paired(int(both), int(lost), int(won), int(neither))[1] <= self.how.loss
            few, many = (middle, many) if small else (few, middle)
        return np.asarray(np.sort(order[:few]), np.int64)

    def _first_look(
        self, data: Dataset, constants: Inputs, fold: Columns, seed: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Which rows a model of all columns gets right, and what hiding each column costs it; both on unseen rows."""
        right, cost = np.zeros(len(data), bool), np.zeros(len(constants))
        for k in range(self.how.folds):
            held = data.take(fold == k)
            model = self.inner.fit(data.take(fold != k), seed)
            right[fold == k] = model.labels(held.x) == held.y
            cost += hiding_costs(model, held, constants)
        return right, cost

    def _answers(
        self, data: Dataset, constants: Inputs, dropped: Columns, fold: Columns, seed: int
    ) -> NDArray[np.bool_]:
        right = np.zeros(len(data), bool)
        seen = msgspec.structs.replace(data, x=hidden(data.x, dropped, constants[dropped]))
        for k in range(self.how.folds):
            held = seen.take(fold == k)
            right[fold == k] = self.inner.fit(seen.take(fold != k), seed).labels(held.x) == held.y
        return right


class NeedlessColumns(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Looks for columns that a model takes and does not use: no answer changes when a constant stands there instead."""

    id: ClassVar[ControlId] = ControlId("data_minimize")
    variant: ClassVar[str] = "check"
    title: ClassVar[str] = "No column is asked for without use"

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """One proof; its hits are needless columns of all columns that reach the model."""
        target, domain = rig.target, rig.target.card.domain
        if domain.modality == "text":
            raise Unsuitable(f"{target.card.name}: texts have no columns")
        constants = usual((rig.train or rig.test).x)
        before = target.labels(rig.test.x)
        gone = set(target.dropped.tolist()) if isinstance(target, MinimizedPredictor) else set()
        reaching = [column for column in range(domain.size) if column not in gone]
        idle = [
            column
            for column in reaching
            if (target.labels(hidden(rig.test.x, np.array([column]), constants[[column]])) == before).all()
        ]
        names = ", ".join(domain.features[c].name if domain.features else str(c) for c in idle[:5])
        what = f"{len(idle)} of {len(reaching)} columns changed none of {len(rig.test)} answers when hidden"
        return (
            Proof(passed=not idle, what=f"{what}: {names}" if idle else what, hits=len(idle), trials=len(reaching)),
        )


def hidden(x: Inputs, columns: Columns, constants: Inputs) -> Inputs:
    """A copy of the inputs with these columns, counted in the flattened sample, set to the constants."""
    flat = x.reshape(len(x), -1).copy()
    flat[:, columns] = constants
    return flat.reshape(x.shape)


def usual(x: Inputs) -> Inputs:
    """A value for each column that stands for nobody, shape (columns,): the middle one of those that occurred."""
    flat = np.sort(x.reshape(len(x), -1), axis=0)
    return np.asarray(flat[len(flat) // 2])


def newest(data: Dataset, share: float) -> Columns:
    """The last rows of each class, at least one of each, in their order."""
    chosen: list[int] = []
    for label in np.unique(data.y):
        rows = np.flatnonzero(data.y == label)
        chosen.extend(rows[-max(1, round(share * len(rows))) :].tolist())
    return np.array(sorted(chosen), np.int64)


def hiding_costs(target: Predictor, data: Dataset, constants: Inputs) -> NDArray[np.float64]:
    """How many more answers are wrong with each column hidden, shape (columns,); below 0 where it misleads.

    Where scores are offered, ties are decided by the score of the true class.
    """
    before = _wrongness(target, data.x, data.y)
    columns = [np.array([column]) for column in range(len(constants))]
    return np.array([_wrongness(target, hidden(data.x, c, constants[c]), data.y) - before for c in columns])


def _wrongness(target: Predictor, x: Inputs, y: Labels) -> float:
    if "scores" not in target.card.capabilities:
        return float((target.labels(x) != y).sum())
    scores = target.scores(x)
    return float((scores.argmax(axis=1) != y).sum() - 1e-3 * scores[np.arange(len(y)), y].sum())
