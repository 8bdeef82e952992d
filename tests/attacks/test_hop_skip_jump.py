from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from bartizan.attacks.family import Knowledge
from bartizan.attacks.goal import Goal
from bartizan.attacks.hop_skip_jump import HopSkipJump
from bartizan.attacks.hop_skip_jump_steps import undo
from bartizan.attacks.reach import Reach
from bartizan.core.extras import need
from bartizan.targets.border import Border, Budget
from bartizan.targets.domain import Domain
from bartizan.targets.limit import Limit, Norm, distance
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.scaled import Scaled, in_shares
from bartizan.targets.sklearn_models import SklearnPredictor
from tests.attacks.walks import LOANS, LabelsOnly, Refusing, before_the_end, loans, right, run, stays
from tests.rigs import digits, rng, tumours

FAR = Limit(norm="l2", radius=np.inf)
SHORT = HopSkipJump(steps=3, first=30, starts=3)


def scaled_tumours(model: str = "logistic") -> tuple[Scaled, Any]:
    rig = tumours(model)
    return Scaled(rig.target), in_shares(right(rig, 12), rig.target.card.domain)


def test_by_labels_alone_it_comes_near_the_exact_distance_to_a_linear_boundary() -> None:
    draw = rng(1)
    x = draw.uniform(0, 1, (200, 6))
    y = (x @ np.array([3.0, -2, 1, 1, -1, 2]) > 2).astype(np.int64)
    model = need("sklearn.linear_model").LogisticRegression(C=100.0).fit(x, y)
    target = LabelsOnly(SklearnPredictor(model, Domain(modality="table", shape=(6,), low=-5, high=5)))
    rig = loans()
    data = rig.test.take(slice(0, 0))
    data = type(data)(x=x[:20], y=target.labels(x[:20]), classes=2)
    found, wrong, _ = run(HopSkipJump(steps=5, starts=3), target, data, FAR)
    exact = np.abs(model.decision_function(data.x)) / np.linalg.norm(model.coef_)
    assert wrong.all()
    assert np.median(distance("l2", found, data.x) / exact) < 1.05


@pytest.mark.parametrize(("model", "norm"), [("logistic", "l2"), ("logistic", "linf"), ("forest", "l2")])
def test_every_step_brings_it_nearer_or_leaves_it_where_it_was(model: str, norm: Norm) -> None:
    target, data = scaled_tumours(model)
    limit = Limit(norm=norm, radius=np.inf)
    items = list(SHORT.propose(target, data, limit, Knowledge(), rng()))
    far = [distance(norm, x, data.x) for x in items]
    assert len(items) == 1 + SHORT.steps
    assert all((after <= before).all() for before, after in pairwise(far))
    assert far[-1].mean() < far[0].mean()
    assert (target.labels(items[-1]) != data.y).all()


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_images_are_fooled_and_stay_in_their_bounds(norm: Norm) -> None:
    rig = digits()
    found, wrong, _ = run(SHORT, rig.target, right(rig, 8), Limit(norm=norm, radius=1.0))
    assert wrong.all()
    assert found.min() >= 0
    assert found.max() <= 1


def test_it_asks_for_all_samples_at_once() -> None:
    target, data = scaled_tumours()
    _, _, alone = run(SHORT, target, data.take(slice(0, 1)), FAR, Knowledge(reserve=data))
    _, _, together = run(SHORT, target, data, FAR, Knowledge(reserve=data))
    assert together.ledger.calls <= alone.ledger.calls + 20
    assert together.ledger.queries > 8 * alone.ledger.queries


def test_columns_of_a_table_change_only_as_an_attacker_can_change_them() -> None:
    rig = loans()
    data = right(rig, 25)
    found, wrong, _ = run(SHORT, rig.target, data, FAR, Knowledge(reserve=rig.reserve))
    assert (found[:, 0] == data.x[:, 0]).all()
    assert (found[:, 1] >= data.x[:, 1]).all()
    assert (found[:, 2] <= data.x[:, 2]).all()
    assert (found[:, 3] == np.rint(found[:, 3])).all()
    assert np.isin(found[:, 4], (0, 1, 3)).all()
    assert (found == LOANS.feasible(found.copy(), data.x)).all()
    assert wrong.mean() > 0.3


