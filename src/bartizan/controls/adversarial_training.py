"""Adversarial training of networks: each batch is attacked with the network as it stands, and learnt from.

Radii are shares of the span of each value: for images from 0 to 1 the units of a pixel, for tables each column's width.
Values that an attacker cannot change, and categories, stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import msgspec
import numpy as np

from bartizan.controls.family import Hardening
from bartizan.controls.hardened import mark, numbers_only, retrain
from bartizan.controls.ranges import Count, Positive, Share, Strength
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.domain import Domain
from bartizan.targets.recipe import Recipe
from bartizan.targets.torch_models import Loss, Network, Tensor, Training

Objective = Callable[[Tensor], Tensor]
"""Logits of the changed inputs -> what the inner attack makes large, summed over the batch."""


class Climb(msgspec.Struct, frozen=True, kw_only=True):
    """Projected gradient ascent from a random start: the inner step of adversarial training.

    Source: Madry et al. 2018, "Towards deep learning models resistant to adversarial attacks", section 2.1.
    """

    domain: Domain
    radius: float
    steps: int
    step: float
    """Length of a step, as a share of the radius."""
    norm: Literal["linf", "l2"] = "linf"

    def __call__(self, network: Network, x: Tensor, objective: Objective, generator: Any) -> Tensor:
        """Inputs near ``x``, same shape, at which the objective is large. The network is left as it was."""
        torch = need("torch")
        low, high = self._reach(x)
        unit = torch.as_tensor(self.domain.span(), dtype=x.dtype, device=x.device)
        drawn = torch.rand(x.shape, generator=generator).to(x.device, x.dtype)
        near = self._within(x + (2 * drawn - 1) * self.radius * unit, x, unit, low, high)
        was, _ = network.training, network.eval()
        for _ in range(self.steps):
            near = near.detach().requires_grad_(True)
            (uphill,) = torch.autograd.grad(objective(network(near)), near)
            near = near.detach() + self.step * self.radius * unit * self._direction(uphill * unit)
            near = self._within(near, x, unit, low, high)
        network.train(was)
        return near.detach()

    def _direction(self, uphill: Tensor) -> Tensor:
        return uphill.sign() if self.norm == "linf" else uphill / _lengths(uphill)

    def _within(self, near: Tensor, x: Tensor, unit: Tensor, low: Tensor, high: Tensor) -> Tensor:
        moved = (near - x) / unit
        if self.norm == "linf":
            moved = moved.clamp(-self.radius, self.radius)
        else:
            moved = moved * (self.radius / _lengths(moved)).clamp(max=1.0)
        return (x + moved * unit).clamp(low, high)

    def _reach(self, x: Tensor) -> tuple[Tensor, Tensor]:
        torch = need("torch")
        low, high = (torch.as_tensor(bound, dtype=x.dtype, device=x.device) for bound in self.domain.bounds())
        low, high = torch.minimum(low.expand_as(x), x).clone(), torch.maximum(high.expand_as(x), x).clone()
        for column, feature in enumerate(self.domain.features):
            fixed = feature.direction == "none" or feature.kind == "categorical"
            if fixed or feature.direction == "up":
                low[:, column] = x[:, column]
            if fixed or feature.direction == "down":
                high[:, column] = x[:, column]
        return low, high


def _lengths(moved: Tensor) -> Tensor:
    lengths = moved.flatten(1).norm(dim=1).clamp_min(1e-12)
    return lengths.reshape(-1, *([1] * (moved.ndim - 1)))


def mistakes(y: Tensor) -> Objective:
    """Cross-entropy against the true classes."""
    return lambda logits: need("torch").nn.functional.cross_entropy(logits, y, reduction="sum")


class PgdTraining(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Learns from inputs that several steps of gradient ascent have made as wrong as they can be."""

    id: ClassVar[ControlId] = ControlId("train_adversarial")
    variant: ClassVar[str] = "pgd"
    title: ClassVar[str] = "Adversarial training, projected gradient descent"
    source: ClassVar[str] = "Madry et al. 2018, section 2"

    radius: Positive = 0.1
    """How far inputs are changed, as a share of the span of each value. Larger: safer, and classes blur."""
    norm: Literal["linf", "l2"] = "linf"
    steps: Count = 7
    """Of the inner attack. More: a stronger attack to learn from, and as many times the training time."""
    step: Positive = 0.3
    """Length of one step, as a share of the radius."""
    share: Share = 1.0
    """Weight of the changed inputs in the loss; the rest goes to the original ones."""
    longer: Positive = 1.0
    """How many times the epochs of the plain recipe."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The same training on attacked batches. Unsuitable for what is no network, and for texts."""
        climb = self._climb(numbers_only(recipe, self.title))
        return retrain(recipe, self.title, lambda plain: _attacked(plain, mark(self), self._loss(plain, climb), self))

    def _climb(self, domain: Domain) -> Climb:
        return Climb(domain=domain, radius=self.radius, steps=self.steps, step=self.step, norm=self.norm)

    def _loss(self, plain: Training, climb: Climb) -> Loss:
        usual = plain.loss

        def loss(network: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
            changed = climb(network, x, mistakes(y), generator)
            found = usual(network, changed, y, generator)
            if self.share >= 1:
                return found
            return self.share * found + (1 - self.share) * usual(network, x, y, generator)

        return loss


class FastTraining(PgdTraining, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One long step from a random start: nearly as safe as many steps, for twice the time of plain training.

    It can tip over: safe against one step, defenceless against several. Measure it with an attack of many steps.
    """

    variant: ClassVar[str] = "fast"
    title: ClassVar[str] = "Adversarial training, one step from a random start"
    source: ClassVar[str] = "Wong, Rice and Kolter 2020, 'Fast is better than free', algorithm 3"

    steps: Count = 1
    step: Positive = 1.25


class TradesTraining(PgdTraining, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Learns the original inputs, and to answer alike around them; one weight sets the balance of the two."""

    variant: ClassVar[str] = "trades"
    title: ClassVar[str] = "Adversarial training, TRADES"
    source: ClassVar[str] = "Zhang et al. 2019, 'Theoretically principled trade-off', equation 5"

    weight: Strength = 6.0
    """Of answering alike; 1 to 10. More: safer, and less accurate on unchanged inputs."""

    def _loss(self, plain: Training, climb: Climb) -> Loss:
        usual = plain.loss

        def loss(network: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
            steady = network(x).detach().log_softmax(1)
            changed = climb(network, x, lambda logits: _apart(steady, logits), generator)
            spread = _apart(network(x).log_softmax(1), network(changed)) / len(y)
            return usual(network, x, y, generator) + self.weight * spread

        return loss


def _apart(steady: Tensor, logits: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the answers from those of log-probabilities ``steady``, summed."""
    divergence = need("torch").nn.functional.kl_div
    return divergence(logits.log_softmax(1), steady, reduction="sum", log_target=True)


def _attacked(plain: Training, named: str, loss: Loss, control: PgdTraining) -> Training:
    epochs = max(1, int(np.ceil(plain.epochs * control.longer)))
    return plain.with_(named, loss=loss, epochs=epochs)
