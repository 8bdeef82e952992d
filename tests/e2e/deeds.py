"""What people do in the web application, by the words that they see on it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PASSWORD = "four random words here"


def first_administrator(page: Page, link: str, name: str = "ada") -> None:
    """Follow the link that the server printed and make the account."""
    page.goto(link)
    expect(page.get_by_role("heading", name="The first administrator")).to_be_visible()
    page.get_by_label("Name to log in with").fill(name)
    _new_password(page)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/portfolio")


def log_in(page: Page, name: str) -> None:
    """By name and password."""
    page.goto("/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/portfolio")


def invited(page: Page, name: str, role: str) -> str:
    """The link for a new user."""
    page.goto("/administration/invite")
    page.get_by_label("Name to log in with").fill(name)
    page.get_by_label("Role").select_option(role)
    page.get_by_role("button", name="Make the link").click()
    return page.locator("#made-link").inner_text()


def follow_invitation(page: Page, link: str) -> None:
    """Choose a password, and be logged in."""
    page.goto(link)
    expect(page.get_by_role("heading", name=re.compile("^Welcome"))).to_be_visible()
    _new_password(page)
    page.get_by_role("button", name="Keep it and log in").click()
    page.wait_for_url("**/portfolio")


def _new_password(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)


def interview(page: Page, system: str, most: int = 60) -> int:
    """Answer every question with its first choice; how many there were."""
    page.goto("/portfolio")
    page.locator("#content").get_by_role("button", name="Start an interview").click()
    page.wait_for_url("**/interviews/*")
    heading = page.locator("#question-title")
    for number in range(most):
        asked = page.locator("form.question")
        if asked.count() == 0:
            return number
        question = heading.inner_text()
        if asked.locator("input[type=text]").count():
            asked.locator("input[type=text]").fill(system)
        elif asked.locator("input[type=checkbox]").count():
            asked.locator("input[type=checkbox]").first.check()
        chosen = asked.get_by_role("button", name="Answer", exact=True)
        (chosen if chosen.count() else asked.locator(".choices button").first).click()
        expect(heading).not_to_have_text(question)
    raise AssertionError("the interview does not end")


def ask_for_acceptance(page: Page, until: str, reason: str) -> None:
    """On a risk's page, ask for its acceptance."""
    form = _decision(page)
    form.locator("input[value=accept]").check()
    form.get_by_role("textbox", name="Reason").fill(reason)
    form.get_by_label("Accepted until").fill(until)
    form.get_by_role("button", name="Decide").click()
    page.wait_for_load_state()


def _decision(page: Page) -> Locator:
    form = page.locator("form[data-decide]")
    if not form.is_visible():
        page.locator("#decision summary", has_text="Decide").click()
    return form


def keep_new_description(page: Page, system: str, old: str, new: str) -> None:
    """Edit the description of a system in the browser, look at what would change, keep it."""
    page.goto(f"/systems/{system}/description/edit")
    source = page.get_by_label("Description", exact=True)
    before = source.input_value()
    assert before.count(old) == 1
    source.fill(before.replace(old, new))
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    page.get_by_role("button", name=re.compile("Keep it as version")).click()
    page.wait_for_load_state()


def downloaded(page: Page, link: str, to: Path) -> Path:
    """Follow a link that downloads; the file."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=link, exact=True).click()
    file = to / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file
