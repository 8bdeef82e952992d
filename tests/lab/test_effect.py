from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.measurement import Rate
from bartizan.lab.effect import effect, masking, paired_interval, unpaired_interval, worst_case
from tests.lab.measurements import measured

PAIRS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=60)


def test_an_effect_is_the_difference_on_the_samples_that_count_on_both_sides() -> None:
    found = effect(measured("1111-0"), measured("0011-1", controls=("c",), accuracy=(90, 100), latency=3.0))
    assert found is not None
    assert (found.without, found.with_) == (Rate(hits=4, trials=5), Rate(hits=3, trials=5))
    assert found.reduction == pytest.approx(0.2)
    assert found.low < 0.2 < found.high
    assert found.accuracy == pytest.approx(-0.05)
    assert found.latency == pytest.approx(2.0)


def test_samples_that_only_one_side_counted_are_left_out_of_the_pairs() -> None:
    found = effect(measured("11110"), measured("--110", controls=("c",)))
    assert found is not None
    assert found.paired == 3
    assert found.reduction == 0


def test_runs_of_different_length_are_compared_without_pairs() -> None:
    found = effect(measured("1" * 30), measured("0" * 20, controls=("c",)))
    assert found is not None
    assert found.paired == 0
    assert found.reduction == 1
    assert found.low == pytest.approx(unpaired_interval(Rate(hits=30, trials=30), Rate(hits=0, trials=20))[0])


def test_what_counted_nothing_has_no_effect() -> None:
    assert effect(measured("---"), measured("000", controls=("c",))) is None


def test_the_paired_interval_is_that_of_newcombes_published_example() -> None:
    # Newcombe 1998, Statistics in Medicine 17:2635, table II: e, f, g, h = 36, 12, 2, 0; method 10.
    pairs = [(1, 1)] * 36 + [(1, 0)] * 12 + [(0, 1)] * 2
    low, high = paired_interval(pairs)
    assert (round(low, 4), round(high, 4)) == (0.0569, 0.3404)


@given(PAIRS)
def test_a_paired_interval_holds_the_difference_and_turns_with_the_sides(pairs: list[tuple[int, int]]) -> None:
    low, high = paired_interval(pairs)
    difference = sum(a - b for a, b in pairs) / len(pairs)
    assert -1 <= low <= difference + 1e-12
    assert difference - 1e-12 <= high <= 1
    turned = paired_interval([(b, a) for a, b in pairs])
    assert list(turned) == pytest.approx([-high, -low])


def test_a_sample_is_lost_where_any_attack_won_it() -> None:
    rate, flags = worst_case([measured("10-0"), measured("01-0", attack="pgd"), measured("----", attack="fgsm")])
    assert flags == "11-0"
    assert rate == Rate(hits=2, trials=3)


def test_a_control_masks_gradients_where_an_attack_that_sees_none_does_better() -> None:
    seeing = measured("0" * 40, attack="pgd", strong=True, controls=("c",))
    blind = measured("1" * 20 + "0" * 20, controls=("c",))
    assert "Square sees no gradient and still wins 20 of 40" in masking([seeing, blind], frozenset({"pgd"}))


@pytest.mark.parametrize(
    ("seeing", "blind"),
    [
        (measured("1" * 40, attack="pgd", strong=True), measured("1" * 20 + "0" * 20)),
        (measured("0" * 40, attack="pgd", strong=True), measured("1" + "0" * 39)),
        (measured("0" * 40, attack="pgd"), measured("1" * 20 + "0" * 20)),
    ],
    ids=["gradients win more", "one sample proves nothing", "a weak attack says nothing"],
)
def test_nothing_else_counts_as_masking(seeing: object, blind: object) -> None:
    assert masking([seeing, blind], frozenset({"pgd"})) == ""  # type: ignore[list-item]
