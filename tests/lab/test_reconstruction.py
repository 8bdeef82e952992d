"""Likeness to the training data, by correlation."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from bartizan.lab.reconstruction import Reconstruction, grade
from bartizan.targets.data import Dataset
from tests import rigs
from tests.rigs import rng

IMAGES = rng().random((40, 1, 6, 6))
TRAIN = Dataset(x=IMAGES, y=np.arange(40) % 4, classes=4)
CLASSES = np.arange(4)


def test_a_training_sample_is_its_own_nearest_and_the_mean_is_the_mean() -> None:
    copied = grade(IMAGES[:4], CLASSES, TRAIN)
    assert copied.to_nearest.each == pytest.approx([1.0] * 4)
    assert copied.to_mean.mean < 0.6
    means = np.stack([IMAGES[TRAIN.y == c].mean(axis=0) for c in CLASSES])
    assert grade(means, CLASSES, TRAIN).to_mean.each == pytest.approx([1.0] * 4)
    assert (copied.count, copied.samples) == (4, 40)


def test_only_samples_of_the_class_count() -> None:
    of_another = grade(IMAGES[1:5], CLASSES, TRAIN)
    assert max(of_another.to_nearest.each) < 0.9


def test_brightness_and_contrast_do_not_matter_and_no_contrast_is_no_likeness() -> None:
    plain = grade(IMAGES[:4], CLASSES, TRAIN)
    assert grade(0.2 + 0.5 * IMAGES[:4], CLASSES, TRAIN).to_mean.each == pytest.approx(plain.to_mean.each)
    assert grade(1 - IMAGES[:4], CLASSES, TRAIN).to_mean.each == pytest.approx([-r for r in plain.to_mean.each])
    assert grade(np.full((4, 1, 6, 6), 0.5), CLASSES, TRAIN).to_mean.each == (0, 0, 0, 0)


def test_no_column_of_a_table_outweighs_the_others_by_its_unit() -> None:
    train = rigs.tumours().train
    assert train is not None
    classes = np.array([0, 1])
    shuffled = train.x[:2].copy()
    shuffled[:, [3, 23]] = train.x[2:4][:, [3, 23]]  # The areas, whose numbers are the largest.
    in_units = np.corrcoef(shuffled[0], train.x[train.y == 0].mean(axis=0))[0, 1]
    assert grade(shuffled, classes, train).to_mean.each[0] < 0.95 < in_units


def test_the_interval_holds_the_mean_and_one_reconstruction_has_none_to_speak_of() -> None:
    several = grade(IMAGES[:4], CLASSES, TRAIN).to_mean
    assert several.low < several.mean < several.high
    assert (grade(IMAGES[:1], CLASSES[:1], TRAIN).to_mean.low, grade(IMAGES[:1], CLASSES[:1], TRAIN).to_mean.high) == (
        -1,
        1,
    )


def test_it_can_be_kept_as_json_and_is_the_same_each_time() -> None:
    one = grade(IMAGES[:4], CLASSES, TRAIN)
    assert one == grade(IMAGES[:4], CLASSES, TRAIN)
    assert msgspec.json.decode(msgspec.json.encode(one), type=Reconstruction) == one


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        grade(IMAGES[:3], CLASSES, TRAIN)
    with pytest.raises(ValueError, match="no training samples of class 3"):
        grade(IMAGES[:4], CLASSES, TRAIN.take(np.flatnonzero(TRAIN.y < 3)))
