from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.family import Knowledge
from bartizan.attacks.hop_skip_jump import HopSkipJump
from bartizan.attacks.square import Square
from bartizan.attacks.surrogate import allowed, harvest
from bartizan.attacks.transfer import Transfer
from bartizan.targets.limit import Limit, Norm
from bartizan.targets.predictor import REFUSED, Unsuitable
from bartizan.targets.scaled import Scaled, ScaledRecipe, in_shares
from tests.attacks.walks import LOANS, LabelsOnly, Refusing, loans, right, run, stays
from tests.rigs import digits, rng, tumours

OWN = Transfer(knows_recipe=False, copies=1, steps=10)


@pytest.mark.parametrize(("norm", "radius"), [("linf", 0.25), ("l2", 1.5)])
def test_what_fools_the_surrogate_fools_a_target_that_shows_only_labels(norm: Norm, radius: float) -> None:
    rig, limit = digits(), Limit(norm=norm, radius=radius)
    data = right(rig, 30)
    found, wrong, border = run(OWN, LabelsOnly(rig.target), data, limit, Knowledge(reserve=rig.reserve))
    noise = rng().choice([-radius, radius], data.x.shape)
    by_chance = rig.target.labels(np.clip(data.x + (noise / 8 if norm == "l2" else noise), 0, 1).astype(data.x.dtype))
    assert wrong.mean() > 0.5
    assert wrong.mean() > 2 * (by_chance != data.y).mean()
    assert limit.holds(found, data.x).all()
    assert border.ledger.queries == len(rig.reserve or ())


def test_with_true_labels_it_asks_nothing() -> None:
    rig = tumours()
    data, known = right(rig, 20), Knowledge(reserve=rig.reserve, recipe=rig.recipe)
    silent = Transfer(answers=0, copies=2, steps=10)
    _, wrong, border = run(silent, rig.target, data, Limit(norm="linf", radius=1.0), known)
    assert border.ledger.queries == 0
    assert wrong.mean() > 0.8


def test_who_knows_the_recipe_of_a_linear_model_needs_no_more() -> None:
    rig = tumours()
    domain = rig.target.card.domain
    assert rig.reserve is not None
    assert rig.recipe is not None
    known = Knowledge(reserve=in_shares(rig.reserve, domain), recipe=ScaledRecipe(rig.recipe, domain))
    data = in_shares(right(rig, 30), domain)
    _, wrong, _ = run(Transfer(copies=1, steps=10), Scaled(rig.target), data, Limit(norm="linf", radius=0.2), known)
    assert wrong.mean() > 0.8


def test_what_cannot_be_changed_stays_as_it_was() -> None:
    rig = loans()
    data, limit = right(rig, 30), Limit(norm="linf", radius=20)
    found, _, _ = run(OWN, rig.target, data, limit, Knowledge(reserve=rig.reserve))
    assert (found == LOANS.feasible(found.copy(), data.x)).all()
    assert limit.holds(found, data.x).all()
    assert (found != data.x).any()


@pytest.mark.parametrize("inner", [Square(steps=30), HopSkipJump(steps=1, first=20)])
def test_another_attack_can_do_the_search(inner: Square | HopSkipJump) -> None:
    rig, limit = tumours(), Limit(norm="linf", radius=5.0)
    attack = Transfer(inner=inner, copies=1)
    known = Knowledge(reserve=rig.reserve, recipe=rig.recipe)
    found, wrong, border = run(attack, rig.target, right(rig, 20), limit, known)
    assert wrong.any()
    assert limit.holds(found, right(rig, 20).x).all()
    assert rig.reserve is not None
    assert border.ledger.queries == len(rig.reserve)


def test_without_data_there_is_no_surrogate() -> None:
    with pytest.raises(Unsuitable, match="reserve"):
        run(OWN, digits().target, right(digits(), 2), Limit(norm="linf", radius=0.1))


def test_refused_inputs_teach_nothing() -> None:
    rig = digits()
    harvested = harvest(Refusing(rig.target, above=-1), Knowledge(reserve=rig.reserve), 100, rng())
    assert rig.reserve is not None
    assert len(harvested) == len(rig.reserve) - 100
    assert REFUSED not in harvested.y


def test_rounded_values_that_leave_the_limit_go_back() -> None:
    origin = loans().test.x[:1].copy()
    x = origin.copy()
    x[0, 3] = origin[0, 3] + (0.6 if origin[0, 3] < 12 else -0.6)
    handed = allowed(LOANS, Limit(norm="linf", radius=0.7), x, origin)
    assert (handed == origin).all()


def test_no_samples_and_no_limit_are_told_apart() -> None:
    rig, known = digits(), Knowledge(reserve=digits().reserve)
    assert stays(OWN, rig.target, rig.test.take(slice(0, 0)), Limit(norm="linf", radius=0.1), knowledge=known)
    with pytest.raises(Unsuitable, match="l0"):
        run(OWN, rig.target, right(rig, 2), Limit(norm="l0", radius=3), known)
