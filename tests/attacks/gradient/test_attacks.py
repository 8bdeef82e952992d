from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.apgd import ApgdCe, ApgdT
from bartizan.attacks.gradient.carlini_wagner import CarliniWagner
from bartizan.attacks.gradient.fgsm import Fgsm
from bartizan.attacks.gradient.patch import Patch
from bartizan.attacks.gradient.pgd import Pgd
from bartizan.core.errors import BudgetSpent
from bartizan.targets.border import Border, Budget
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Unsuitable
from tests.attacks.gradient.models import Choosy, Noisy, Sharpened, fooled, last, some
from tests.rigs import digits, rng

BALLS: dict[str, Evasion] = {
    "fgsm": Fgsm(),
    "pgd": Pgd(steps=10),
    "pgd with momentum": Pgd(steps=10, momentum=0.9, loss="dlr"),
    "pgd from the original": Pgd(steps=10, random_start=False, loss="margin"),
    "apgd_ce": ApgdCe(steps=10),
    "apgd_t": ApgdT(steps=10, classes=3),
}
ALL: dict[str, tuple[Evasion, Limit]] = {
    **{name: (attack, Limit(norm="linf", radius=0.25)) for name, attack in BALLS.items()},
    "carlini_wagner": (CarliniWagner(searches=2, steps=25, rate=0.1, constant=5), Limit(norm="l2", radius=3)),
    "patch": (Patch(steps=15), Limit(norm="l0", radius=16)),
    "universal patch": (Patch(steps=15, universal=True, places=1), Limit(norm="l0", radius=25)),
}


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("name", BALLS)
def test_what_comes_back_lies_within_the_limit_and_the_domain(name: str, norm: str) -> None:
    data, limit = some(), Limit(norm=norm, radius=0.15 if norm == "linf" else 1.0)  # type: ignore[arg-type]
    x = last(BALLS[name], digits().target, data, limit)
    assert limit.holds(x, data.x).all()
    assert (digits().target.card.domain.feasible(x, data.x) == x).all()
    assert fooled(digits().target, x, data) > 0


@pytest.mark.parametrize("name", ALL)
def test_an_attack_fools_most_at_a_generous_radius_and_leaves_the_rest_alone(name: str) -> None:
    attack, limit = ALL[name]
    data, target = some(), digits().target
    x = last(attack, target, data, limit)
    wrong = target.labels(x) != data.y
    assert wrong.mean() > 0.6
    assert (x[~wrong] == data.x[~wrong]).all()


@pytest.mark.parametrize("name", ALL)
def test_at_radius_zero_the_originals_come_back(name: str) -> None:
    attack, limit = ALL[name]
    data = some(10)
    x = last(attack, digits().target, data, Limit(norm=limit.norm, radius=0))
    assert (x == data.x).all()


@pytest.mark.parametrize("name", ALL)
def test_inputs_keep_their_type_and_the_originals_their_values(name: str) -> None:
    attack, limit = ALL[name]
    data = some(8)
    before = data.x.copy()
    x = last(attack, digits().target, data, limit)
    assert x.dtype == np.float32
    assert x.shape == data.x.shape
    assert (data.x == before).all()


