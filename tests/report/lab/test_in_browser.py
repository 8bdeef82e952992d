"""The lab's pages in a browser: points found by keyboard and mouse, dark mode, and nothing asked for outside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bartizan.report.lab.front_page import front_page
from bartizan.report.lab.page import lab_page
from tests.report.lab.measured import EFFECTS, HOSTILE, RUNS, front

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


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page; whatever it complains of or asks for fails the test."""
    faults: list[str] = []
    opened = browser.new_page(color_scheme="dark")
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text))
    opened.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
    yield opened
    opened.close()
    assert faults == []


def opened(page: Page, content: str, folder: Path) -> Page:
    file = folder / "page.html"
    file.write_text(content, encoding="utf-8")
    page.goto(file.as_uri())
    return page


def test_the_arrow_keys_go_from_point_to_point_and_mark_the_same_setting_everywhere(page: Page, tmp_path: Path) -> None:
    opened(page, front_page(front()), tmp_path)
    page.locator(".spot.star").first.focus()
    assert "22 of 100" in page.locator(".told").inner_text()
    assert page.locator("tr.on").inner_text().startswith("sigma=0.1")
    page.keyboard.press("ArrowRight")
    assert page.locator("tr.on").inner_text().startswith("sigma=0.05")
    assert page.locator(".spot.on").count() == 2


def test_a_row_under_the_pointer_marks_its_points(page: Page, tmp_path: Path) -> None:
    opened(page, front_page(front()), tmp_path)
    page.locator("tbody tr").last.hover()
    assert page.locator(".spot.on").count() == 2
    assert "sigma=0.3" in page.locator(".told").inner_text()


def test_a_front_of_hostile_names_runs_nothing(page: Page, tmp_path: Path) -> None:
    opened(page, front_page(front(HOSTILE)), tmp_path)
    assert "<script>alert" in page.locator(".lead").inner_text()


def test_the_page_of_a_run_opens_in_the_dark_without_a_fault_and_fits_a_small_screen(
    page: Page, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    opened(page, lab_page(RUNS, EFFECTS, "Digits under attack"), tmp_path)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / "small.png")
