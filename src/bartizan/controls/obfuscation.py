"""Model obfuscation: a model that answers as before and tells a thief less.

What it buys, honestly: time. Whoever can run the model can still copy it by queries and read what its layers do; the
layers' kinds and sizes stay as they are. What is gone are names, comments and the order of channels; and since the
order follows from a secret and the customer's name, a leaked file shows whose copy it was.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Check, Hardening, Proof
from bartizan.controls.hardened import Hardened, retrain
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.rig import Rig
from bartizan.targets.torch_models import Network, TorchPredictor, Training

_PASSING = ("ReLU", "LeakyReLU", "GELU", "SiLU", "ELU", "Tanh", "Sigmoid", "Dropout", "Dropout2d", "Identity")
_POOLING = ("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "AdaptiveMaxPool2d")


class ModelObfuscation(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Puts the channels of every hidden layer into an order that follows from a secret and the customer."""

    id: ClassVar[ControlId] = ControlId("model_obfuscation")
    title: ClassVar[str] = "Channels in secret order, names removed"

    secret: str = ""
    """What the order follows from."""
    customer: str = ""
    """Whom this copy is for: each gets an order of their own, by which a leaked file is traced."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The recipe whose networks come out in that order. Unsuitable for anything but a training of a network."""
        return retrain(recipe, self.title, lambda training: ObfuscatedRecipe(training, self))


class ObfuscatedRecipe(Hardened):
    """A training whose network is scrambled at the end."""

    def __init__(self, inner: Training, how: ModelObfuscation) -> None:
        bound = hmac.new(how.secret.encode(), how.customer.encode(), hashlib.sha256).hexdigest()[:16]
        super().__init__(inner, f"{how.name}({bound})")
        self.inner: Training = inner
        self.how = how

    def fit(self, data: Dataset, seed: int) -> TorchPredictor:
        """The same network by its answers. Unsuitable where it is no chain of layers that are known."""
        network = scrambled(self.inner.train(data, seed), order_of(self.how.secret, self.how.customer))
        return TorchPredictor(network, self.inner.domain, data.classes, self.name, device=self.inner.device)


def order_of(secret: str, customer: str) -> np.random.Generator:
    """What draws one customer's order."""
    digest = hmac.new(secret.encode(), customer.encode(), hashlib.sha256).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def scrambled(network: Network, rng: np.random.Generator) -> Network:
    """A copy with the channels between its layers in another order: same answers but for rounding.

    Raises Unsuitable for anything but a chain (torch.nn.Sequential) of dense and convolutional layers, batch
    normalisation, activations that treat each value alone, pooling and flattening.
    """
    torch = need("torch")
    if not isinstance(network, torch.nn.Sequential):
        raise Unsuitable(f"{type(network).__name__}: only a chain of layers can be put into another order")
    twin = copy.deepcopy(network)
    layers = list(twin)
    weighted = [layer for layer in layers if _is_weighted(layer)]
    order: NDArray[np.int64] | None = None
    with torch.no_grad():
        for layer in layers:
            if _is_weighted(layer):
                if order is not None:
                    _reorder_inputs(layer, order)
                order = None if layer is weighted[-1] else rng.permutation(len(layer.weight))
                if order is not None:
                    _reorder_outputs(layer, order)
            elif order is not None:
                _follow(layer, order)
    return twin


def _is_weighted(layer: Any) -> bool:
    nn = need("torch").nn
    if isinstance(layer, nn.Conv2d) and layer.groups != 1:
        raise Unsuitable("a convolution in groups ties its channels to places: they cannot be put into another order")
    return isinstance(layer, nn.Linear | nn.Conv2d)


def _reorder_outputs(layer: Any, order: NDArray[np.int64]) -> None:
    layer.weight.copy_(layer.weight[order].clone())
    if layer.bias is not None:
        layer.bias.copy_(layer.bias[order].clone())


def _reorder_inputs(layer: Any, order: NDArray[np.int64]) -> None:
    """After flattening a channel is a block of values, so the columns of a dense layer move in blocks."""
    block = layer.weight.shape[1] // len(order)
    if block * len(order) != layer.weight.shape[1]:
        raise Unsuitable(f"{layer}: its inputs are no whole number of values for each of {len(order)} channels")
    columns = (order[:, None] * block + np.arange(block)).ravel()
    layer.weight.copy_(layer.weight[:, columns].clone())


def _follow(layer: Any, order: NDArray[np.int64]) -> None:
    kind = type(layer).__name__
    if kind in ("BatchNorm1d", "BatchNorm2d"):
        for value in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
            if value is not None:
                value.copy_(value[order].clone())
    elif kind not in (*_PASSING, *_POOLING, "Flatten"):
        raise Unsuitable(f"a layer of kind {kind} is not known to treat channels alike")


def strip_state(state: dict[str, Any], rng: np.random.Generator) -> tuple[dict[str, Any], dict[str, str]]:
    """A network's state under names that say nothing, in another order; and which name stands for which.

    The second is for the owner: without it the first cannot be loaded into the network.
    """
    names = list(state)
    places = {f"p{place}": names[int(k)] for place, k in enumerate(rng.permutation(len(names)))}
    return {new: state[old].detach().clone() for new, old in places.items()}, places


def restore_state(stripped: dict[str, Any], places: dict[str, str]) -> dict[str, Any]:
    """The state under its own names again. Raises Unsuitable where the two do not belong together."""
    if set(stripped) != set(places):
        raise Unsuitable("this list of names belongs to another model")
    return {old: stripped[new] for new, old in places.items()}


class ObfuscationCheck(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Looks whether the network can be scrambled and stripped without another answer, and what its names give away."""

    id: ClassVar[ControlId] = ControlId("model_obfuscation")
    variant: ClassVar[str] = "check"
    title: ClassVar[str] = "Names say nothing, answers stay"

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """A proof for the answers of a scrambled copy and one for the parameters' names."""
        if not isinstance(rig.target, TorchPredictor):
            raise Unsuitable(f"{rig.target.card.name}: only networks are known to be scrambled and stripped")
        card, network = rig.target.card, rig.target.network
        twin = TorchPredictor(scrambled(network, rng), card.domain, card.classes)
        same = int((twin.labels(rig.test.x) == rig.target.labels(rig.test.x)).sum())
        kept = Proof(
            passed=same == len(rig.test),
            what=f"{same} of {len(rig.test)} answers of a scrambled copy are the same",
            hits=same,
            trials=len(rig.test),
        )
        return kept, _names_proof(network)


def _names_proof(network: Network) -> Proof:
    names = list(network.state_dict())
    telling = [name for name in names if not all(p.isdigit() or p in _PLAIN for p in name.split("."))]
    what = f"{len(telling)} of {len(names)} parameters have names of their own"
    return Proof(
        passed=not telling, what=what + (f": {telling[0]}" if telling else ""), hits=len(telling), trials=len(names)
    )


_PLAIN = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
"""What torch itself calls parameters: says what a layer's kind says anyway."""
