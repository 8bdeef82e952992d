"""A target with the data and the recipe it came from: what an experiment is run on."""

from __future__ import annotations

import msgspec

from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor
from bartizan.targets.recipe import Recipe


class Rig(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner of a model has at hand. Each attack and control says what it needs of it."""

    name: str
    target: Predictor
    test: Dataset
    """Inputs with true labels that the model was not trained on: where attacks start and accuracy is measured."""
    train: Dataset | None = None
    """What it was trained on: for poisoning, membership, and controls that train again."""
    reserve: Dataset | None = None
    """More of the same kind that neither the model nor the tests have seen: what an attacker could collect."""
    recipe: Recipe | None = None
    """How it was trained."""
    query_price: float = 0.0
    """What one answer costs, in the owner's currency; 0 where that does not matter."""
