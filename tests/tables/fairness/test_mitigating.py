"""Bringing groups nearer: it does, on people that nothing learned from, and the price is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

from bartizan.core.errors import InputError
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.assessing import Fairness
from bartizan.tables.fairness.features import encoded
from bartizan.tables.fairness.metrics import MetricId
from bartizan.tables.fairness.mitigating import Method, Mitigated, Plan, Towards, mitigated
from bartizan.tables.reading import opened


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scores that are lower for women than their truth, and an income that carries the same."""
    rng = np.random.default_rng(6)
    sex = rng.choice(["female", "male"], 8000)
    able = rng.normal(size=8000)
    income = able + 0.8 * (sex == "male") + rng.normal(size=8000) * 0.5
    repaid = able + rng.normal(size=8000) > 0
    score = 1 / (1 + np.exp(-income))
    file = tmp_path_factory.mktemp("loans") / "loans.parquet"
    columns = {
        "sex": sex,
        "income": income,
        "score": score,
        "repaid": repaid,
        "home": rng.choice(["rent", "own"], 8000),
    }
    polars.DataFrame(columns).write_parquet(file)
    return file


def _plan(method: Method, towards: Towards = "equal_opportunity", **said: Any) -> Plan:
    learns = method != "thresholds"
    asked = Asked(
        attributes=("sex",),
        favourable="true",
        truth="repaid",
        score="" if learns else "score",
        decision="repaid" if learns else "",
        bootstraps=200,
    )
    features = ("income", "home", "sex") if learns else ()
    return Plan(**{"asked": asked, "method": method, "towards": towards, "features": features, **said})


def _far(found: Fairness, metric: MetricId) -> float:
    estimate = next(one.estimate for one in found.groupings[0].metrics if one.metric == metric)
    assert estimate is not None
    return estimate.value


def _check_parts(found: Mitigated) -> None:
    assert found.learned_from + found.held_out == 8000
    assert found.before.people == found.after.people == found.held_out
    before, after = (
        {group.group: (group.hits, group.of) for group in one.groupings[0].rates[0].groups}
        for one in (found.before, found.after)
    )
    for one in found.changes:
        assert after[one.group][0] - before[one.group][0] == one.gained - one.lost
        assert one.people == before[one.group][1]


@pytest.mark.parametrize(
    "towards", ["demographic_parity", "equal_opportunity", "false_positive_parity", "equalised_odds"]
)
def test_thresholds_bring_groups_nearer_and_their_rule_is_told(loans: Path, towards: Towards) -> None:
    found = mitigated(opened(loans), _plan("thresholds", towards))
    _check_parts(found)
    assert _far(found.before, towards) > 0.15
    assert _far(found.after, towards) < 0.06
    for one in found.thresholds:
        assert sum(chance for chance, _ in one.lots) == pytest.approx(1)
    assert [one.group for one in found.thresholds] == ["female", "male"]


def test_the_rule_that_is_told_makes_the_rates_that_are_told(loans: Path) -> None:
    found = mitigated(opened(loans), _plan("thresholds", "demographic_parity"))
    table = polars.read_parquet(loans)
    rates = found.after.groupings[0].rates[0].groups
    for rule, rate in zip(found.thresholds, rates, strict=True):
        scores = table.filter(polars.col("sex") == rule.group)["score"].to_numpy()
        share = sum(chance * float((scores > float(text.split()[-1])).mean()) for chance, text in rule.lots)
        assert rate.rate is not None
        assert rate.rate.low - 0.02 < share < rate.rate.high + 0.02


def test_reweighing_makes_group_and_truth_independent_and_decisions_nearer(loans: Path) -> None:
    found = mitigated(opened(loans), _plan("reweighing"))
    _check_parts(found)
    assert _far(found.after, "demographic_parity") < _far(found.before, "demographic_parity")
    rows = {(one.group, one.favourable): one.rows * one.weight for one in found.weights}
    shares = {group: rows[group, True] / (rows[group, True] + rows[group, False]) for group in ("female", "male")}
    assert shares["female"] == pytest.approx(shares["male"])
    assert sum(rows.values()) == pytest.approx(found.learned_from)


def test_exponentiated_gradient_keeps_its_constraint_and_its_price_is_told(loans: Path) -> None:
    plan = _plan("exponentiated-gradient", "demographic_parity", features=("income", "home"))
    found = mitigated(opened(loans), plan)
    _check_parts(found)
    assert _far(found.before, "demographic_parity") > 0.15
    assert _far(found.after, "demographic_parity") < 0.06
    assert found.models >= 1
    assert found.accuracy.low <= found.accuracy.value <= found.accuracy.high < 0


def test_the_change_of_accuracy_is_that_of_the_same_people(loans: Path) -> None:
    found = mitigated(opened(loans), _plan("thresholds"))

    def right(one: Fairness) -> float:
        groups = next(rate.groups for rate in one.groupings[0].rates if rate.rate == "accuracy")
        return sum(group.hits for group in groups) / sum(group.of for group in groups)

    assert found.accuracy.value == pytest.approx(right(found.after) - right(found.before))


def test_the_same_plan_has_the_same_answer(loans: Path) -> None:
    plan = _plan("reweighing", learner="trees")
    assert mitigated(opened(loans), plan) == mitigated(opened(loans), plan)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"features": ()}, "has nothing to learn from"),
        ({"features": ("incom",)}, "no column 'incom'"),
        ({"features": ("repaid",)}, "may not learn from it"),
    ],
)
def test_what_a_plan_lacks_is_said(loans: Path, said: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        mitigated(opened(loans), _plan("reweighing", **said))


def test_groups_too_small_to_learn_from_are_named(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    rows = {"sex": ["f"] * 400 + ["x"] * 20, "repaid": [True, False] * 210, "score": [0.4, 0.6] * 210}
    polars.DataFrame(rows).write_parquet(file)
    with pytest.raises(InputError) as refused:
        mitigated(opened(file), _plan("thresholds"))
    assert "x: " in str(refused.value)
    assert "30 are needed" in str(refused.value)
    assert "f: " not in str(refused.value)


def test_features_are_scaled_by_what_is_learned_from_and_missing_ones_are_told_apart() -> None:
    learns = np.array([True, True, True, False])
    columns = {
        "number": polars.Series([1.0, 3.0, None, 100.0]),
        "text": polars.Series(["a", "b", "a", "new"]),
        "typed": polars.Series(["1", "2", "3", "4"]),
    }
    made = encoded(columns, learns)
    assert made[:, 0] == pytest.approx([-1, 1, 0, 98])
    assert list(made[:, 1]) == [0, 0, 1, 0]
    assert made[:, 2:4].tolist() == [[1, 0], [0, 1], [1, 0], [0, 0]]
    assert made[:3, 4].mean() == pytest.approx(0)
