"""The real model behind this description, for `bartizan test`: logistic regression on the words of generated mail."""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bartizan.lab.reference.messages import MESSAGES, messages_data
from bartizan.targets.data import split
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnRecipe


def build() -> Rig:
    """Train the model, and say what there is to test it with."""
    train, test, reserve = split(messages_data(), (0.5, 0.25, 0.25), np.random.default_rng(0))
    words = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10.0, max_iter=500))
    recipe = SklearnRecipe(words, MESSAGES, "spam filter")
    return Rig(
        name="spam filter",
        target=recipe.fit(train, seed=0),
        test=test,
        train=train,
        reserve=reserve,
        recipe=recipe,
    )
