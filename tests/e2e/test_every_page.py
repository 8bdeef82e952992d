"""Every page, wide and narrow, light and dark: accessible, as wide as its window, quiet, and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec
import pytest
from playwright.sync_api import Browser, Page

from bartizan.core.terms import Treatment
from bartizan.register.opening import open_register
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice
from bartizan.workflows.desk import Desk
from bartizan.workflows.interviewing import Interviews
from tests.e2e.deeds import log_in
from tests.e2e.seeds import RISK, SYSTEM
from tests.e2e.windows import Look, opened, watch
from tests.report.dossiers import AGENT, EXAMPLES
from tests.web.accessibility import violations
from tests.web.browsing import serving as serving_here

TABS = (
    "",
    "/map",
    "/controls",
    "/plan",
    "/suppliers",
    "/questions",
    "/description",
    "/description/edit",
    "/history",
    "/compare",
    "/reports",
    "/settings",
)
PAGES = (
    "/portfolio",
    "/portfolio/new",
    "/portfolio/exchange",
    "/portfolio/upgrade",
    "/risks",
    "/catalogue",
    "/catalogue/matrix",
    "/catalogue/controls",
    "/catalogue/maps",
    "/catalogue/navigator",
    "/catalogue/threats/indirect_prompt_injection",
    "/catalogue/controls/oversight",
    "/interviews",
    "/reviews",
    "/reviews/mail-agent",
    "/suppliers",
    "/suppliers/northwind-ai",
    "/evidence",
    "/evidence/import",
    "/evidence/import/mail-agent",
    "/audit",
    "/work",
    "/account",
    "/administration",
    "/administration/invite",
    "/administration/users/ada",
    "/administration/sessions",
    "/administration/tokens",
    "/administration/rules",
    "/nowhere",
)
ADDRESSES = (
    *PAGES,
    *(SYSTEM + tab for tab in TABS),
    f"{SYSTEM}/compare?before=1&after=2",
    RISK,
    f"{SYSTEM}/risks/1",
    "/interviews/INTERVIEW",
)
LOOKS: tuple[tuple[int, Literal["light", "dark"], tuple[str, ...]], ...] = (
    (1280, "light", ()),
    (1280, "dark", ("color-contrast",)),
    (390, "light", ("target-size", "scrollable-region-focusable", "color-contrast")),
    (390, "dark", ("scrollable-region-focusable",)),
)
"""Width, theme, and what to look at with axe: everything once, then what the width or the theme may change."""
_WIDE = """[...document.querySelectorAll("body *")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, nav, pre"))
  .slice(0, 5).map((e) => e.outerHTML.slice(0, 120))"""
"""What sticks out, so that a failure says it."""


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """The window, what it complained about since the list was cleared, and the id of an interview under way."""

    page: Page
    faults: list[str]
    interview: str


def _filled(desk: Desk) -> str:
    """Two systems with decisions, versions and an interview under way; the address of the interview."""
    keeping.keep(desk, AGENT, file="system.yaml", by="anna")
    for treatment, number in ((Treatment.ACCEPT, 8), (Treatment.ACCEPT, 1), (Treatment.MITIGATE, 2)):
        until = "2027-05-31" if treatment is Treatment.ACCEPT else ""
        choice = Choice(treatment=treatment, reason="A short pilot", until=until, owner="Grace")
        made = keeping.decide(desk, "mail-agent", number, choice, by="anna")
        if number == 8:
            keeping.approve(desk, "mail-agent", made.number, by="ben")
    keeping.keep(desk, AGENT.replace("status: implemented", "status: planned"), file="system.yaml", by="anna")
    keeping.keep_file(desk, EXAMPLES[-1], by="anna")
    held = Interviews(desk)
    under_way = held.start(by="ada")
    held.answer(under_way.kept.id, "name", "Help desk", by="ada", revision=0)
    return under_way.kept.id


@pytest.fixture(scope="module")
def office(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One window of an administrator over a register with something of everything in it."""
    register = open_register(tmp_path_factory.mktemp("pages") / "register.db")
    try:
        desk = Desk(register)
        interview = _filled(desk)
        with serving_here(desk) as running, opened(browser, running.address, Look()) as page:
            running.people.add("ada", "administrator")
            log_in(page, "ada")
            yield Office(page=page, faults=watch(page, running.address), interview=interview)
    finally:
        register.close()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_accessible_fits_and_is_quiet(office: Office, address: str) -> None:
    page, path = office.page, address.replace("INTERVIEW", office.interview)
    office.faults.clear()
    wrong: list[str] = []
    for width, scheme, rules in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == (404 if address == "/nowhere" else 200)
        wrong += [f"{width} {scheme}: {one}" for one in violations(page, rules)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            wrong.append(f"wider than {width}: {page.evaluate(_WIDE)}")
    assert wrong == []
    assert office.faults == []
