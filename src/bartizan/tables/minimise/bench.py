"""Models of some columns, compared on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.core.extras import need
from bartizan.tables.minimise.scoring import Floats, Interval, Measure, Score, Scoring
from bartizan.tables.minimise.seeing import Seen
from bartizan.tables.minimise.splitting import Rows, Split

Task: TypeAlias = Literal["classes", "number"]
Views: TypeAlias = Mapping[str, Seen]
_FEW_CLASSES: Final = {"max_leaf_nodes": 16}
_MANY_CLASSES: Final = {"max_leaf_nodes": 8, "learning_rate": 0.2, "l2_regularization": 20.0}
"""Without this, a few rows of which such a model is sure and wrong decide the log loss: with ten classes, intervals of
a loss were measured to be twenty times as wide."""
_TREES: Final = 100
_ALL_TREES: Final = 300
_INNER: Final = 5
_PRIOR: Final = 10


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A model, and the rows that it is asked about."""

    model: Any
    asked: Floats
    """Rows x features."""
    blocks: dict[str, list[int]]
    """Column -> its features."""


class Bench:
    """Gradient boosting of scikit-learn, always with the same settings and seed; only the columns differ."""

    def __init__(
        self,
        task: Task,
        y: Floats,
        split: Split,
        measure: Measure,
        *,
        seed: int,
        units: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self._task, self._y, self.split, self._seed, self._units = task, y, split, seed, units
        self.measure = measure
        self._classes = int(y.max()) + 1 if task == "classes" else 1
        chosen = np.concatenate([choose for _, choose in split.folds])
        self.chosen_by = len(chosen)
        """Rows to choose by."""
        self._choosing = self._scoring(measure, chosen)
        self._judging = self._scoring(measure, split.test)
        self.fits = 0
        """Models that were trained."""

    @property
    def labels(self) -> Floats:
        """Of all rows; only those of `split.develop` may be looked at before the end."""
        return self._y

    def _scoring(self, measure: Measure, rows: Rows) -> Scoring:
        units = None if self._units is None else self._units[rows]
        return Scoring(measure, self._y[rows], seed=self._seed, units=units)

    def score(self, views: Views, share: float = 1.0) -> Score:
        """On the rows to choose by, of models that learned from the others, or from a share of them."""
        return self._choosing.score(self._chosen(views, share))

    def once(self, views: Views) -> float:
        """The same without an interval."""
        return self._choosing.once(self._chosen(views, 1.0))

    def _chosen(self, views: Views, share: float) -> Floats:
        predicted = [self._predict(views, self._some(learn, share), choose) for learn, choose in self.split.folds]
        return np.concatenate(predicted)

    def judged(self, views: Views) -> Score:
        """On the rows to judge by, of a model that learned from all others. To be asked once."""
        return self._judging.score(self._predict(views, self.split.develop, self.split.test))

    def importances(self, views: Views) -> dict[str, float]:
        """How much score is lost, on the rows to choose by, when a column's values change rows at random."""
        parts = [self._part(views, learn, choose) for learn, choose in self.split.folds]
        whole = self._choosing.once(np.concatenate([self._asked(one, one.asked) for one in parts]))
        found = {}
        for name in views:
            rng = np.random.default_rng(self._seed)
            shuffled = [self._asked(one, _shuffled(one, name, rng)) for one in parts]
            found[name] = whole - self._choosing.once(np.concatenate(shuffled))
        return found

    def _some(self, rows: Rows, share: float) -> Rows:
        if share >= 1:
            return rows
        units = rows if self._units is None else self._units[rows]
        names = np.random.default_rng(self._seed).permutation(np.unique(units))
        return rows[np.isin(units, names[: max(1, round(share * len(names)))])]

    def _predict(self, views: Views, learn: Rows, choose: Rows) -> Floats:
        part = self._part(views, learn, choose)
        return self._asked(part, part.asked)

    def _part(self, views: Views, learn: Rows, choose: Rows) -> Part:
        if not views:
            prior = self._constant(self.split.develop)  # the same in all turns, so that it orders no rows
            return Part(model=prior, asked=np.zeros((len(choose), 0)), blocks={})
        taught, asked, categorical, blocks = self._features(views, learn, choose)
        y = self._y[learn]
        if len(np.unique(y)) < 2 or not categorical:
            return Part(model=self._constant(learn), asked=asked, blocks=blocks)
        ensemble = need("sklearn.ensemble")
        settings = {
            **(_FEW_CLASSES if self._classes <= 3 else _MANY_CLASSES),
            "max_iter": _TREES if self._classes <= 2 else max(30, _ALL_TREES // self._classes),
            "early_stopping": False,
            "categorical_features": np.array(categorical),
            "random_state": self._seed,
        }
        kind = ensemble.HistGradientBoostingClassifier
        if self._task == "number":
            kind = ensemble.HistGradientBoostingRegressor
        self.fits += 1
        with need("threadpoolctl").threadpool_limits(1):  # threads that wait for one another cost more than they give
            return Part(model=kind(**settings).fit(taught, y), asked=asked, blocks=blocks)

    def _features(
        self, views: Views, learn: Rows, choose: Rows
    ) -> tuple[Floats, Floats, list[bool], dict[str, list[int]]]:
        taught: list[Floats] = []
        asked: list[Floats] = []
        categorical: list[bool] = []
        blocks: dict[str, list[int]] = {}
        for name, one in views.items():
            parts = [(one.values[learn], one.values[choose])]
            if one.codes is not None:
                parts.append(self._means(one.codes, learn, choose))
            start = len(categorical)
            for a, b in parts:
                some = ~np.isnan(a).all(0)  # scikit-learn 1.9 fails on a feature without any value
                taught.append(a[:, some])
                asked.append(b[:, some])
                categorical += [one.categorical] * int(some.sum())
            blocks[name] = list(range(start, len(categorical)))
        return np.hstack(taught), np.hstack(asked), categorical, blocks

    def _means(self, codes: Floats, learn: Rows, choose: Rows) -> tuple[Floats, Floats]:
        """The mean label of each code; of a row that is learned from, by the labels of others (five folds)."""
        places = codes.astype(np.int64) + 1
        y = self._y[learn]
        labels = y[:, None] if self._classes <= 2 else (y[:, None] == np.arange(self._classes)).astype(np.float64)
        fold = np.random.default_rng(self._seed).permutation(len(learn)) % _INNER
        taught = np.empty(labels.shape)
        many = int(places.max()) + 1
        for one in range(_INNER):
            others, own = fold != one, fold == one
            taught[own] = _smoothed(places[learn][others], labels[others], many)[places[learn][own]]
        return taught, _smoothed(places[learn], labels, many)[places[choose]]

    def _constant(self, learn: Rows) -> Floats:
        y = self._y[learn]
        if self._task == "number":
            return np.array([y.mean()])
        return np.bincount(y.astype(np.int64), minlength=self._classes) / len(y)

    def _asked(self, part: Part, features: Floats) -> Floats:
        if isinstance(part.model, np.ndarray):
            return np.tile(part.model, (len(features), 1))
        with need("threadpoolctl").threadpool_limits(1):
            if self._task == "number":
                return np.asarray(part.model.predict(features), np.float64)[:, None]
            made = np.zeros((len(features), self._classes))
            made[:, part.model.classes_.astype(np.int64)] = part.model.predict_proba(features)
        return made


def _smoothed(places: Rows, labels: Floats, many: int) -> Floats:
    """The mean label of each place, with ten rows of the overall mean added to each."""
    counts = np.bincount(places, minlength=many)[:, None]
    sums = np.stack([np.bincount(places, weights=one, minlength=many) for one in labels.T], axis=1)
    return np.asarray((sums + _PRIOR * labels.mean(0)) / (counts + _PRIOR), np.float64)


def _shuffled(part: Part, name: str, rng: np.random.Generator) -> Floats:
    features = part.asked.copy()
    block = part.blocks[name]
    features[:, block] = features[rng.permutation(len(features))][:, block]
    return features


def loss(before: Score, after: Score) -> Interval:
    """How much score is lost from one to the other, on the same rows."""
    return before.above(after)
