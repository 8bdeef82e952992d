"""`bartizan serve` for the first time: the link, the account, the stop, the start after it."""

from __future__ import annotations

import signal
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.deeds import PASSWORD, first_administrator
from tests.e2e.process import Serving, running
from tests.e2e.windows import Look, opened


def test_the_first_administrator_is_made_once_and_is_there_after_a_stop(
    browser: Browser, serving: Serving, place: Path
) -> None:
    with opened(browser, serving.address, Look()) as page:
        first_administrator(page, serving.link)
        expect(page.locator(".who")).to_have_text("ada")
    with opened(browser, serving.address, Look()) as page:
        page.goto(serving.link)
        expect(page.get_by_role("alert")).to_contain_text("Ask an administrator for a new one")
        page.goto("/portfolio")
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    secret = serving.link.partition("#")[2]
    assert serving.stop(signal.SIGINT) == 130
    log = serving.log.read_text()
    assert "Traceback" not in log
    assert secret not in log
    assert PASSWORD not in log
    with running(place) as again:
        assert "/link#" not in again.said
        with opened(browser, again.address, Look()) as page:
            page.goto("/audit")
            page.get_by_label("Name").fill("ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url("**/audit")
            expect(page.get_by_role("heading", name="Audit")).to_be_visible()
        assert again.stop(signal.SIGTERM) == -signal.SIGTERM
    assert "Traceback" not in again.log.read_text()
