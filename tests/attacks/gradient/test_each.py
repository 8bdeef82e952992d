from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.family import Knowledge
from bartizan.attacks.gradient.apgd import ApgdCe, ApgdT
from bartizan.attacks.gradient.ascent import checkpoints
from bartizan.attacks.gradient.carlini_wagner import CarliniWagner
from bartizan.attacks.gradient.fgsm import Fgsm
from bartizan.attacks.gradient.patch import Patch
from bartizan.attacks.gradient.pgd import Pgd
from bartizan.attacks.gradient.window import busiest, plane, window
from bartizan.targets.border import Border
from bartizan.targets.limit import Limit, distance
from bartizan.targets.predictor import Unsuitable
from tests.attacks.gradient.models import fooled, last, some, table
from tests.rigs import digits, rng

LINF = Limit(norm="linf", radius=0.1)


def test_fgsm_moves_every_pixel_by_the_radius_or_to_a_bound_or_not_at_all() -> None:
    data = some()
    x = last(Fgsm(), digits().target, data, LINF)
    moved = np.abs(x - data.x)
    whole = np.isclose(moved, 0.1, atol=1e-6)
    assert (whole | (moved == 0) | (x == 0) | (x == 1)).all()
    assert whole.any()


def test_fgsm_asks_for_one_gradient_a_sample() -> None:
    border, data = Border(digits().target), some()
    last(Fgsm(), border, data, LINF)
    assert border.ledger.gradients == len(data)


def test_the_checkpoints_are_those_of_the_paper() -> None:
    assert checkpoints(100) == (22, 41, 57, 70, 80, 87, 93, 99)


def test_the_checkpoints_of_few_steps_rise_and_stay_within_them() -> None:
    for steps in range(1, 60):
        found = checkpoints(steps)
        assert list(found) == sorted(set(found))
        assert found[-1] <= steps


def test_more_restarts_fool_more_and_ask_only_about_those_left() -> None:
    data, limit = some(100), Limit(norm="linf", radius=0.08)
    once, often = Border(digits().target), Border(digits().target)
    few = fooled(digits().target, last(Pgd(steps=4), once, data, limit), data)
    many = fooled(digits().target, last(Pgd(steps=4, restarts=4), often, data, limit), data)
    assert few <= many
    assert often.ledger.queries < 4 * once.ledger.queries


def test_apgd_is_stronger_than_pgd_and_pgd_than_one_step() -> None:
    data, limit, target = some(60), Limit(norm="l2", radius=0.6), digits().target
    attacks = (Fgsm(), Pgd(steps=20), ApgdCe(steps=20), ApgdT(steps=20, classes=4))
    rates = [fooled(target, last(attack, target, data, limit), data) for attack in attacks]
    assert rates[0] < rates[1] <= rates[3]
    assert rates[0] < rates[2]


def test_samples_that_are_fooled_leave_the_batch() -> None:
    data, border = some(), Border(digits().target)
    last(ApgdCe(steps=100), border, data, Limit(norm="linf", radius=0.3))
    assert border.ledger.gradients < 10 * len(data)


def test_apgd_spends_at_most_its_steps() -> None:
    data, border = some(10), Border(digits().target)
    last(ApgdCe(steps=12, restarts=2), border, data, Limit(norm="linf", radius=0.001))
    assert border.ledger.gradients == 2 * 12 * len(data)


def test_apgd_towards_classes_tries_as_many_as_it_is_told() -> None:
    data, border = some(10), Border(digits().target)
    last(ApgdT(steps=5, classes=4), border, data, Limit(norm="linf", radius=0.001))
    assert border.ledger.gradients == 4 * 5 * len(data)


def test_only_attacks_that_search_hard_count_as_proof() -> None:
    assert ApgdCe().strong
    assert ApgdT(steps=50).strong
    assert CarliniWagner().strong
    weak = (Fgsm(), Pgd(steps=1000), ApgdCe(steps=49), ApgdT(classes=0), ApgdT(restarts=0), Patch())
    assert not any(attack.strong for attack in (*weak, CarliniWagner(searches=2), CarliniWagner(steps=20)))


