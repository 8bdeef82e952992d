from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.ensemble import Ensemble
from bartizan.attacks.family import Knowledge
from bartizan.attacks.gradient.apgd import ApgdCe, ApgdT
from bartizan.attacks.gradient.fgsm import Fgsm
from bartizan.attacks.gradient.patch import Patch
from bartizan.attacks.gradient.pgd import Pgd
from bartizan.core.errors import BudgetSpent
from bartizan.targets.border import Border, Budget
from bartizan.targets.limit import Limit
from tests.attacks.gradient.models import Choosy, Noisy, fooled, last, some, table
from tests.rigs import digits, rng, tumours

LIMIT = Limit(norm="linf", radius=0.12)
MEMBERS = (Fgsm(), Pgd(steps=5), ApgdT(steps=8, classes=3))


def test_an_ensemble_fools_whoever_one_of_its_members_fools() -> None:
    data, target = some(60), digits().target
    wrong = target.labels(last(Ensemble(members=MEMBERS), target, data, LIMIT)) != data.y
    first = target.labels(last(MEMBERS[0], target, data, LIMIT)) != data.y
    assert wrong[first].all()
    alone = max(fooled(target, last(member, target, data, LIMIT), data) for member in MEMBERS)
    assert wrong.mean() >= alone
    assert wrong.mean() > first.mean()


def test_each_member_is_asked_only_about_what_those_before_it_did_not_fool() -> None:
    data, generous = some(30), Limit(norm="linf", radius=0.4)
    one, two = Border(digits().target), Border(digits().target)
    last(Ensemble(members=(Pgd(steps=10),)), one, data, generous)
    last(Ensemble(members=(Pgd(steps=10), ApgdT())), two, data, generous)
    assert two.ledger.queries == one.ledger.queries + len(data)


def test_what_the_first_members_found_survives_the_end_of_the_budget() -> None:
    data, target = some(30), digits().target
    alone = Border(target)
    expected = last(Fgsm(), alone, data, LIMIT)
    border, kept = Border(target, Budget(queries=alone.ledger.queries + 3 * len(data))), data.x
    with pytest.raises(BudgetSpent):
        for kept in Ensemble(members=(Fgsm(), ApgdCe())).propose(border, data, LIMIT, Knowledge(), rng()):  # noqa: B007
            pass
    assert fooled(target, kept, data) >= fooled(target, expected, data) > 0


def test_a_refusal_does_not_count_as_fooled_by_a_member() -> None:
    data, plain = some(10), digits().target
    x = last(Ensemble(members=MEMBERS), Choosy(plain, lambda x: np.ones(len(x), bool)), data, LIMIT)
    assert (x == data.x).all()


def test_an_ensemble_on_a_random_target_decides_by_most_answers() -> None:
    data, noisy = some(20), Noisy(digits().target, 0.05)
    x = last(Ensemble(members=(Pgd(steps=5, draws=3),)), noisy, data, Limit(norm="linf", radius=0.25))
    assert fooled(digits().target, x, data) > 0.5


def test_an_ensemble_is_unfit_where_a_member_is() -> None:
    assert "gradients" in Ensemble().unfit(tumours(model="forest").target)
    assert "image" in Ensemble(members=(Fgsm(), Patch())).unfit(table().target)
    assert Ensemble().unfit(table().target) == ""


def test_an_ensemble_is_as_strong_as_its_strongest_member() -> None:
    assert Ensemble().strong
    assert not Ensemble(members=(Fgsm(), Pgd())).strong


def test_originals_are_never_changed_and_items_keep_their_values() -> None:
    data = some(10)
    before = data.x.copy()
    items = list(Ensemble(members=MEMBERS).propose(digits().target, data, LIMIT, Knowledge(), rng()))
    assert (data.x == before).all()
    assert (items[0] == before).all()
