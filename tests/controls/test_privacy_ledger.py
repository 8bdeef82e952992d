from __future__ import annotations

import math

import msgspec
import pytest

from bartizan.controls.privacy_ledger import BudgetExceeded, PrivacyLedger, Release, noise_for
from bartizan.core.extras import need
from bartizan.targets.predictor import Unsuitable


def _run(noise: float, rate: float, steps: int) -> Release:
    return Release(what="a run", neighbours="add or remove", noise=noise, rate=rate, steps=steps)


def _pure(epsilon: float) -> Release:
    return Release(what="a pure run", neighbours="add or remove", epsilon=epsilon)


@pytest.mark.parametrize(("noise", "rate", "steps"), [(0.46, 1 / 29, 348), (1.1, 0.01, 1000), (4, 0.2, 50), (2, 1, 5)])
def test_epsilon_is_that_of_the_accountant_of_opacus(noise: float, rate: float, steps: int) -> None:
    theirs = need("opacus.accountants").RDPAccountant()
    theirs.history = [(noise, rate, steps)]
    ours = PrivacyLedger(delta=1e-4).charge(_run(noise, rate, steps))
    assert ours.spent == pytest.approx(theirs.get_epsilon(1e-4), rel=1e-6)


def test_runs_on_the_same_data_compose_to_more_than_each_and_less_than_their_sum() -> None:
    once = PrivacyLedger(delta=1e-5).charge(_run(1.1, 0.02, 500))
    twice = once.charge(_run(1.1, 0.02, 500))
    assert once.spent < twice.spent < 2 * once.spent
    assert twice.spent == pytest.approx(PrivacyLedger(delta=1e-5).charge(_run(1.1, 0.02, 1000)).spent)


def test_pure_releases_add_up_and_many_small_ones_by_less_than_their_sum() -> None:
    ledger = PrivacyLedger(delta=1e-6).charge(_pure(1.0)).charge(_pure(0.5))
    assert ledger.spent == pytest.approx(1.5)
    many = PrivacyLedger(delta=1e-6, releases=tuple(_pure(0.05) for _ in range(400)))
    assert many.spent < 0.5 * 400 * 0.05
    mixed = PrivacyLedger(delta=1e-5).charge(_run(1.1, 0.02, 500))
    assert mixed.spent < mixed.charge(_pure(0.3)).spent <= mixed.spent + 0.3 + 1e-9


def test_above_the_budget_nothing_is_charged() -> None:
    ledger = PrivacyLedger(budget=1.2, delta=1e-5).charge(_pure(1.0))
    with pytest.raises(BudgetExceeded, match=r"from 1 to 1\.5 .* budget is 1\.2"):
        ledger.charge(_pure(0.5))
    assert ledger.left == pytest.approx(0.2)
    with pytest.raises(BudgetExceeded):
        PrivacyLedger(budget=5).charge(_run(0.0, 0.1, 10))  # no noise at all: infinite


def test_releases_that_hide_different_things_are_not_added_up() -> None:
    ledger = PrivacyLedger().charge(_run(1.0, 0.01, 10))
    with pytest.raises(Unsuitable, match="do not add up"):
        ledger.charge(Release(what="objective", neighbours="replace", epsilon=1.0))


def test_prv_is_tighter_than_rdp_and_also_above_zero() -> None:
    loose = PrivacyLedger(delta=1e-5).charge(_run(1.0, 0.02, 200))
    tight = PrivacyLedger(delta=1e-5, accountant="prv").charge(_run(1.0, 0.02, 200))
    assert 0.5 * loose.spent < tight.spent < loose.spent
    PrivacyLedger(delta=1e-5, accountant="prv").charge(_run(2.0, 1.0, 3))  # whole batches: no warning either


def test_the_noise_that_is_found_keeps_within_epsilon_and_hardly_less_would() -> None:
    noise = noise_for(3.0, 1e-5, 0.05, 400)
    spent = [PrivacyLedger(delta=1e-5).charge(_run(n, 0.05, 400)).spent for n in (noise, noise - 0.005)]
    assert spent[0] <= 3.0 < spent[1]
    assert math.isinf(PrivacyLedger().left)


def test_a_ledger_can_be_kept_as_json_with_and_without_a_budget() -> None:
    for ledger in (PrivacyLedger(), PrivacyLedger(budget=3.0, delta=1e-6).charge(_run(2.0, 0.01, 10))):
        again = msgspec.json.decode(msgspec.json.encode(ledger), type=PrivacyLedger)
        assert again == ledger
        assert again.spent == ledger.spent
