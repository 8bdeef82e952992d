from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.limit import Limit, distance
from bartizan.targets.priced_limit import PricedLimit
from bartizan.targets.scaled import Scale, Scaled
from tests import rigs

FEW = settings(max_examples=25)


@st.composite
def attempts(draw: st.DrawFn) -> tuple[PricedLimit, Inputs, Inputs]:
    width = draw(st.integers(1, 5))
    prices = draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=width, max_size=width))
    norm = draw(st.sampled_from(["l0", "l2", "linf"]))
    radius = draw(st.sampled_from([1.0, 2.0, np.inf])) if norm != "l0" else float(draw(st.integers(0, 5)))
    most = draw(st.floats(0, 20))
    values = hnp.arrays(np.float64, (3, width), elements=st.floats(-20, 20, width=16))
    return PricedLimit(norm=norm, radius=radius, most=most, prices=tuple(prices)), draw(values), draw(values)  # type: ignore[arg-type]


@FEW
@given(attempts())
def test_what_is_projected_is_paid_for_and_stays_in_the_ball(attempt: tuple[PricedLimit, Inputs, Inputs]) -> None:
    limit, x, origin = attempt
    found = limit.project(x, origin)
    assert (limit.cost(found, origin) <= limit.most + 1e-6).all()
    assert Limit(norm=limit.norm, radius=limit.radius + 1e-9).holds(found, origin).all()
    assert (distance("l2", found, origin) <= distance("l2", x, origin) + 1e-9).all()
    np.testing.assert_allclose(limit.project(found, origin), found, atol=1e-6)
    within = limit.holds(x, origin, slack=0)
    np.testing.assert_allclose(found[within], x[within], atol=1e-6)


@FEW
@given(attempts(), st.integers(0, 99))
def test_no_other_change_that_can_be_paid_is_nearer(attempt: tuple[PricedLimit, Inputs, Inputs], seed: int) -> None:
    limit, x, origin = attempt
    alone = PricedLimit(norm="linf", radius=np.inf, most=limit.most, prices=limit.prices)
    other = alone.project(origin + np.random.default_rng(seed).normal(0, 5, x.shape), origin)
    assert (distance("l2", alone.project(x, origin), x) <= distance("l2", other, x) + 1e-6).all()


def test_the_price_list_is_the_domains() -> None:
    table = (Feature(name="income", cost=0.5), Feature(name="age", cost=10.0))
    domain = Domain(modality="table", shape=(2,), features=table)
    limit = PricedLimit.of(domain, "linf", 100.0, most=12.0)
    assert limit.prices == (0.5, 10.0)
    x, origin = np.array([[4.0, 1.0], [4.0, 1.1]]), np.zeros((2, 2))
    assert limit.cost(x, origin).tolist() == [12.0, 13.0]
    assert limit.holds(x, origin).tolist() == [True, False]
    assert str(limit) == "linf 100, cost 12"
    assert str(limit.project(x, origin)[0]) == str(x[0])


def test_a_change_costs_the_same_in_shares_of_a_columns_range() -> None:
    rig = rigs.tumours()
    own, x = rig.target.card.domain, rig.test.x[:6]
    shares = Scaled(rig.target).card.domain
    limits = PricedLimit.of(own, "linf", np.inf, 5.0), PricedLimit.of(shares, "linf", np.inf, 5.0)
    scale = Scale.of(own)
    costs = limits[0].cost(x[1:], x[:-1]), limits[1].cost(scale.down(x[1:]), scale.down(x[:-1]))
    np.testing.assert_allclose(*costs)
