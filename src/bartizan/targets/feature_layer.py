"""The features on which a network decides: what enters its last dense layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bartizan.core.extras import need
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.torch_models import Network, Tensor, TorchPredictor


def last_dense(network: Network) -> Any:
    """The last dense layer of a network, in the order of its modules. Raises Unsuitable where it has none."""
    dense = [module for module in network.modules() if isinstance(module, need("torch").nn.Linear)]
    if not dense:
        raise Unsuitable(
            f"{type(network).__name__} has no dense layer, so it is unknown which of its values are features"
        )
    return dense[-1]


def feature_map(network: Network) -> Callable[[Tensor], Tensor]:
    """A function from a batch to what enters the last dense layer, shape (n, features); gradients pass through it."""
    layer = last_dense(network)

    def features(x: Tensor) -> Tensor:
        seen: list[Tensor] = []
        hook = layer.register_forward_pre_hook(lambda _, entered: seen.append(entered[0]))
        try:
            network(x)
        finally:
            hook.remove()
        return seen[-1].flatten(1)

    return features


def features_of(predictor: TorchPredictor, x: Inputs, batch: int = 512) -> NDArray[np.float64]:
    """The features of each input, shape (n, features)."""
    torch = need("torch")
    features = feature_map(predictor.network)
    with torch.inference_mode():
        tensors = (torch.as_tensor(np.ascontiguousarray(x[i : i + batch], np.float32)) for i in range(0, len(x), batch))
        parts = [features(tensor.to(predictor.device)).cpu().numpy() for tensor in tensors]
    return np.asarray(np.concatenate(parts), np.float64)
