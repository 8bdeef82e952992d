"""Federated learning, simulated in this process: one model from data that stay with their holders (FedAvg).

Flower is not used: its simulation starts Ray, and a real federation is no experiment of the lab. What is simulated is
what counts for security: who holds which rows, what the server sees, and how it makes one update of many.
"""

from __future__ import annotations

import copy
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Hardening
from bartizan.controls.federated_aggregation import krum, mean, median, trimmed_mean
from bartizan.controls.hardened import Hardened, mark, retrain
from bartizan.controls.secure_sum import secure_sum
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.torch_models import Network, TorchPredictor, Training

Partition: TypeAlias = Literal["iid", "label", "order"]
Aggregation: TypeAlias = Literal["secure mean", "mean", "median", "trimmed mean", "krum"]


class FederatedLearning(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trains at each client from the model of the round, and makes one model of what they send."""

    id: ClassVar[ControlId] = ControlId("federated_learning")
    title: ClassVar[str] = "Federated learning: averaging, secure sum, robust aggregation"
    source: ClassVar[str] = "McMahan et al., AISTATS 2017 (FedAvg); Bonawitz et al., CCS 2017; Yin et al., ICML 2018"

    clients: int = 5
    """Who hold the data."""
    rounds: int = 5
    local_epochs: int = 3
    """Epochs that a client trains in each round."""
    partition: Partition = "iid"
    """Who holds which rows: at random; sorted by class, so that each holds few; or blocks in the data's own order."""
    aggregation: Aggregation = "secure mean"
    """A secure sum hides every single update, also from a robust rule: the two exclude each other."""
    liars: int = 1
    """How many clients the trimmed mean and Krum shall hold out against."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The recipe's network, trained in federation. Unsuitable for anything but a network's training."""
        if self.clients < 2 or self.rounds < 1 or self.local_epochs < 1:
            raise Unsuitable("a federation needs two clients, one round and one epoch at least")
        return retrain(recipe, self.title, lambda training: FederatedTraining(training, self))


class FederatedTraining(Hardened):
    """The training of one network at many clients."""

    def __init__(self, inner: Training, how: FederatedLearning) -> None:
        super().__init__(inner, mark(how))
        self.inner: Training = inner
        self.how = how

    def fit(self, data: Dataset, seed: int) -> TorchPredictor:
        """The global model after the last round. Masks cancel exactly, so their keys do not change it."""
        torch = need("torch")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            start = self.inner.build() if self.inner.base is None else self.inner.base
            model = copy.deepcopy(start)
        holders = [data.take(rows) for rows in partition(data, self.how.clients, self.how.partition, seed)]
        for round_ in range(self.how.rounds):
            updates = self._updates(model, holders, seed, round_)
            step = self._aggregate(updates, np.array([len(held) for held in holders], float), round_)
            _load(model, _vector(model) + step)
        return TorchPredictor(model, self.inner.domain, data.classes, self.name, device=self.inner.device)

    def _updates(self, model: Network, holders: list[Dataset], seed: int, round_: int) -> NDArray[np.float64]:
        local = self.inner.with_("local", base=model, epochs=self.how.local_epochs)
        start = _vector(model)
        seeds = [int(np.random.SeedSequence([seed, round_, k]).generate_state(1)[0]) for k in range(len(holders))]
        return np.stack([_vector(local.train(held, s)) - start for held, s in zip(holders, seeds, strict=True)])

    def _aggregate(
        self, updates: NDArray[np.float64], weights: NDArray[np.float64], round_: int
    ) -> NDArray[np.float64]:
        rule, liars = self.how.aggregation, self.how.liars
        if rule == "secure mean":
            return np.asarray(secure_sum(list(updates * weights[:, None]), round_) / weights.sum())
        if rule == "mean":
            return mean(updates, weights)
        if rule == "median":
            return median(updates)
        return trimmed_mean(updates, liars) if rule == "trimmed mean" else krum(updates, liars)


def partition(data: Dataset, clients: int, how: Partition, seed: int) -> list[NDArray[np.int64]]:
    """The rows that each client holds, as indices; every row at one client, all about the same number.

    With ``iid`` and ``order`` they do not depend on what the rows say, so an experiment can poison exactly those of one
    client beforehand. Raises Unsuitable where a client would have none.
    """
    if len(data) < clients:
        raise Unsuitable(f"{len(data)} rows are too few for {clients} clients")
    rows = np.arange(len(data))
    if how != "order":
        rows = np.random.default_rng(seed).permutation(rows)
    if how == "label":
        rows = rows[np.argsort(data.y[rows], kind="stable")]
    return [np.asarray(some, np.int64) for some in np.array_split(rows, clients)]


def _vector(network: Network) -> NDArray[np.float64]:
    """All weights and floating-point buffers in a row."""
    values = [v for v in network.state_dict().values() if v.is_floating_point()]
    return np.concatenate([np.asarray(v.detach().cpu().numpy(), np.float64).ravel() for v in values])


def _load(network: Network, vector: NDArray[np.float64]) -> None:
    """The same back into the network; counters of batches, which are whole numbers, stay as they are."""
    torch: Any = need("torch")
    place = 0
    with torch.no_grad():
        for value in network.state_dict().values():
            if value.is_floating_point():
                part = vector[place : place + value.numel()].reshape(tuple(value.shape))
                value.copy_(torch.as_tensor(part, dtype=value.dtype))
                place += value.numel()
