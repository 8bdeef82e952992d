"""Models made robust against poison that is there already: pruned and tuned anew, or fitted without harmful rows."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Trusting
from bartizan.controls.hardened import Hardened, mark
from bartizan.controls.ranges import Count, Natural, Positive, Share, Strength
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset, split
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.torch_models import Network, Tensor, TorchPredictor, Training, cross_entropy

_ID = ControlId("poison_robust_model")


class FinePruning(Trusting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cuts off the channels that clean data hardly use, where backdoors live, and trains on with clean data."""

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "fine_pruning"
    title: ClassVar[str] = "Fine-pruning"
    source: ClassVar[str] = "Liu, Dolan-Gavitt and Garg 2018, 'Fine-pruning', section 3"

    drop: Share = 0.1
    """Channels are cut, the least active first, as long as accuracy on the trusted data falls by no more than this."""
    epochs: Natural = 20
    """Of training on with trusted data."""
    rate: Positive = 1e-2
    """Learning rate of that: above the one of training, so that what was planted is left behind."""

    def harden_with(self, recipe: Recipe, trusted: Dataset) -> Recipe:
        """The recipe, and then the repair. The result is Unsuitable at fitting where the model is no network."""
        if not len(trusted):
            raise Unsuitable(f"{self.title} needs clean data, and there are no trusted rows")
        return PrunedRecipe(recipe, self, trusted)


class PrunedRecipe(Hardened):
    """Fits, prunes and tunes."""

    def __init__(self, inner: Recipe, control: FinePruning, trusted: Dataset) -> None:
        super().__init__(inner, mark(control, f"trusted={trusted.digest[:16]}"))
        self.control, self.trusted = control, trusted

    def fit(self, data: Dataset, seed: int) -> TorchPredictor:
        """The repaired network."""
        return repaired(self.inner.fit(data, seed), self.control, self.trusted, seed)


