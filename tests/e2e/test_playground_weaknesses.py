"""The playground's weaknesses are found one by one, and switched off their findings go and their risks fall."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.playground.weaknesses import ALL_ON
from tests.e2e.playground_runs import run_with
from tests.e2e.playground_table import DOUBTFUL, LOWERED, ROWS, Row


def test_the_table_has_every_weakness() -> None:
    assert [row.weakness for row in ROWS if row.weakness in ALL_ON] == list(dict.fromkeys(row.weakness for row in ROWS))
    assert {row.weakness for row in ROWS} == ALL_ON


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.weakness)
def test_a_weakness_is_found_and_switched_off_its_finding_goes_and_its_risk_falls(row: Row, tmp_path: Path) -> None:
    on = run_with(tmp_path, (row.weakness, *row.beside), row.component, row.cases, row.attacks)
    off = run_with(tmp_path, row.beside, row.component, row.cases, row.attacks)

    assert on.breached == set(row.cases)
    assert not off.breached
    assert off.tried == set(row.cases)
    assert on.run.digest != off.run.digest

    effect, why = on.effect(row.risk)
    assert effect == row.effect
    assert DOUBTFUL in why or effect != "counts for nothing"
    after, _ = off.effect(row.risk)
    assert after == "counts for nothing"  # a run of some cases may raise a risk, and lowers none
    with_it, without = on.susceptibility(row.risk), off.susceptibility(row.risk)
    assert with_it > without if effect == "raises" else with_it == without
    assert on.likelihood(row.risk) >= off.likelihood(row.risk)


@pytest.mark.parametrize("component", sorted(LOWERED))
def test_a_whole_run_with_everything_off_finds_nothing_and_lowers_what_it_tried_often_enough(
    component: str, tmp_path: Path
) -> None:
    off = run_with(tmp_path, (), component)
    assert not off.breached
    assert off.run.utility.done.hits == off.run.utility.done.trials > 0
    assert off.run.utility.false_alarms.hits == 0
    about = {one.id for one in off.after.assessment.risks if one.evidence}
    assert {row.risk for row in ROWS if row.component == component} <= about
    assert {id for id in about if off.effect(id)[0] == "lowers"} == LOWERED[component]
    for id in about:
        if id in LOWERED[component]:
            assert off.susceptibility(id) == 2 < off.estimated(id)
        else:
            assert DOUBTFUL in off.effect(id)[1]
            assert off.susceptibility(id) == off.estimated(id)
