"""The reference rigs, each built from nothing in seconds: same seed, same rig.

    digits      images of 8 x 8: scikit-learn's handwritten digits, a small convolutional network
    tumours     a table of 30 measurements: scikit-learn's breast cancer data, logistic regression or a forest
    loans       a table of 12 columns with limits on what can be changed: generated, gradient boosted trees
    messages    texts: generated spam and ordinary messages, a linear model on words

Data come from the packages; nothing is downloaded. Train, test and reserve never share a row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bartizan.core.extras import need
from bartizan.lab.reference.loans import LOANS, loans_data
from bartizan.lab.reference.messages import MESSAGES, messages_data
from bartizan.targets.data import Dataset, split
from bartizan.targets.domain import Domain, Feature
from bartizan.targets.recipe import Recipe
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnRecipe
from bartizan.targets.torch_models import Training

DIGITS = Domain(modality="image", shape=(1, 8, 8), low=0.0, high=1.0)


def digits_data() -> Dataset:
    """1,797 grey images of 8 x 8 pixels, 0 to 1, float32, shape (n, 1, 8, 8). Source: UCI, shipped by scikit-learn."""
    raw = need("sklearn.datasets").load_digits()
    x = (raw.images / 16.0).astype(np.float32)[:, None]
    return Dataset(x=x, y=raw.target.astype(np.int64), classes=10, name="digits")


def tumours_data() -> tuple[Dataset, Domain]:
    """569 tumours, 30 measurements each, in their own units. Source: Wisconsin, shipped by scikit-learn."""
    raw = need("sklearn.datasets").load_breast_cancer()
    x, y = raw.data.astype(np.float64), raw.target.astype(np.int64)
    columns = zip(raw.feature_names, x.min(axis=0), x.max(axis=0), x.std(axis=0), strict=True)
    features = tuple(
        Feature(name=str(name), low=float(low), high=float(high), cost=float(1 / wide))
        for name, low, high, wide in columns
    )
    domain = Domain(modality="table", shape=(30,), features=features)
    return Dataset(x=x, y=y, classes=2, name="tumours"), domain


def convolutional(side: int = 8, classes: int = 10, width: int = 16) -> Callable[[], Any]:
    """A small convolutional network for grey images of ``side`` x ``side``: two layers, ReLU, one dense layer."""

    def build() -> Any:
        nn = need("torch").nn
        return nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2 * width * (side // 4) ** 2, 64),
            nn.ReLU(),
            nn.Linear(64, classes),
        )

    return build


def digits(seed: int = 0, *, epochs: int = 15) -> Rig:
    """Digits and the network: half to train, a quarter to test, a quarter in reserve."""
    recipe = Training(convolutional(), DIGITS, "digits network", epochs=epochs, batch=32, rate=3e-3)
    return _rig("digits", digits_data(), recipe, seed)


def tumours(seed: int = 0, *, model: str = "logistic") -> Rig:
    """Tumours and a model: ``logistic`` (standardised) or ``forest`` (100 trees)."""
    data, domain = tumours_data()
    return _rig("tumours", data, SklearnRecipe(_tumour_model(model), domain, model), seed)


def tumours_forest(seed: int = 0) -> Rig:
    """Tumours and a forest of 100 trees, which remembers what it was trained on."""
    return tumours(seed, model="forest")


def loans(seed: int = 0) -> Rig:
    """Generated loan applications and gradient boosted trees."""
    model = need("sklearn.ensemble").GradientBoostingClassifier(n_estimators=80, max_depth=3)
    return _rig("loans", loans_data(), SklearnRecipe(model, LOANS, "gradient boosting"), seed)


def messages(seed: int = 0) -> Rig:
    """Generated messages and logistic regression on their words."""
    words = need("sklearn.feature_extraction.text").TfidfVectorizer()
    linear = need("sklearn.linear_model").LogisticRegression(C=10.0, max_iter=500)
    model = need("sklearn.pipeline").make_pipeline(words, linear)
    return _rig("messages", messages_data(), SklearnRecipe(model, MESSAGES, "words"), seed)


def _tumour_model(model: str) -> Any:
    if model == "forest":
        return need("sklearn.ensemble").RandomForestClassifier(100)
    linear = need("sklearn.linear_model").LogisticRegression(max_iter=2000)
    return need("sklearn.pipeline").make_pipeline(need("sklearn.preprocessing").StandardScaler(), linear)


def _rig(name: str, data: Dataset, recipe: Recipe, seed: int) -> Rig:
    train, test, reserve = split(data, (0.5, 0.25, 0.25), np.random.default_rng(seed))
    return Rig(name=name, target=recipe.fit(train, seed), train=train, test=test, reserve=reserve, recipe=recipe)
