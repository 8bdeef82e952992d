"""Plans with and without a budget, in values and in words."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from bartizan.report import planning as report
from bartizan.report.dossier import Dossier
from bartizan.workflows.planning import plan_for
from tests.report.dossiers import AGENT, EXAMPLES, HOSTILE, example, from_text, hostile, no_risks


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    return from_text(AGENT)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.parent.name)
def test_the_exact_plan_of_every_example_is_proven_and_never_dearer(file: Path) -> None:
    planning = plan_for(example(file))
    assert planning.exact.proven
    assert planning.exact.cost <= planning.greedy.cost
    assert len(planning.exact.left) <= len(planning.greedy.left)


def test_a_budget_is_kept_and_more_money_never_leaves_more_risks(dossier: Dossier) -> None:
    plans = [plan_for(dossier, budget).exact for budget in (0.0, 10.0, 30.0, 1000.0)]
    assert [plan.cost <= (plan.budget or 0.0) for plan in plans] == [True] * 4
    left = [len(plan.left) for plan in plans]
    assert left == sorted(left, reverse=True)
    assert plans[0].controls == ()
    assert left[-1] == len(plan_for(dossier).exact.left)


def test_the_levels_after_the_plan_say_which_risks_stay(dossier: Dossier) -> None:
    planning = plan_for(dossier, 20.0)
    appetite = dossier.catalog.scales.appetite
    assert {risk for risk, level in planning.levels.items() if level > appetite} == set(planning.exact.left)
    assert {risk.id for risk in report.staying(planning)} == set(planning.exact.left)


def test_the_answer_says_cost_proof_and_how_far_the_rule_of_thumb_is_off(dossier: Dossier) -> None:
    planning = plan_for(dossier)
    text = report.answer(planning)
    assert f"{planning.exact.cost:g} person-days" in text
    assert "This is proven" in text
    assert "highest risk first, then the cheapest control" in text


def test_a_plan_that_is_not_proven_says_so(dossier: Dossier) -> None:
    planning = plan_for(dossier)
    unproven = msgspec.structs.replace(planning.exact, proven=False)
    assert "not proven" in report.answer(msgspec.structs.replace(planning, exact=unproven))


def test_a_system_without_risks_has_nothing_to_plan() -> None:
    planning = plan_for(no_risks())
    assert "nothing to plan" in report.answer(planning)
    assert "Control" not in report.terminal(planning)


@pytest.mark.parametrize("width", [60, 80, 132])
@pytest.mark.parametrize("budget", [None, 20.0])
def test_no_line_is_wider_than_the_terminal(dossier: Dossier, width: int, budget: float | None) -> None:
    lines = report.terminal(plan_for(dossier, budget), width).splitlines()
    assert max(map(len, lines)) <= width


def test_the_columns_of_the_table_stand_under_each_other(dossier: Dossier) -> None:
    lines = report.terminal(plan_for(dossier)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(" #"))
    end = next(i for i, line in enumerate(lines) if line.lstrip().startswith("Sum,"))
    assert len({len(line) for line in lines[start : end + 1]}) == 1


def test_controls_stand_in_the_order_to_take_them(dossier: Dossier) -> None:
    planning = plan_for(dossier)
    level = {risk.id: risk.current.level for risk in dossier.assessment.risks}
    worst = [max(level[r] for r in step.risks) for step in report.chosen(planning)]
    assert worst == sorted(worst, reverse=True)
    assert {s.control for s in report.chosen(planning)} == {*planning.exact.controls, *planning.greedy.controls}


def test_the_json_holds_both_plans_and_the_levels(dossier: Dossier) -> None:
    planning = plan_for(dossier, 20.0)
    payload = json.loads(report.json(planning))
    assert payload["exact"]["cost"] == planning.exact.cost
    assert payload["greedy"]["method"] == "greedy"
    assert payload["levels"] == planning.levels
    assert payload["cost_unit"] == "person-days"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(name: str) -> None:
    planning = plan_for(hostile(name), 0.0)
    text, marked = report.terminal(planning), report.markdown(planning)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert "<script" not in marked
    assert "](javascript" not in marked
    assert all(c.isprintable() or c == "\n" for c in marked)
