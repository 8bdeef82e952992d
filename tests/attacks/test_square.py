from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.goal import Aim
from bartizan.attacks.reach import Reach
from bartizan.attacks.square import Square
from bartizan.attacks.square_columns import BallColumns, BoxColumns
from bartizan.attacks.square_windows import BallWindows, BoxWindows, pattern
from bartizan.targets.border import Border, Budget
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.limit import Limit, Norm
from bartizan.targets.predictor import Scores, Unsuitable, Wrapped
from bartizan.targets.scaled import Scaled, in_shares
from tests.attacks.walks import LOANS, LabelsOnly, before_the_end, loans, right, run, stays
from tests.rigs import digits, rng, tumours

SHORT = Square(steps=60)


class Vague(Wrapped):
    """A target whose scores say that everything is the first class, whatever its labels say."""

    def scores(self, x: Inputs) -> Scores:
        return np.eye(self.card.classes)[np.zeros(len(x), int)]


@pytest.mark.parametrize(("norm", "radius"), [("linf", 0.2), ("l2", 1.2)])
def test_most_images_are_fooled_within_limit_and_bounds(norm: Norm, radius: float) -> None:
    limit, data = Limit(norm=norm, radius=radius), right(digits(), 20)
    found, wrong, _ = run(SHORT, digits().target, data, limit)
    assert wrong.mean() >= 0.4
    assert limit.holds(found, data.x).all()
    assert found.min() >= 0
    assert found.max() <= 1


def test_a_fooled_sample_is_not_asked_about_again() -> None:
    data = right(digits(), 20)
    _, wrong, border = run(SHORT, digits().target, data, Limit(norm="linf", radius=0.5))
    assert wrong.all()
    assert border.ledger.queries < 20 * 20


@pytest.mark.parametrize(("model", "norm"), [("logistic", "l2"), ("logistic", "linf"), ("forest", "linf")])
def test_tables_are_searched_too_be_it_a_pipeline_or_a_forest(model: str, norm: Norm) -> None:
    rig = tumours(model)
    target, data = Scaled(rig.target), in_shares(right(rig, 15), rig.target.card.domain)
    limit = Limit(norm=norm, radius=0.35 if norm == "linf" else 1.5)
    found, wrong, _ = run(Square(steps=40), target, data, limit)
    assert limit.holds(found, data.x).all()
    assert wrong.mean() >= 0.4


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_columns_of_a_table_change_only_as_an_attacker_can_change_them(norm: Norm) -> None:
    rig = loans()
    data, limit = right(rig, 30), Limit(norm=norm, radius=20)
    found, wrong, _ = run(SHORT, rig.target, data, limit)
    assert (found == LOANS.feasible(found.copy(), data.x)).all()
    assert limit.holds(found, data.x).all()
    assert wrong.any()


def test_a_target_without_scores_is_told_to_be_unfit() -> None:
    assert SHORT.unfit(digits().target) == ""
    assert "needs scores" in SHORT.unfit(LabelsOnly(digits().target))


def test_a_score_alone_is_no_success() -> None:
    rig = digits()
    data = right(rig, 10)
    data = data.take(np.flatnonzero(data.y != 0))
    _, wrong, border = run(Square(steps=5), Vague(rig.target), data, Limit(norm="linf", radius=1e-4))
    assert not wrong.any()
    assert border.ledger.queries > 5 * len(data)


def test_samples_that_are_answered_wrongly_already_are_left_alone() -> None:
    rig = tumours()
    wrong = rig.test.take(np.flatnonzero(rig.target.labels(rig.test.x) != rig.test.y))
    assert stays(SHORT, rig.target, wrong, Limit(norm="linf", radius=5))


def test_where_nothing_can_change_the_originals_come_back() -> None:
    assert stays(SHORT, digits().target, right(digits(), 3), Limit(norm="linf", radius=0))
    assert stays(SHORT, digits().target, digits().test.take(slice(0, 0)), Limit(norm="linf", radius=0.1))


def test_what_was_found_before_the_budget_was_spent_is_kept() -> None:
    data = right(digits(), 10)
    border = Border(digits().target, Budget(queries=300))
    assert (before_the_end(SHORT, border, data, Limit(norm="linf", radius=0.05)) != data.x).any()


