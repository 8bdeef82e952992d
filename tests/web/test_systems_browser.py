"""The pages of systems and risks in a real browser: for everybody, by keyboard, in part by htmx."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bartizan.core.evidence import Evidence
from bartizan.core.terms import Treatment
from bartizan.register.opening import open_register
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice
from bartizan.workflows.desk import Desk
from tests.report.dossiers import AGENT
from tests.web.accessibility import violations
from tests.web.browsing import Served, browser, logged_in, serving  # noqa: F401

NAME = "mail-agent"
PAGES = (
    "",
    "/map",
    "/controls",
    "/suppliers",
    "/questions",
    "/description",
    "/description/edit",
    "/history",
    "/compare",
    "/reports",
    "/settings",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A system with decisions, evidence, a comment and a risk that is gone."""
    place: Path = tmp_path_factory.mktemp("served") / "register.db"
    register = open_register(place)
    desk = Desk(register)
    more = AGENT + "answers: []\n"
    kept = keeping.keep(desk, more, file="system.yaml", by="asa", note="first").kept
    numbers = {row.risk: row.number for row in kept.holding.risks}
    first, second = (numbers[risk.id] for risk in kept.assessment.risks[:2])
    until = desk.today[:4] + "-12-31"
    keeping.decide(desk, NAME, first, Choice(treatment=Treatment.ACCEPT, reason="pilot", until=until), by="asa")
    keeping.decide(desk, NAME, second, Choice(treatment=Treatment.MITIGATE, reason="filter"), by="asa")
    seen = Evidence(
        risk=kept.assessment.risks[0].id, what="Suite A", kind="test", held_on=desk.today, hits=12, trials=200
    )
    keeping.add_evidence(desk, NAME, seen, by="asa")
    keeping.attach(desk, NAME, 1, "run.jsonl", b"{}\n", by="asa")
    keeping.comment(desk, NAME, "Should we wait?", by="asa", risk=first)
    try:
        with serving(desk) as served:
            yield served
    finally:
        register.close()


@pytest.fixture
def page(browser: Browser, running: Served) -> Iterator[Page]:  # noqa: F811
    """A page of an approver."""
    with logged_in(browser, running, "april", "approver") as opened:
        yield opened


def _risk(running: Served) -> str:
    kept = keeping.look(running.desk, NAME)
    worst = kept.assessment.risks[0].id
    return next(f"/risks/{row.number}" for row in kept.holding.risks if row.risk == worst)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_every_page(browser: Browser, running: Served, scheme: str) -> None:  # noqa: F811
    with logged_in(browser, running, "april", "approver", scheme="dark" if scheme == "dark" else "light") as opened:
        for path in (*PAGES, _risk(running)):
            opened.goto(running.url(f"/systems/{NAME}{path}"))
            assert violations(opened) == [], path


def test_nothing_is_cut_on_a_phone(browser: Browser, running: Served) -> None:  # noqa: F811
    with logged_in(browser, running, "april", "approver", width=390) as opened:
        for path in (*PAGES, _risk(running)):
            opened.goto(running.url(f"/systems/{NAME}{path}"))
            wide = opened.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide == 0, path


def test_the_list_is_filtered_without_a_new_page(page: Page, running: Served) -> None:
    page.goto(running.url(f"/systems/{NAME}"))
    page.evaluate("window.stays = true")
    rows = page.locator("#found tr[data-href]")
    every = rows.count()
    page.fill("#q-q", "indirect")
    expect(rows).not_to_have_count(every)
    assert 0 < rows.count() < every
    assert "q=indirect" in page.url
    assert page.evaluate("window.stays") is True


def test_a_risk_is_opened_and_decided_on_by_keyboard(page: Page, running: Served) -> None:
    page.goto(running.url(f"/systems/{NAME}"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/risks/*")
    page.locator("input[name=treatment][value=avoid]").focus()
    page.keyboard.press("Space")
    expect(page.locator("#decide-until")).to_be_hidden()
    page.locator("#decide-reason").focus()
    page.keyboard.type("Switch it off")
    page.locator("form[data-decide] button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("is kept")
    expect(page.locator("#decision")).to_contain_text("Switch it off")


def test_a_comment_appears_without_a_new_page(page: Page, running: Served) -> None:
    page.goto(running.url(f"/systems/{NAME}{_risk(running)}"))
    page.evaluate("window.stays = true")
    page.fill("#comment-comment", "No: filter now.")
    page.get_by_role("button", name="Say it").click()
    expect(page.locator(".comments")).to_contain_text("No: filter now.")
    assert page.evaluate("window.stays") is True
    assert page.locator("#comment-comment").input_value() == ""


def test_a_control_is_said_to_be_planned_in_its_row(page: Page, running: Served) -> None:
    page.goto(running.url(f"/systems/{NAME}/controls"))
    page.evaluate("window.stays = true")
    row = page.locator("#control-rate_limit")
    row.locator("summary").click()
    row.locator("select[name=status]").select_option("verified")
    row.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Nothing proves that this control works now")
    row.locator("select[name=status]").select_option("planned")
    row.get_by_role("button", name="Save").click()
    expect(row.locator(".status.planned").first).to_be_visible()
    assert page.evaluate("window.stays") is True


def test_a_line_of_a_proof_is_shown_in_the_description(page: Page, running: Served) -> None:
    page.goto(running.url(f"/systems/{NAME}{_risk(running)}"))
    page.locator(".proof a").first.click()
    page.wait_for_url("**/description#L*")
    assert page.locator("li:target").count() == 1
