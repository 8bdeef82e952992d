from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.targets.domain import Domain, Feature, FeatureKind, Inputs
from tests.targets import models

FEW = settings(max_examples=25)


@st.composite
def features(draw: st.DrawFn) -> Feature:
    kind: FeatureKind = draw(st.sampled_from(get_args(FeatureKind)))
    low, wide = draw(st.integers(-5, 5)), draw(st.integers(0, 9))
    exact = draw(st.sampled_from([0.0, 0.25])) if kind == "continuous" else 0.0
    given_categories = tuple(float(low + i) for i in sorted(draw(st.sets(st.integers(0, wide), min_size=1))))
    return Feature(
        name="f",
        kind=kind,
        low=draw(st.sampled_from([low - exact, -np.inf])),
        high=draw(st.sampled_from([low + wide + exact, np.inf])),
        direction=draw(st.sampled_from(["both", "up", "down", "none"])),
        categories=given_categories if kind == "categorical" else (),
    )


@st.composite
def tables(draw: st.DrawFn, whole_origins: bool = True) -> tuple[Domain, Inputs, Inputs]:
    """A domain, inputs that an attacker would like, and what they start from, which lies within the domain."""
    chosen = draw(st.lists(features(), min_size=1, max_size=4))
    rows = draw(st.integers(1, 4))
    x = np.array([[draw(st.floats(-20, 20)) for _ in chosen] for _ in range(rows)])
    origin = np.array([[_start(draw, f, whole_origins) for f in chosen] for _ in range(rows)])
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    domain = Domain(modality="table", shape=(len(chosen),), features=tuple(chosen))
    return domain, x.astype(dtype), origin.astype(dtype)


def _start(draw: st.DrawFn, feature: Feature, whole: bool) -> float:
    if feature.categories:
        return draw(st.sampled_from(feature.categories))
    low, high = max(feature.low, -20.0), min(feature.high, 20.0)
    if feature.kind == "integer" and whole:
        return float(draw(st.integers(int(np.ceil(low)), int(np.floor(high)))))
    return draw(st.floats(low, high))


@FEW
@given(tables())
def test_what_is_feasible_stays_as_it_is(table: tuple[Domain, Inputs, Inputs]) -> None:
    domain, x, origin = table
    once = domain.feasible(x, origin)
    np.testing.assert_array_equal(domain.feasible(once, origin), once)
    assert once.dtype == x.dtype
    assert once.shape == x.shape


@FEW
@given(tables())
def test_an_attacker_who_changes_nothing_gets_the_origin(table: tuple[Domain, Inputs, Inputs]) -> None:
    domain, _, origin = table
    np.testing.assert_array_equal(domain.feasible(origin, origin), origin)


@FEW
@given(tables(whole_origins=False))
def test_what_is_feasible_lies_within_bounds_and_moves_only_as_it_can(table: tuple[Domain, Inputs, Inputs]) -> None:
    domain, x, origin = table
    kept = x.copy(), origin.copy()
    found = domain.feasible(x, origin)
    np.testing.assert_array_equal(np.stack([x, origin]), np.stack(kept))  # neither is written to
    for i, feature in enumerate(domain.features):
        column, start = found[:, i], origin[:, i]
        assert ((column >= np.float32(feature.low)) & (column <= np.float32(feature.high))).all()
        if feature.direction == "none":
            assert (column == start).all()
        if feature.direction == "up":
            assert (column >= start).all()
        if feature.direction == "down":
            assert (column <= start).all()
        moved = column[column != start]
        if feature.kind == "integer":
            assert (moved == np.rint(moved)).all()
        if feature.categories:
            assert np.isin(moved, feature.categories).all()


@FEW
@given(tables())
def test_no_feasible_value_of_a_free_feature_is_nearer(table: tuple[Domain, Inputs, Inputs]) -> None:
    domain, x, origin = table
    found = domain.feasible(x, origin)
    for i, feature in enumerate(domain.features):
        if feature.direction == "both" and feature.kind == "continuous":
            np.testing.assert_array_equal(found[:, i], np.clip(x[:, i], feature.low, feature.high).astype(x.dtype))
        if feature.direction == "both" and feature.categories:
            inside = np.clip(x[:, i].astype(float), feature.low, feature.high)
            best = np.abs(inside[:, None] - np.array(feature.categories)).min(axis=1)
            moved = found[:, i] != origin[:, i]
            assert (np.abs(found[:, i] - inside)[moved] <= best[moved] + 1e-5).all()


def test_an_integer_between_two_is_rounded_and_a_category_is_one_that_exists() -> None:
    table = (Feature(name="n", kind="integer"), Feature(name="c", kind="categorical", categories=(0.0, 2.0, 7.0)))
    domain = Domain(modality="table", shape=(2,), features=table)
    assert domain.feasible(np.array([[2.6, 5.1]]), np.array([[1.0, 0.0]])).tolist() == [[3.0, 7.0]]


def test_a_one_sided_category_moves_to_the_nearest_on_its_side() -> None:
    up = Feature(name="c", kind="categorical", direction="up", categories=(0.0, 2.0, 7.0))
    domain = Domain(modality="table", shape=(1,), features=(up,))
    assert domain.feasible(np.array([[0.4], [3.0], [9.0]]), np.array([[2.0]] * 3)).tolist() == [[2.0], [2.0], [7.0]]


def test_images_are_clipped_and_texts_left_alone() -> None:
    image = Domain(modality="image", shape=(1, 2, 2), low=0.0, high=1.0)
    x = np.array([[[[-1.0, 0.5], [2.0, 1.0]]]], np.float32)
    assert image.feasible(x, x * 0).tolist() == [[[[0.0, 0.5], [1.0, 1.0]]]]
    assert models.TEXT.feasible(models.TEXTS, models.TEXTS) is models.TEXTS


def test_cost_adds_up_what_each_change_costs() -> None:
    table = (Feature(name="income", cost=0.5), Feature(name="age", cost=10.0))
    domain = Domain(modality="table", shape=(2,), features=table)
    assert domain.cost(np.array([[4.0, 1.0], [0.0, 0.0]]), np.zeros((2, 2))).tolist() == [12.0, 0.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"shape": (2,), "features": (Feature(name="a"),)},
        {"shape": (1,), "features": (Feature(name="a", low=2.0, high=1.0),)},
        {"shape": (1,), "low": 1.0, "high": 0.0},
    ],
)
def test_a_domain_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"do not fit|above its upper bound"):
        Domain(modality="table", **wrong)


def test_an_integer_is_not_rounded_out_of_its_bounds() -> None:
    domain = Domain(modality="table", shape=(1,), features=(Feature(name="n", kind="integer", low=0.4, high=2.6),))
    assert domain.feasible(np.array([[9.0], [-9.0], [1.7]]), np.array([[1.0]] * 3)).tolist() == [[1.0], [1.0], [2.0]]
