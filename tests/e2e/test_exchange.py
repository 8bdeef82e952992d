"""Compare two versions of a system; take the register out, edit it in a spreadsheet, bring it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cli.running import bartizan
from tests.e2e.deeds import downloaded, first_administrator
from tests.e2e.process import Serving
from tests.e2e.seeds import RISK, SYSTEM, UNTIL, add_mail_agent
from tests.e2e.sheets import edit_csv, edit_workbook

ROW = "mail-agent/R-8"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A register with two versions of a system."""
    made = tmp_path / "bartizan.db"
    file = add_mail_agent(made)
    file.write_text(file.read_text().replace("status: implemented", "status: planned"))
    assert bartizan("register", "add", file, "--register", made, "--by", "anna") == 0
    return made


def bring_back(page: Page, file: Path) -> None:
    """Hand a file in, and see what it would change."""
    page.goto("/portfolio/exchange")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_role("heading", name="What the file would change")).to_be_visible()


def test_compare_then_out_to_a_spreadsheet_and_back(
    window: Callable[[], Page], serving: Serving, place: Path, tmp_path: Path
) -> None:
    page = window()
    first_administrator(page, serving.link)
    page.goto(f"{SYSTEM}/compare")
    page.get_by_label("From version").select_option("1")
    page.get_by_label("To version").select_option("2")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#content")).to_contain_text("versight")

    page.goto("/portfolio/exchange")
    book = downloaded(page, "Workbook (.xlsx)", tmp_path)
    edit_workbook(book, "Risks", ROW, {"owner": "Grace", "treatment": "mitigate", "reason": "Filter it", "due": UNTIL})
    bring_back(page, book)
    expect(page.get_by_text("would change 4 cells of 1 system")).to_be_visible()
    expect(page.locator("#content")).to_contain_text("Grace")
    page.goto(RISK)
    expect(page.locator("#content")).not_to_contain_text("Grace")
    bring_back(page, book)
    page.get_by_role("button", name="Do this").click()
    page.wait_for_url("**/portfolio")
    page.goto(RISK)
    expect(page.locator("dl.facts").first).to_contain_text("Grace")
    expect(page.locator("#decision")).to_contain_text("Filter it")

    page.goto("/portfolio/exchange")
    table = downloaded(page, "Risks (.csv)", tmp_path)
    edit_csv(table, ROW, {"owner": "=cmd|' /C calc'!A0"})
    bring_back(page, table)
    page.get_by_role("button", name="Do this").click()
    page.wait_for_url("**/portfolio")
    page.goto(f"{SYSTEM}")
    expect(page.locator(f"tr[data-href='{RISK}']")).to_contain_text("=cmd|' /C calc'!A0")
    page.goto("/portfolio/exchange")
    assert "'=cmd" in downloaded(page, "Risks (.csv)", tmp_path).read_text()
    bring_back(page, table)
    expect(page.get_by_text("the register says; nothing would change")).to_be_visible()
    assert bartizan("audit", "verify", "--register", place) == 0
