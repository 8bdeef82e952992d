from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.core.errors import BudgetSpent, Unreachable
from bartizan.targets.border import BadAnswer, Border, Budget, TargetCrashed
from bartizan.targets.callables import CallablePredictor
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import Lacking
from tests import rigs
from tests.targets import models

TABLE = Domain(modality="table", shape=(2,))


class Counted:
    """What really reaches a target."""

    def __init__(self) -> None:
        self.rows = 0

    def labels(self, x: Inputs) -> Inputs:
        self.rows += len(x)
        return np.zeros(len(x), np.int64)

    def scores(self, x: Inputs) -> Inputs:
        self.rows += len(x)
        return np.tile([1.0, 0.0], (len(x), 1))

    def predictor(self) -> CallablePredictor:
        return CallablePredictor(TABLE, 2, labels=self.labels, scores=self.scores, name="counted")


def _answering(answer: Callable[[Inputs], Any], *, scores: bool = False) -> Border:
    kind: dict[str, Any] = {"scores": answer} if scores else {"labels": answer}
    return Border(CallablePredictor(TABLE, 2, name="odd", **kind))


X = np.zeros((4, 2))


@settings(max_examples=25)
@given(st.integers(0, 30), st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=12))
def test_never_more_rows_than_allowed_reach_the_target(allowed: int, asked: list[tuple[int, bool]]) -> None:
    counted = Counted()
    border = Border(counted.predictor(), Budget(queries=allowed))
    for rows, scores in asked:
        before, ask = counted.rows, border.scores if scores else border.labels
        if before + rows <= allowed:
            ask(np.zeros((rows, 2)))
            continue
        with pytest.raises(BudgetSpent, match=f"{before} of {allowed} queries are spent, and {rows} more"):
            ask(np.zeros((rows, 2)))
        assert counted.rows == before
    assert counted.rows == border.ledger.queries <= allowed


@settings(max_examples=25)
@given(st.floats(0.5, 50), st.lists(st.integers(1, 20), min_size=1, max_size=8), st.floats(0, 2))
def test_the_border_waits_so_that_the_rate_is_kept(rate: float, batches: list[int], pause: float) -> None:
    now, asked = [100.0], 0

    def sleep(seconds: float) -> None:
        now[0] += seconds

    border = Border(Counted().predictor(), Budget(per_second=rate), sleep=sleep, clock=lambda: now[0])
    for rows in batches:
        border.labels(np.zeros((rows, 2)))
        assert asked <= rate * (now[0] - 100.0) + 1e-6  # all that was asked before this batch has had its time
        asked += rows
        now[0] += pause
    assert now[0] - 100.0 <= sum(batches) / rate + pause * len(batches) + 1e-6  # and no longer than needed


def test_threads_together_cannot_spend_more_than_the_budget() -> None:
    counted = Counted()
    # it waits between looking at the budget and spending it: the other threads have all the time they need
    slow = Budget(queries=50, per_second=1.0)
    border = Border(counted.predictor(), slow, sleep=lambda _: time.sleep(0.002), clock=lambda: 0.0)

    def ask() -> None:
        for _ in range(20):
            try:
                border.labels(np.zeros((3, 2)))
            except BudgetSpent:
                return

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted.rows == border.ledger.queries == 48


def test_a_gradient_counts_once_more_and_stays_within_the_budget() -> None:
    target = rigs.tumours().target
    x = rigs.tumours().test.x[:5]
    border = Border(target, Budget(queries=9))
    logits, pull = border.differentiate(x)
    assert border.ledger.queries == 5
    with pytest.raises(BudgetSpent):
        pull(np.ones_like(logits))
    border = Border(target, Budget(queries=10))
    logits, pull = border.differentiate(x)
    pull(np.ones_like(logits))
    assert (border.ledger.queries, border.ledger.gradients, border.ledger.calls) == (10, 5, 2)


def test_the_targets_own_time_is_limited_and_told() -> None:
    border = Border(Counted().predictor(), Budget(seconds=1.0))
    border.labels(X)
    border.ledger.seconds = 1.5
    with pytest.raises(BudgetSpent, match=r"worked for 1\.5 s, its whole budget"):
        border.labels(X)


def test_every_batch_is_recorded_before_it_is_answered() -> None:
    seen: list[Inputs] = []
    border = Border(Counted().predictor(), record=seen.append)
    border.labels(X[:1])
    border.scores(X[:3])
    assert [len(x) for x in seen] == [1, 3]


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (lambda x: np.zeros((len(x), 1), int), r"labels of shape \(4, 1\); expected \(4,\)"),
        (lambda x: [0], r"labels of shape \(1,\); expected \(4,\)"),
        (lambda x: np.zeros(len(x)), "labels are float64, not integers"),
        (lambda x: np.full(len(x), 2), "labels from 2 to 2; its card says 2 classes, so 0 to 1"),
        (lambda x: np.full(len(x), -2), "labels from -2"),
        (lambda x: ["a"] * len(x), "not integers"),
    ],
)
def test_labels_that_no_predictor_may_give_are_told(answer: Any, finding: str) -> None:
    with pytest.raises(BadAnswer, match=finding):
        _answering(answer).labels(X)


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        ([0.5], r"scores of shape \(4, 1\)"),
        ([np.nan, 1.0], "4 of 4 rows of scores hold NaN or infinity"),
        ([np.inf, 0.0], "hold NaN or infinity"),
        ([0.9, 0.9], "no probabilities"),
        ([-0.5, 1.5], "no probabilities"),
        ([3.1, -2.2], "no probabilities"),
    ],
)
def test_scores_that_no_predictor_may_give_are_told(row: list[float], finding: str) -> None:
    with pytest.raises(BadAnswer, match=finding):
        _answering(lambda x: np.tile(row, (len(x), 1)), scores=True).scores(X)


def test_a_crash_in_a_target_is_told_in_one_printable_line() -> None:
    def crash(x: Inputs) -> Inputs:
        raise ValueError("bad \x1b[31m input\nTraceback")

    border = _answering(crash)
    with pytest.raises(TargetCrashed) as caught:
        border.labels(X)
    assert str(caught.value) == r"odd: it crashed with ValueError: bad \x1b[31m input\nTraceback"
    assert caught.value.exit_code == 2
    assert border.ledger.queries == 4  # they reached it


def test_errors_that_are_meant_for_a_person_pass_as_they_are() -> None:
    def gone(x: Inputs) -> Inputs:
        raise Unreachable("it is gone")

    with pytest.raises(Unreachable, match="it is gone"):
        _answering(gone).labels(X)
    with pytest.raises(Lacking):
        _answering(lambda x: np.zeros(len(x), int)).scores(X)


def test_a_person_can_stop_it_at_any_time() -> None:
    def stopped(x: Inputs) -> Inputs:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _answering(stopped).labels(X)


def test_texts_pass_and_are_counted() -> None:
    border = Border(CallablePredictor(models.TEXT, 2, labels=lambda x: [int("money" in text) for text in x]))
    assert border.labels(models.TEXTS[:4]).tolist() == [1, 0, 1, 0]
    assert border.ledger.queries == 4
