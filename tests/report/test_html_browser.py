"""The HTML report in a browser: filters, sorting, keys, copying, colours, printing, and life without scripts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bartizan.core.terms import Outcome, Party
from bartizan.report.dossier import Dossier
from bartizan.report.html import render
from tests.report.dossiers import AGENT, from_text, hostile

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Where it is missing these tests are skipped and say so; in CI that is a failure."""
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip("Chromium is missing; install it with: apt-get install chromium")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    return from_text(AGENT)


@pytest.fixture(scope="module")
def address(dossier: Dossier, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render(dossier), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(color_scheme="light")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    """The report, opened; whatever it complains of or asks for fails the test."""
    faults: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text))
    opened.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
    opened.goto(address)
    yield opened
    opened.close()
    assert faults == []


def _shown(page: Page, table: str) -> int:
    return page.locator(f"#{table} tbody tr:visible").count()


def _filter(page: Page, part: str, label: str, value: str) -> None:
    page.locator(f"#{part} .bar-of").first.get_by_label(label, exact=True).select_option(value)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_verdicts_can_be_narrowed_to_one_outcome(page: Page, dossier: Dossier, outcome: Outcome) -> None:
    _filter(page, "verdicts", "Verdict", outcome.value.replace("_", " "))
    wanted = dossier.assessment.count(outcome, rated=False)
    assert _shown(page, "verdict-list") == wanted
    assert f"{wanted} of {len(dossier.assessment.verdicts)} verdicts" in page.locator("#verdicts output").inner_text()


def test_risks_can_be_narrowed_by_level_component_responsibility_and_text(page: Page, dossier: Dossier) -> None:
    risks = dossier.assessment.risks
    level = risks[0].current.level
    _filter(page, "risks", "Level", f"{level} {dossier.level_name(level)}")
    assert _shown(page, "risk-list") == sum(r.current.level == level for r in risks)
    page.locator("#risks").get_by_text("Clear filters").click()
    _filter(page, "risks", "Component", "mailbox")
    assert _shown(page, "risk-list") == sum(r.component == "mailbox" for r in risks)
    page.locator("#risks").get_by_text("Clear filters").click()
    _filter(page, "risks", "Responsibility", "you")
    assert _shown(page, "risk-list") == sum(r.party is Party.US for r in risks)
    page.locator("#risks").get_by_text("Clear filters").click()
    page.locator("#risks .bar-of input").fill("INDIRECT prompt injection hides nothing")
    assert _shown(page, "risk-list") == 0
    assert "No risks fit; clear the filters" in page.locator("#risks output").inner_text()


def test_a_risk_that_is_filtered_out_of_the_list_is_hidden_below_it_too(page: Page, dossier: Dossier) -> None:
    _filter(page, "risks", "Component", "mailbox")
    for risk in dossier.assessment.risks:
        assert page.locator(f'[id="{risk.id}"]').is_visible() is (risk.component == "mailbox")


def test_a_cell_of_the_heat_map_shows_its_risks(page: Page, dossier: Dossier) -> None:
    first = dossier.assessment.risks[0].current
    page.locator(f'.heat [data-cell="{first.likelihood}-{first.impact}"]').click()
    here = [
        r
        for r in dossier.assessment.risks
        if (first.likelihood, first.impact) in {(x.likelihood, x.impact) for x in (r.inherent, r.current, r.residual)}
    ]
    assert _shown(page, "risk-list") == len(here)


def test_a_click_on_a_header_sorts_and_says_so(page: Page) -> None:
    head = page.locator("#risk-list thead th").nth(1)
    head.get_by_role("button").click()
    names = page.locator("#risk-list tbody th").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert page.locator("#risk-list tbody th").all_inner_texts() == sorted(names, key=str.lower, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"


def test_numbers_sort_as_numbers(page: Page, dossier: Dossier) -> None:
    page.locator("#control-list thead th").first.get_by_role("button").click()
    page.locator("#control-list thead th").first.get_by_role("button").click()
    found = [int(text) for text in page.locator("#control-list tbody td:first-child").all_inner_texts()]
    assert found == sorted((step.order for step in dossier.assessment.steps), reverse=True)


def test_keys_walk_the_rows_and_enter_opens_the_risk(page: Page, dossier: Dossier) -> None:
    page.locator("#risk-list tbody tr").first.scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#risk-list').scrollIntoView()")
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    second = dossier.assessment.risks[1].id
    assert page.evaluate("document.activeElement.dataset.for") == second
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"#{re.escape(second)}$"))
    page.locator(f'[id="{second}"] details[open]').first.wait_for()


