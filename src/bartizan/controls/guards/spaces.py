"""Where distances between inputs are measured: among the inputs themselves, or in a network's last hidden layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.core.extras import need
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Predictor, Unsuitable, Wrapped
from bartizan.targets.torch_models import TorchPredictor

Space: TypeAlias = Literal["best", "inputs", "features"]
Points: TypeAlias = NDArray[np.float64]


def points_of(target: Predictor, space: Space, clean: Inputs) -> Callable[[Inputs], Points]:
    """A function from inputs to points, shape (n, d), each coordinate scaled to variance 1 over the clean inputs.

    ``features`` are what enters the last dense layer of a PyTorch network, past any wrapper around it; ``best`` takes
    them where there are any, else the inputs. Raises Unsuitable where features are asked for and there are none.
    """
    network = _network(target)
    if space == "features" and network is None:
        raise Unsuitable(f"{target.card.name} has no hidden layer at hand to take features from")
    raw = _flat if network is None or space == "inputs" else _hidden(network)
    ordinary = raw(clean)
    middle, wide = ordinary.mean(axis=0), ordinary.std(axis=0)
    wide = np.where(wide > 1e-9, wide, 1.0)
    return lambda x: (raw(x) - middle) / wide


def _flat(x: Inputs) -> Points:
    return np.asarray(x, np.float64).reshape(len(x), -1)


def _network(target: Predictor) -> TorchPredictor | None:
    while isinstance(target, Wrapped):
        target = target.inner
    if isinstance(target, TorchPredictor) and _last_dense(target) is not None:
        return target
    return None


def _last_dense(target: TorchPredictor) -> Any:
    dense = [layer for layer in target.network.modules() if isinstance(layer, need("torch").nn.Linear)]
    return dense[-1] if dense else None


def _hidden(target: TorchPredictor) -> Callable[[Inputs], Points]:
    def features(x: Inputs) -> Points:
        caught: list[Points] = []

        def catch(layer: Any, entering: tuple[Any, ...]) -> None:
            caught.append(np.asarray(entering[0].detach().cpu().numpy(), np.float64))

        hook = _last_dense(target).register_forward_pre_hook(catch)
        try:
            target.logits(x)
        finally:
            hook.remove()
        return _flat(np.concatenate(caught)) if caught else np.zeros((0, _last_dense(target).in_features))

    return features
