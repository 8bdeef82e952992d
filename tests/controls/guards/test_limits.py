"""Limits on callers, calls and inputs: what is one too many is refused, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.guards.access import ModelAccessControl
from bartizan.controls.guards.guarded import called_by
from bartizan.controls.guards.input_limits import DosInputValidation, Limited, LimitResources
from bartizan.controls.guards.rate_limit import RateLimit, RateLimited
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Card, Labels, Lacking, Predictor
from tests import rigs


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_query_after_the_last_allowed_is_refused_until_the_window_has_moved_on() -> None:
    clock, x = Clock(), rigs.tumours().test.x
    target = RateLimited(rigs.tumours().target, 5, 60, clock=clock)
    assert (target.labels(x[:8]) == REFUSED).tolist() == [False] * 5 + [True] * 3
    clock.now = 59.9
    assert (target.scores(x[:1]) == 0).all()
    clock.now = 60.0
    assert (target.labels(x[:6]) == REFUSED).tolist() == [False] * 5 + [True]
    assert target.breaches == {"anonymous": 5}


def test_refused_queries_do_not_reach_the_model() -> None:
    border = Border(rigs.tumours().target)
    target = RateLimited(border, 5, 60, clock=lambda: 0.0)
    target.labels(rigs.tumours().test.x)
    assert border.ledger.queries == 5


def test_an_experiment_lets_time_go_by_with_the_queries() -> None:
    x = np.repeat(rigs.tumours().test.x, 3, axis=0)[:300]
    guard = RateLimit(limit=20, window=10, pace=10)
    answers = guard.mount(rigs.tumours().target, rigs.tumours().test, rigs.rng()).labels(x)
    # ten a second: a hundred queries a window, of which twenty are answered
    assert (answers != REFUSED).sum() == 60
    assert (answers[:20] != REFUSED).all()
    assert (answers[20:100] == REFUSED).all()


def test_a_total_limit_counts_all_callers() -> None:
    target = RateLimited(rigs.tumours().target, 5, 60, total=7, clock=lambda: 0.0)
    x = rigs.tumours().test.x[:5]
    assert (called_by(target, "ann").labels(x) != REFUSED).sum() == 5
    assert (called_by(target, "bob").labels(x) != REFUSED).sum() == 2


def test_access_is_closed_by_default_and_each_caller_has_no_more_than_their_role() -> None:
    rig = rigs.digits()
    x = rig.test.x[:4]
    closed = ModelAccessControl().mount(rig.target, rig.test, rigs.rng())
    assert (closed.labels(x) == REFUSED).all()
    guard = ModelAccessControl(grants={"clerk": "labels", "auditor": "scores"}, attacker="clerk")
    clerk = guard.mount(rig.target, rig.test, rigs.rng())
    assert clerk.card.capabilities == {"labels"}
    assert (clerk.labels(x) == rig.target.labels(x)).all()
    with pytest.raises(Lacking):
        clerk.scores(x)
    auditor = called_by(clerk, "auditor")
    assert auditor.card.capabilities == {"labels", "scores"}
    assert np.allclose(auditor.scores(x), rig.target.scores(x))
    with pytest.raises(Lacking):
        auditor.differentiate(x)
    assert (called_by(clerk, "Clerk").labels(x) == REFUSED).all()


def test_malformed_and_outlying_tables_are_refused_row_by_row() -> None:
    rig = rigs.tumours()
    target = DosInputValidation().mount(rig.target, rig.test, rigs.rng())
    x = rig.test.x[:5].copy()
    x[1, 0], x[2, 3], x[3, 7] = np.inf, np.nan, -5.0
    assert (target.labels(x) == REFUSED).tolist() == [False, True, True, True, False]
    assert (target.labels(np.zeros((2, 31))) == REFUSED).all()
    assert (target.labels(rig.test.x) != REFUSED).all()


class Counting(Predictor):
    """A rule on texts."""

    @property
    def card(self) -> Card:
        return Card(name="rule", classes=2, domain=Domain(modality="text"))

    def labels(self, x: Inputs) -> Labels:
        return np.array(["free" in text for text in x], np.int64)


def test_texts_longer_than_ordinary_ones_and_what_is_no_text_are_refused() -> None:
    clean = Dataset(x=np.array(["a free lunch", "see you"], object), y=np.array([1, 0]), classes=2)
    target = DosInputValidation().mount(Counting(), clean, rigs.rng())
    asked = np.array(["free", "a " * 13, "x" * 11, 7, None, "free beer"], object)
    assert target.labels(asked).tolist() == [1, REFUSED, REFUSED, REFUSED, REFUSED, 1]


def test_a_call_is_answered_up_to_its_largest_batch_and_its_deadline() -> None:
    rig, clock = rigs.tumours(), Clock()
    large = LimitResources(rows=10).mount(rig.target, rig.test, rigs.rng())
    assert (large.labels(rig.test.x[:13]) == REFUSED).tolist() == [False] * 10 + [True] * 3
    assert large.scores(rig.test.x[:13]).any(axis=1).sum() == 10

    class Slow(Border):
        def labels(self, x: Inputs) -> Labels:
            clock.now += 1.0
            return super().labels(x)

    slow = Slow(rig.target)
    target = Limited(slow, 100, 2.5, part=4, clock=clock)
    assert (target.labels(rig.test.x[:20]) != REFUSED).sum() == 12
    assert slow.ledger.queries == 12
    assert target.tally.refused == 8