def test_a_slash_goes_to_the_text_filter_and_letters_there_stay_letters(page: Page) -> None:
    page.evaluate("document.querySelector('#risk-list').scrollIntoView()")
    page.keyboard.press("/")
    page.keyboard.type("jk")
    assert page.locator("#risks .bar-of input").input_value() == "jk"


def test_copying_gives_the_rows_that_show_as_csv(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    _filter(page, "risks", "Component", "mailbox")
    page.locator("#risks").get_by_text("Copy as CSV").click()
    expect(page.locator("#risks output")).to_have_text("Copied")
    lines = str(page.evaluate("navigator.clipboard.readText()")).splitlines()
    assert lines[0].startswith('"No.","Risk","Component"')
    assert len(lines) == 1 + _shown(page, "risk-list")
    assert all('"mailbox"' in line for line in lines[1:])


def test_copied_cells_cannot_start_a_formula(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    file.write_text(render(hostile("=cmd|' /C calc'!A0")), encoding="utf-8")
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(file.as_uri())
    page.locator("#risks").get_by_text("Copy as CSV").click()
    expect(page.locator("#risks output")).to_have_text("Copied")
    copied = str(page.evaluate("navigator.clipboard.readText()"))
    context.close()
    assert "\"'=cmd|" in copied
    assert '"=cmd' not in copied


def test_colours_follow_the_reader_and_the_switch(browser: Browser, address: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(20, 23, 28)"
    page.get_by_role("button", name="Switch to light colours").click()
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.reload()
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    context.close()


def test_proofs_are_folded_on_the_screen_and_unfolded_on_paper(page: Page) -> None:
    assert page.locator("details[open]").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_without_scripts_every_risk_and_proof_can_be_read(browser: Browser, address: str, dossier: Dossier) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("article").count() == page.locator("article:visible").count()
    assert page.locator(".proof").count() == page.locator(".proof:visible").count()
    assert page.locator("select, input, button").count() == 0
    assert _shown(page, "verdict-list") == len(dossier.assessment.verdicts)
    context.close()


def test_a_term_is_explained_on_hover_and_on_focus_and_escape_hides_it(page: Page) -> None:
    term, tip = page.locator(".answer a.term").first, page.locator("[role=tooltip]")
    assert not tip.is_visible()
    term.hover()
    assert "without a decision" in tip.inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    term.focus()
    page.mouse.move(0, 0)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert "without a decision" in tip.inner_text()
    assert term.get_attribute("aria-describedby") == "tip"


def test_the_number_of_a_risk_says_its_name_and_level_to_everybody(page: Page, dossier: Dossier) -> None:
    worst = dossier.assessment.risks[0]
    number = page.locator(f'#summary a.num[href="#{worst.id}"]').first
    name = f"Indirect prompt injection, agent: {dossier.level_name(worst.current.level)}"
    assert number.get_attribute("aria-label") == f"1. {name}"
    number.hover()
    assert page.locator("[role=tooltip]").inner_text().startswith(name)


def test_controls_can_be_narrowed_to_those_of_the_plan(page: Page, dossier: Dossier) -> None:
    for choice, planned in (("in the plan", True), ("further", False)):
        _filter(page, "controls", "Plan", choice)
        assert _shown(page, "control-list") == sum(s.planned is planned for s in dossier.assessment.steps)


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_the_page_is_never_wider_than_the_window(browser: Browser, address: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_scripted_name_does_not_run(browser: Browser, tmp_path: Path) -> None:
    for name in ("<script>document.title='run'</script>", '"><img src=x onerror="document.title=\'run\'">'):
        file = tmp_path / "hostile.html"
        file.write_text(render(hostile(name)), encoding="utf-8")
        context = browser.new_context()
        page = context.new_page()
        page.goto(file.as_uri())
        assert page.title() != "run"
        context.close()
