"""Decisions over time: a change is found, chance is none, and a group that moves alone is told apart."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

from bartizan.core.errors import InputError
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.watching import EVERYBODY, Course, Watch, watched
from bartizan.tables.reading import opened

PERIODS = 8


def _decisions(seed: int, people: int = 1500, female_from: int = 99, all_from: int = 99) -> dict[str, Any]:
    """So many people in each month; from a month on, decisions about women, or about all, become worse."""
    rng = np.random.default_rng(seed)
    month = np.repeat(np.arange(PERIODS), people)
    sex = rng.choice(["female", "male"], len(month))
    repaid = rng.random(len(month)) < 0.6
    worse = (month >= all_from) | ((sex == "female") & (month >= female_from))
    granted = rng.random(len(month)) < np.where(repaid, np.where(worse, 0.5, 0.8), 0.3)
    day = [datetime.date(2026, 1 + int(m), 1 + i % 28) for i, m in enumerate(month)]
    return {"day": day, "sex": sex, "repaid": repaid, "granted": granted}


def _watched(folder: Path, columns: dict[str, Any], name: str = "t.parquet", **said: Any) -> Course:
    file = folder / name
    frame = polars.DataFrame(columns)
    frame.write_csv(file) if name.endswith(".csv") else frame.write_parquet(file)
    asked = Asked(
        attributes=("sex",), favourable="true", decision="granted", truth="repaid", score=said.pop("score", "")
    )
    return watched(opened(file), Watch(**{"asked": asked, "day": "day", **said}))


def test_a_group_that_moves_alone_raises_alerts_that_say_so(tmp_path: Path) -> None:
    found = _watched(tmp_path, _decisions(1, female_from=6))
    assert found.is_looked_at
    women = [one for one in found.alerts if one.segment == "sex: female"]
    assert {one.period for one in women} == {"2026-07-01", "2026-08-01"}
    assert all(one.alone and one.high < -0.05 for one in women)
    assert not [one for one in found.alerts if one.segment == "sex: male"]


def test_where_everybody_moves_no_group_is_called_alone(tmp_path: Path) -> None:
    found = _watched(tmp_path, _decisions(2, people=3000, all_from=5))
    groups = [one for one in found.alerts if one.segment != EVERYBODY and one.rate == "true_positive_rate"]
    assert {one.segment for one in groups} == {"sex: female", "sex: male"}
    assert not any(one.alone for one in groups)


def test_chance_raises_no_alert_even_without_a_margin(tmp_path: Path) -> None:
    raised = [_watched(tmp_path, _decisions(seed, people=200), margin=0.0).alerts for seed in range(40)]
    assert sum(map(bool, raised)) <= 5  # of 40 tables, one in twenty each: above 5 once in a hundred


def test_days_in_texts_and_times_are_days(tmp_path: Path) -> None:
    columns = _decisions(3, people=100)
    dates = _watched(tmp_path, columns)
    texts = _watched(tmp_path, {**columns, "day": [f"{day}T10:00:00" for day in columns["day"]]}, "t.csv")
    times = _watched(
        tmp_path, {**columns, "day": [datetime.datetime.combine(d, datetime.time(9)) for d in columns["day"]]}
    )
    assert dates.moves == texts.moves == times.moves
    assert dates.reference == ("2026-01-01", "2026-02-01", "2026-03-01")


def test_rows_without_a_day_are_counted_and_left_out(tmp_path: Path) -> None:
    columns = _decisions(4, people=100)
    columns["day"] = [None, "soon", *map(str, columns["day"][2:])]
    assert _watched(tmp_path, columns).left == {"it has no day": 2}


def test_periods_with_few_people_are_said_and_no_proof(tmp_path: Path) -> None:
    found = _watched(tmp_path, _decisions(5, people=20))
    assert not found.is_looked_at
    assert {one.outcome for one in found.moves if one.segment != EVERYBODY and one.rate == "accuracy"} == {"few"}


def test_scores_that_drift_from_the_truth_are_an_alert_on_calibration(tmp_path: Path) -> None:
    columns = _decisions(6)
    month = np.array([day.month for day in columns["day"]])
    rng = np.random.default_rng(6)
    columns["score"] = np.where(month >= 7, 0.8, 0.6) + rng.normal(size=len(month)) * 0.01
    found = _watched(tmp_path, columns, score="score")
    moved = [one for one in found.alerts if one.rate == "calibration" and one.segment == EVERYBODY]
    assert [one.period for one in moved] == ["2026-07-01", "2026-08-01"]
    assert all(one.low < 0.2 < one.high for one in moved)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"day": "when"}, "no column 'when'"),
        ({"day": "repaid"}, "holds no days"),
        ({"every": "year"}, "its days lie in 1 periods of a year"),
        ({"reference": 8}, "8 of them the reference"),
    ],
)
def test_what_cannot_be_watched_is_refused(tmp_path: Path, said: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        _watched(tmp_path, _decisions(7, people=50), **said)
