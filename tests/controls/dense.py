"""Digits and a dense network that trains in a tenth of a second, for tests that train several."""

from __future__ import annotations

import functools
from typing import Any

from bartizan.core.extras import need
from bartizan.lab.reference.rigs import DIGITS, digits_data
from bartizan.targets.data import split
from bartizan.targets.rig import Rig
from bartizan.targets.torch_models import Training
from tests import rigs


def network() -> Any:
    """64 pixels, 64 hidden values, 10 classes."""
    nn = need("torch").nn
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def training(epochs: int = 10, **how: Any) -> Training:
    """Its recipe."""
    rigs.one_thread()
    return Training(network, DIGITS, "dense", **{"epochs": epochs, "batch": 32, "rate": 3e-3, **how})


@functools.cache
def digits() -> Rig:
    """Half to train, a quarter to test, a quarter in reserve."""
    train, test, reserve = split(digits_data(), (0.5, 0.25, 0.25), rigs.rng())
    recipe = training()
    target = recipe.fit(train, 0)
    return Rig(name="digits", target=target, train=train, test=test, reserve=reserve, recipe=recipe)
