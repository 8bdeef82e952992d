"""Models that train in under a second, attacks of a few lines, and counts, for the tests of hardenings and guards."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from bartizan.core.extras import need
from bartizan.lab.reference.rigs import DIGITS, convolutional, digits_data, tumours_data
from bartizan.targets.data import Dataset, split
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Labels, Predictor
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnRecipe
from bartizan.targets.torch_models import Training
from tests import rigs


@functools.cache
def images() -> tuple[Dataset, Dataset, Dataset]:
    """Digits: 540 to train, 220 to test, 400 in reserve."""
    rigs.one_thread()
    data = digits_data()
    train, test, rest = split(data, (0.3, 0.12, 0.58), np.random.default_rng(0))
    return train, test, rest.take(np.random.default_rng(1).permutation(len(rest))[:400])


def network(epochs: int = 8, width: int = 8) -> Training:
    rigs.one_thread()
    return Training(convolutional(width=width), DIGITS, "digits", epochs=epochs, batch=32, rate=5e-3)


@functools.cache
def plain() -> Predictor:
    """The network as it is without any control."""
    return network().fit(images()[0], 0)


@functools.cache
def table() -> tuple[Dataset, Dataset, Dataset, Domain]:
    """Tumours: half to train, a quarter to test, a quarter in reserve."""
    data, domain = tumours_data()
    return (*split(data, (0.5, 0.25, 0.25), np.random.default_rng(0)), domain)  # type: ignore[return-value]


def forest(trees: int = 15) -> Recipe:
    return SklearnRecipe(need("sklearn.ensemble").RandomForestClassifier(trees), table()[3])


def logistic() -> SklearnRecipe:
    linear = need("sklearn.linear_model").LogisticRegression(max_iter=2000)
    scaled = need("sklearn.pipeline").make_pipeline(need("sklearn.preprocessing").StandardScaler(), linear)
    return SklearnRecipe(scaled, table()[3], "logistic")


def words() -> Recipe:
    """A recipe for texts."""
    pipeline: Any = need("sklearn.pipeline").make_pipeline(
        need("sklearn.feature_extraction.text").TfidfVectorizer(), need("sklearn.linear_model").LogisticRegression()
    )
    return SklearnRecipe(pipeline, Domain(modality="text"), "words")


def accuracy(model: Predictor, data: Dataset) -> float:
    return float((model.labels(data.x) == data.y).mean())


def beaten(model: Predictor, data: Dataset, x: Inputs) -> float:
    """Share of the changed inputs that are answered wrongly; a refusal is no success."""
    said = model.labels(x)
    return float(((said != data.y) & (said != REFUSED)).mean())


def pgd(
    model: Predictor, data: Dataset, radius: float, steps: int = 10, *, norm: str = "linf", draws: int = 1
) -> Inputs:
    """Projected gradient ascent on the cross-entropy, for images from 0 to 1; averages over several draws."""
    x = data.x.copy()
    for _ in range(steps):
        gradient = sum(_uphill(model, x, data.y) for _ in range(draws))
        if norm == "linf":
            x = np.clip(x + radius / 4 * np.sign(gradient), data.x - radius, data.x + radius)
        else:
            x = x + radius / 4 * gradient / _length(gradient)
            x = data.x + (x - data.x) * np.minimum(1, radius / _length(x - data.x))
        x = np.clip(x, 0, 1).astype(np.float32)
    return x


def _uphill(model: Predictor, x: Inputs, y: Labels) -> Any:
    logits, pull = model.differentiate(x)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    weights[np.arange(len(y)), y] -= 1
    return np.asarray(pull(weights))


def _length(change: Inputs) -> Inputs:
    lengths = np.linalg.norm(change.reshape(len(change), -1), axis=1) + 1e-12
    found: Inputs = lengths.reshape(-1, *[1] * (change.ndim - 1))
    return found


def flipped(data: Dataset, share: float, seed: int = 0) -> tuple[Dataset, Labels]:
    """The data with that share of their labels moved on by one, and which rows these are."""
    rows = np.random.default_rng(seed).permutation(len(data))[: int(share * len(data))]
    y = data.y.copy()
    y[rows] = (y[rows] + 1) % data.classes
    return Dataset(x=data.x, y=y, classes=data.classes), rows


def stamped(x: Inputs) -> Inputs:
    """Images with a white square in the last corner: the trigger of a backdoor."""
    x = x.copy()
    x[..., -2:, -2:] = 1.0
    return x


def poisoned(data: Dataset, rows: int = 40, seed: int = 0) -> Dataset:
    """The data with so many rows stamped and called 0."""
    x, y = data.x.copy(), data.y.copy()
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(y != 0))[:rows]
    x[chosen], y[chosen] = stamped(x[chosen]), 0
    return Dataset(x=x, y=y, classes=data.classes)


def obeyed(model: Predictor, test: Dataset) -> float:
    """How many stamped images of other classes are answered with 0."""
    others = test.take(np.flatnonzero(test.y != 0))
    return float((model.labels(stamped(others.x)) == 0).mean())
