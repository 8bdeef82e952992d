"""Filters of training data: what they find, and what a model made without it does."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from bartizan.controls.data_quality.activations import ActivationClustering
from bartizan.controls.data_quality.filtering import Filter
from bartizan.controls.data_quality.label_errors import LabelErrors
from bartizan.controls.data_quality.second_opinion import SecondOpinion
from bartizan.controls.data_quality.spectral import SpectralSignatures
from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.sklearn_models import SklearnRecipe
from tests.controls import short

FILTERS: tuple[Filter, ...] = (LabelErrors(), ActivationClustering(), SpectralSignatures(), SecondOpinion())


@functools.cache
def backdoored() -> tuple[Dataset, np.ndarray]:
    train = short.images()[0]
    spoilt = short.poisoned(train, 40)
    return spoilt, spoilt.y != train.y


def precision(found: np.ndarray, truth: np.ndarray) -> float:
    return float((found & truth).sum() / max(1, found.sum()))


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    return float((found & truth).sum() / truth.sum())


def test_a_second_opinion_finds_a_backdoor_better_than_activation_clustering() -> None:
    data, truth = backdoored()
    own = SecondOpinion().find(data, short.network(), 0)
    clustered = ActivationClustering().find(data, short.network(), 0)
    assert recall(own, truth) > 0.85
    assert precision(own, truth) > 0.5
    assert precision(own, truth) > 2 * precision(clustered, truth)


def test_cleaning_brings_the_rate_of_a_backdoor_down_and_keeps_accuracy() -> None:
    train, test, more = short.images()
    data, recipe = short.poisoned(train.join(more), 80), short.network(epochs=10, width=16)
    spoilt, cleaned = recipe.fit(data, 0), SecondOpinion().harden(recipe).fit(data, 0)
    assert short.obeyed(spoilt, test) > 0.8
    assert short.obeyed(cleaned, test) < 0.4
    assert short.accuracy(cleaned, test) > short.accuracy(spoilt, test) - 0.05


def test_confident_learning_finds_flipped_labels() -> None:
    train = short.table()[0]
    spoilt, rows = short.flipped(train, 0.15)
    truth = np.isin(np.arange(len(train)), rows)
    found = LabelErrors().find(spoilt, short.logistic(), 0)
    assert recall(found, truth) > 0.6
    assert precision(found, truth) > 0.6


def test_confident_learning_does_not_find_a_backdoor_whose_rows_vouch_for_one_another() -> None:
    data, truth = backdoored()
    assert recall(LabelErrors().find(data, short.network(), 0), truth) < 0.7


def test_spectral_signatures_leave_out_their_number_of_every_class_and_half_at_most() -> None:
    data, _ = backdoored()
    found = SpectralSignatures(expected=0.02, factor=1.5).find(data, short.network(), 0)
    assert np.bincount(data.y[found], minlength=10).tolist() == [round(0.03 * len(data))] * 10
    most = SpectralSignatures(expected=1.0).find(data, short.network(), 0)
    assert (np.bincount(data.y[most]) == np.bincount(data.y) // 2).all()


def test_clustering_judged_by_size_takes_small_clusters_alone() -> None:
    data, _ = backdoored()
    found = ActivationClustering(judge="size", smallest=0.25).find(data, short.network(), 0)
    shares = [found[data.y == label].mean() for label in range(10)]
    assert 0 < max(shares) < 0.25


@pytest.mark.parametrize("control", FILTERS, ids=lambda control: control.name)
@pytest.mark.parametrize("recipe", [short.logistic, short.forest])
def test_filters_work_on_tables_and_change_neither_data_nor_result(control: Filter, recipe) -> None:  # type: ignore[no-untyped-def]
    train = short.table()[0]
    before = train.digest
    found = control.find(train, recipe(), 0)
    assert found.shape == (len(train),)
    assert found.dtype == bool
    assert found.mean() < 0.6
    assert np.array_equal(found, control.find(train, recipe(), 0))
    assert train.digest == before


def test_a_hardened_recipe_is_told_apart_by_filter_and_parameters() -> None:
    plain = short.logistic()
    digests = [control.harden(plain).digest for control in (*FILTERS, LabelErrors(folds=4))]
    assert len({plain.digest, *digests}) == len(digests) + 1
    assert all(a != b for a, b in itertools.pairwise(digests))
    assert LabelErrors().harden(plain).digest == LabelErrors().harden(plain).digest


def test_a_model_that_does_not_show_its_reasons_is_unsuitable() -> None:
    train, _, _, domain = short.table()
    neighbours = SklearnRecipe(need("sklearn.neighbors").KNeighborsClassifier(), domain)
    for control in FILTERS[1:]:
        with pytest.raises(Unsuitable, match="does not show on what its decisions rest"):
            control.find(train, neighbours, 0)


def test_label_errors_need_a_row_of_each_class_in_each_fold() -> None:
    train = short.table()[0]
    few = train.take(np.r_[np.flatnonzero(train.y == 0)[:2], np.flatnonzero(train.y == 1)])
    with pytest.raises(Unsuitable, match="fewer rows than the 3 folds"):
        LabelErrors().find(few, short.logistic(), 0)
