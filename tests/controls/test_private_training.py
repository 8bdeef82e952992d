from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bartizan.controls.privacy_ledger import BudgetExceeded, PrivacyLedger
from bartizan.controls.private_training import PrivatePredictor, PrivateTraining
from bartizan.core.extras import need
from bartizan.lab.reference.rigs import DIGITS, digits_data
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.torch_models import Training
from tests import rigs


def _dense() -> Any:
    nn = need("torch").nn
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 10))


def _training(**how: Any) -> Training:
    rigs.one_thread()
    return Training(_dense, DIGITS, "dense", **{"epochs": 3, "batch": 50, "rate": 5e-3, **how})


def _rows(n: int = 300) -> Dataset:
    return digits_data().take(slice(0, n))


def test_epsilon_is_kept_and_is_that_of_opacus_own_accountant() -> None:
    found = PrivateTraining(epsilon=3.0, delta=1e-3).harden(_training()).fit(_rows(), 0)
    theirs = need("opacus.accountants").RDPAccountant()
    theirs.history = [(r.noise, r.rate, r.steps) for r in found.ledger.releases]
    assert found.ledger.releases[0].steps == 3 * 6
    assert found.ledger.spent == pytest.approx(theirs.get_epsilon(1e-3), rel=1e-6)
    assert 2.9 < found.ledger.spent <= 3.0
    assert "noise multiplier" in found.statement()


def test_the_membership_signal_of_a_model_that_knows_its_data_by_heart_almost_goes() -> None:
    data = digits_data()
    order = rigs.rng(0).permutation(len(data))
    nonsense = Dataset(x=data.x, y=rigs.rng(2).integers(0, 10, len(data)), classes=10)  # nothing to learn but by heart
    members, others = nonsense.take(order[:200]), nonsense.take(order[200:400])

    def auc(target: Predictor) -> float:
        known, unknown = (target.scores(rows.x)[np.arange(200), rows.y] for rows in (members, others))
        return float((known[:, None] > unknown[None]).mean())

    training = _training(epochs=50)
    assert auc(training.fit(members, 0)) > 0.9
    assert auc(PrivateTraining(epsilon=2.0, delta=1e-3).harden(training).fit(members, 0)) < 0.65


def test_the_same_seed_gives_the_same_model_and_another_seed_other_noise() -> None:
    recipe = PrivateTraining(noise=1.0, delta=1e-3).harden(_training(epochs=1))
    digests = [recipe.fit(_rows(), seed).card.digest for seed in (0, 0, 1)]
    assert digests[0] == digests[1] != digests[2]


def test_the_ledger_goes_from_run_to_run_and_stops_one_before_it_trains() -> None:
    spent = PrivacyLedger(budget=3.4, delta=1e-3)
    how = PrivateTraining(epsilon=3.0, delta=1e-3, ledger=spent)
    first = how.harden(_training(epochs=1)).fit(_rows(), 0)
    assert isinstance(first, PrivatePredictor)
    with pytest.raises(BudgetExceeded, match=r"budget is 3\.4"):
        PrivateTraining(epsilon=3.0, delta=1e-3, ledger=first.ledger).harden(_training(epochs=1)).fit(_rows(), 1)


def test_layers_that_mix_records_are_refused_and_named() -> None:
    def build() -> Any:
        nn = need("torch").nn
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 10))

    with pytest.raises(Unsuitable, match="BatchNorm"):
        PrivateTraining().harden(Training(build, DIGITS))


def test_what_no_proof_covers_is_refused() -> None:
    def together(network: Any, x: Any, y: Any, generator: Any) -> Any:
        return network(x).var()  # a record's loss depends on the others

    tumours = rigs.tumours().recipe
    assert tumours is not None
    with pytest.raises(Unsuitable, match="each record on its own"):
        PrivateTraining().harden(_training(loss=together))
    with pytest.raises(Unsuitable, match="no plain training"):
        PrivateTraining().harden(tumours)
    with pytest.raises(Unsuitable, match="no promise"):
        PrivateTraining(delta=0.01).harden(_training()).fit(_rows(), 0)
    with pytest.raises(Unsuitable, match="above 0"):
        PrivateTraining(clip=0.0).harden(_training())


def test_parameters_are_in_the_digest() -> None:
    digests = {PrivateTraining(epsilon=e, clip=c).harden(_training()).digest for e in (1, 2) for c in (0.5, 1.0)}
    assert len(digests | {_training().digest}) == 5
