from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit, Norm, distance

NORMS: tuple[Norm, ...] = ("l0", "l2", "linf")
FEW = settings(max_examples=25)


@st.composite
def attempts(draw: st.DrawFn) -> tuple[Limit, Inputs, Inputs]:
    norm: Norm = draw(st.sampled_from(NORMS))
    radius = draw(st.integers(0, 6)) if norm == "l0" else draw(st.floats(0, 5))
    shape = draw(st.sampled_from([(3, 5), (2, 1, 2, 3), (1, 1), (0, 4)]))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    values = hnp.arrays(dtype, shape, elements=st.floats(-100, 100, width=32))
    return Limit(norm=norm, radius=float(radius)), draw(values), draw(values)


@FEW
@given(attempts())
def test_what_is_projected_lies_within_the_limit(attempt: tuple[Limit, Inputs, Inputs]) -> None:
    limit, x, origin = attempt
    found = limit.project(x, origin)
    assert found.shape == x.shape
    assert found.dtype == x.dtype
    slack = 1e-5 + 2e-4 * (x.dtype == np.float32)  # adding a small change to a value of 100 rounds it
    assert (distance(limit.norm, found, origin) <= limit.radius + slack).all()


@FEW
@given(attempts())
def test_projecting_moves_nothing_farther_and_nothing_twice(attempt: tuple[Limit, Inputs, Inputs]) -> None:
    limit, x, origin = attempt
    kept = x.copy()
    found = limit.project(x, origin)
    np.testing.assert_array_equal(x, kept)
    assert (distance(limit.norm, found, origin) <= distance(limit.norm, x, origin) + 1e-4).all()
    np.testing.assert_allclose(limit.project(found, origin), found, atol=1e-4)


@FEW
@given(attempts())
def test_what_lies_within_already_is_not_moved(attempt: tuple[Limit, Inputs, Inputs]) -> None:
    limit, x, origin = attempt
    within = distance(limit.norm, x, origin) <= limit.radius
    np.testing.assert_allclose(limit.project(x, origin)[within], x[within], atol=1e-4)
    assert limit.holds(x, origin)[within].all()


@FEW
@given(attempts(), st.integers(0, 1000))
def test_nothing_within_the_limit_is_nearer_than_the_projection(
    attempt: tuple[Limit, Inputs, Inputs], seed: int
) -> None:
    limit, x, origin = attempt
    other = limit.project(origin + np.random.default_rng(seed).normal(0, 3, x.shape).astype(x.dtype), origin)
    mine, theirs = (distance("l2", x, point) for point in (limit.project(x, origin), other))
    assert (mine <= theirs + 1e-3).all()


def test_l0_keeps_the_largest_changes() -> None:
    x = np.array([[1.0, -5.0, 3.0, 0.5]])
    assert Limit(norm="l0", radius=2).project(x, np.zeros_like(x)).tolist() == [[0.0, -5.0, 3.0, 0.0]]
    assert Limit(norm="l0", radius=2).holds(x, np.zeros_like(x)).tolist() == [False]


def test_distances_are_those_of_their_norms() -> None:
    x, origin = np.array([[3.0, 4.0, 0.0]]), np.zeros((1, 3))
    assert [distance(norm, x, origin).tolist() for norm in NORMS] == [[2.0], [5.0], [4.0]]
    assert str(Limit(norm="linf", radius=0.3)) == "linf 0.3"
