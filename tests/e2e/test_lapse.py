"""An acceptance ends by itself: when what was accepted becomes worse, and after its last day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bartizan.core.terms import Treatment
from bartizan.register.opening import open_register
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice
from bartizan.workflows.desk import Desk
from tests.e2e.deeds import keep_new_description, log_in
from tests.e2e.seeds import NUMBER, RISK, SYSTEM
from tests.e2e.windows import Look, opened
from tests.register.databases import Clock
from tests.report.dossiers import AGENT
from tests.web.browsing import Served
from tests.web.browsing import serving as serving_here

NAME = "mail-agent"


@pytest.fixture
def accepted(tmp_path: Path, clock: Clock) -> Iterator[Served]:
    """The application by the test's own clock, over a system with an accepted risk."""
    register = open_register(tmp_path / "register.db", clock=clock)
    desk = Desk(register)
    keeping.keep(desk, AGENT, file="system.yaml", by="anna")
    choice = Choice(treatment=Treatment.ACCEPT, reason="A short pilot", until="2027-01-31")
    asked = keeping.decide(desk, NAME, NUMBER, choice, by="anna")
    keeping.approve(desk, NAME, asked.number, by="ben")
    try:
        with serving_here(desk) as running:
            yield running
    finally:
        register.close()


def test_an_acceptance_lapses_when_the_description_changes_materially(browser: Browser, accepted: Served) -> None:
    accepted.people.add("asa", "assessor")
    with opened(browser, accepted.address, Look()) as page:
        log_in(page, "asa")
        page.goto(RISK)
        expect(page.locator("#decision .decision").first).to_contain_text("holds")
        keep_new_description(page, NAME, "status: implemented", "status: planned")
        page.goto(RISK)
        expect(page.locator("#decision .why-lapsed")).to_contain_text(
            "the control oversight was implemented and is planned"
        )
        page.goto(SYSTEM)
        expect(page.locator(f"tr[data-href='{RISK}']")).to_contain_text("lapsed")


def test_an_acceptance_lapses_after_its_last_day(browser: Browser, accepted: Served, clock: Clock) -> None:
    accepted.people.add("asa", "assessor")
    for days, said in ((70, "holds"), (1, "lapsed")):
        clock.forward(days=days)
        with opened(browser, accepted.address, Look()) as page:
            log_in(page, "asa")
            page.goto(RISK)
            expect(page.locator("#decision .decision").first).to_contain_text(said)
            page.goto(SYSTEM)
            expect(page.locator(f"tr[data-href='{RISK}']").get_by_text("lapsed")).to_have_count(int(said == "lapsed"))
    with opened(browser, accepted.address, Look()) as page:
        log_in(page, "asa")
        page.goto(RISK)
        expect(page.locator("#decision .why-lapsed")).to_contain_text("31 Jan 2027")
