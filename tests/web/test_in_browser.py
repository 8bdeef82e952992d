"""The frame of the application in a real browser: the first administrator, keys, themes, questions, accessibility."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from bartizan.workflows import accounts
from tests.web.accessibility import violations
from tests.web.browsing import Served, browser, logged_in, served, window  # noqa: F401  fixtures
from tests.web.clients import PASSWORD

PAGES = (
    "/administration",
    "/administration/invite",
    "/administration/users/ada",
    "/administration/sessions",
    "/administration/tokens",
    "/administration/rules",
    "/administration/messages",
    "/administration/outbox",
    "/audit",
    "/account",
    "/nowhere",
)
Scheme = Literal["light", "dark"]


def fits(page: Page) -> bool:
    """Whether nothing but what scrolls by itself is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_first_administrator_follows_the_link_and_invites_somebody(browser: Browser, served: Served) -> None:  # noqa: F811
    code = accounts.first_link(served.register)
    with window(browser, served) as page:
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        page.goto(served.url(f"/link#{code}"))
        expect(page.get_by_role("heading", name="The first administrator")).to_be_visible()
        assert "#" not in page.url
        assert not any(code in url for url in requested)
        assert violations(page) == []
        page.get_by_label("Name to log in with").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("The same again").fill("something else entirely")
        page.get_by_role("button", name="Make the account").click()
        expect(page.locator("#e-again")).to_contain_text("The two passwords differ")
        assert violations(page) == []
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        page.get_by_role("button", name="Make the account").click()
        page.goto(served.url("/administration/invite"))
        page.get_by_label("Name to log in with").fill("grace")
        page.get_by_role("button", name="Make the link").click()
        link = page.locator("#made-link").inner_text()
        assert violations(page) == []
    with window(browser, served) as page:
        page.goto(link)
        expect(page.get_by_role("heading", name="Welcome, grace")).to_be_visible()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        page.get_by_role("button", name="Keep it and log in").click()
        page.goto(served.url("/account"))
        expect(page.get_by_role("heading", name="Account")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_wide_and_narrow_windows(
    browser: Browser,  # noqa: F811
    served: Served,  # noqa: F811
    scheme: Scheme,
) -> None:
    served.people.add("sam", "viewer", shown="Sam <b>O’Neil</b> " + "x" * 80)
    for width in (1280, 390):
        with logged_in(browser, served, scheme=scheme, width=width) as page:
            for path in PAGES:
                page.goto(served.url(path))
                assert violations(page) == [], (path, width)
                assert fits(page), (path, width)
        with window(browser, served, scheme=scheme, width=width) as page:
            for path in ("/login", "/link"):
                page.goto(served.url(path))
                assert violations(page) == [], (path, width)
                assert fits(page), (path, width)


def test_the_keyboard_alone_is_enough(browser: Browser, served: Served) -> None:  # noqa: F811
    served.people.add("sam", "viewer")
    with logged_in(browser, served) as page:
        page.goto(served.url("/audit"))
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("a")
        page.wait_for_url("**/administration")
        page.keyboard.press("/")
        expect(page.get_by_label("Find")).to_be_focused()
        page.keyboard.type("j sam")
        expect(page.get_by_label("Find")).to_have_value("j sam")
        page.goto(served.url("/administration"))
        for key in ("j", "j", "k", "j", "Enter"):
            page.keyboard.press(key)
        page.wait_for_url("**/administration/users/sam")


def test_a_row_opens_by_a_click_anywhere_in_it(browser: Browser, served: Served) -> None:  # noqa: F811
    with logged_in(browser, served) as page:
        page.goto(served.url("/administration"))
        page.get_by_role("cell", name="administrator everywhere").click()
        page.wait_for_url("**/administration/users/ada")


def test_what_cannot_be_undone_is_asked_first(browser: Browser, served: Served) -> None:  # noqa: F811
    served.people.add("sam", "viewer")
    with logged_in(browser, served) as page:
        page.goto(served.url("/administration/users/sam"))
        page.get_by_role("button", name="Shut out").click()
        expect(page.get_by_role("dialog")).to_contain_text("Shut Sam out?")
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.get_by_role("button", name="Shut out").click()
        page.get_by_role("dialog").get_by_role("button", name="Yes").click()
        expect(page.locator("#notices")).to_contain_text("They can log in no more")
        page.reload()
        expect(page.locator("#notices")).to_be_empty()


def test_the_theme_holds_from_the_first_byte(browser: Browser, served: Served) -> None:  # noqa: F811
    with logged_in(browser, served, scheme="light") as page:
        page.goto(served.url("/account"))
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Dark").click()
        page.wait_for_load_state()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
        answer = page.request.get(served.url("/account"))
        assert re.search(r'<html[^>]* data-theme="dark"', answer.text())


def test_a_page_without_scripts_still_does_its_work(browser: Browser, served: Served) -> None:  # noqa: F811
    served.people.add("ada", "administrator")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.url("/login?next=/account"))
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#notices")).to_contain_text("Your details are saved.")
    context.close()
