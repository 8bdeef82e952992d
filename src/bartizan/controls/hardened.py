"""Recipes as hardenings make them: around another recipe, under a mark that names the control and its parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeAlias

import msgspec
import numpy as np

from bartizan.controls.control import Control
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.torch_models import Training

Change: TypeAlias = Callable[[Dataset, np.random.Generator], Dataset]
"""Training data -> other training data; draws from the generator alone, and leaves what it is given as it is."""


def mark(control: Control, *more: str) -> str:
    """What a hardened recipe is called: the control's name, its parameters, and what else the result depends on."""
    given = [f"{name}={value}" for name, value in msgspec.structs.asdict(control).items()]
    return f"{control.name}({', '.join([*given, *more])})"


def domain_of(recipe: Recipe, control: str) -> Domain:
    """The inputs that a recipe's models are made for. Raises Unsuitable where the recipe does not say."""
    domain = getattr(recipe, "domain", None)
    if not isinstance(domain, Domain):
        raise Unsuitable(f"{control} must know the bounds of the inputs, and {recipe.name} names no domain")
    return domain


def numbers_only(recipe: Recipe, control: str) -> Domain:
    """The domain of a recipe for images or tables. Raises Unsuitable for texts."""
    domain = domain_of(recipe, control)
    if domain.modality == "text":
        raise Unsuitable(f"{control} changes numbers, and {recipe.name} is made for texts")
    return domain


class Hardened(Recipe):
    """A recipe around another one. Subclasses say how it fits."""

    def __init__(self, inner: Recipe, mark: str) -> None:
        self.inner, self.mark = inner, mark

    @property
    def name(self) -> str:
        """The inner one's name, and what hardened it."""
        return f"{self.inner.name} + {self.mark}"

    @property
    def digest(self) -> str:
        """SHA-256 over the inner digest and the mark."""
        return hashlib.sha256(f"{self.inner.digest} {self.mark}".encode()).hexdigest()

    @property
    def domain(self) -> Domain:
        """The inner one's. Raises Unsuitable where it does not say."""
        return domain_of(self.inner, self.mark)


class Prepared(Hardened):
    """Changes the data before the inner recipe sees them."""

    def __init__(self, inner: Recipe, mark: str, change: Change) -> None:
        super().__init__(inner, mark)
        self.change = change

    def fit(self, data: Dataset, seed: int) -> Predictor:
        """The inner recipe's model of the changed data; the change draws by the seed and the mark."""
        salt = int.from_bytes(hashlib.sha256(self.mark.encode()).digest()[:4], "big")
        return self.inner.fit(self.change(data, np.random.default_rng([seed, salt])), seed)

    def over(self, inner: Recipe) -> Prepared:
        """The same preparation for another recipe."""
        return Prepared(inner, self.mark, self.change)


def retrain(recipe: Recipe, control: str, change: Callable[[Training], Recipe]) -> Recipe:
    """The recipe with its training of a network changed, through whatever prepares the data before it.

    Raises Unsuitable where no network is trained.
    """
    if isinstance(recipe, Prepared):
        return recipe.over(retrain(recipe.inner, control, change))
    if isinstance(recipe, Training):
        return change(recipe)
    raise Unsuitable(f"{control} changes how a network is trained by gradients, and {recipe.name} is no such training")
