"""Measures of fairness: the same as fairlearn's, intervals that hold, and nothing said where nothing can be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equalized_odds_difference,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_score

from bartizan.core.errors import InputError
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.assessing import Fairness, Grouping, MetricFound, assessed
from bartizan.tables.fairness.counting import Counts, counted
from bartizan.tables.fairness.metrics import METRICS, MetricId, RateId
from bartizan.tables.fairness.resampling import Estimate, drawn_tables
from bartizan.tables.reading import opened

_RATES: dict[RateId, Any] = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "precision": precision_score,
    "accuracy": accuracy_score,
}


def _written(folder: Path, file: str = "t.parquet", /, **columns: Any) -> Path:
    path = folder / file
    frame = polars.DataFrame(columns)
    frame.write_csv(path) if file.endswith(".csv") else frame.write_parquet(path)
    return path


def _asked(**said: Any) -> Asked:
    return Asked(**{"attributes": ("sex",), "favourable": "1", "decision": "granted", "truth": "repaid", **said})


def _found(file: Path, **said: Any) -> Fairness:
    asked = _asked(**said)
    return assessed(counted(opened(file), asked), asked)


def _metric(one: Grouping, id: MetricId) -> MetricFound:
    return next(found for found in one.metrics if found.metric == id)


def _estimate(one: Grouping, id: MetricId) -> Estimate:
    estimate = _metric(one, id).estimate
    assert estimate is not None
    return estimate


def _drawn(rng: np.random.Generator, rows: int, shares: dict[str, tuple[float, float, float]]) -> dict[str, Any]:
    """People of groups, by group: share of favourable truths, and of favourable decisions for either truth."""
    sex = rng.choice(list(shares), rows)
    base, right, wrong = (np.array([shares[one][i] for one in sex]) for i in range(3))
    truth = rng.random(rows) < base
    granted = rng.random(rows) < np.where(truth, right, wrong)
    return {"sex": sex, "repaid": truth.astype(int), "granted": granted.astype(int)}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(40, 400), st.integers(2, 5))
def test_rates_and_differences_are_those_of_fairlearn(
    tmp_path_factory: pytest.TempPathFactory, seed: int, rows: int, groups: int
) -> None:
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        "sex": rng.choice([f"g{i}" for i in range(groups)], rows),
        "repaid": rng.integers(0, 2, rows),
        "granted": rng.integers(0, 2, rows),
    }
    truth, granted, sex = columns["repaid"], columns["granted"], columns["sex"]
    cells = {(g, t, d) for g, t, d in zip(sex, truth, granted, strict=True)}
    if len(cells) < 4 * len(set(sex)):  # where a rate has nobody to be a share of, fairlearn says 0
        return
    (one,) = _found(_written(tmp_path_factory.mktemp("t"), **columns), minimum=1, bootstraps=100).groupings
    frame = MetricFrame(metrics=_RATES, y_true=truth, y_pred=granted, sensitive_features=sex)
    for found in one.rates:
        for group in found.groups:
            if found.rate in _RATES and group.rate is not None:
                assert group.rate.value == pytest.approx(frame.by_group.loc[group.group, found.rate])
                assert group.rate.low <= group.rate.value <= group.rate.high
    peers: dict[MetricId, Any] = {
        "demographic_parity": demographic_parity_difference,
        "demographic_parity_ratio": demographic_parity_ratio,
        "equal_opportunity": equal_opportunity_difference,
        "equalised_odds": equalized_odds_difference,
    }
    for id, peer in peers.items():
        assert _estimate(one, id).value == pytest.approx(peer(truth, granted, sensitive_features=sex)), id


def test_a_draw_of_cells_spreads_as_a_draw_of_rows_does() -> None:
    rng = np.random.default_rng(3)
    numbers = np.array([[30, 10, 20, 40], [5, 15, 25, 5]])
    ((table),) = drawn_tables(numbers, [np.eye(2)], 4000, rng)
    assert (table.sum(axis=(1, 2)) == 150).all()
    share = numbers / 150
    assert table.mean(axis=0) == pytest.approx(numbers, rel=0.05)
    assert table.var(axis=0) == pytest.approx(150 * share * (1 - share), rel=0.1)


def _assessed_of(numbers: Any, **said: Any) -> Fairness:
    groups = tuple((f"g{i}",) for i in range(len(numbers)))
    return assessed(Counts(rows=int(numbers.sum()), left={}, groups=groups, numbers=numbers), _asked(**said))


def _sampled(rng: np.random.Generator, people: int, shares: tuple[float, ...]) -> Any:
    """Counts of groups of equal size whose decisions are in favour with these shares."""
    favour = rng.binomial(people, shares)
    return np.array([[people - n, n, 0, 0] for n in favour])


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.6), (0.5,) * 8, (0.3, 0.4, 0.5, 0.6)])
def test_the_interval_of_the_widest_difference_holds_the_true_one_nineteen_times_in_twenty(
    shares: tuple[float, ...],
) -> None:
    rng = np.random.default_rng(11)
    true = max(shares) - min(shares)
    held = 0
    for _ in range(200):
        found = _assessed_of(_sampled(rng, 300, shares), truth="", bootstraps=1000)
        estimate = _estimate(found.groupings[0], "demographic_parity")
        held += estimate.low <= true <= estimate.high
    assert held >= 183, held  # a binomial of 200 and .95 is below 183 once in 200 times


def test_groups_that_are_equal_do_not_break_a_limit_because_there_are_many() -> None:
    rng = np.random.default_rng(5)
    broken = 0
    for _ in range(100):
        found = _assessed_of(
            _sampled(rng, 100, (0.5,) * 12), truth="", bootstraps=200, limits={"demographic_parity": 0.0}
        )
        broken += found.limits[0][1].kept == "broken"
    assert broken <= 10


def test_a_rate_of_none_at_all_still_has_an_interval() -> None:
    found = _assessed_of(np.array([[60, 0, 0, 0], [60, 0, 0, 0]]), truth="", limits={"demographic_parity": 0.01})
    rate = found.groupings[0].rates[0].groups[0].rate
    assert rate is not None
    assert rate.low == 0
    assert rate.high == pytest.approx(0.0602, abs=1e-3)  # Wilson, 0 of 60
    (_, limit), *_ = found.limits
    assert limit.kept == "unknown"
    assert limit.estimate is not None
    assert limit.estimate.high > 0.01


def test_a_limit_is_kept_or_broken_only_where_the_whole_interval_says_so(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    file = _written(tmp_path, **_drawn(rng, 20_000, {"f": (0.5, 0.6, 0.3), "m": (0.5, 0.7, 0.3)}))
    said = {0.3: "kept", 0.1: "unknown", 0.02: "broken"}
    for limit, kept in said.items():
        found = _found(file, limits={"equal_opportunity": limit})
        assert found.limits[0][1].kept == kept, limit
    ratio = {0.5: "kept", 0.99: "broken"}
    for limit, kept in ratio.items():
        found = _found(file, limits={"demographic_parity_ratio": limit})
        assert found.limits[0][1].kept == kept, limit


def test_small_groups_are_named_and_not_numbered(tmp_path: Path) -> None:
    file = _written(
        tmp_path, sex=["f"] * 40 + ["m"] * 40 + ["x"] * 3, repaid=[0, 1] * 41 + [1], granted=[1, 0, 1] * 27 + [1, 0]
    )
    (one,) = _found(file).groupings
    for rate in one.rates:
        small = rate.groups[-1]
        assert (small.group, small.rate) == ("x", None)
        assert "30 are needed" in small.why
    assert _metric(one, "demographic_parity").compared == 2
    odds = _metric(one, "equal_opportunity")
    assert odds.estimate is None
    assert "no group has enough people with a favourable truth" in odds.why


def test_one_group_is_nothing_to_compare(tmp_path: Path) -> None:
    file = _written(tmp_path, sex=["f"] * 100, repaid=[0, 1] * 50, granted=[1, 0] * 50)
    found = _found(file, limits={"demographic_parity": 0.5})
    assert all(one.estimate is None and "nothing to compare" in one.why for one in found.groupings[0].metrics)
    assert found.limits[0][1].kept == "unknown"


def test_labels_of_one_class_leave_only_what_needs_no_other(tmp_path: Path) -> None:
    file = _written(tmp_path, sex=["f", "m"] * 50, repaid=[1] * 100, granted=[1, 0, 0, 1] * 25)
    (one,) = _found(file).groupings
    assert _metric(one, "demographic_parity").estimate is not None
    assert "unfavourable truth" in _metric(one, "false_positive_parity").why
    assert _metric(one, "equalised_odds").estimate is None


def test_without_truth_only_decisions_are_compared(tmp_path: Path) -> None:
    file = _written(tmp_path, sex=["f", "m"] * 50, granted=[1, 0, 0, 1] * 25)
    (one,) = _found(file, truth="").groupings
    assert {found.metric for found in one.metrics} == {"demographic_parity", "demographic_parity_ratio"}


def test_people_whose_group_is_not_stated_are_a_group_and_rows_without_answer_are_counted(tmp_path: Path) -> None:
    sex = ["f"] * 50 + ["m"] * 50 + [None] * 40 + [" "] * 10
    file = _written(tmp_path, sex=sex, repaid=[None, *[0, 1] * 74, 1], granted=[1, None, *[0, 1] * 74])
    found = _found(file)
    assert found.left == {"nothing was decided": 1, "the truth is not known": 1}
    assert found.groupings[0].groups == (("f", 48), ("m", 50), ("(not stated)", 50))
    assert (found.rows, found.people) == (150, 148)


def test_numbers_are_cut_into_groups_in_their_order(tmp_path: Path) -> None:
    file = _written(tmp_path, "t.csv", age=[*range(18, 78)], repaid=[0, 1] * 30, granted=[1, 0] * 30)
    asked = {"attributes": ("age",), "cuts": {"age": (25.0, 45.0, 65.0)}}
    (one,) = _found(file, **asked).groupings
    assert one.groups == (("under 25", 7), ("25 to under 45", 20), ("45 to under 65", 20), ("65 and over", 13))


def test_crossed_attributes_are_a_grouping_of_their_own(tmp_path: Path) -> None:
    file = _written(
        tmp_path, sex=["f", "m"] * 60, old=[True, True, False] * 40, repaid=[0, 1] * 60, granted=[1, 0, 1] * 40
    )
    found = _found(file, attributes=("sex", "old"), together=(("sex", "old"),))
    assert [one.name for one in found.groupings] == ["sex", "old", "sex and old"]
    assert dict(found.groupings[2].groups) == {"f, true": 40, "f, false": 20, "m, true": 40, "m, false": 20}


def test_scores_that_are_right_in_one_group_and_too_high_in_another_are_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    score = rng.uniform(0.1, 0.9, 8000)
    sex = rng.choice(["f", "m"], 8000)
    repaid = (rng.random(8000) < score - 0.1 * (sex == "f")).astype(int)
    file = _written(tmp_path, sex=sex, score=score, repaid=repaid)
    (one,) = _found(file, decision="", score="score", limits={"calibration": 0.05}).groupings
    assert one.calibration is not None
    high, right = one.calibration.groups
    assert high.gap is not None
    assert right.gap is not None
    assert high.gap.low > 0.05
    assert right.gap.low < 0 < right.gap.high
    assert high.error > high.by_chance
    exact = float(np.mean(score[sex == "f"]) - np.mean(repaid[sex == "f"]))
    assert high.gap.value == pytest.approx(exact)
    found = _metric(one, "calibration")
    assert (found.kept, found.highest) == ("broken", "f")


def test_decisions_that_change_with_one_attribute_alone_are_counted_both_ways(tmp_path: Path) -> None:
    file = _written(tmp_path, sex=["f", "f", "m", "m"] * 10, granted=[0, 1, 1, 0] * 10, other=[1, 1, 0, None] * 10)
    found = _found(file, truth="", flipped={"sex": "other"})
    told = [(one.group, one.people, one.to_favourable, one.to_unfavourable) for one in found.flips]
    assert told == [("f", 20, 10, 0), ("m", 10, 0, 10)]


def test_the_same_question_has_the_same_answer(tmp_path: Path) -> None:
    file = _written(tmp_path, **_drawn(np.random.default_rng(4), 2000, {"f": (0.5, 0.6, 0.3), "m": (0.4, 0.7, 0.3)}))
    assert _found(file) == _found(file)
    assert _found(file, seed=1) != _found(file)


@pytest.mark.parametrize("values", [[1, 0], [1.0, 0.0], ["1", "0"], ["1 ", " 0"]])
def test_whole_numbers_are_the_same_however_they_are_kept(tmp_path: Path, values: list[Any]) -> None:
    file = _written(tmp_path, sex=["f", "m"] * 50, granted=values * 50)
    assert _found(file, truth="").groupings[0].rates[0].groups[0].hits == 50


def test_all_that_a_question_lacks_is_said_at_once(tmp_path: Path) -> None:
    file = _written(tmp_path, sex=["f", "m"], granted=[1, 0], age=[1, 2])
    said: dict[str, Any] = {
        "attributes": ("sexx", "granted"),
        "truth": "",
        "cuts": {"age": (3.0, 2.0)},
        "together": (("age", "age"),),
        "limits": {"equal_opportunity": 0.1, "calibration": 2.0},
    }
    with pytest.raises(InputError) as refused:
        _found(file, **said)
    told = str(refused.value)
    for part in (
        "no column 'sexx'",
        "did you mean 'sex'",
        "'granted' is both",
        "'age' is no attribute",
        "cannot be cut there",
        "one attribute cannot be crossed with itself",
        "equal_opportunity needs to know what would have been right",
        "a limit of 2",
    ):
        assert part in told, part


def test_values_that_answer_nothing_are_refused_at_once_with_what_was_found(tmp_path: Path) -> None:
    ages = [*map(str, range(60)), "old"]
    file = _written(
        tmp_path,
        age=ages,
        name=[f"n{i}" for i in range(61)],
        granted=["yes"] * 61,
        score=[*[0.5] * 59, 1.2, float("nan")],
    )
    asked = {"attributes": ("age", "name"), "cuts": {"age": (30.0,)}, "truth": "", "score": "score", "favourable": "1"}
    with pytest.raises(InputError) as refused:
        _found(file, **asked)
    told = str(refused.value)
    assert "no row of 'granted' says '1'; it says 'yes'" in told
    assert "1 values of 'age' are no numbers" in told
    assert "'name' makes 61 groups; 50 are the most" in told
    assert "scores in 'score' are no numbers from 0 to 1" in told


def test_every_measure_says_what_it_is_and_where_it_is_from() -> None:
    for metric in METRICS.values():
        assert metric.what.endswith(".")
        assert metric.source