def test_carlini_wagner_finds_smaller_changes_than_apgd_needs() -> None:
    data, target = some(30), digits().target
    x = last(CarliniWagner(searches=4, steps=40, rate=0.05, constant=1), target, data, Limit(norm="l2", radius=9))
    assert fooled(target, x, data) == 1
    far = distance("l2", x, data.x)
    assert np.median(far) < 1
    inside = Limit(norm="l2", radius=float(np.median(far)) * 0.8)
    y = last(ApgdCe(steps=40), target, data, inside)
    assert fooled(target, y, data) < 0.6


def test_carlini_wagner_stops_at_the_limit_where_it_need_not_minimise() -> None:
    data, target, limit = some(20), digits().target, Limit(norm="l2", radius=2)
    plain, brief = Border(target), Border(target)
    small = last(CarliniWagner(searches=4, steps=40, rate=0.03, constant=1), plain, data, limit)
    large = last(CarliniWagner(searches=4, steps=40, rate=0.03, constant=1, minimise=False), brief, data, limit)
    assert brief.ledger.queries < plain.ledger.queries
    assert fooled(target, large, data) >= fooled(target, small, data)
    assert distance("l2", small, data.x).mean() < distance("l2", large, data.x).mean()


def test_carlini_wagner_gets_nearer_with_each_item() -> None:
    data, attack = some(20), CarliniWagner(searches=4, steps=40, rate=0.03, constant=1)
    known = np.full(len(data), np.inf)
    for x in attack.propose(digits().target, data, Limit(norm="l2", radius=9), Knowledge(), rng()):
        far = np.where((x != data.x).any(axis=(1, 2, 3)), distance("l2", x, data.x), np.inf)
        assert (far <= known).all()
        known = far
    assert np.isfinite(known).mean() > 0.9


def test_a_patch_changes_one_square_only() -> None:
    data = some()
    x = last(Patch(steps=10, places=2), digits().target, data, Limit(norm="l0", radius=9))
    for change in (x != data.x)[:, 0]:
        rows, columns = np.flatnonzero(change.any(axis=1)), np.flatnonzero(change.any(axis=0))
        assert not len(rows) or max(np.ptp(rows), np.ptp(columns)) < 3


def test_a_universal_patch_is_the_same_in_all_images() -> None:
    data = some()
    x = last(Patch(steps=15, universal=True, places=2), digits().target, data, Limit(norm="l0", radius=16))
    changed = (x != data.x).any(axis=(1, 2, 3))
    assert changed.sum() > 5
    where = (x != data.x)[changed].any(axis=0)
    assert np.ptp(x[changed][:, where], axis=0).max() == 0


@pytest.mark.parametrize(
    ("attack", "limit", "why"),
    [
        (Patch(), Limit(norm="l2", radius=1), "L0"),
        (Patch(side=4), Limit(norm="l0", radius=15), "does not fit"),
        (Patch(side=9), Limit(norm="l0", radius=100), "does not fit"),
    ],
)
def test_a_patch_that_the_limit_has_no_room_for_is_unsuitable(attack: Patch, limit: Limit, why: str) -> None:
    with pytest.raises(Unsuitable, match=why):
        last(attack, digits().target, some(2), limit)


def test_a_patch_is_for_images() -> None:
    assert "image" in Patch().unfit(table().target)


def test_the_busiest_squares_are_found_the_largest_first_and_apart() -> None:
    steep = np.zeros((1, 1, 8, 8))
    steep[0, 0, 5:7, 1:3], steep[0, 0, 0:2, 6:8] = 2, 1
    assert busiest(steep, 2, 2).tolist() == [[[5, 1], [0, 6]]]


def test_images_with_channels_last_have_their_plane_first() -> None:
    assert plane((3, 32, 32)) == (1, 2)
    assert plane((32, 32, 3)) == (0, 1)
    assert plane((8, 8)) == (0, 1)
    inside = window((6, 6, 3), np.array([[1, 2]]), 2)
    assert inside.sum() == 12
    assert inside[0, 1:3, 2:4].all()
