"""The portfolio: how all systems stand, what is found among them, what comes in and goes out."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import httpx
import pytest
from playwright.sync_api import Browser

from bartizan.register import systems as store
from bartizan.register.opening import Register
from bartizan.register.portfolio import Filters
from bartizan.workflows import keeping
from bartizan.workflows.desk import Desk
from bartizan.workflows.portfolio import view
from tests.register.databases import Clock
from tests.report.dossiers import AGENT
from tests.web.accessibility import violations
from tests.web.browsing import Served, browser, logged_in, served  # noqa: F401
from tests.web.clients import People, Visitor, text_of
from tests.web.systems import ATTACK, MAIL, SHOP, hostile, mail_and_shop

BOM = """{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
 {"type": "machine-learning-model", "name": "Summary model", "bom-ref": "m1"}]}"""


def _rows(answer: httpx.Response) -> list[str]:
    return re.findall(r'<tr data-href="([^"]+)"', answer.text)


# how all stand


def test_an_empty_portfolio_says_what_to_do_first(as_assessor: Visitor, as_viewer: Visitor) -> None:
    assert "Start an interview" in as_assessor.get("/portfolio").text
    page = as_viewer.get("/portfolio")
    assert page.status_code == 200
    assert "Start an interview" not in page.text


def test_the_first_line_counts_systems_risks_without_a_decision_and_reviews_that_are_due(
    people: People, desk: Desk, clock: Clock
) -> None:
    mail_and_shop(desk)
    totals = view(desk, Filters()).totals
    said = text_of(people.log_in("vera", "viewer").get("/portfolio"))
    assert f"2 systems: {totals.untreated} risks above appetite have no decision ." in said
    clock.forward(days=400)
    assert "; 2 systems are due for review ." in text_of(people.log_in("vera").get("/portfolio"))


def test_a_cell_of_the_heat_map_opens_exactly_the_risks_that_it_counts(as_viewer: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    page = as_viewer.get("/portfolio").text
    cells = re.findall(r'<td class="h\d"><a href="([^"]+)"[^>]*>(\d+)</a>', page)
    assert len(cells) > 3
    for href, count in cells:
        assert len(_rows(as_viewer.get(href.replace("&amp;", "&")))) == int(count)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=MAIL", [MAIL]),
        ("owner=office of the ceo", [MAIL]),
        ("supplier=halcyon models", [SHOP]),
        ("worst=5", [MAIL]),
        ("due=overdue", []),
        ("archived=yes", []),
        ("archived=all&sort=name", [MAIL, SHOP]),
        ("sort=-name", [SHOP, MAIL]),
        ("sort=owner&page=x&worst=%C2%B2", [SHOP, MAIL]),
        ("page=999", []),
    ],
)
def test_the_table_is_filtered_and_sorted(as_viewer: Visitor, desk: Desk, query: str, found: list[str]) -> None:
    mail_and_shop(desk)
    page = as_viewer.get(f"/portfolio?{query}")
    assert page.status_code == 200
    assert _rows(page) == [f"/systems/{name}" for name in found]


def test_the_course_is_told_in_words_once_there_are_two_days(people: People, desk: Desk, clock: Clock) -> None:
    mail_and_shop(desk)
    assert "one day so far" in text_of(people.log_in("vera", "viewer").get("/portfolio"))
    clock.forward(days=30)
    keeping.keep(desk, AGENT, file="system.yaml", by="anna")
    page = text_of(people.log_in("vera").get("/portfolio"))
    assert re.search(r"\d+ risks above appetite, up from \d+ on 22 Nov 2026; there is 1 more system since", page)


def test_a_person_sees_only_their_systems_everywhere(people: People, desk: Desk) -> None:
    mail_and_shop(desk)
    sam = people.log_in("sam", "viewer", SHOP)
    for path in (
        "/portfolio?archived=all",
        "/risks?state=any",
        "/reviews",
        "/suppliers",
        "/evidence",
        "/portfolio/exchange",
    ):
        page = sam.get(path)
        assert page.status_code == 200, path
        assert MAIL not in page.text, path
        assert "Northwind" not in page.text, path
    assert "1 system:" in text_of(sam.get("/portfolio"))
    assert f"{MAIL}/" not in sam.get("/portfolio/export/csv").text
    assert f"{SHOP}/R-1" in sam.get("/portfolio/export/csv").text
    assert MAIL not in sam.get("/portfolio/upgrade?edition=2023").text
    assert sam.get("/suppliers/northwind-ai").status_code == 404
    assert sam.get(f"/reviews/{MAIL}").status_code == 403
    assert sam.get(f"/risks?system={MAIL}").text.count("<tr data-href") == 0


def test_somebody_without_a_role_sees_no_page_of_many_systems(people: People, desk: Desk) -> None:
    mail_and_shop(desk)
    nobody = people.log_in("nina")
    for path in ("/portfolio", "/risks", "/reviews", "/suppliers", "/evidence", "/work", "/portfolio/export/csv"):
        assert nobody.get(path).status_code == 403, path


# risks of all systems


@pytest.mark.parametrize(
    "query",
    ["q=prompt", "level=5", "treatment=none&above=yes", "state=gone", "state=undecided", f"system={SHOP}", "owner=x"],
)
def test_the_search_finds_what_the_register_finds(as_viewer: Visitor, desk: Desk, query: str) -> None:
    mail_and_shop(desk)
    page = as_viewer.get(f"/risks?{query}")
    assert page.status_code == 200
    rows = _rows(page)
    assert all(re.fullmatch(r"/systems/[a-z-]+/risks/\d+", row) for row in rows)
    assert bool(rows) == (query not in {"state=gone", "state=undecided", "owner=x"})


def test_the_pages_of_a_search_hold_every_risk_once(as_viewer: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    hostile(desk)
    keeping.keep(desk, AGENT, file="system.yaml", by="anna")
    total = view(desk, Filters()).totals.risks
    seen: list[str] = []
    place = "/risks"
    while place:
        page = as_viewer.get(place)
        seen += _rows(page)
        onward = re.search(r'href="([^"]+)" rel="next"', page.text)
        place = onward[1].replace("&amp;", "&") if onward else ""
    assert len(seen) == len(set(seen)) == total > 50


@pytest.mark.parametrize("after", ["", "x", "5", "5.x", "5.mail.²", "9999999999999.a.1", "5.%00.1", "-1.a.-1"])
def test_an_address_that_says_no_place_begins_at_the_first(as_viewer: Visitor, desk: Desk, after: str) -> None:
    mail_and_shop(desk)
    assert as_viewer.get(f"/risks?after={after}").status_code == 200


# a new system


def test_a_pasted_description_is_kept_and_rated(as_assessor: Visitor, register: Register) -> None:
    done = as_assessor.post("/portfolio/new", {"text": AGENT, "note": "first"})
    assert done.headers["location"] == "/systems/mail-agent"
    with register.read() as connection:
        assert store.system(connection, "mail-agent").risks > 0


def test_all_that_is_wrong_with_a_description_is_told_with_its_line_and_nothing_is_kept(
    as_assessor: Visitor, register: Register
) -> None:
    text = AGENT.replace("kind: model", "kind: modle").replace("crowd: public", "crowd: everybody")
    files = {"file": ("mine.yaml", text.encode(), "text/yaml")}
    answer = as_assessor.post("/portfolio/new", {"text": ""}, files=files)
    assert answer.status_code == 422
    assert "modle" in answer.text
    assert "Line 5" in answer.text
    with register.read() as connection:
        assert not store.systems(connection)


def test_a_text_that_would_be_cut_is_refused(as_assessor: Visitor, register: Register) -> None:
    answer = as_assessor.post("/portfolio/new", {"text": AGENT + "# more\n" * 15_000})
    assert answer.status_code == 422
    assert "would be cut" in answer.text
    with register.read() as connection:
        assert not store.systems(connection)


def test_a_description_of_a_known_name_asks_before_it_becomes_the_next_version(
    as_assessor: Visitor, register: Register
) -> None:
    as_assessor.post("/portfolio/new", {"text": AGENT})
    changed = AGENT.replace("owner: Office", "owner: Board")
    asked = as_assessor.post("/portfolio/new", {"text": changed})
    assert asked.status_code == 409
    assert "Keep it as the next version of Mail agent" in asked.text
    with register.read() as connection:
        assert store.system(connection, "mail-agent").version == 1
    assert as_assessor.post("/portfolio/new", {"text": changed, "system": "mail-agent"}).status_code == 303
    with register.read() as connection:
        assert store.system(connection, "mail-agent").version == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"a: &a [*a]", b"\x00", b"<xml/>", b"- " * 50_000, b"name: [", b"PK\x03\x04"],
)
def test_a_hostile_description_gets_a_message_and_changes_nothing(
    as_assessor: Visitor, register: Register, content: bytes
) -> None:
    for path, field in (("/portfolio/new", "file"), ("/portfolio/new/import", "foreign")):
        answer = as_assessor.post(path, {"text": ""}, files={field: ("../../etc/<b>x", content, "text/plain")})
        assert answer.status_code == 422, answer.text[:500]
        assert "<b>x" not in answer.text
        assert "/tmp" not in answer.text
    with register.read() as connection:
        assert not store.systems(connection)


def test_a_bill_of_materials_is_shown_before_anything_is_kept(as_assessor: Visitor, register: Register) -> None:
    page = as_assessor.post("/portfolio/new/import", files={"foreign": ("bom.json", BOM.encode(), "application/json")})
    assert page.status_code == 200
    assert "Summary model" in page.text
    assert "bom.json" in page.text
    with register.read() as connection:
        assert not store.systems(connection)


def test_only_who_may_assess_all_systems_adds_one(people: People, as_viewer: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    sam = people.log_in("sam", "assessor", SHOP)
    for visitor in (as_viewer, sam):
        assert visitor.get("/portfolio/new").status_code == 403
        assert visitor.post("/portfolio/new", {"text": AGENT}).status_code == 403
        assert visitor.post("/portfolio/new/import").status_code == 403


# out and back in


def _edited(visitor: Visitor, system: str, owner: str) -> bytes:
    """The risks as CSV with another owner for the first risk of a system."""
    text = visitor.get("/portfolio/export/csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    first = next(row for row in rows if row["id"].startswith(f"{system}/"))
    first["owner"] = owner
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _look(visitor: Visitor, content: bytes, name: str = "edited.csv") -> httpx.Response:
    return visitor.post("/portfolio/import", files={"file": (name, content, "text/csv")})


def _hidden(page: httpx.Response) -> dict[str, str]:
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page.text)[1] for name in ("file", "digest")}  # type: ignore[index]


def _owner(desk: Desk, system: str) -> str:
    """Who answers for the risk that was edited."""
    return "".join(row.owner for row in keeping.look(desk, system).holding.risks)


def _first(visitor: Visitor, system: str) -> int:
    """The number of the first risk of a system in the export."""
    found = re.search(rf"{system}/R-(\d+)", visitor.get("/portfolio/export/csv").text)
    assert found is not None
    return int(found[1])


def test_an_edited_export_is_shown_then_done(as_assessor: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    page = _look(as_assessor, _edited(as_assessor, SHOP, "Ida"))
    assert page.status_code == 200
    assert "would change 1 cell of 1 system" in page.text
    assert _owner(desk, SHOP) == ""
    done = as_assessor.post("/portfolio/import/apply", _hidden(page))
    assert done.status_code == 303
    assert _owner(desk, SHOP) == "Ida"


def test_what_moved_since_the_look_is_told_and_nothing_is_done(as_assessor: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    page = _look(as_assessor, _edited(as_assessor, SHOP, "Ida"))
    keeping.own(desk, SHOP, _first(as_assessor, SHOP), "Otto", by="bo")
    answer = as_assessor.post("/portfolio/import/apply", _hidden(page))
    assert answer.status_code == 409
    assert "Otto" in answer.text
    assert _owner(desk, SHOP) == "Otto"


def test_a_look_is_no_yes_of_somebody_else(as_assessor: Visitor, as_admin: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    page = _look(as_assessor, _edited(as_assessor, SHOP, "Ida"))
    assert as_admin.post("/portfolio/import/apply", _hidden(page)).status_code == 409
    assert as_assessor.post("/portfolio/import/apply", {"file": _hidden(page)["file"]}).status_code == 409
    assert as_assessor.post("/portfolio/import/apply", {"file": "x", "digest": "x"}).status_code == 409
    assert _owner(desk, SHOP) == ""


def test_an_assessor_of_one_system_changes_no_other(people: People, as_viewer: Visitor, desk: Desk) -> None:
    mail_and_shop(desk)
    sam = people.log_in("sam", "assessor", SHOP)
    content = _edited(as_viewer, MAIL, "Mallory")
    page = _look(sam, content)
    assert "problem" in text_of(page)
    assert 'name="digest"' not in page.text
    assert as_viewer.post("/portfolio/import").status_code == 403
    assert as_viewer.post("/portfolio/import/apply").status_code == 403
    assert _owner(desk, MAIL) == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"id,owner\n<b>x</b>/R-1,y\n",
        b"PK\x03\x04rubbish",
        b"{",
        b'{"a": 1}',
        b"owner\nx\n",
        b"\xd0\xcf\x11\xe0",
    ],
)
def test_a_hostile_file_that_comes_back_gets_a_message(as_assessor: Visitor, desk: Desk, content: bytes) -> None:
    mail_and_shop(desk)
    page = _look(as_assessor, content, "<i>x.csv")
    assert page.status_code in {200, 422}
    assert "problem" in text_of(page)
    assert "<b>x" not in page.text
    assert "<i>x" not in page.text


def test_a_file_that_is_too_large_is_refused_before_it_is_read(as_assessor: Visitor) -> None:
    answer = _look(as_assessor, b"id,owner\n" + b"x" * 21_000_000)
    assert answer.status_code == 413
    assert "larger than this server takes" in answer.text


@pytest.mark.parametrize(("kind", "sign"), [("xlsx", b"PK"), ("json", b"{"), ("jira", b""), ("ciso-assistant", b"")])
def test_the_register_leaves_as_a_file(as_viewer: Visitor, desk: Desk, kind: str, sign: bytes) -> None:
    mail_and_shop(desk)
    answer = as_viewer.get(f"/portfolio/export/{kind}")
    assert answer.status_code == 200
    assert answer.content.startswith(sign)
    assert "attachment" in answer.headers["content-disposition"]
    if kind == "xlsx":
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


@pytest.mark.parametrize("path", ["/portfolio/export/exe", "/portfolio/upgrade?edition=1999"])
def test_what_there_is_not_is_not_found(as_viewer: Visitor, path: str) -> None:
    assert as_viewer.get(path).status_code == 404
    assert as_viewer.get("/portfolio/export/csv?table=x").status_code == 422


# another edition


def test_an_edition_is_compared_at_once_for_few_systems_and_in_the_background_for_many(
    as_viewer: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_and_shop(desk)
    assert "Edition 2023 of the framework would change" in text_of(as_viewer.get("/portfolio/upgrade?edition=2023"))
    monkeypatch.setattr("bartizan.web.portfolio_upgrade.AT_ONCE", 1)
    page = as_viewer.get("/portfolio/upgrade?edition=2023")
    assert "in the background" in page.text
    asked = as_viewer.post("/portfolio/upgrade", {"edition": "2023"})
    assert asked.headers["location"].startswith("/work/")


# hostile names, and people who see with other eyes


PAGES = (
    "/portfolio",
    "/risks",
    "/portfolio/new",
    "/portfolio/exchange",
    "/portfolio/upgrade?edition=2023",
    "/reviews",
    "/reviews/hostile",
    "/suppliers",
    "/evidence",
    "/evidence/import",
    "/evidence/import/hostile",
    "/work",
)


@pytest.mark.parametrize("path", PAGES)
def test_hostile_names_are_only_text(as_admin: Visitor, desk: Desk, path: str) -> None:
    hostile(desk)
    page = as_admin.get(path)
    assert page.status_code == 200
    assert "<img" not in page.text
    assert "<script>" not in page.text
    assert "<td></td><" not in page.text


def test_every_page_of_many_systems_is_accessible_and_fits_a_phone(browser: Browser, served: Served) -> None:  # noqa: F811
    mail_and_shop(served.desk)
    hostile(served.desk)
    with logged_in(browser, served, width=390) as page:
        for path in (*PAGES, "/suppliers/halcyon-models"):
            page.goto(served.url(path))
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    with logged_in(browser, served, scheme="dark") as page:
        for path in ("/portfolio", "/reviews", "/suppliers/halcyon-models", "/evidence"):
            page.goto(served.url(path))
            assert violations(page) == [], path


def test_filters_work_as_one_types(browser: Browser, served: Served) -> None:  # noqa: F811
    mail_and_shop(served.desk)
    with logged_in(browser, served) as page:
        page.goto(served.url("/portfolio"))
        page.fill("#q-q", "chatbot")
        page.wait_for_url("**q=chatbot**")
        assert page.locator("#found tbody tr").count() == 1


def test_the_attack_is_there_to_be_escaped(as_admin: Visitor, desk: Desk) -> None:
    hostile(desk)
    assert ATTACK.replace("<", "&lt;").replace(">", "&gt;") in as_admin.get("/portfolio").text
