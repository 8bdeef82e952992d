"""PyTorch networks as targets, on CPU or GPU, and their training as a recipe.

A network takes a float32 batch in the domain's own units (normalisation belongs into the network) and returns logits.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import CAPABILITIES, Card, Labels, Predictor, Pull, Scores
from bartizan.targets.recipe import Recipe

Network: TypeAlias = Any
"""A torch.nn.Module."""
Tensor: TypeAlias = Any
Loss: TypeAlias = Callable[[Network, Tensor, Tensor, Any], Tensor]
"""(network, x, y, torch.Generator) -> a scalar to minimise on this batch."""

_VALUES, _LEAST_ROWS = 1 << 15, 16
"""Input values, and samples at least, that a CPU is given at once."""


class TorchPredictor(Predictor):
    """A network, in evaluation mode, with labels, scores and gradients. ``digest``: of its file, if it has one."""

    def __init__(
        self,
        network: Network,
        domain: Domain,
        classes: int,
        name: str = "",
        *,
        device: str = "cpu",
        batch: int = 512,
        digest: str = "",
    ) -> None:
        self.device = device
        self.network = network.to(device).eval()
        self._batch = batch
        self._card = Card(
            name=name or type(network).__name__,
            classes=classes,
            domain=domain,
            capabilities=frozenset(CAPABILITIES),
            digest=digest or state_digest(network),
        )

    @property
    def card(self) -> Card:
        """What is known about it."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """The class with the highest logit."""
        return np.asarray(self.logits(x).argmax(axis=1), np.int64)

    def scores(self, x: Inputs) -> Scores:
        """The softmax of the logits, in 64 bits so that rows add up to 1."""
        logits = self.logits(x)
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exps / exps.sum(axis=1, keepdims=True))

    def logits(self, x: Inputs) -> Scores:
        """What the network returns, shape (n, classes)."""
        torch = need("torch")
        with torch.inference_mode():
            parts = [self.network(self._tensor(some)).cpu() for some in self._slices(x)]
            if not parts:
                return np.zeros((0, self._card.classes))
            return np.asarray(torch.cat(parts).numpy(), np.float64)

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """Logits and the pull, by autograd."""
        torch = need("torch")
        parts = [self._forward(some) for some in self._slices(x)]
        if not parts:
            return np.zeros((0, self._card.classes)), lambda weights: np.zeros(x.shape, np.float32)
        logits = np.concatenate([part.detach().cpu().numpy() for _, part in parts]).astype(np.float64)
        ends = np.cumsum([len(part) for _, part in parts])[:-1]

        def pull(weights: Scores) -> Inputs:
            pulled = np.empty(x.shape, np.float32)
            into = np.split(pulled, ends)
            for (entered, part), given, to in zip(parts, np.split(weights, ends), into, strict=True):
                upon = torch.as_tensor(given, dtype=part.dtype, device=part.device)
                (gradient,) = torch.autograd.grad(part, entered, grad_outputs=upon)
                to[...] = gradient.cpu().numpy()
            return pulled

        return logits, pull

    def _forward(self, x: Inputs) -> tuple[Tensor, Tensor]:
        torch = need("torch")
        with torch.enable_grad():
            # A copy: autograd must not see what a caller does to its array afterwards.
            entered = torch.tensor(np.asarray(x, np.float32), device=self.device, requires_grad=True)
            return entered, self.network(entered)

    def _slices(self, x: Inputs) -> list[Inputs]:
        """The batch in parts. On a CPU so small that a part's activations stay in its cache: a seventh faster."""
        rows = self._batch
        if self.device == "cpu":
            rows = min(rows, max(_LEAST_ROWS, _VALUES // max(1, self._card.domain.size)))
        return [x[i : i + rows] for i in range(0, len(x), rows)]

    def _tensor(self, x: Inputs) -> Tensor:
        return need("torch").as_tensor(np.ascontiguousarray(x, np.float32), device=self.device)


def state_digest(network: Network) -> str:
    """SHA-256 over the layers as they print, and all weights and buffers by name."""
    digest = hashlib.sha256(str(network).encode())
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(value.detach().cpu().numpy()).tobytes())
    return digest.hexdigest()


class Training(Recipe):
    """Trains a network by Adam on minibatches. A hardening changes its loss, its base or its data, and names itself.

    ``build`` makes an untrained network (called after seeding); ``base`` is a trained one to start from instead.
    ``weights`` freezes nothing: fine-tuning changes all layers unless the network itself freezes some.
    """

    def __init__(  # noqa: PLR0913 - a recipe is its parameters
        self,
        build: Callable[[], Network],
        domain: Domain,
        name: str = "",
        *,
        epochs: int = 10,
        batch: int = 64,
        rate: float = 1e-3,
        decay: float = 0.0,
        loss: Loss | None = None,
        base: Network | None = None,
        device: str = "cpu",
        marks: tuple[str, ...] = (),
    ) -> None:
        self.build, self.domain, self._name = build, domain, name
        self.epochs, self.batch, self.rate, self.decay = epochs, batch, rate, decay
        self.loss: Loss = loss or cross_entropy
        self.base, self.device, self.marks = base, device, marks

    @property
    def name(self) -> str:
        """The name that was given, and what hardened it."""
        return " + ".join([self._name or "network", *self.marks])

    @property
    def digest(self) -> str:
        """SHA-256 over layers, base, schedule and marks; a hardening's mark names it with its parameters."""
        layers = state_digest(self.base) if self.base is not None else str(self.build())
        known = (layers, self.epochs, self.batch, self.rate, self.decay, self.marks)
        return hashlib.sha256(repr(known).encode()).hexdigest()

    def with_(self, mark: str, **changed: Any) -> Training:
        """The same with other settings, under a mark that says which hardening did it, with its parameters."""
        other = copy.copy(self)
        for name, value in changed.items():
            if not hasattr(other, name):
                raise AttributeError(name)
            setattr(other, name, value)
        other.marks = (*self.marks, mark)
        return other

    def fit(self, data: Dataset, seed: int) -> TorchPredictor:
        """A trained network; the same bits for the same data and seed on one thread of one machine."""
        return TorchPredictor(self.train(data, seed), self.domain, data.classes, self.name, device=self.device)

    def train(self, data: Dataset, seed: int) -> Network:
        """The network itself."""
        torch = need("torch")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = (self.build() if self.base is None else copy.deepcopy(self.base)).to(self.device).train()
            shuffle = torch.Generator().manual_seed(seed)
            x = torch.as_tensor(np.ascontiguousarray(data.x, np.float32), device=self.device)
            y = torch.as_tensor(np.asarray(data.y, np.int64), device=self.device)
            moving = [p for p in network.parameters() if p.requires_grad]
            optimiser = torch.optim.Adam(moving, lr=self.rate, weight_decay=self.decay)
            for _ in range(self.epochs):
                for rows in torch.randperm(len(y), generator=shuffle).split(self.batch):
                    optimiser.zero_grad()
                    self.loss(network, x[rows], y[rows], shuffle).backward()
                    optimiser.step()
        return network.eval()


def cross_entropy(network: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
    """The usual loss of a classifier; the generator is for losses that draw."""
    return need("torch").nn.functional.cross_entropy(network(x), y)
