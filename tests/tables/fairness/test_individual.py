"""What features tell: an attribute that others carry is found, and people alike who fare differently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

from bartizan.core.errors import InputError
from bartizan.report.fairness.wording import closer
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.individual import Closer, looked_closer
from bartizan.tables.reading import opened

ROWS = 3000


def _looked(folder: Path, features: tuple[str, ...], **columns: Any) -> Closer:
    file = folder / "t.parquet"
    polars.DataFrame(columns).write_parquet(file)
    asked = Asked(attributes=("sex",), favourable="true", decision="granted", features=features, bootstraps=200)
    return looked_closer(opened(file), asked)


def _people(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["female", "male"], ROWS)
    income = rng.normal(size=ROWS)
    return {
        "sex": sex,
        "income": income,
        "height": rng.normal(size=ROWS) + 3.0 * (sex == "male"),
        "granted": income > 0,
        "by_lot": rng.random(ROWS) < 0.5,
    }


def test_an_attribute_that_another_column_carries_is_told_from_it(tmp_path: Path) -> None:
    found = _looked(tmp_path, ("income", "height"), **_people())
    (proxy,) = found.proxies
    assert proxy.told is not None
    assert proxy.told.low > 0.9
    assert proxy.by_chance == 0.5
    assert any("leaving it out does not make decisions unaware" in line for line in closer(found))


def test_an_attribute_that_nothing_carries_is_not(tmp_path: Path) -> None:
    found = _looked(tmp_path, ("income",), **_people())
    (proxy,) = found.proxies
    assert proxy.told is not None
    assert proxy.told.low < 0.52
    assert proxy.told.high < 0.6
    assert any("little of it is in them" in line for line in closer(found))


def test_an_attribute_among_the_features_is_no_unawareness(tmp_path: Path) -> None:
    found = _looked(tmp_path, ("income", "sex"), **_people())
    assert found.proxies[0].is_used
    assert any("nothing is decided unaware of it" in line for line in closer(found))


def test_people_alike_who_are_decided_about_alike_are_consistent_and_a_lot_is_chance(tmp_path: Path) -> None:
    people = _people()
    by_rule = _looked(tmp_path, ("income",), **people).consistency
    by_lot = _looked(tmp_path, ("income",), **{**people, "granted": people["by_lot"]}).consistency
    assert by_rule.value is not None
    assert by_lot.value is not None
    assert by_rule.value.low > 0.98
    assert by_lot.value.low - 0.02 < by_lot.by_chance < by_lot.value.high + 0.02


def test_more_people_exactly_alike_than_are_looked_at_are_no_error(tmp_path: Path) -> None:
    found = _looked(tmp_path, ("one",), sex=["f", "m"] * 100, one=[1] * 200, granted=[True, True, False, True] * 50)
    assert found.consistency.value is not None
    assert 0 <= found.consistency.value.value <= 1


def test_few_people_are_not_assessable(tmp_path: Path) -> None:
    found = _looked(tmp_path, ("one",), sex=["f", "m"] * 5, one=list(range(10)), granted=[True, False] * 5)
    assert found.consistency.value is None
    assert found.proxies[0].told is None
    assert all("not assessable" in line for line in closer(found))


def test_what_was_decided_is_no_feature(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no feature that it is decided by"):
        _looked(tmp_path, ("granted",), **_people())