def test_whole_numbers_that_need_no_change_are_put_back() -> None:
    rig = loans()
    tree = need("sklearn.tree").DecisionTreeClassifier(max_depth=1).fit(rig.test.x, rig.test.x[:, 1] > 100)
    target, poor = SklearnPredictor(tree, LOANS), rig.test.x[rig.test.x[:, 1] < 50][:4]
    goal = Goal(target, Reach(LOANS, poor), np.zeros(4, np.int64))
    moved = poor.copy()
    moved[:, 1], moved[:, 3] = 150, np.where(poor[:, 3] < 6, 12, 0)
    back = undo(goal, moved.copy(), np.arange(4))
    assert (back[:, 3] == poor[:, 3]).all()
    assert (back[:, 1] == 150).all()


def test_a_refusal_is_no_success() -> None:
    rig = digits()
    target = Refusing(rig.target, above=0.05)
    data = right(rig, 6, target)
    found, wrong, _ = run(SHORT, target, data, FAR)
    assert wrong.all()
    assert (found[:, 0, 0, 0] <= 0.05).all()


def test_a_target_that_always_answers_the_same_leaves_every_sample_as_it_was() -> None:
    rig = loans()
    constant = need("sklearn.dummy").DummyClassifier(strategy="constant", constant=1).fit(rig.test.x, rig.test.y)
    target = SklearnPredictor(constant, LOANS)
    assert stays(SHORT, target, right(rig, 5, target), FAR)


def test_samples_that_are_answered_wrongly_already_are_left_alone() -> None:
    rig = tumours()
    wrong = rig.test.take(np.flatnonzero(rig.target.labels(rig.test.x) != rig.test.y))
    _, _, border = run(SHORT, rig.target, wrong, FAR)
    assert stays(SHORT, rig.target, wrong, FAR)
    assert border.ledger.queries == len(wrong)


def test_no_samples_are_no_mistake() -> None:
    assert stays(SHORT, digits().target, digits().test.take(slice(0, 0)), FAR)


def test_it_reaches_the_class_that_is_wanted() -> None:
    rig = digits()
    data = rig.test.take(np.flatnonzero(rig.target.labels(rig.test.x) != 3)[:6])
    found, _, _ = run(HopSkipJump(steps=1, first=20, wanted=3), rig.target, data, FAR, Knowledge(reserve=rig.reserve))
    assert (rig.target.labels(found) == 3).all()


def test_within_the_limit_it_can_stop() -> None:
    target, data = scaled_tumours()
    limit = Limit(norm="l2", radius=1.0)
    _, _, full = run(SHORT, target, data, limit)
    found, wrong, early = run(HopSkipJump(steps=3, first=30, starts=3, until_limit=True), target, data, limit)
    assert early.ledger.queries < full.ledger.queries
    assert (wrong & limit.holds(found, data.x)).mean() > 0.5


def test_what_was_found_before_the_budget_was_spent_is_kept() -> None:
    target, data = scaled_tumours()
    border = Border(target, Budget(queries=1200))
    assert (target.labels(before_the_end(SHORT, border, data, FAR)) != data.y).all()


def test_the_same_seed_finds_the_same() -> None:
    target, data = scaled_tumours()
    first, again = (run(SHORT, target, data, FAR, seed=5)[0] for _ in range(2))
    assert (first == again).all()
    assert (first != run(SHORT, target, data, FAR, seed=6)[0]).any()


def test_without_real_points_of_another_class_it_starts_from_noise() -> None:
    rig = digits()
    one = right(rig, 1)
    _, wrong, _ = run(SHORT, rig.target, one, FAR)
    assert wrong.all()


def test_a_limit_in_changed_values_is_not_for_it() -> None:
    with pytest.raises(Unsuitable, match="l0"):
        run(SHORT, digits().target, right(digits(), 2), Limit(norm="l0", radius=3))
