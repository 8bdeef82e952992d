"""The real model behind this description, for `bartizan test`: gradient boosted trees on generated loan applications.

Yours would load your own data and model. What an applicant can change, and what it costs, is in the columns of LOANS.
"""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from bartizan.lab.reference.loans import LOANS, loans_data
from bartizan.targets.data import split
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnRecipe


def build() -> Rig:
    """Train the model, and say what there is to test it with."""
    train, test, reserve = split(loans_data(), (0.4, 0.3, 0.3), np.random.default_rng(0))
    recipe = SklearnRecipe(GradientBoostingClassifier(n_estimators=80, max_depth=3), LOANS, "credit score")
    return Rig(
        name="credit score",
        target=recipe.fit(train, seed=0),
        test=test,
        train=train,
        reserve=reserve,
        recipe=recipe,
    )
