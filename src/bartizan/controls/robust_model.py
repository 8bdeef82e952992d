"""Models that are hard to evade by their build: networks of bounded steepness, and models that rise one way only."""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

from bartizan.controls.family import Hardening
from bartizan.controls.hardened import mark, numbers_only, retrain
from bartizan.controls.lipschitz import CertifiedNetwork, Layer, chain, row_distances, steepness
from bartizan.controls.ranges import Positive, Share
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.recipe import Recipe
from bartizan.targets.torch_models import Loss, Network, Tensor, Training


class LipschitzTraining(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trains for a margin that no change within a radius can use up, whatever the attack; the margin is certified."""

    id: ClassVar[ControlId] = ControlId("evasion_robust_model")
    variant: ClassVar[str] = "lipschitz"
    title: ClassVar[str] = "Network of bounded steepness"
    source: ClassVar[str] = (
        "Tsuzuku, Sato and Sugiyama 2018, 'Lipschitz-margin training', section 4; "
        "pairs of logits as Leino, Wang and Fredrikson 2021, 'Globally-robust neural networks'"
    )

    radius: Positive = 0.1
    """L2, in the units of the input: within it answers shall not change. Larger: safer, and less accurate."""
    longer: Positive = 3.0
    """How many times the epochs of the plain recipe: the bound takes longer to learn."""
    rising: Share = 0.5
    """Share of the training during which the radius rises from 0: at once it would be too hard."""

    def harden(self, recipe: Recipe) -> Recipe:
        """A training whose model certifies its answers. Unsuitable for what is no chain of known layers."""
        numbers_only(recipe, self.title)
        return retrain(recipe, self.title, self._bounded)

    def _bounded(self, plain: Training) -> Training:
        chain(plain.build() if plain.base is None else plain.base, plain.domain.shape)
        epochs = max(1, round(plain.epochs * self.longer))
        return MarginTraining.of(plain, self).with_(mark(self), epochs=epochs)


class MarginTraining(Training):
    """A training whose loss counts the margin, and whose model is certified."""

    control: LipschitzTraining

    @classmethod
    def of(cls, plain: Training, control: LipschitzTraining) -> MarginTraining:
        """The same settings as a plain one."""
        made = cls(plain.build, plain.domain)
        made.__dict__.update(plain.__dict__)
        made.control = control
        return made

    def fit(self, data: Dataset, seed: int) -> CertifiedNetwork:
        """A trained network with ``certify``."""
        network = self.train(data, seed)
        return CertifiedNetwork(network, self.domain, data.classes, self.name, device=self.device)

    def train(self, data: Dataset, seed: int) -> Network:
        """The network itself."""
        batches = -(-len(data) // self.batch) * self.epochs
        raised = self.with_("")
        raised.loss = Margin(self.loss, self.domain.shape, self.control.radius, batches * self.control.rising)
        return Training.train(raised, data, seed)


class Margin:
    """A loss on logits from which the most that an attacker could add is taken already."""

    def __init__(self, usual: Loss, shape: tuple[int, ...], radius: float, rising: float) -> None:
        self._usual, self._shape, self._radius, self._rising = usual, shape, radius, rising
        self._calls = 0
        self._layers: list[Layer] = []
        self._directions: weakref.WeakKeyDictionary[Network, Tensor] = weakref.WeakKeyDictionary()

    def __call__(self, network: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
        """The usual loss, with each wrong logit raised by what ``radius`` allows."""
        self._layers = self._layers or chain(network, self._shape)
        self._calls += 1
        radius = self._radius * min(1.0, self._calls / max(self._rising, 1.0))
        inner = 1.0
        for layer in self._layers[:-1]:
            inner = inner * (self._steepness(layer, generator) if layer.weighs else steepness(layer))
        allowed = radius * inner * row_distances(self._layers[-1].module)
        return self._usual(_Raised(network, allowed[y].scatter(1, y[:, None], 0.0)), x, y, generator)

    def _steepness(self, layer: Layer, generator: Any) -> Tensor:
        """By power iteration, in a direction that is kept from batch to batch: cheap, and right after a while."""
        torch, module = need("torch"), layer.module
        direction = self._directions.get(module)
        if direction is None:
            direction = torch.randn((1, *layer.entering), generator=generator).to(module.weight.device)
        with torch.no_grad():
            for _ in range(2 if module in self._directions else 20):
                direction = _backward(layer, _forward(layer, direction))
                direction = direction / direction.norm().clamp_min(1e-12)
        self._directions[module] = direction
        return _forward(layer, direction).norm()


class _Raised:
    """The network with some logits raised; in all else the network."""

    def __init__(self, network: Network, by: Tensor) -> None:
        self._network, self._by = network, by

    def __call__(self, x: Tensor) -> Tensor:
        return self._network(x) + self._by

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)


def _forward(layer: Layer, direction: Tensor) -> Tensor:
    functional, module = need("torch").nn.functional, layer.module
    if type(module).__name__ == "Linear":
        return functional.linear(direction, module.weight)
    return functional.conv2d(direction, module.weight, None, module.stride, module.padding, module.dilation)


def _backward(layer: Layer, image: Tensor) -> Tensor:
    torch, module = need("torch"), layer.module
    if type(module).__name__ == "Linear":
        return image @ module.weight
    return torch.nn.grad.conv2d_input(
        (1, *layer.entering), module.weight, image, module.stride, module.padding, module.dilation
    )
