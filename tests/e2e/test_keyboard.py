"""Without a mouse: log in, go to the portfolio, open a system and a risk, decide, log out; the focus is always seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.deeds import PASSWORD, first_administrator
from tests.e2e.process import Serving
from tests.e2e.seeds import add_mail_agent

_SEEN = """() => {
  const on = document.activeElement;
  if (on === null || on === document.body) return false;
  const ring = (element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  };
  const box = on.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const also = on.closest("label") ?? on;
  if (on.type === "date" && !on.matches(":focus-visible")) return inside;  // its calendar button, which shows it itself
  return inside && on.matches(":focus-visible") && (ring(on) || ring(also));
}"""
_WHAT = "() => document.activeElement.outerHTML.slice(0, 150)"
_MOST = 120


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A register that has a system already."""
    made = tmp_path / "bartizan.db"
    add_mail_agent(made)
    return made


def press(page: Page, *keys: str) -> None:
    """Press keys one after another; whatever has the focus then must show it."""
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, and see the focus on each on the way; at most once round the page."""
    rounds = 0
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement === document.body"):
            rounds += 1
            assert rounds == 1, f"{selector} is not reached by Tab"
            continue
        assert page.evaluate(_SEEN), f"the focus cannot be seen: {page.evaluate(_WHAT)}"
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_the_keyboard_alone_is_enough_to_decide(window: Callable[[], Page], serving: Serving) -> None:
    first_administrator(window(), serving.link)
    page = window()
    page.goto("/login")
    tab_to(page, "#f-name")
    page.keyboard.type("ada")
    tab_to(page, "#f-password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/portfolio")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    assert page.evaluate(_SEEN)
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()

    press(page, "g", "l")
    page.wait_for_url("**/audit")
    press(page, "g", "p")
    page.wait_for_url("**/portfolio")
    press(page, "j")
    assert page.evaluate(_SEEN)
    press(page, "Enter")
    page.wait_for_url("**/systems/mail-agent")
    press(page, "j", "j", "k")
    assert page.evaluate(_SEEN)
    press(page, "Enter")
    page.wait_for_url("**/risks/*")

    tab_to(page, "#decide-treatment, input[name=treatment]")
    page.keyboard.press("Space")
    expect(page.locator("input[value=mitigate]")).to_be_checked()
    tab_to(page, "#decide-reason")
    page.keyboard.type("The vendor mends it")
    tab_to(page, "form[data-decide] button")
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("is kept")
    expect(page.locator("#decision")).to_contain_text("The vendor mends it")
    tab_to(page, "form[action='/logout'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
