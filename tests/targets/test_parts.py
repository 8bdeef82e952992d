from __future__ import annotations

import numpy as np

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.parts import Parts, domain_of
from tests.targets import models


def _data(x: Inputs) -> Dataset:
    return Dataset(x=x, y=np.zeros(len(x), np.int64), classes=1)


def test_images_lie_within_the_usual_bounds_where_all_of_them_do() -> None:
    grey = np.random.default_rng(0).random((4, 1, 3, 3))
    assert (domain_of(_data(grey)).low, domain_of(_data(grey)).high) == (0.0, 1.0)
    assert domain_of(_data(grey * 200)).high == 255.0
    assert domain_of(_data(grey - 2)).low < -1
    assert domain_of(_data(grey)).shape == (1, 3, 3)
    assert domain_of(_data(grey)).modality == "image"


def test_a_tables_columns_range_as_far_as_their_values_and_whole_ones_stay_whole() -> None:
    domain = domain_of(_data(np.array([[1.0, 0.5], [3.0, np.nan], [2.0, 2.5]])))
    whole, other = domain.features
    assert (whole.kind, whole.low, whole.high) == ("integer", 1.0, 3.0)
    assert (other.kind, other.low, other.high) == ("continuous", 0.5, 2.5)


def test_texts_are_told_by_their_type() -> None:
    assert domain_of(_data(models.TEXTS)).modality == "text"


def test_a_domain_that_was_given_counts() -> None:
    assert Parts(test=_data(np.zeros((2, 2))), domain=models.TEXT).known_domain() is models.TEXT
