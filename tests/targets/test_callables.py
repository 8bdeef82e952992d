from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bartizan.targets.border import BadAnswer, Border
from bartizan.targets.callables import CallablePredictor
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Lacking, Unsuitable
from tests.targets import models

TABLE = Domain(modality="table", shape=(2,))


def sums(x: Inputs) -> Inputs:
    second = np.clip(x.sum(axis=1), 0, 1)
    return np.column_stack([1 - second, second])


def test_a_function_of_labels_is_a_target_that_gives_no_scores() -> None:
    target = CallablePredictor(TABLE, 2, labels=lambda x: (x[:, 0] > 0.5).astype(int), name="threshold")
    x = np.array([[0.2, 0.0], [0.9, 0.0]])
    assert Border(target).labels(x).tolist() == [0, 1]
    assert target.card.capabilities == {"labels"}
    with pytest.raises(Lacking, match="threshold gives no scores"):
        target.scores(x)
    with pytest.raises(Lacking, match="gradients"):
        target.differentiate(x)


def test_labels_follow_from_scores_where_only_scores_are_given() -> None:
    target = CallablePredictor(TABLE, 2, scores=sums)
    x = np.array([[0.2, 0.1], [0.9, 0.0]])
    assert Border(target).labels(x).tolist() == [0, 1]
    assert Border(target).scores(x).shape == (2, 2)
    assert target.card.name == "sums"


def test_a_row_of_zeros_is_a_refused_input() -> None:
    target = CallablePredictor(TABLE, 2, scores=lambda x: np.zeros((len(x), 2)))
    assert Border(target).labels(np.zeros((3, 2))).tolist() == [REFUSED] * 3


def test_plain_lists_and_named_classes_are_understood() -> None:
    def decide(x: Inputs) -> list[str]:
        return ["yes" if row[0] > 0 else "no" for row in x]

    target = CallablePredictor(TABLE, 2, labels=decide, class_labels=("no", "yes"))
    assert Border(target).labels(np.array([[1.0, 0.0], [-1.0, 0.0]])).tolist() == [1, 0]


def test_a_class_that_nobody_named_is_a_bad_answer() -> None:
    target = CallablePredictor(TABLE, 2, labels=lambda x: ["perhaps"] * len(x), class_labels=("no", "yes"))
    with pytest.raises(BadAnswer, match="its card says 2 classes"):
        Border(target).labels(np.zeros((1, 2)))


def test_scores_in_one_column_are_told_to_be_of_the_wrong_shape() -> None:
    target = CallablePredictor(TABLE, 2, scores=lambda x: x[:, 0])
    with pytest.raises(BadAnswer, match="a column for each class"):
        Border(target).labels(np.zeros((4, 2)))


def test_texts_reach_the_function_as_texts() -> None:
    seen: list[Any] = []

    def spam(x: Inputs) -> list[int]:
        seen.extend(x)
        return [int("money" in text) for text in x]

    target = CallablePredictor(models.TEXT, 2, labels=spam)
    assert Border(target).labels(models.TEXTS[:2]).tolist() == [1, 0]
    assert seen == ["win money now", "meet at noon"]


def test_a_target_that_answers_nothing_cannot_be_made() -> None:
    with pytest.raises(Unsuitable, match="give a function"):
        CallablePredictor(TABLE, 2, name="empty")
    with pytest.raises(Unsuitable, match="1 names for 2 classes"):
        CallablePredictor(TABLE, 2, scores=sums, class_labels=("a",))
