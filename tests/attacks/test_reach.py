from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.reach import Reach, Seen
from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.scaled import Scaled, in_shares
from tests.attacks.walks import LOANS, loans
from tests.rigs import rng, tumours


@pytest.mark.parametrize("shares", [False, True])
def test_what_is_in_reach_is_what_the_domain_calls_feasible(shares: bool) -> None:
    rig = loans()
    origin = rig.test.take(slice(0, 30))
    domain = LOANS
    if shares:
        domain, origin = Scaled(rig.target).card.domain, in_shares(origin, LOANS)
    reach, rows = Reach(domain, origin.x), np.repeat(np.arange(30), 7)
    tries = origin.x[rows] + rng().standard_normal((210, 5)) * reach.unit * 0.4
    expected = domain.feasible(tries.copy(), origin.x[rows])
    assert np.allclose(reach.nearest(tries.copy(), rows), expected, atol=1e-9)
    several = reach.nearest(tries.reshape(30, 7, 5).copy(), np.arange(30))
    assert np.allclose(several.reshape(210, 5), expected, atol=1e-9)


def test_a_step_of_a_whole_number_is_as_long_in_shares_as_its_part_of_the_range() -> None:
    assert Reach(LOANS, loans().test.x).gap.tolist() == [1.0, 1.0]
    shares = Scaled(loans().target).card.domain
    assert Reach(shares, in_shares(loans().test, LOANS).x).gap == pytest.approx([1 / 12, 1 / 3])


def test_values_of_different_ranges_are_known_as_such() -> None:
    rig = tumours()
    assert Reach(rig.target.card.domain, rig.test.x).uneven
    assert not Reach(Scaled(rig.target).card.domain, in_shares(rig.test, rig.target.card.domain).x).uneven


def test_a_table_of_whole_numbers_is_handed_in_as_whole_numbers() -> None:
    domain = Domain(modality="table", shape=(2,), features=(Feature(name="a", high=9, low=0), Feature(name="b")))
    x: Inputs = np.array([[1, 2]])
    reach = Reach(domain, x)
    handed = reach.shaped(reach.flat + 0.6)
    assert handed.dtype == x.dtype
    assert handed.tolist() == [[2, 3]]


def test_only_what_is_nearer_is_kept() -> None:
    seen = Seen(x=np.zeros((2, 1)), distance=np.array([np.inf, 1.0]))
    seen.keep(np.array([0, 1]), np.array([[5.0], [5.0]]), np.array([2.0, 2.0]))
    assert seen.x.tolist() == [[5.0], [0.0]]
    assert seen.distance.tolist() == [2.0, 1.0]