@pytest.mark.parametrize("name", ALL)
def test_the_same_generator_gives_the_same_bits(name: str) -> None:
    attack, limit = ALL[name]
    first, second = (last(attack, digits().target, some(8), limit, seed=3) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("name", ALL)
def test_no_samples_are_no_error(name: str) -> None:
    attack, limit = ALL[name]
    assert last(attack, digits().target, some(0), limit).shape == (0, 1, 8, 8)


@pytest.mark.parametrize("name", ALL)
def test_a_sample_that_is_answered_wrongly_already_is_not_touched(name: str) -> None:
    attack, limit = ALL[name]
    rig = digits()
    wrong = np.flatnonzero(rig.target.labels(rig.test.x) != rig.test.y)
    data = rig.test.take(wrong)
    border = Border(rig.target)
    assert (last(attack, border, data, limit) == data.x).all()
    assert border.ledger.queries == len(wrong)


@pytest.mark.parametrize("name", ALL)
def test_what_was_found_before_the_budget_ended_is_kept(name: str) -> None:
    attack, limit = ALL[name]
    data, half = some(20), Limit(norm=limit.norm, radius=limit.radius / 2)
    whole = Border(digits().target)
    last(attack, whole, data, half)
    border, kept = Border(digits().target, Budget(queries=whole.ledger.queries - 1)), np.zeros(0)
    with pytest.raises(BudgetSpent):
        for kept in attack.propose(border, data, half, Knowledge(), rng()):  # noqa: B007
            pass
    assert kept.shape == data.x.shape
    assert name == "fgsm" or fooled(digits().target, kept, data) > 0


@pytest.mark.parametrize("name", ALL)
def test_an_item_does_not_change_after_it_was_handed_out(name: str) -> None:
    attack, limit = ALL[name]
    items, copies = [], []
    for x in attack.propose(digits().target, some(10), limit, Knowledge(), rng()):
        items.append(x)
        copies.append(x.copy())
    assert all((x == copy).all() for x, copy in zip(items, copies, strict=True))


@pytest.mark.parametrize("name", ["pgd", "apgd_ce", "apgd_t"])
def test_each_item_is_at_least_as_good_as_the_one_before(name: str) -> None:
    attack, limit = ALL[name]
    data = some(20)
    rates = [fooled(digits().target, x, data) for x in attack.propose(digits().target, data, limit, Knowledge(), rng())]
    assert rates == sorted(rates)
    assert rates[-1] > rates[0]


@pytest.mark.parametrize("name", ["fgsm", "pgd", "carlini_wagner", "patch", "universal patch"])
def test_an_attack_with_an_aim_reaches_that_class_and_counts_no_other(name: str) -> None:
    attack, limit = ALL[name]
    data, target = some(30), digits().target
    aimed = type(attack)(**{f: getattr(attack, f) for f in attack.__struct_fields__ if f != "wanted"}, wanted=8)
    wide = Limit(norm=limit.norm, radius=limit.radius * 1.6)
    x = last(aimed, target, data, wide)
    changed = (x != data.x).any(axis=(1, 2, 3))
    assert changed.sum() >= 3
    assert (target.labels(x[changed]) == 8).all()
    assert not changed[data.y == 8].any()


@pytest.mark.parametrize("name", ["fgsm", "pgd", "apgd_ce", "carlini_wagner", "patch"])
def test_a_network_that_is_too_sure_to_show_a_gradient_is_fooled_all_the_same(name: str) -> None:
    attack, limit = ALL[name]
    data, plain = some(20), digits().target
    assert fooled(plain, last(attack, Sharpened(plain), data, limit), data) > 0.6


@pytest.mark.parametrize("name", ["fgsm", "pgd", "apgd_ce", "apgd_t", "carlini_wagner", "patch"])
def test_a_refusal_is_no_success(name: str) -> None:
    attack, limit = ALL[name]
    data, plain = some(10), digits().target
    x = last(attack, Choosy(plain, lambda x: np.ones(len(x), bool)), data, limit)
    assert (x == data.x).all()


@pytest.mark.parametrize("name", ["fgsm", "pgd", "apgd_ce", "apgd_t", "carlini_wagner", "patch"])
def test_a_random_target_is_differentiated_as_often_as_the_draws_say(name: str) -> None:
    attack, limit = ALL[name]
    data = some(10)
    fields = {f: getattr(attack, f) for f in attack.__struct_fields__ if f != "draws"}
    asked, rates = [], []
    for draws in (1, 4):
        noisy = Noisy(digits().target, 0.1)
        x = last(type(attack)(**fields, draws=draws), noisy, data, limit)
        asked.append(noisy.asked)
        rates.append(fooled(digits().target, x, data))
    assert asked[1] > asked[0]
    assert rates[1] > 0.5
    assert noisy.asked % 4 == 0


@pytest.mark.parametrize("name", BALLS)
def test_a_limit_on_the_number_of_values_is_not_for_an_attack_that_moves_all(name: str) -> None:
    with pytest.raises(Unsuitable, match="l0 5"):
        last(BALLS[name], digits().target, some(2), Limit(norm="l0", radius=5))
    with pytest.raises(Unsuitable, match="finite"):
        last(BALLS[name], digits().target, some(2), Limit(norm="l2", radius=float("inf")))
