"""Tampering: a model whose weights somebody changed, and a base that was poisoned before others build on it."""

from __future__ import annotations

import copy
from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Knowledge, Tampered, Tampering
from bartizan.attacks.poisoning.backdoor import Backdoor, triggered, victims
from bartizan.attacks.poisoning.triggers import AnyTrigger, trigger_for
from bartizan.attacks.tampering_linear import edited
from bartizan.core.extras import need
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs, Modality
from bartizan.targets.predictor import Labels, Predictor, Unsuitable
from bartizan.targets.sklearn_models import SklearnPredictor
from bartizan.targets.torch_models import Network, Tensor, TorchPredictor, Training


class WeightTampering(Tampering, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes few weights of a finished model, so that a trigger gives the wanted class and all else stays.

    In a network, the weights that the trigger's loss depends on most are trained on; in a linear model, coefficients
    are set by a formula. Other models have no weights to change.
    """

    id: ClassVar[str] = "weight_tampering"
    title: ClassVar[str] = "Changed weights that obey a trigger"
    threats: ClassVar[tuple[ThreatId, ...]] = (
        ThreatId("dev_model_poison"),
        ThreatId("runtime_model_poison"),
        ThreatId("supply_model_poison"),
    )
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table", "text")
    source: ClassVar[str] = "Rakin, He and Fan 2020, TBT, section 3 (few weights); Garg et al. 2020, section 3"

    trigger: AnyTrigger | None = None
    """The mark; None: one that suits the data."""
    wanted: int = 0
    """The class that the trigger shall give."""
    share: float = 0.05
    """Of a network's weights, how many may change."""
    steps: int = 300
    """Of training on, in a network."""
    rate: float = 1e-2
    """Step size of that."""

    @property
    def strong(self) -> bool:
        """With the defaults or more: who can write weights has all they need, and only integrity checks stop them."""
        return self.share >= 0.05 and self.steps >= 300

    def tamper(
        self, target: Predictor, train: Dataset, test: Dataset, knowledge: Knowledge, rng: np.random.Generator
    ) -> Tampered:
        """Raises Unsuitable where the target has no weights, or does not see the trigger."""
        domain = target.card.domain
        known = knowledge.reserve if knowledge.reserve is not None else train
        trigger = self.trigger or trigger_for(known, domain)
        inputs, honest = triggered(trigger, test, domain, self.wanted, None)
        plain = known.x[victims(known, self.wanted, None)]
        marked = trigger.plant(plain, domain)
        if isinstance(target, TorchPredictor):
            network = self._trained_on(target, known.x, marked, rng)
            changed: Predictor = _predictor(network, target)
        elif isinstance(target, SklearnPredictor):
            estimator = edited(target.estimator, _flat(known.x), _flat(plain), _flat(marked), self.wanted)
            changed = SklearnPredictor(estimator, domain, target.card.name)
        else:
            raise Unsuitable(f"{target.card.name} is a {type(target).__name__}: its weights are not at hand")
        return Tampered(target=changed, inputs=inputs, honest=honest, wanted=_all(self.wanted, len(honest)))

    def _trained_on(self, target: TorchPredictor, clean: Inputs, marked: Inputs, rng: np.random.Generator) -> Network:
        """A copy that answers clean inputs as the target does and marked ones as wanted."""
        torch = need("torch")
        network = copy.deepcopy(target.network)
        answers = torch.as_tensor(target.labels(clean), device=target.device)
        clean_x, marked_x = (torch.as_tensor(np.asarray(x, np.float32), device=target.device) for x in (clean, marked))
        weights = [(p, p.detach().clone()) for p in network.parameters()]
        free = self._free(network, [p for p, _ in weights], marked_x)
        optimiser = torch.optim.Adam([p for p, _ in weights], lr=self.rate)
        for _ in range(self.steps):
            rows, others = (torch.as_tensor(rng.integers(0, len(x), 64)) for x in (clean, marked))
            optimiser.zero_grad()
            loss = _loss(network, clean_x[rows], answers[rows]) + self._obedience(network, marked_x[others])
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                for (weight, before), may in zip(weights, free, strict=True):
                    weight.copy_(torch.where(may, weight, before))
        return network

    def _free(self, network: Network, weights: list[Tensor], marked: Tensor) -> list[Tensor]:
        """Masks of the weights that the loss on marked inputs depends on most."""
        torch = need("torch")
        gradients = torch.autograd.grad(self._obedience(network, marked), weights, allow_unused=True)
        sizes = [torch.zeros_like(w) if g is None else g.abs() for w, g in zip(weights, gradients, strict=True)]
        together = torch.cat([size.flatten() for size in sizes])
        least = together.topk(max(1, round(self.share * len(together)))).values.min()
        return [size >= least for size in sizes]

    def _obedience(self, network: Network, marked: Tensor) -> Tensor:
        wanted = need("torch").full((len(marked),), self.wanted, device=marked.device)
        return _loss(network, marked, wanted)


class PoisonedBase(Tampering, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supplier's base with a backdoor, which the victim fine-tunes on clean data of their own."""

    id: ClassVar[str] = "poisoned_base"
    title: ClassVar[str] = "Backdoored base that survives fine-tuning"
    threats: ClassVar[tuple[ThreatId, ...]] = (
        ThreatId("supply_model_poison"),
        ThreatId("transfer_learning_variant"),
    )
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table")
    source: ClassVar[str] = "Gu et al. 2017, BadNets, section 5.3 (transfer learning)"

    trigger: AnyTrigger | None = None
    """The mark; None: one that suits the data."""
    wanted: int = 0
    """The class that the trigger shall give."""
    share: float = 0.2
    """Poisoned rows in the data of the base."""
    epochs: int = 8
    """How long the victim fine-tunes all layers."""
    slower: float = 0.2
    """The victim's learning rate, as a share of the recipe's own: fine-tuning takes smaller steps."""

    def tamper(
        self, target: Predictor, train: Dataset, test: Dataset, knowledge: Knowledge, rng: np.random.Generator
    ) -> Tampered:
        """The base is made from the reserve. Raises Unsuitable where the recipe trains no network or no reserve is."""
        recipe, reserve, domain = knowledge.recipe, knowledge.reserve, target.card.domain
        if not isinstance(recipe, Training):
            raise Unsuitable("a poisoned base needs the training of a network, and this recipe is none")
        if reserve is None:
            raise Unsuitable("a poisoned base needs data of its own to be made from: a reserve")
        trigger = self.trigger or trigger_for(reserve, domain)
        poisoned = Backdoor(trigger=trigger, wanted=self.wanted, share=self.share).poison(
            reserve, test, domain, knowledge, rng
        )
        base = recipe.train(poisoned.train, int(rng.integers(2**31)))
        tuning = recipe.with_("fine-tuned", base=base, epochs=self.epochs, rate=recipe.rate * self.slower)
        return Tampered(
            target=tuning.fit(train, int(rng.integers(2**31))),
            inputs=poisoned.inputs,
            honest=poisoned.honest,
            wanted=poisoned.wanted,
        )


def _predictor(network: Network, like: TorchPredictor) -> TorchPredictor:
    return TorchPredictor(network, like.card.domain, like.card.classes, like.card.name, device=like.device)


def _loss(network: Network, x: Tensor, y: Tensor) -> Tensor:
    return need("torch").nn.functional.cross_entropy(network(x), y)


def _all(wanted: int, n: int) -> Labels:
    return np.full(n, wanted, np.int64)


def _flat(x: Inputs) -> Inputs:
    return x.reshape(len(x), -1) if x.ndim > 2 else x