def test_it_reaches_the_class_that_is_wanted() -> None:
    rig = digits()
    data = rig.test.take(np.flatnonzero(rig.target.labels(rig.test.x) != 3)[:5])
    found, _, _ = run(Square(steps=60, wanted=3), rig.target, data, Limit(norm="linf", radius=0.6))
    assert (rig.target.labels(found) == 3).mean() >= 0.8


def test_a_limit_in_changed_values_is_not_for_it() -> None:
    with pytest.raises(Unsuitable, match="l0"):
        run(SHORT, digits().target, right(digits(), 2), Limit(norm="l0", radius=3))


def test_a_refused_answer_never_looks_good() -> None:
    aim = Aim(digits().target, np.array([0, 0, 0]))
    margins = aim.margin(np.array([[0.0, 0.0], [0.2, 0.8], [0.9, 0.1]]), np.arange(3))
    assert margins[0] == np.inf
    assert margins[1] == pytest.approx(np.log(0.25))
    assert margins[2] == pytest.approx(np.log(9))
    assert Aim(aim.target, aim.truth, wanted=1).margin(np.array([[0.2, 0.8]]), np.array([0]))[0] < 0


@pytest.mark.parametrize("shape", [(1, 9, 7), (3, 8, 8), (8, 8, 3), (6, 6)])
def test_a_window_changes_one_place_by_the_radius(shape: tuple[int, ...]) -> None:
    origin = np.full((5, int(np.prod(shape))), 0.5)
    moves, draw = BoxWindows(shape, 0.1), rng()
    x = moves.begin(origin, draw)
    assert np.allclose(np.abs(x - origin), 0.1)
    for share in (0.5, 0.1, 0.001):
        moved = moves.move(origin, x, share, draw)
        changed = (moved != x).any(axis=1)
        assert np.allclose(np.abs(moved - origin), 0.1)
        assert (moves.images(moved) != moves.images(x)).any(axis=1).sum(axis=(1, 2)).max() <= moves.side(share) ** 2
        assert changed.all() or share > 0.1


@pytest.mark.parametrize("shape", [(1, 10, 10), (3, 12, 9), (11, 11)])
def test_for_l2_each_move_spends_the_whole_radius(shape: tuple[int, ...]) -> None:
    origin, draw = np.full((4, int(np.prod(shape))), 0.5), rng()
    moves = BallWindows(shape, 2.0)
    x = moves.begin(origin, draw)
    for share in (0.5, 0.1, 0.01):
        assert np.allclose(np.linalg.norm(x - origin, axis=1), 2.0)
        moved = moves.move(origin, x, share, draw)
        assert (moved != x).any(axis=1).all()
        x = moved


def test_the_pattern_is_two_heaps_of_length_one_together() -> None:
    for side in (1, 2, 3, 7):
        eta = pattern(side, rng())
        assert np.linalg.norm(eta) == pytest.approx(1)
        assert side == 1 or (eta.min() < 0 < eta.max())


def test_moves_of_a_table_leave_alone_what_cannot_change() -> None:
    reach, draw = Reach(LOANS, loans().test.x[:20]), rng()
    for moves in (BoxColumns(reach, 2.5), BallColumns(reach, 2.5)):
        x = moves.begin(reach.flat, draw)
        for share in (0.8, 0.1):
            x = moves.move(reach.flat, x, share, draw)
            assert (x[:, 0] == reach.flat[:, 0]).all()
    box = BoxColumns(reach, 2.5)
    assert box.room.tolist() == [0, 2.5, 2.5, 2, 2]
    assert (box.drawn(20, 2, draw).sum(axis=1) == 2).all()


def test_moves_of_a_table_for_l2_spend_the_whole_radius() -> None:
    reach, draw = Reach(Domain(modality="table", shape=(12,), low=-9, high=9), np.zeros((6, 12))), rng()
    moves = BallColumns(reach, 3.0)
    x = moves.begin(reach.flat, draw)
    for share in (0.8, 0.4, 0.05):
        assert np.allclose(np.linalg.norm(x, axis=1), 3)
        x = moves.move(reach.flat, x, share, draw)
