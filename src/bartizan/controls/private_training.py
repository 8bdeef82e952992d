"""Training a network under differential privacy: gradients clipped for each record, noise on their sum (DP-SGD).

Gradients of single records, clipping and noise are computed by opacus; what may be trained so, how batches are drawn
and what it costs in privacy is decided here.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import msgspec
import numpy as np

from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Hardened, mark
from bartizan.controls.privacy_ledger import Accountant, PrivacyLedger, Release, noise_for
from bartizan.controls.private_sampling import poisson_rate
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.torch_models import Network, TorchPredictor, Training, cross_entropy


class PrivateTraining(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """DP-SGD with a stated epsilon, for networks whose layers treat each record on its own.

    Neighbouring data sets differ by one record that is added or removed. The seed decides the noise: it must stay as
    secret as the data, for whoever knows it can take the noise away. A base to start from counts as public: what it
    learned from the same data is not covered. Nor is a choice of parameters by trying several on the data.
    """

    id: ClassVar[ControlId] = ControlId("obfuscate_training_data")
    variant: ClassVar[str] = "dp_sgd"
    title: ClassVar[str] = "Differentially private gradient descent"
    source: ClassVar[str] = "M. Abadi et al., Deep learning with differential privacy, CCS 2016, algorithm 1"

    epsilon: float = 8.0
    """What one run may spend at delta. Above 10 it says little."""
    delta: float = 1e-4
    """Must lie below 1 over the number of records."""
    clip: float = 1.0
    """The longest gradient of one record."""
    noise: float | None = None
    """Noise multiplier. None: the least that stays within epsilon."""
    accountant: Accountant = "rdp"
    ledger: PrivacyLedger | None = None
    """What was spent on these data before, and the budget of all runs. None: this run alone, within epsilon."""

    def harden(self, recipe: Recipe) -> PrivateRecipe:
        """The same network, trained privately. Unsuitable where the proof does not reach; its text says why."""
        if type(recipe) is not Training:
            raise Unsuitable(f"{recipe.name}: a run is private only where every step is, and this is no plain training")
        if recipe.loss is not cross_entropy:
            raise Unsuitable(f"{recipe.name}: its loss is not known to treat each record on its own")
        if not (self.epsilon > 0 and 0 < self.delta < 1 and self.clip > 0 and (self.noise is None or self.noise > 0)):
            raise Unsuitable("epsilon, clip and noise must be above 0, and delta between 0 and 1")
        refuse_layers(recipe.build() if recipe.base is None else recipe.base)
        return PrivateRecipe(recipe, self)


class PrivatePredictor(TorchPredictor):
    """A privately trained network, with what it cost."""

    ledger: PrivacyLedger
    noise: float
    clip: float
    seed: int

    def statement(self) -> str:
        """What the training spent and how, in a line."""
        return f"{self.ledger.statement()}; noise multiplier {self.noise:.3f}, clipped to {self.clip:g}"


class PrivateRecipe(Hardened):
    """The private training of a network."""

    def __init__(self, inner: Training, how: PrivateTraining) -> None:
        super().__init__(inner, mark(msgspec.structs.replace(how, ledger=None)))
        self.inner: Training = inner
        self.how = how

    def fit(self, data: Dataset, seed: int) -> PrivatePredictor:
        """A network, and the ledger with this run charged. Raises BudgetExceeded before anything is trained."""
        rate, steps = self._schedule(len(data))
        noise = self.how.noise or noise_for(self.how.epsilon, self.how.delta, rate, steps)
        before = self.how.ledger or PrivacyLedger(
            delta=self.how.delta,
            accountant=self.how.accountant,
            budget=None if self.how.noise else self.how.epsilon,
        )
        release = Release(what=self.name, neighbours="add or remove", noise=noise, rate=rate, steps=steps)
        after = before.charge(release)
        network, history = self._train(data, seed, noise, steps)
        if history != [(noise, rate, steps)]:
            raise Unsuitable(f"opacus took {history} as (noise, rate, steps), not {(noise, rate, steps)}: no account")
        found = PrivatePredictor(network, self.inner.domain, data.classes, self.name, device=self.inner.device)
        found.ledger, found.noise, found.clip, found.seed = after, noise, self.how.clip, seed
        return found

    def _schedule(self, n: int) -> tuple[float, int]:
        if n * self.how.delta >= 1:
            raise Unsuitable(f"delta {self.how.delta:g} is no promise for {n} records; set it below {1 / n:.2g}")
        batches = max(1, math.ceil(n / self.inner.batch))
        return 1 / batches, self.inner.epochs * batches

    def _train(self, data: Dataset, seed: int, noise: float, steps: int) -> tuple[Network, list[Any]]:
        torch = need("torch")
        device = self.inner.device
        with torch.random.fork_rng(devices=[]), _quiet():
            torch.manual_seed(seed)
            start = self.inner.build() if self.inner.base is None else self.inner.base
            engine = need("opacus").PrivacyEngine(accountant="rdp")
            network, optimiser, loader = engine.make_private(
                module=(kept := copy.deepcopy(start).to(device).train()),
                optimizer=torch.optim.Adam(kept.parameters(), lr=self.inner.rate, weight_decay=self.inner.decay),
                data_loader=self._loader(data, seed),
                noise_multiplier=noise,
                max_grad_norm=self.how.clip,
                noise_generator=torch.Generator(device=device).manual_seed(seed + 1),
            )
            poisson_rate(loader)
            done = 0
            while done < steps:
                for x, y in loader:
                    optimiser.zero_grad()
                    cross_entropy(network, x.to(device), y.to(device), None).backward()
                    optimiser.step()
                    done += 1
            return kept.eval(), engine.accountant.history

    def _loader(self, data: Dataset, seed: int) -> Any:
        """A plain loader: opacus turns it into one of Poisson samples, with the same generator."""
        torch = need("torch")
        rows = torch.utils.data.TensorDataset(
            torch.as_tensor(np.ascontiguousarray(data.x, np.float32)), torch.as_tensor(np.asarray(data.y, np.int64))
        )
        drawn = torch.Generator().manual_seed(seed)
        return torch.utils.data.DataLoader(rows, batch_size=self.inner.batch, generator=drawn)


def refuse_layers(network: Network) -> None:
    """Raise Unsuitable for layers that mix records or have no gradient for a single one, such as BatchNorm."""
    wrong = need("opacus.validators").ModuleValidator.validate(copy.deepcopy(network).train(), strict=False)
    if wrong:
        first = " ".join(str(wrong[0]).split()).partition(". ")[0]
        raise Unsuitable(f"{len(wrong)} layers cannot be trained privately: {first}; GroupNorm can stand for BatchNorm")


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence two warnings of opacus and torch that are known and harmless here; all others pass."""
    with warnings.catch_warnings():
        # Noise comes from a seed, so that experiments repeat. The class says that the seed is a secret.
        warnings.filterwarnings("ignore", message="Secure RNG turned off", category=UserWarning)
        # Hooks see gradients of the layers' outputs, which is all that opacus reads; inputs need none.
        warnings.filterwarnings("ignore", message="Full backward hook is firing", category=UserWarning)
        yield
