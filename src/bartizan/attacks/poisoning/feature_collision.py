"""Feature collision: rows that look like one class and that a network takes for one chosen input of another.

Every label is right and the chosen input carries no mark. It works where a network is fine-tuned from a base that the
attacker has too: the features exist before the victim trains.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from bartizan.attacks.family import Knowledge, Poisoned, Poisoning
from bartizan.attacks.poisoning.backdoor import victims
from bartizan.core.extras import need
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs, Modality
from bartizan.targets.feature_layer import feature_map, features_of
from bartizan.targets.predictor import Labels, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.torch_models import Network, TorchPredictor, Training


class FeatureCollision(Poisoning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Moves rows of the wanted class so that their features meet those of chosen test inputs.

    The rows are those of the wanted class whose features lie nearest. A little of the chosen input is mixed in first.
    """

    id: ClassVar[str] = "feature_collision"
    title: ClassVar[str] = "Feature collision in a fine-tuned network"
    threats: ClassVar[tuple[ThreatId, ...]] = (
        ThreatId("targeted_data_poison"),
        ThreatId("data_poison"),
        ThreatId("supply_chain_data_poison"),
    )
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table")
    source: ClassVar[str] = "Shafahi et al. 2018, Poison Frogs, algorithm 1 and section 4.1 (opacity)"

    wanted: int = 0
    """The class that the chosen inputs shall be taken for, and the one whose rows are changed."""
    victim: int | None = None
    """The class of the chosen inputs; None: any other."""
    targets: int = 3
    """How many test inputs are chosen."""
    rows: int = 12
    """Poisoned rows for each."""
    opacity: float = 0.3
    """How much of the chosen input is mixed into the rows before the search."""
    steps: int = 100
    """Of the search."""
    rate: float = 0.05
    """Step size, as a share of the range of a value."""
    likeness: float = 0.05
    """How strongly rows are held where they were: the weight of the squared distance in inputs against features."""

    def poison(
        self, train: Dataset, test: Dataset, domain: Domain, knowledge: Knowledge, rng: np.random.Generator
    ) -> Poisoned:
        """Rows are changed in place. Raises Unsuitable where the recipe fine-tunes no network from a base."""
        base = TorchPredictor(_base(knowledge.recipe), domain, train.classes)
        chosen = rng.permutation(victims(test, self.wanted, self.victim))[: self.targets]
        free = np.flatnonzero(train.y == self.wanted)
        if len(free) < self.rows * len(chosen):
            raise Unsuitable(
                f"{len(free)} rows of class {self.wanted} are too few for {self.rows} for each of {len(chosen)} inputs"
            )
        x, changed = train.x.copy(), np.zeros(len(train), bool)
        for goal in chosen:
            near = _nearest(base, train.x[free], test.x[goal : goal + 1])[: self.rows]
            rows, free = free[near], np.delete(free, near)
            x[rows] = self._collide(base, train.x[rows], test.x[goal], domain)
            changed[rows] = True
        return Poisoned(
            train=Dataset(x=x, y=train.y, classes=train.classes, name=train.name),
            changed=changed,
            inputs=test.x[chosen],
            honest=test.y[chosen],
            wanted=np.full(len(chosen), self.wanted, np.int64),
        )

    def _collide(self, base: TorchPredictor, origin: Inputs, goal: Inputs, domain: Domain) -> Inputs:
        """Forward-backward splitting: a step towards the goal's features, then one back towards the origin."""
        torch = need("torch")
        features = feature_map(base.network)
        span = domain.span().astype(np.float32)
        aim = torch.as_tensor(features_of(base, goal[None]).astype(np.float32), device=base.device)
        x = domain.feasible((origin + self.opacity * (goal - origin)).astype(origin.dtype), origin)
        for step in range(self.steps):
            entered = torch.as_tensor(np.asarray(x, np.float32), device=base.device).requires_grad_(True)
            gap = ((features(entered) - aim) ** 2).sum()
            gradient = torch.autograd.grad(gap, entered)[0].cpu().numpy() * span
            size = np.abs(gradient).reshape(len(x), -1).max(axis=1).reshape(-1, *[1] * (x.ndim - 1))
            pace = self.rate * (1 - step / self.steps)
            forward = x - pace * span * gradient / np.maximum(size, 1e-12)
            backward = (forward + pace * self.likeness * origin) / (1 + pace * self.likeness)
            x = domain.feasible(backward.astype(origin.dtype), origin)
        return x


def _base(recipe: Recipe | None) -> Network:
    if not isinstance(recipe, Training):
        raise Unsuitable("a feature collision needs the training of a network, and this recipe is none")
    if recipe.base is None:
        raise Unsuitable(
            f"{recipe.name} is trained from nothing: its features do not exist before the training; "
            "a collision is for networks that are fine-tuned from a base"
        )
    network: Any = recipe.base
    return network


def _nearest(base: TorchPredictor, x: Inputs, goal: Inputs) -> Labels:
    """The order of the rows by their distance to the goal in features."""
    gaps = np.linalg.norm(features_of(base, x) - features_of(base, goal), axis=1)
    return np.asarray(np.argsort(gaps, kind="stable"), np.int64)
