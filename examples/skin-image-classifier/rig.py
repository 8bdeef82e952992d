"""A stand-in for the model behind this description, for `bartizan test`: a small network that reads digits.

Pictures of skin may not be shipped, so scikit-learn's handwritten digits take their place; nothing else changes.
"""

from __future__ import annotations

import numpy as np

from bartizan.lab.reference.rigs import DIGITS, convolutional, digits_data
from bartizan.targets.data import split
from bartizan.targets.rig import Rig
from bartizan.targets.torch_models import Training


def build() -> Rig:
    """Train the model, and say what there is to test it with."""
    train, test, reserve = split(digits_data(), (0.5, 0.25, 0.25), np.random.default_rng(0))
    recipe = Training(convolutional(), DIGITS, "image classifier", epochs=20, batch=32, rate=3e-3)
    return Rig(
        name="image classifier",
        target=recipe.fit(train, seed=0),
        test=test,
        train=train,
        reserve=reserve,
        recipe=recipe,
    )
