"""The plan of a system in the browser: what a budget leaves, one's own order, and the arithmetic of both."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from bartizan.assess.planning.problem import problem_of
from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.core.terms import ControlId
from bartizan.register.audit.reading import Filter, log
from bartizan.register.opening import Register
from bartizan.register.plan_orders import PlanOrder, plan_order
from bartizan.report.dossier import Dossier
from bartizan.web.plan_picture import course_picture, reach
from bartizan.workflows import keeping
from bartizan.workflows.desk import Desk
from bartizan.workflows.plan_desk import PlanView, arrange, arranged, budgeted, course, moved, residuals, view
from bartizan.workflows.planning import plan_for
from tests.report.dossiers import AGENT, EXAMPLES, NO_RISKS, example, from_text
from tests.web.accessibility import violations
from tests.web.browsing import Served, browser, logged_in, served  # noqa: F401
from tests.web.clients import People, Visitor, text_of
from tests.web.one_system import WORST

HERE = "/systems/agent/plan"


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """A desk whose register keeps the agent."""
    keeping.keep(desk, AGENT, file="system.yaml", by="anna", system="agent")
    return desk


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    return from_text(AGENT)


def _view(desk: Desk) -> PlanView:
    return view(desk, "agent", keeping.look(desk, "agent").dossier)


def _order(desk: Desk) -> list[str]:
    return [str(stage.step.control) for stage in _view(desk).mine.stages]


def _field(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None
    return html.unescape(found.group(1))


def _sent(page: httpx.Response) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'name="order" value="([^"]*)"', page.text)]


# arithmetic


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_control_in_any_order_raises_what_is_left(dossier: Dossier, data: st.DataObject) -> None:
    problem = problem_of(dossier.assessment.risks, dossier.catalog)
    steps = {s.control: s for s in dossier.assessment.steps if s.control in {o.control for o in problem.offers}}
    order = data.draw(st.permutations(list(steps)))
    found = course(problem, steps, order)
    above = [found.above, *(stage.above for stage in found.stages)]
    worst = [found.worst, *(stage.worst for stage in found.stages)]
    assert above == sorted(above, reverse=True)
    assert worst == sorted(worst, reverse=True)
    settled = [risk for stage in found.stages for risk in stage.settled]
    assert len(settled) == len(set(settled)) == above[0] - above[-1]
    assert found.stages[-1].cost == pytest.approx(sum(offer.cost for offer in problem.offers))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.parent.name)
def test_a_course_ends_where_the_plan_with_the_same_controls_ends(file: Path) -> None:
    dossier = example(file)
    problem = problem_of(dossier.assessment.risks, dossier.catalog)
    steps = {s.control: s for s in dossier.assessment.steps if s.control in {o.control for o in problem.offers}}
    whole = plan_for(dossier)
    first = arranged(steps, whole.exact.controls)
    stages = course(problem, steps, first).stages
    planned = stages[: len(whole.exact.controls)]
    assert {stage.step.control for stage in planned} == set(whole.exact.controls)
    assert (planned[-1].above if planned else course(problem, steps, ()).above) == len(whole.exact.left)
    assert (planned[-1].cost if planned else 0.0) == pytest.approx(whole.exact.cost)
    assert course(problem, steps, first).above == sum(
        level > problem.appetite for level in plan_for(dossier, 0.0).levels.values()
    )


def test_what_a_budget_leaves_is_what_the_plan_says(dossier: Dossier) -> None:
    for budget in (None, 0, 25, 60, 10_000):
        found = budgeted(dossier, budget)
        assert {risk.id: risk.residual.level for risk in found.risks} == found.planning.levels
        assert found.planning.exact.cost <= (found.planning.whole.cost if budget is None else budget)
        assert found.above == len(found.planning.exact.left)
        levels = [risk.residual.level for risk in found.risks]
        assert levels == sorted(levels, reverse=True)


def test_likelihood_and_impact_that_are_left_give_the_level_that_is_left(dossier: Dossier) -> None:
    problem = problem_of(dossier.assessment.risks, dossier.catalog)
    for taken in ((), tuple(range(len(problem.offers) // 2)), tuple(range(len(problem.offers)))):
        left = residuals(problem, taken)
        assert [left[risk.id].level for risk in problem.risks] == list(problem.levels(taken))
        for level in left.values():
            assert problem.matrix[level.likelihood - 1][level.impact - 1] == level.level


@given(order=st.lists(st.sampled_from("abcde"), unique=True, min_size=1), by=st.integers(-7, 7))
def test_moving_one_keeps_all_others_in_their_order(order: list[str], by: int) -> None:
    one = order[0]
    found = moved(order, one, by)
    assert sorted(found) == sorted(order)
    assert [c for c in found if c != one] == order[1:]
    assert moved(order, "nothing", by) == tuple(order)


def test_an_order_that_is_older_than_the_plan_still_counts() -> None:
    known = [ControlId(c) for c in ("a", "b", "c")]
    assert arranged(known, ("c", "gone", "c")) == ("c", "a", "b")
    assert arranged(known, ()) == ("a", "b", "c")


# keeping an order


def test_an_order_is_kept_for_everybody_and_told_to_the_audit(kept: Desk) -> None:
    before = _order(kept)
    wanted = [before[-1], *before[:-1]]
    arrange(kept, "agent", wanted, by="anna", revision=0)
    assert _order(kept) == wanted
    assert _view(kept).is_own
    with kept.register.read() as connection:
        told = log(connection, Filter(action="plan"))[0].body
    assert (told.actor, told.subject) == ("anna", "settings/plan-order%2Fagent")


def test_two_people_do_not_overwrite_each_others_order(kept: Desk) -> None:
    before = _order(kept)
    arrange(kept, "agent", before[::-1], by="anna", revision=0)
    with pytest.raises(Conflict):
        arrange(kept, "agent", [before[1], before[0], *before[2:]], by="bo", revision=0)
    assert _order(kept) == before[::-1]


def test_going_back_to_what_is_suggested_keeps_no_order(kept: Desk) -> None:
    before = _order(kept)
    arrange(kept, "agent", before[::-1], by="anna")
    arrange(kept, "agent", (), by="anna")
    with kept.register.read() as connection:
        assert plan_order(connection, "agent").controls == ()
    assert _order(kept) == before
    assert not _view(kept).is_own


def test_an_order_with_strange_controls_changes_nothing(kept: Desk) -> None:
    before = _order(kept)
    with pytest.raises(InputError) as wrong:
        arrange(kept, "agent", [before[0], before[0], "<script>", "x" * 500], by="anna")
    assert len(wrong.value.problems) == 3
    with kept.register.read() as connection:
        assert plan_order(connection, "agent").revision == 0
    with pytest.raises(NotFound):
        arrange(kept, "nowhere", (), by="anna")


# pages


def test_the_page_says_what_the_cheapest_plan_does(kept: Desk, as_viewer: Visitor) -> None:
    answer = as_viewer.get(HERE)
    assert answer.status_code == 200
    said = text_of(answer)
    assert "The cheapest plan takes" in said
    assert f"{len(plan_for(keeping.look(kept, 'agent').dossier).exact.controls)} controls" in said
    assert "What is left of each risk" in said


def test_a_budget_works_without_a_script(kept: Desk, as_viewer: Visitor) -> None:
    nothing, much = text_of(as_viewer.get(f"{HERE}?budget=0")), text_of(as_viewer.get(f"{HERE}?budget=100000"))
    above = course_start = _view(kept).mine.above
    assert f"leaves {above} risks above your appetite" in nothing
    assert course_start > _view(kept).mine.stages[-1].above
    assert f"leaves {above} risks above your appetite" not in much


@pytest.mark.parametrize(
    "budget", ["-1", "nan", "1e9", "٣", "9" * 400, "<script>alert(1)</script>", "%00", "12.7", "", "0x10", "' or 1"]
)
def test_a_strange_budget_is_no_error(kept: Desk, as_viewer: Visitor, budget: str) -> None:
    answer = as_viewer.get(HERE, params={"budget": budget})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_a_viewer_sees_the_order_but_cannot_change_it(kept: Desk, as_viewer: Visitor) -> None:
    page = as_viewer.get(HERE)
    assert "Move up" not in page.text
    answer = as_viewer.post(f"{HERE}/order", {"order": _order(kept)[::-1]})
    assert answer.status_code == 403
    assert not _view(kept).is_own


def test_who_has_no_role_on_the_system_sees_no_plan(kept: Desk, people: People) -> None:
    keeping.keep(kept, AGENT.replace("name: ", "name: Other ", 1), file="system.yaml", by="anna", system="other")
    stranger = people.log_in("sam", "assessor", "other")
    assert stranger.get(HERE).status_code == 403
    assert stranger.post(f"{HERE}/order", {"suggested": "yes"}).status_code == 403
    assert stranger.get("/systems/other/plan").status_code == 200


def test_an_unknown_system_has_no_plan(as_viewer: Visitor) -> None:
    assert as_viewer.get("/systems/nowhere/plan").status_code == 404


def test_an_arrow_moves_a_control_by_one_place(kept: Desk, as_assessor: Visitor) -> None:
    page = as_assessor.get(HERE)
    before = _sent(page)
    assert before == _order(kept)
    answer = as_assessor.post(f"{HERE}/order", {"order": before, "up": before[2], "revision": _field(page, "revision")})
    assert answer.status_code == 303
    assert _order(kept) == [before[0], before[2], before[1], *before[3:]]
    assert "is number 2 of" in text_of(as_assessor.get(HERE))
    as_assessor.post(f"{HERE}/order", {"order": _order(kept), "down": before[2]})
    assert _order(kept) == before


def test_htmx_gets_the_new_order_at_once(kept: Desk, as_assessor: Visitor) -> None:
    before = _order(kept)
    wanted = [before[-1], *before[:-1]]
    answer = as_assessor.htmx(f"{HERE}/order", {"order": wanted, "moved": before[-1], "revision": "0"})
    assert answer.status_code == 200
    assert _sent(answer) == wanted
    assert f"is number 1 of {len(before)} now" in answer.text
    assert "Back to the suggested order" in answer.text


def test_who_comes_second_sees_both_orders_and_may_insist(kept: Desk, as_assessor: Visitor) -> None:
    page = as_assessor.get(HERE)
    before = _sent(page)
    arrange(kept, "agent", before[::-1], by="bo", revision=0)
    answer = as_assessor.post(
        f"{HERE}/order", {"order": before, "down": before[0], "revision": _field(page, "revision")}
    )
    assert answer.status_code == 409
    assert "Somebody else was quicker" in answer.text
    assert _order(kept) == before[::-1]
    mine = next(one for one in _sent(answer) if "," in one)
    again = as_assessor.post(f"{HERE}/order", {"order": mine, "revision": _field(answer, "revision")})
    assert again.status_code == 303
    assert _order(kept) == [before[1], before[0], *before[2:]]


def test_an_order_of_a_stranger_is_refused_in_words(kept: Desk, as_assessor: Visitor) -> None:
    answer = as_assessor.post(f"{HERE}/order", {"order": ["<b>x</b>", "rate_limit"]})
    assert answer.status_code == 422
    assert "is no control of this plan" in answer.text
    assert "<b>x</b>" not in answer.text
    assert not _view(kept).is_own


@pytest.mark.parametrize("name", WORST)
def test_hostile_names_are_only_text(desk: Desk, as_assessor: Visitor, name: str) -> None:
    said = json.dumps(name[:200])
    text = AGENT.replace("name: Mail agent", f"name: {said}", 1).replace(
        "{id: mailbox,", f"{{id: mailbox, name: {said},"
    )
    keeping.keep(desk, text, file="system.yaml", by="anna", system="agent")
    answer = as_assessor.get(f"{HERE}?budget=20")
    assert answer.status_code == 200
    assert not re.search(r"<(img|iframe)[ >]|<script>|href=.javascript", answer.text)
    assert not set(answer.text) & set("\x1b\u202e\u2066")


def test_the_picture_shows_both_orders_where_they_differ(kept: Desk) -> None:
    arrange(kept, "agent", _order(kept)[::-1], by="anna")
    found = _view(kept)
    drawn = course_picture(found.mine, found.suggested, "days & <nights>", is_own=True, said="x < y")
    assert drawn.count('class="line') == 2
    assert "<nights>" not in drawn
    assert reach(found.mine)[1] >= reach(found.suggested)[1]
    assert reach(found.mine)[2] == reach(found.suggested)[2]


def test_a_system_with_hardly_any_risk_has_a_short_plan(desk: Desk, as_viewer: Visitor) -> None:
    keeping.keep(desk, NO_RISKS, file="system.yaml", by="anna", system="nothing")
    answer = as_viewer.get("/systems/nothing/plan?budget=5")
    assert answer.status_code == 200
    shown = view(desk, "nothing", keeping.look(desk, "nothing").dossier)
    assert answer.text.count("<tr data-control=") == len(shown.mine.stages)


def test_without_risks_there_is_nothing_to_plan(dossier: Dossier) -> None:
    nothing = msgspec.structs.replace(
        dossier, assessment=msgspec.structs.replace(dossier.assessment, risks=(), steps=()), plans=()
    )
    found = budgeted(nothing, 5)
    assert (found.risks, found.above) == ((), 0)
    empty = course(problem_of((), nothing.catalog), {}, ())
    assert reach(empty) == (0, 0.0, 0)
    assert "svg" in course_picture(empty, empty, "days", is_own=False, said="nothing")


# in a browser


def _keep_agent(served: Served) -> None:  # noqa: F811  the fixture of that name is given
    keeping.keep(served.desk, AGENT, file="system.yaml", by="anna", system="agent")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_plan_is_for_everybody(browser: Browser, served: Served, width: int) -> None:  # noqa: F811
    _keep_agent(served)
    with logged_in(browser, served, scheme="dark", width=width) as page:
        page.goto(served.url(f"{HERE}?budget=20"))
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_slider_the_arrows_and_the_mouse_change_what_is_shown(
    browser: Browser,  # noqa: F811
    served: Served,  # noqa: F811
) -> None:
    _keep_agent(served)
    before = _order(served.desk)
    with logged_in(browser, served, height=2400) as page:
        page.goto(served.url(HERE))
        slider = page.get_by_role("slider")
        slider.focus()
        page.keyboard.press("Home")
        page.locator("#left", has_text="for at most 0").wait_for()
        assert page.locator("#q-budget-now").text_content() == "0"
        page.locator(f"#down-{before[0]}").focus()
        page.keyboard.press("Enter")
        page.locator("#order tbody tr").nth(2).and_(page.locator(f'[data-control="{before[0]}"]')).wait_for()
        page.locator("#plan-said", has_text="is number 2 of").wait_for(state="attached")
        page.locator(f"#down-{before[0]}:focus").wait_for()
        page.locator(f"#up-{before[0]}").focus()
        page.keyboard.press("Enter")
        page.locator("#order tbody tr").nth(1).and_(page.locator(f'[data-control="{before[0]}"]')).wait_for()
        page.locator(f"#down-{before[0]}:focus").wait_for()
        page.keyboard.press("Enter")
        page.locator("#order tbody tr").nth(2).and_(page.locator(f'[data-control="{before[0]}"]')).wait_for()
        page.drag_and_drop(
            f'[data-control="{before[3]}"] td:first-child',
            f'[data-control="{before[1]}"] td:first-child',
            target_position={"x": 4, "y": 3},
        )
        page.locator("#order tbody tr").nth(1).and_(page.locator(f'[data-control="{before[3]}"]')).wait_for()
        assert violations(page) == []
    assert _order(served.desk) == [before[3], before[1], before[0], before[2], *before[4:]]


def test_the_register_keeps_one_order_a_system(kept: Desk, register: Register) -> None:
    keeping.keep(kept, AGENT.replace("name: ", "name: Other ", 1), file="system.yaml", by="anna", system="other")
    arrange(kept, "agent", _order(kept)[::-1], by="anna")
    with register.read() as connection:
        assert plan_order(connection, "other") == PlanOrder()
