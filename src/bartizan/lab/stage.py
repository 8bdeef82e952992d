"""A rig with controls put on: the model made anew by the hardened recipe, the guards around it."""

from __future__ import annotations

import copy
import hashlib
import time
from collections.abc import Callable

import msgspec
import numpy as np

from bartizan.controls.control import Control
from bartizan.controls.family import Guard, Hardening, Trusting
from bartizan.controls.guards.guarded import Guarded, called_by
from bartizan.core.measurement import Price, Rate
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels, Predictor, Unsuitable, Wrapped
from bartizan.targets.recipe import Recipe
from bartizan.targets.rig import Rig

_SINGLES = 20
"""How many single inputs the latency is the median of."""
_EACH = 8
"""So many inputs come from one honest person: fewer than any sensible limit on a caller."""
_HONEST = 1000
"""How many honest inputs the accuracy rests on at most."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What is attacked, and how to make it again."""

    rig: Rig
    recipe: Recipe | None
    """The hardened recipe; None where the rig has none."""
    bare: Predictor
    """The model without guards."""
    guards: tuple[Guard, ...]
    seed: int
    fitting_seconds: float = 0.0

    def guarded(self, model: Predictor | None = None) -> Predictor:
        """The model, or another one in its place, with fresh guards around it: none remembers an earlier question."""
        target = model or self.bare
        for i, guard in enumerate(self.guards):
            target = guard.mount(target, _clean(self.rig), np.random.default_rng([self.seed, i]))
        return target


def _clean(rig: Rig) -> Dataset:
    found = rig.reserve or rig.train
    if found is None:
        raise Unsuitable(f"{rig.name} has no data to set a guard by: give it reserve or train")
    return found


class GuardedRecipe(Recipe):
    """Makes a model and mounts the same guards around it: how an attacker who knows them makes shadows."""

    def __init__(self, stage: Stage, recipe: Recipe) -> None:
        self.stage, self.inner = stage, recipe

    @property
    def name(self) -> str:
        """The inner one's, guarded."""
        return f"{self.inner.name}, guarded"

    @property
    def digest(self) -> str:
        """SHA-256 over the recipe's and the guards with their parameters."""
        known = [self.inner.digest, *(repr(guard) for guard in self.stage.guards)]
        return hashlib.sha256("\0".join(known).encode()).hexdigest()

    def fit(self, data: Dataset, seed: int) -> Predictor:
        """The model with fresh guards."""
        return self.stage.guarded(self.inner.fit(data, seed))


class Models:
    """Models that were trained in this process: by recipe, data and seed. The same one is not trained twice."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, int], tuple[Predictor, float]] = {}

    def fit(self, recipe: Recipe, data: Dataset, seed: int) -> tuple[Predictor, float]:
        """The model, and the CPU seconds that its training took when it was trained."""
        key = (recipe.digest, data.digest, seed)
        if key not in self._kept:
            start = time.process_time()
            model = recipe.fit(data, seed)
            self._kept[key] = model, time.process_time() - start
        return self._kept[key]


def put_on(rig: Rig, controls: tuple[Control, ...], seed: int, models: Models) -> Stage:
    """The rig with these controls. Raises Unsuitable where one cannot be put on it.

    With a hardening the model is trained anew on the rig's training data; without, the rig's own model is used.
    """
    recipe = rig.recipe
    hardenings = [control for control in controls if isinstance(control, Hardening)]
    bare, seconds = rig.target, 0.0
    for hardening in hardenings:
        if recipe is None or rig.train is None:
            raise Unsuitable(f"{hardening.title} trains the model again; {rig.name} has no recipe and training data")
        recipe = _harder(hardening, recipe, rig)
    if hardenings and recipe is not None and rig.train is not None:
        bare, seconds = models.fit(recipe, rig.train, seed)
    guards = tuple(control for control in controls if isinstance(control, Guard))
    return Stage(rig=rig, recipe=recipe, bare=bare, guards=guards, seed=seed, fitting_seconds=seconds)


def _harder(hardening: Hardening, recipe: Recipe, rig: Rig) -> Recipe:
    if isinstance(hardening, Trusting) and rig.reserve is not None:
        return hardening.harden_with(recipe, rig.reserve)
    return hardening.harden(recipe)


def price_of(stage: Stage, rng: np.random.Generator, model: Predictor | None = None) -> Price:
    """Accuracy and latency of the stage for honest people; its queries and seconds are the attack's to add."""
    test = stage.rig.test
    rows = rng.permutation(len(test))[:_HONEST]
    right = np.asarray(honest(stage, test.x[rows], model) == test.y[rows])
    return Price(
        accuracy=Rate(hits=int(right.sum()), trials=len(rows)),
        latency_ms=_latency(stage.guarded(model).labels, test.x[rows[:_SINGLES]]),
        fitting_seconds=stage.fitting_seconds,
    )


def honest(stage: Stage, x: Inputs, model: Predictor | None = None) -> Labels:
    """What honest people are answered, each of whom asks a few times."""
    return by_strangers(stage.guarded(model), x)


def by_strangers(target: Predictor, x: Inputs) -> Labels:
    """The labels of inputs that come from people whom no guard has seen before, a few from each.

    Answers are checked as those to an attack are. Raises BadAnswer, TargetCrashed.
    """
    if not _knows_callers(target):
        return Border(target).labels(x)
    blocks = [Border(called_by(target, f"stranger {i}")).labels(x[i : i + _EACH]) for i in range(0, len(x), _EACH)]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int64)


def _knows_callers(target: Predictor) -> bool:
    return isinstance(target, Wrapped) and (isinstance(target, Guarded) or _knows_callers(target.inner))


def swapped(guarded: Predictor, model: Predictor) -> Predictor:
    """The same guards, which have seen the model that was there before, around another one: it was changed in place."""
    if not isinstance(guarded, Wrapped):
        return model
    other = copy.copy(guarded)
    other.inner = swapped(guarded.inner, model)
    return other


def _latency(ask: Callable[[Inputs], Labels], x: Inputs) -> float:
    taken = []
    for i in range(len(x)):
        start = time.perf_counter()
        ask(x[i : i + 1])
        taken.append(time.perf_counter() - start)
    return 1000 * float(np.median(taken)) if taken else 0.0
