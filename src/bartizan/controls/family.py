"""What a control's code is: a hardening, a guard or a check, under the control's id in the catalogue.

    Hardening     turns a recipe into a safer recipe: by cleaning or changing the data, or by training differently
    Guard         stands around a target while it runs
    Check         looks for proof that the control is in place

A hardened or guarded target is a target: the lab attacks it like any other, and the attack knows it.
"""

from __future__ import annotations

import abc

import msgspec
import numpy as np

from bartizan.controls.control import Control
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.rig import Rig


class Hardening(Control, frozen=True):
    """Turns a recipe into a safer one. The result's digest covers the hardening and its parameters."""

    @abc.abstractmethod
    def harden(self, recipe: Recipe) -> Recipe:
        """The safer recipe. Raises Unsuitable where this kind of recipe cannot be hardened so; its text says why."""


class Trusting(Hardening, frozen=True):
    """A hardening that leans on clean data: collected by the owner, where no attacker had a hand in."""

    @abc.abstractmethod
    def harden_with(self, recipe: Recipe, trusted: Dataset) -> Recipe:
        """The safer recipe; its digest covers the trusted data too. Raises Unsuitable as ``harden`` does."""

    def harden(self, recipe: Recipe) -> Recipe:
        """Raises Unsuitable: without trusted data there is nothing to lean on."""
        raise Unsuitable(
            f"{self.title} needs clean data besides the training set, and there are none for {recipe.name}"
        )


class Guard(Control, frozen=True):
    """Stands around a target: changes or refuses inputs, changes or withholds answers."""

    @abc.abstractmethod
    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> Predictor:
        """The target with the guard around it; ``clean`` is ordinary traffic to set it by.

        A guard that crashes on an input refuses it. Raises Unsuitable where the target cannot be guarded so.
        """


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found."""

    passed: bool
    what: str
    """In a line: what was looked at, and what was found."""
    hits: int | None = None
    trials: int | None = None


class Check(Control, frozen=True):
    """Looks whether a control is in place and works."""

    @abc.abstractmethod
    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """One proof for each thing that was looked at. Raises Unsuitable where there is nothing to look at."""
