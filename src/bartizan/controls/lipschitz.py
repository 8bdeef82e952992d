"""How much a network can change at most when its input moves: a bound in L2, and the radius that it certifies.

The bound is the product of the layers' own. It is sound for chains of the layers named here, in evaluation mode, and
refused for others. Convolutions: the largest singular value over the frequencies of a circular one that is large enough
to hold the zero-padded one (Sedghi, Gupta and Long 2019, theorem 6), so that the bound holds for the padded one too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.core.extras import need
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels, Unsuitable
from bartizan.targets.torch_models import Network, Tensor, TorchPredictor

_NO_STEEPER = {
    "ReLU",
    "LeakyReLU",
    "ReLU6",
    "Tanh",
    "Sigmoid",
    "Softplus",
    "Flatten",
    "Identity",
    "Dropout",
    "Dropout2d",
}
"""Layers whose outputs are never farther apart than their inputs."""


class Layer(msgspec.Struct, frozen=True):
    """One layer, and the shape of a sample that enters it."""

    module: Network
    entering: tuple[int, ...]

    @property
    def weighs(self) -> bool:
        """Whether it has a matrix: a linear layer or a convolution."""
        return type(self.module).__name__ in ("Linear", "Conv2d")


def chain(network: Network, shape: tuple[int, ...]) -> list[Layer]:
    """The network's layers in order, with the shapes that enter them, for samples of this shape.

    Raises Unsuitable where it is no chain, holds a layer for which no bound is known, or does not end in a linear one.
    """
    torch = need("torch")
    parameter = next(iter(network.parameters()), torch.zeros(()))
    x, layers = torch.zeros((1, *shape), dtype=parameter.dtype, device=parameter.device), []
    was, _ = network.training, network.eval()
    with torch.no_grad():
        for module in _in_order(network):
            layer = Layer(module, tuple(x.shape[1:]))
            if not _known(layer):
                raise Unsuitable(
                    f"no bound is known for a layer {module}; use a chain (Sequential) of linear, convolutional, "
                    "pooling, batch-norm and simple activation layers"
                )
            layers.append(layer)
            x = module(x)
    network.train(was)
    if not layers or type(layers[-1].module).__name__ != "Linear":
        raise Unsuitable("a radius is certified from the rows of a last linear layer, and this network ends otherwise")
    return layers


def _in_order(network: Network) -> Iterator[Network]:
    if type(network).__name__ != "Sequential":
        yield network
        return
    for part in network:
        yield from _in_order(part)


def _known(layer: Layer) -> bool:
    kind, module = type(layer.module).__name__, layer.module
    if kind == "Conv2d":
        return bool(module.padding_mode == "zeros" and module.groups == 1 and not isinstance(module.padding, str))
    if kind == "LeakyReLU":
        return bool(abs(module.negative_slope) <= 1)
    if kind == "MaxPool2d":
        return module.dilation in (1, (1, 1))
    if kind == "AvgPool2d":
        return not module.ceil_mode and module.divisor_override is None and module.padding in (0, (0, 0))
    if kind.startswith("BatchNorm"):
        return bool(module.track_running_stats)
    return kind in _NO_STEEPER or kind == "Linear"


def steepness(layer: Layer) -> float:
    """The most by which it stretches a distance in L2. Exact for linear layers, an upper bound for the others."""
    torch, kind, module = need("torch"), type(layer.module).__name__, layer.module
    with torch.no_grad():
        if kind == "Linear":
            return float(torch.linalg.matrix_norm(module.weight.double(), 2))
        if kind == "Conv2d":
            return _of_convolution(layer)
        if kind.startswith("BatchNorm"):
            scale = 1.0 if module.weight is None else module.weight.double().abs()
            return float((scale / (module.running_var.double() + module.eps).sqrt()).max())
        if kind in ("MaxPool2d", "AvgPool2d"):
            return _of_pooling(module, kind)
    return 1.0


def _of_convolution(layer: Layer) -> float:
    """Over all frequencies of a circular grid that holds the image and its padded border."""
    torch, module = need("torch"), layer.module
    weight = module.weight.double()
    spread = [(size - 1) * step + 1 for size, step in zip(module.kernel_size, module.dilation, strict=True)]
    full = torch.zeros(*weight.shape[:2], *spread, dtype=weight.dtype, device=weight.device)
    full[:, :, :: module.dilation[0], :: module.dilation[1]] = weight
    grid = [side + wide - 1 for side, wide in zip(layer.entering[-2:], spread, strict=True)]
    waves = torch.fft.rfft2(full, s=grid).permute(2, 3, 0, 1)
    return float(torch.linalg.matrix_norm(waves, 2).max())


def _of_pooling(module: Network, kind: str) -> float:
    def pair(given: int | tuple[int, int]) -> tuple[int, int]:
        return (given, given) if isinstance(given, int) else given

    window, stride = pair(module.kernel_size), pair(module.stride)
    shared = math.prod(math.ceil(wide / step) for wide, step in zip(window, stride, strict=True))
    # A value enters `shared` windows at most; the mean of a window of m values shrinks a distance by sqrt(m).
    return math.sqrt(shared) if kind == "MaxPool2d" else math.sqrt(shared / math.prod(window))


def row_distances(last: Network) -> Tensor:
    """How far apart the rows of the last layer are, (classes, classes): bounds the difference of two logits."""
    weight = last.weight
    return (weight[:, None] - weight[None, :]).square().sum(2).clamp_min(1e-24).sqrt()


class CertifiedNetwork(TorchPredictor):
    """A network that tells, with each answer, how far the input may move in L2 without changing it."""

    def certify(self, x: Inputs) -> tuple[Labels, NDArray[np.float64]]:
        """The answer to each input, and the L2 radius, in the units of the input, within which it cannot change.

        Margins are compared with what each pair of logits can change at most (Leino, Wang and Fredrikson 2021, section
        3); a slack of a millionth of the logits covers rounding in 32 bits.
        """
        layers = chain(self.network, self.card.domain.shape)
        inner = math.prod(steepness(layer) for layer in layers[:-1])
        apart = inner * row_distances(layers[-1].module).detach().double().cpu().numpy()
        logits = self.logits(x)
        chosen = logits.argmax(axis=1)
        slack = 1e-6 * np.abs(logits).max(axis=1, initial=0.0, keepdims=True)
        lead = logits[np.arange(len(x)), chosen][:, None] - logits - slack
        radius = lead / np.maximum(apart[chosen], 1e-12)
        radius[np.arange(len(x)), chosen] = np.inf
        return chosen.astype(np.int64), np.maximum(radius.min(axis=1), 0.0)
