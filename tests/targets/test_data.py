from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.targets.data import Dataset, split
from tests.targets import models


def _texts(*texts: str) -> Dataset:
    return Dataset(x=np.array(texts, dtype=object), y=np.zeros(len(texts), np.int64), classes=1)


def test_the_digest_tells_texts_apart_however_they_are_cut() -> None:
    assert _texts("ab", "c").digest == _texts("ab", "c").digest
    assert (
        len({_texts("ab", "c").digest, _texts("a", "bc").digest, _texts("abc").digest, _texts("c", "ab").digest}) == 4
    )
    assert _texts("a\0b", "c").digest != _texts("a", "b\0c").digest
    assert _texts("\ud800").digest  # half a surrogate pair is a text too


def test_the_digest_changes_with_a_value_a_label_a_type_and_the_order() -> None:
    x, y = np.arange(6.0).reshape(3, 2), np.array([0, 1, 1])
    whole = Dataset(x=x, y=y, classes=2)
    others = [
        Dataset(x=x * (1 + 1e-15), y=y, classes=2),
        Dataset(x=x, y=np.array([0, 1, 0]), classes=2),
        Dataset(x=x.astype(np.float32), y=y, classes=2),
        whole.take([1, 0, 2]),
        whole.take([0, 1]),
    ]
    assert len({whole.digest, *(other.digest for other in others)}) == 6
    assert Dataset(x=x.copy(), y=y.astype(np.int32), classes=2).digest == whole.digest


@settings(max_examples=25)
@given(st.integers(1, 60), st.integers(1, 4), st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 99))
def test_every_row_is_in_exactly_one_part(rows: int, classes: int, shares: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = Dataset(x=np.arange(rows, dtype=float)[:, None], y=rng.integers(0, classes, rows), classes=classes)
    parts = split(data, tuple(share / sum(shares) for share in shares), rng)
    assert sorted(np.concatenate([part.x[:, 0] for part in parts]).tolist()) == list(range(rows))
    for part, share in zip(parts, shares, strict=True):
        for label in range(classes):
            wanted = share / sum(shares) * (data.y == label).sum()
            assert abs((part.y == label).sum() - wanted) <= 1


def test_data_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="2 inputs, but 1 labels"):
        Dataset(x=np.zeros((2, 1)), y=np.zeros(1, np.int64), classes=1)
    with pytest.raises(ValueError, match="labels from 0 to 3, but 2 classes"):
        Dataset(x=np.zeros((2, 1)), y=np.array([0, 3]), classes=2)
    with pytest.raises(ValueError, match="do not add up"):
        split(models.wine(), (0.5, 0.4), np.random.default_rng(0))


def test_joining_keeps_the_order_for_texts_too() -> None:
    assert _texts("a", "b").join(_texts("c")).x.tolist() == ["a", "b", "c"]