def repaired(model: Predictor, control: FinePruning, trusted: Dataset, seed: int) -> TorchPredictor:
    """A pruned and tuned copy of a network that may hold a backdoor: also one obtained from others.

    Raises Unsuitable where the model is no PyTorch network, or has no hidden layer to prune.
    """
    if not isinstance(model, TorchPredictor):
        raise Unsuitable(f"{control.title} cuts channels of a network, and {model.card.name} is none")
    network = copy.deepcopy(model.network)
    layer = _last_hidden(network)
    cut = _dormant(model, network, layer, control.drop, trusted)

    def tune(learning: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
        _cut_off(learning.get_submodule(layer), cut)
        return cross_entropy(learning, x, y, generator)

    training = Training(
        lambda: network,
        model.card.domain,
        epochs=control.epochs,
        batch=32,
        rate=control.rate,
        loss=tune,
        base=network,
        device=model.device,
    )
    tuned = training.train(trusted, seed)
    _cut_off(tuned.get_submodule(layer), cut)
    return type(model)(tuned, model.card.domain, model.card.classes, model.card.name, device=model.device)


def _last_hidden(network: Network) -> str:
    """The name of the last convolution, or else of the last linear layer but one."""
    kinds = [(str(name), type(part).__name__) for name, part in network.named_modules()]
    convolutions = [name for name, kind in kinds if kind == "Conv2d"]
    hidden = convolutions or [name for name, kind in kinds if kind == "Linear"][:-1]
    if not hidden:
        raise Unsuitable("a network without a hidden layer has no channels that could be cut off")
    return hidden[-1]


def _dormant(model: TorchPredictor, network: Network, layer: str, drop: float, trusted: Dataset) -> list[int]:
    """The channels to cut, which are then cut off in ``network``: as many as accuracy allows."""
    quiet = _by_activity(network, layer, trusted, model.device)
    part = network.get_submodule(layer)
    least = _accuracy(model, trusted) - drop
    cut: list[int] = []
    for channel in quiet[:-1]:
        kept = copy.deepcopy(part.state_dict())
        _cut_off(part, [channel])
        trial = TorchPredictor(network, model.card.domain, model.card.classes, device=model.device)
        if _accuracy(trial, trusted) < least:
            part.load_state_dict(kept)
            break
        cut.append(channel)
    return cut


def _by_activity(network: Network, layer: str, trusted: Dataset, device: str) -> list[int]:
    torch, seen = need("torch"), []

    def watch(module: Network, given: Tensor, answer: Tensor) -> None:
        active = answer.detach().clamp_min(0)
        seen.append(active.mean(dim=[axis for axis in range(active.ndim) if axis != 1]))

    hook = network.get_submodule(layer).register_forward_hook(watch)
    with torch.no_grad():
        network(torch.as_tensor(np.ascontiguousarray(trusted.x, np.float32), device=device))
    hook.remove()
    return [int(channel) for channel in seen[0].argsort(stable=True)]


def _cut_off(part: Network, channels: list[int]) -> None:
    with need("torch").no_grad():
        part.weight[channels] = 0.0
        if part.bias is not None:
            part.bias[channels] = 0.0


def _accuracy(model: Predictor, data: Dataset) -> float:
    return float((model.labels(data.x) == data.y).mean())


class RejectNegative(Trusting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leaves out rows that make a model of trusted data worse when they are added to it.

    Rows are tried in random groups, several times, and judged by the mean effect of their groups: with groups of one
    it is the published method. It costs rows / group x rounds trainings, so it suits models that are fitted quickly.
    """

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "roni"
    title: ClassVar[str] = "Reject on negative impact"
    source: ClassVar[str] = "Nelson et al. 2008, 'Exploiting machine learning to subvert your spam filter', section 5.1"

    group: Count = 1
    """Rows that are tried together. More: fewer trainings, and good rows suffer from bad company."""
    rounds: Count = 1
    """How often each row is tried, in other company each time."""
    tolerance: Strength = 0.0
    """How much worse the mean probability of the right class may get."""
    most: Share = 0.4
    """Share of the rows that may be left out: the worst."""

    def harden_with(self, recipe: Recipe, trusted: Dataset) -> Recipe:
        """The recipe on the rows that do no harm. Raises Unsuitable where too few trusted rows are there to judge."""
        if np.bincount(trusted.y, minlength=trusted.classes).min() < 4:
            raise Unsuitable(f"{self.title} needs at least 4 trusted rows of each class, to learn and to judge by")
        return RoniRecipe(recipe, self, trusted)


class RoniRecipe(Hardened):
    """Judges the rows, and fits to the rest."""

    def __init__(self, inner: Recipe, control: RejectNegative, trusted: Dataset) -> None:
        super().__init__(inner, mark(control, f"trusted={trusted.digest[:16]}"))
        self.control, self.trusted = control, trusted

    def fit(self, data: Dataset, seed: int) -> Predictor:
        """The model without the rows that do harm."""
        return self.inner.fit(data.take(np.flatnonzero(~self.harmful(data, seed))), seed)

    def harmful(self, data: Dataset, seed: int) -> NDArray[np.bool_]:
        """Which rows are left out, shape (n,)."""
        rng = np.random.default_rng([seed, 3])
        base, judge = split(self.trusted, (0.5, 0.5), rng)
        plain = _confidence(self.inner.fit(base, seed), judge)
        effect = np.zeros(len(data))
        for _ in range(self.control.rounds):
            order = rng.permutation(len(data))
            for start in range(0, len(data), self.control.group):
                rows = order[start : start + self.control.group]
                effect[rows] += _confidence(self.inner.fit(base.join(data.take(rows)), seed), judge) - plain
        effect /= self.control.rounds
        worst = np.argsort(effect, kind="stable")[: int(self.control.most * len(data))]
        return np.isin(np.arange(len(data)), worst) & (effect < -self.control.tolerance)


def _confidence(model: Predictor, judge: Dataset) -> float:
    """Mean probability of the right class; accuracy where a model gives no scores."""
    if "scores" not in model.card.capabilities:
        return _accuracy(model, judge)
    return float(model.scores(judge.x)[np.arange(len(judge)), judge.y].mean())
