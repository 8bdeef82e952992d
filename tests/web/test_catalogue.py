"""The catalogue in the browser: its tables, the graph, each threat and control, beside the systems one may see."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from bartizan.catalog.load import load_catalog
from bartizan.core.terms import EDITIONS, ControlId, Edition, Outcome, ThreatId
from bartizan.register.opening import open_register
from bartizan.report.catalog_page import Part
from bartizan.web.catalogue_entries import Leads
from bartizan.web.catalogue_frame import found_by
from bartizan.web.catalogue_graph import around, overview
from bartizan.web.catalogue_picture import around_picture, overview_picture
from bartizan.web.periodic import controls_in, table
from bartizan.workflows import catalogue_desk, keeping
from bartizan.workflows.catalogue_desk import concerned, outcomes_of, standing
from bartizan.workflows.desk import Desk
from tests.report.dossiers import AGENT
from tests.web.accessibility import violations
from tests.web.browsing import Served, browser, logged_in, serving  # noqa: F401
from tests.web.clients import People, Visitor, text_of
from tests.web.one_system import WORST

CATALOG = load_catalog()
HOSTILE_WORDS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "%00",
    "(((",
    "\\",
    "x" * 5000,
    "' OR 1=1",
)


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """A desk whose register keeps the agent."""
    keeping.keep(desk, AGENT, file="system.yaml", by="anna", system="agent")
    return desk


# the periodic table


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_row_of_the_page_is_a_row_of_the_edition(as_viewer: Visitor, edition: Edition) -> None:
    page = as_viewer.get(f"/catalogue?edition={edition}")
    found = table(CATALOG, edition)
    assert page.status_code == 200
    assert page.text.count('<tr id="row-') == len(found.rows) == found.total
    for row in found.rows:
        assert html.escape(row.line.label) in page.text


def test_an_edition_without_the_table_says_what_is_shown_instead(as_viewer: Visitor) -> None:
    assert "prints no periodic table" in text_of(as_viewer.get("/catalogue?edition=2023"))
    assert "prints no periodic table" not in text_of(as_viewer.get("/catalogue"))


def test_spans_of_rows_add_up_to_the_rows() -> None:
    for edition in EDITIONS:
        rows = table(CATALOG, edition).rows
        assert sum(row.assets for row in rows) == sum(row.surfaces for row in rows) == len(rows)
        assert rows[0].assets > 0


def test_a_control_leaves_the_threats_that_it_treats(as_viewer: Visitor) -> None:
    found = table(CATALOG, 2026, control="rate_limit")
    assert 0 < len(found.rows) < found.total
    for row in found.rows:
        assert any(c.id == "rate_limit" for cell in row.line.cells for c in cell.controls)
    page = as_viewer.get("/catalogue?control=rate_limit")
    assert page.text.count('<tr id="row-') == len(found.rows)
    assert f"{len(found.rows)} of {found.total} threats have" in text_of(page)


@pytest.mark.parametrize(
    ("words", "threat"), [("evas", "evasion"), ("POISON sup", "supply_model_poison"), ("rate lim", "evasion")]
)
def test_words_find_threats_by_their_names_and_their_controls(words: str, threat: str) -> None:
    found = table(CATALOG, 2026, words=words)
    assert threat in {row.line.threat for row in found.rows}
    assert len(found.rows) < found.total


def test_words_that_stand_elsewhere_are_found_elsewhere(as_viewer: Visitor) -> None:
    said = text_of(as_viewer.get("/catalogue?q=jailbreak"))
    assert "Elsewhere in the catalogue" in said
    assert "No threat of the table is like that" in text_of(as_viewer.get("/catalogue?q=zzzz"))


def test_beside_a_system_a_threat_that_does_not_apply_is_grey(kept: Desk, as_viewer: Visitor) -> None:
    page = as_viewer.get("/catalogue?system=agent")
    found = table(CATALOG, 2026, standing=standing(kept, "agent", 2026))
    assert page.text.count('class="greyed') == sum(row.away for row in found.rows) > 0
    outcomes = outcomes_of(keeping.look(kept, "agent").assessment)
    assert outcomes[ThreatId("indirect_prompt_injection")] is Outcome.APPLIES
    row = next(row for row in found.rows if row.line.threat == "indirect_prompt_injection")
    assert row.outcome is Outcome.APPLIES
    assert not row.away
    assert "verdict applies" in page.text


def test_a_verdict_that_waits_for_an_answer_is_marked_and_not_grey(desk: Desk, as_viewer: Visitor) -> None:
    text = "name: Vague\ncomponents:\n  - {id: model, kind: model}\n"
    keeping.keep(desk, text, file="system.yaml", by="anna", system="vague")
    found = table(CATALOG, 2026, standing=standing(desk, "vague", 2026))
    waiting = [row for row in found.rows if row.outcome is Outcome.UNKNOWN]
    assert waiting
    assert not any(row.away for row in waiting)
    page = as_viewer.get("/catalogue?system=vague")
    assert page.text.count("verdict unknown") == len(waiting)


def test_the_strongest_verdict_of_all_components_counts(kept: Desk) -> None:
    made = keeping.look(kept, "agent").assessment
    outcomes = outcomes_of(made)
    for verdict in made.verdicts:
        if verdict.outcome is Outcome.APPLIES:
            assert outcomes[verdict.threat] is Outcome.APPLIES


def test_chips_say_how_far_a_control_is_at_the_system(kept: Desk, as_viewer: Visitor) -> None:
    found = standing(kept, "agent", 2026)
    assert found.statuses[ThreatId("direct_prompt_injection"), ControlId("rate_limit")].value == "verified"
    assert "s-verified" in as_viewer.get("/catalogue?system=agent").text


def test_a_system_that_one_may_not_see_is_not_offered_and_refused(kept: Desk, people: People) -> None:
    keeping.keep(kept, AGENT.replace("Mail agent", "Secret"), file="system.yaml", by="anna", system="secret")
    sam = people.log_in("sam", "viewer", "agent")
    page = sam.get("/catalogue")
    assert "Mail agent" in page.text
    assert "Secret" not in page.text
    assert sam.get("/catalogue?system=secret").status_code == 403
    assert sam.get("/catalogue?system=agent").status_code == 200


def test_the_catalogue_is_for_everybody_who_is_logged_in(people: People) -> None:
    nobody_special = people.log_in("newcomer")
    for path in ("", "/matrix", "/controls", "/navigator", "/maps", "/threats/evasion", "/controls/rate_limit"):
        assert nobody_special.get(f"/catalogue{path}").status_code == 200, path


def test_an_unknown_system_is_not_found(as_admin: Visitor) -> None:
    assert as_admin.get("/catalogue?system=nowhere").status_code == 404


@pytest.mark.parametrize("words", HOSTILE_WORDS)
@pytest.mark.parametrize("path", ["", "/matrix", "/controls", "/navigator", "/threats/evasion"])
def test_strange_words_are_only_words(as_viewer: Visitor, path: str, words: str) -> None:
    asked = dict.fromkeys(("q", "edition", "control", "short", "focus"), words)
    answer = as_viewer.get(f"/catalogue{path}", params=asked)
    assert answer.status_code == 200
    assert not re.search(r"<script>|<img ", answer.text)


@pytest.mark.parametrize("name", WORST)
def test_names_of_strangers_are_only_text(desk: Desk, as_viewer: Visitor, name: str) -> None:
    text = AGENT.replace("name: Mail agent", f"name: {json.dumps(name[:200])}")
    keeping.keep(desk, text, file="system.yaml", by="anna", system="agent")
    for path in ("/catalogue?system=agent", "/catalogue/threats/indirect_prompt_injection"):
        answer = as_viewer.get(path)
        assert answer.status_code == 200
        assert not re.search(r"<script>|<img ", answer.text)


# matrix, overview, maps


@pytest.mark.parametrize("query", ["", "?edition=2025", "?edition=2023", "?short=yes", "?q=leak", "?edition=1999"])
def test_the_matrix_is_shown_for_each_edition(as_viewer: Visitor, query: str) -> None:
    answer = as_viewer.get(f"/catalogue/matrix{query}")
    assert answer.status_code == 200
    assert ("prints no such matrix" in text_of(answer)) == ("2023" in query)


def test_every_control_of_an_edition_stands_in_its_overview(as_viewer: Visitor) -> None:
    for edition in EDITIONS:
        page = as_viewer.get(f"/catalogue/controls?edition={edition}").text
        for control in CATALOG.controls.values():
            if edition in control.names:
                assert f'href="/catalogue/controls/{control.id}"' in page, control.id


def test_every_map_has_its_page_and_an_unknown_one_says_which_there_are(as_viewer: Visitor) -> None:
    for one in CATALOG.maps:
        assert html.escape(one.title) in as_viewer.get(f"/catalogue/maps/{one.id}").text
    answer = as_viewer.get("/catalogue/maps/2026_generall")
    assert answer.status_code == 404
    assert "2026_general" in answer.text


# the navigator


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_list_and_the_drawing_say_the_same(edition: Edition) -> None:
    found = overview(CATALOG, edition)
    drawn = overview_picture(found, lambda name: f"?focus={name}")
    threats = [node.id for part in found.threats for node in part.nodes]
    assert drawn.count('<path d="') == len(found.links) == sum(len(found.controls_of(t)) for t in threats)
    for name in (*threats, *(node.id for node in found.controls)):
        assert f'href="?focus={name}"' in drawn


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_threat_and_control_has_a_neighbourhood(edition: Edition) -> None:
    for name in (*CATALOG.threats, *CATALOG.controls):
        found = around(CATALOG, name, edition)
        nodes = [node for part in found.left + found.right for node in part.nodes]
        assert around_picture(found, str).count("<a ") == len(nodes)
        assert name not in {node.id for node in nodes}


def test_neighbours_know_of_each_other() -> None:
    of_evasion = {node.id for part in around(CATALOG, "evasion", 2026).right for node in part.nodes}
    assert "rate_limit" in of_evasion
    of_limit = {node.id for part in around(CATALOG, "rate_limit", 2026).left for node in part.nodes}
    assert "evasion" in of_limit


def test_a_name_goes_to_its_neighbourhood_and_words_to_what_has_them(as_viewer: Visitor) -> None:
    assert "Navigator: Evasion" in text_of(as_viewer.get("/catalogue/navigator?q=Evasion"))
    assert "Navigator: Evasion" in text_of(as_viewer.get("/catalogue/navigator?focus=evasion"))
    several = as_viewer.get("/catalogue/navigator?q=poisoning").text
    assert "entries for" in several
    assert 'class="node threat hit"' in several


def test_an_unknown_focus_offers_the_nearest_name(as_viewer: Visitor) -> None:
    said = text_of(as_viewer.get("/catalogue/navigator?focus=evasoin"))
    assert "No edition has a threat or control named “evasoin”" in said
    assert "Did you mean" in said


# threats and controls


def test_every_threat_and_control_has_a_page(as_viewer: Visitor) -> None:
    for threat in CATALOG.threats.values():
        answer = as_viewer.get(f"/catalogue/threats/{threat.id}")
        assert answer.status_code == 200
        if threat.permalink:
            assert threat.permalink in answer.text
    for control in CATALOG.controls.values():
        assert as_viewer.get(f"/catalogue/controls/{control.id}").status_code == 200


def test_a_threats_page_has_names_rule_controls_and_mappings(as_viewer: Visitor) -> None:
    page = as_viewer.get("/catalogue/threats/indirect_prompt_injection")
    said = text_of(page)
    for words in (
        "When it applies",
        "Possible if",
        "Why they help",
        "In other lists",
        "OWASP Top 10",
        "Example",
    ):
        assert words in said, words
    assert 'href="/catalogue/controls/' in page.text
    assert "https://owaspai.org/go/" in page.text


def test_systems_with_the_risk_now_are_named_where_one_may_see_them(kept: Desk, people: People) -> None:
    keeping.keep(kept, AGENT.replace("Mail agent", "Secret"), file="system.yaml", by="anna", system="secret")
    sam, vera = people.log_in("sam", "viewer", "agent"), people.log_in("vera", "viewer")
    for path in ("threats/indirect_prompt_injection", "controls/prompt_injection_io_handling"):
        mine, all_ = sam.get(f"/catalogue/{path}").text, vera.get(f"/catalogue/{path}").text
        assert "/systems/agent/risks/" in mine
        assert "Secret" not in mine
        assert "/systems/secret/risks/" in all_
    assert concerned(kept, [ThreatId("indirect_prompt_injection")], frozenset()) == ()


def test_a_system_without_the_risk_is_not_named(kept: Desk, as_viewer: Visitor) -> None:
    assert "No system that you may see" in text_of(as_viewer.get("/catalogue/threats/dev_model_poison"))


def test_a_variant_tells_of_the_risk_that_it_is_a_way_to(kept: Desk, as_viewer: Visitor) -> None:
    assert "of which this is a way" in text_of(as_viewer.get("/catalogue/threats/stored_injection"))


def test_an_unknown_name_is_a_404_with_the_nearest_name(as_viewer: Visitor) -> None:
    answer = as_viewer.get("/catalogue/threats/evasio")
    assert answer.status_code == 404
    assert 'href="/catalogue/threats/evasion"' in answer.text
    for strange in ("%3Cscript%3E", "..%2f..", "x" * 3000, "%00", "%F0%9F%94%92"):
        answer = as_viewer.get(f"/catalogue/controls/{strange}")
        assert answer.status_code == 404, strange
        assert "<script>" not in answer.text


def test_an_old_name_leads_to_the_page_of_what_it_is_now(as_viewer: Visitor) -> None:
    answer = as_viewer.get("/catalogue/threats/RATELIMIT")
    assert (answer.status_code, answer.headers["location"]) == (303, "/catalogue/controls/rate_limit")
    assert found_by(CATALOG, "evasion")[1] == "evasion"


def test_names_in_a_written_page_lead_to_our_pages() -> None:
    leads = Leads(CATALOG, 2026)
    for control in CATALOG.controls.values():
        part = catalogue_part(control.title, control.permalink)
        assert leads.to(part).startswith("/catalogue/"), control.id


def catalogue_part(text: str, to: str) -> Part:
    """A name as a chip."""
    return Part(text, "chip", to=to)


def test_a_register_with_many_systems_offers_the_worst_and_takes_an_id(
    kept: Desk, as_viewer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.keep(kept, AGENT.replace("Mail agent", "Second"), file="system.yaml", by="anna", system="second")
    monkeypatch.setattr(catalogue_desk, "CHOICES", 1)
    assert '<datalist id="q-systems">' in as_viewer.get("/catalogue?system=second").text


def test_what_a_control_is_offered_for_is_what_the_table_prints() -> None:
    for edition in EDITIONS:
        names = [name for _, name in controls_in(CATALOG, edition)]
        assert names == sorted(names, key=str.casefold)
        assert len(names) > 15


# in a browser

PATHS = (
    "",
    "?system=agent",
    "/matrix",
    "/controls",
    "/navigator",
    "/navigator?focus=evasion",
    "/maps",
    "/threats/indirect_prompt_injection",
    "/controls/rate_limit",
    "/threats/nothing",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The agent, served."""
    place: Path = tmp_path_factory.mktemp("served") / "register.db"
    register = open_register(place)
    desk = Desk(register)
    keeping.keep(desk, AGENT, file="system.yaml", by="anna", system="agent")
    try:
        with serving(desk) as served:
            yield served
    finally:
        register.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_catalogue_is_for_all_eyes(
    browser: Browser,  # noqa: F811  the fixture of that name
    running: Served,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    with logged_in(browser, running, scheme=scheme, width=width) as page:
        for path in PATHS if width > 1000 else PATHS[::3]:
            page.goto(running.url(f"/catalogue{path}"))
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_what_a_chip_is_shows_on_focus_and_goes_with_escape(
    browser: Browser,  # noqa: F811
    running: Served,
) -> None:
    with logged_in(browser, running) as page:
        page.goto(running.url("/catalogue"))
        chip = page.locator("a.chip").first
        tip = page.locator(f"#{chip.get_attribute('aria-describedby')}")
        assert not tip.is_visible()
        chip.focus()
        assert tip.is_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        assert not tip.is_visible()
        page.locator("a.chip").nth(3).hover()
        page.locator(".tip:visible").wait_for()
        assert page.locator(".tip:visible").count() == 1


def test_the_table_follows_what_is_typed(browser: Browser, running: Served) -> None:  # noqa: F811
    with logged_in(browser, running) as page:
        page.goto(running.url("/catalogue"))
        page.get_by_label("Search").fill("exfiltration")
        page.locator("#found", has_text="of 18 threats").wait_for()
        assert page.locator(".periodic tbody tr").count() < 18
        assert "q=exfiltration" in page.url


def test_the_graph_is_walked_by_keyboard(browser: Browser, running: Served) -> None:  # noqa: F811
    with logged_in(browser, running) as page:
        page.goto(running.url("/catalogue/navigator"))
        node = page.locator(".graph a[data-node='evasion']")
        node.focus()
        assert page.locator(".graph .tie.on").count() > 3
        page.keyboard.press("Enter")
        page.wait_for_url("**/navigator?focus=evasion")
        page.locator(".graph a[data-node='rate_limit']").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/navigator?focus=rate_limit")
