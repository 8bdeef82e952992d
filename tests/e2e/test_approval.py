"""Two people: one asks for the acceptance of a risk, the other approves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cli.running import bartizan
from tests.e2e.deeds import ask_for_acceptance, first_administrator, follow_invitation, invited
from tests.e2e.process import Serving
from tests.e2e.seeds import RISK, UNTIL, add_mail_agent


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A register that has a system already."""
    made = tmp_path / "bartizan.db"
    add_mail_agent(made)
    return made


def test_one_asks_and_another_approves(window: Callable[[], Page], serving: Serving, place: Path) -> None:
    ada, ben = window(), window()
    first_administrator(ada, serving.link)
    follow_invitation(ben, invited(ada, "ben", "approver"))
    ada.goto(RISK)
    ask_for_acceptance(ada, UNTIL, "One office, a short pilot")
    expect(ada.locator("#notices")).to_contain_text("somebody else must approve it")
    expect(ada.locator("#decision")).to_contain_text("You asked for it, so somebody else must approve it.")
    expect(ada.get_by_role("button", name="Approve")).to_have_count(0)
    ben.goto(RISK)
    expect(ben.locator("#decision")).to_contain_text("One office, a short pilot")
    ben.get_by_role("button", name="Approve").click()
    expect(ben.locator("#notices")).to_contain_text("is approved and holds")
    ada.reload()
    expect(ada.locator("#decision")).to_contain_text("approved by ben")
    ada.goto("/systems/mail-agent")
    expect(ada.locator(f"tr[data-href='{RISK}']")).to_contain_text("accept")
    assert bartizan("audit", "verify", "--register", place) == 0


def test_who_asked_cannot_approve_by_an_address_either(window: Callable[[], Page], serving: Serving) -> None:
    ada = window()
    first_administrator(ada, serving.link)
    ada.goto(RISK)
    ask_for_acceptance(ada, UNTIL, "A short pilot")
    form: dict[str, str | float | bool] = {"csrf": ada.locator("input[name=csrf]").first.input_value(), "revision": "0"}
    answer = ada.request.post(f"{RISK}/decisions/1/approve", form=form)
    assert "is approved and holds" not in answer.text()
    ada.reload()
    expect(ada.locator("#decision")).to_contain_text("waits for approval")
