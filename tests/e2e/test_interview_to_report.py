"""A newcomer describes a system by answering questions, sees its risks, and takes a report away."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.deeds import downloaded, first_administrator, interview
from tests.e2e.process import Serving


def test_an_interview_leads_to_risks_and_a_report(window: Callable[[], Page], serving: Serving, tmp_path: Path) -> None:
    page = window()
    first_administrator(page, serving.link)
    assert interview(page, "Help desk") > 5
    expect(page.get_by_role("heading", level=1)).to_have_text("Help desk")
    page.get_by_role("button", name="Keep it and see the risks").click()
    page.wait_for_url("**/systems/help-desk")
    expect(page.locator("#notices")).to_contain_text("its risks are rated")
    rows = page.locator("tr[data-href*='/risks/']")
    many = rows.count()
    assert many > 3
    expect(page.get_by_text(re.compile(rf"^{many} risks: "))).to_be_visible()
    page.get_by_role("link", name="Reports").click()
    report = downloaded(page, "Report", tmp_path).read_text()
    assert "Help desk" in report
    assert all(number in report for number in rows.locator("a").all_inner_texts())
    page.goto("/portfolio")
    expect(page.get_by_role("link", name="Help desk")).to_be_visible()
