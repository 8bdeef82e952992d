"""What all guards promise: refused rows never reach the model, a crash refuses, callers have a state of their own."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.guards.guarded import Guarded, Rows, called_by
from bartizan.controls.guards.rate_limit import RateLimited
from bartizan.core.errors import BudgetSpent
from bartizan.targets.border import Border, Budget
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Labels, Lacking, Predictor
from tests import rigs


class Fussy(Guarded):
    """Refuses rows whose first value is 0, and crashes on NaN."""

    def __init__(self, inner: Predictor) -> None:
        super().__init__(inner, "fussy")

    def before(self, x: Inputs) -> tuple[Inputs, Rows]:
        if np.isnan(x).any():
            raise ZeroDivisionError("a defect of the guard")
        return x, x[:, 0] == 0


class Forgetful(Fussy):
    remembers = True


class Late(Guarded):
    def after_labels(self, x: Inputs, labels: Labels) -> Labels:
        raise OSError("the log is full")


def batch() -> Inputs:
    x = rigs.tumours().test.x[:12].copy()
    x[2, 0], x[7, 3] = 0.0, np.nan
    return x


def test_only_the_row_that_crashes_a_guard_is_refused_and_counted() -> None:
    border = Border(rigs.tumours().target)
    guarded = Fussy(border)
    labels = guarded.labels(batch())
    assert np.flatnonzero(labels == REFUSED).tolist() == [2, 7]
    others = np.delete(np.arange(12), [2, 7])
    assert (labels[others] == rigs.tumours().target.labels(batch()[others])).all()
    assert (guarded.tally.seen, guarded.tally.refused, guarded.tally.crashed) == (12, 2, 1)
    assert border.ledger.queries == 10


def test_refused_rows_have_no_scores() -> None:
    scores = Fussy(rigs.tumours().target).scores(batch())
    assert np.flatnonzero(~scores.any(axis=1)).tolist() == [2, 7]
    assert np.allclose(np.delete(scores, [2, 7], axis=0).sum(axis=1), 1)


def test_a_guard_with_a_memory_that_crashes_refuses_the_whole_call() -> None:
    guarded = Forgetful(rigs.tumours().target)
    assert (guarded.labels(batch()) == REFUSED).all()
    assert guarded.tally.crashed == 12


def test_a_guard_that_crashes_on_the_answer_keeps_it() -> None:
    guarded = Late(rigs.tumours().target, "late")
    assert (guarded.labels(rigs.tumours().test.x[:5]) == REFUSED).all()
    assert guarded.tally.crashed == 5


def test_a_spent_budget_is_no_crash() -> None:
    guarded = Fussy(Border(rigs.tumours().target, Budget(queries=3)))
    with pytest.raises(BudgetSpent):
        guarded.labels(rigs.tumours().test.x[:4])
    assert guarded.tally.crashed == 0


def test_an_empty_batch_gets_an_empty_answer() -> None:
    guarded = Fussy(rigs.tumours().target)
    assert guarded.labels(rigs.tumours().test.x[:0]).shape == (0,)
    assert guarded.scores(rigs.tumours().test.x[:0]).shape == (0, 2)


def test_what_the_inner_target_lacks_the_guarded_one_lacks() -> None:
    with pytest.raises(Lacking, match="behind fussy"):
        Fussy(rigs.tumours("forest").target).differentiate(batch())


def test_gradients_pass_a_guard_straight_through() -> None:
    x = rigs.digits().test.x[:3]
    logits, pull = Guarded(rigs.digits().target, "nothing").differentiate(x)
    plain, straight = rigs.digits().target.differentiate(x)
    assert (logits == plain).all()
    assert (pull(np.ones_like(plain)) == straight(np.ones_like(plain))).all()


def test_callers_are_known_to_every_guard_of_a_chain_and_share_one_state() -> None:
    x = rigs.tumours().test.x[:3]
    limited = RateLimited(rigs.tumours().target, 4, 60, total=6, clock=lambda: 0.0)
    chain = Border(Fussy(limited))
    ann, bob = called_by(chain, "ann"), called_by(chain, "bob")
    assert (ann.labels(x) != REFUSED).all()
    assert (bob.labels(x) != REFUSED).all()
    assert (ann.labels(x) == REFUSED).all()
    assert limited.breaches == {"ann": 3}
    assert chain.ledger.queries == 9
