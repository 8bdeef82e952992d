"""Reading over the API: lists in pages, filters, reports, and nothing in any answer that nobody should see."""

from __future__ import annotations

import re

import pytest

from bartizan.report.formats import BY_NAME
from bartizan.web.api.descriptions import MEDIA, ReportFormat
from bartizan.web.api.endpoint import ROOT, Route
from bartizan.web.api.router import ROUTES
from bartizan.web.cookies import SESSION
from bartizan.workflows import keeping
from bartizan.workflows.desk import Desk
from bartizan.workflows.sessions import digest_of
from tests.register.desks import NAME, RISK, accepted, row_of
from tests.web.api.calling import Caller, path_of, token_for
from tests.web.api.conftest import Make
from tests.web.clients import HASHED, People, Visitor

AT = f"/systems/{NAME}"
READS = [route for route in ROUTES if route.method == "GET"]


@pytest.fixture
def vera(two_systems: People) -> Caller:
    """Vera, who may read everything, of a register that nothing changes."""
    return Caller(two_systems.nobody(), token_for(two_systems.register, "vera", "viewer"))


def links(header: str) -> dict[str, str]:
    """Relation to path below the root, of a Link header."""
    return {rel: to.removeprefix(ROOT) for to, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', header)}


@pytest.mark.parametrize("limit", [1, 5, 7, 200])
def test_the_pages_of_a_list_are_the_list(vera: Caller, limit: int) -> None:
    whole = vera.get(f"{AT}/risks?limit=200").json()
    at, found = f"{AT}/risks?limit={limit}", []
    while at:
        answer = vera.get(at)
        assert answer.json()["total"] == whole["total"] == len(whole["items"])
        found += answer.json()["items"]
        around = links(answer.headers["link"])
        at = around.get("next", "")
    assert found == whole["items"]
    assert vera.get(around["last"]).json()["items"][-1] == whole["items"][-1]
    assert vera.get(around["first"]).json()["items"][0] == whole["items"][0]


def test_a_page_beyond_the_end_is_empty_and_leads_back(vera: Caller) -> None:
    answer = vera.get(f"{AT}/risks?offset=1000&limit=10")
    assert answer.json()["items"] == []
    assert vera.get(links(answer.headers["link"])["prev"]).json()["items"]


def test_a_search_goes_on_where_it_ended(vera: Caller) -> None:
    whole = vera.get("/risks?limit=200").json()["items"]
    at, found = "/risks?limit=4", []
    while at:
        answer = vera.get(at)
        found += answer.json()["items"]
        at = links(answer.headers.get("link", "")).get("next", "")
    assert found == whole
    assert [risk["current_level"] for risk in whole] == sorted((r["current_level"] for r in whole), reverse=True)
    assert vera.get("/risks?after=x").status_code == 422


def test_the_audit_goes_on_where_it_ended(calls: Make) -> None:
    ada = calls("ada", "administrator")
    at, found = "/audit?limit=10", []
    while at:
        answer = ada.get(at)
        found += [entry["seq"] for entry in answer.json()["items"]]
        at = links(answer.headers.get("link", "")).get("next", "")
    assert found == list(range(found[0], 0, -1))
    assert {e["body"]["action"] for e in ada.get("/audit?action=version").json()["items"]} == {"version.add"}
    assert ada.get("/audit?since=2026-02-30").status_code == 422


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("level=5", lambda r: r["current_level"] == 5),
        ("threat=indirect_prompt_injection", lambda r: r["threat"] == "indirect_prompt_injection"),
        ("above_appetite=true", lambda r: r["above_appetite"]),
        ("treatment=accept", lambda r: r["treatment"] == "accept"),
        ("treatment=none", lambda r: not r["treatment"]),
        ("text=PROMPT", lambda r: "prompt" in (r["name"] + r["risk"]).lower()),
        ("state=gone", lambda r: r["state"] == "gone"),
        ("component=agent", lambda r: r["component"] == "agent"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_filter_finds_the_same_in_a_system_and_across_all(calls: Make, desk: Desk, query: str, fits: object) -> None:
    assert callable(fits)
    accepted(desk)
    vera = calls("vera", "viewer")
    everything = vera.get(f"{AT}/risks?limit=200&state=any").json()["items"]
    wanted = {r["risk"] for r in everything if fits(r) and ("state" in query or r["state"] == "open")}
    assert {r["risk"] for r in vera.get(f"{AT}/risks?limit=200&{query}").json()["items"]} == wanted
    assert {r["risk"] for r in vera.get(f"/risks?limit=200&{query}").json()["items"]} == wanted
    assert wanted or query == "state=gone"


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "offset=-1", "colour=red", "text=a&text=b"])
def test_a_query_that_is_wrong_is_refused(vera: Caller, query: str) -> None:
    answer = vera.get(f"/systems?{query}")
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["at"] == query.partition("=")[0]


def test_every_report_there_is_can_be_had(vera: Caller) -> None:
    assert set(ReportFormat.__args__) == set(BY_NAME)  # type: ignore[attr-defined]
    for name, kind in BY_NAME.items():
        answer = vera.get(f"{AT}/report?format={name}")
        assert answer.headers["content-type"].partition(";")[0] == MEDIA["." + kind.suffix.rpartition(".")[2]]
        assert f'filename="{NAME}{kind.suffix}"' in answer.headers["content-disposition"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_assessment_is_the_json_report(vera: Caller) -> None:
    assert vera.get(f"{AT}/assessment").json() == vera.get(f"{AT}/report?format=json").json()
    assert vera.get(f"{AT}/assessment").json()["assessment"]["risks"][0]["id"]


def test_the_gate_says_whether_a_system_may_pass(vera: Caller) -> None:
    judged = vera.get(f"{AT}/gate").json()
    assert not judged["passed"]
    assert "untreated" in {finding["kind"] for finding in judged["judged"]["findings"]}
    kinds = "&".join(f"allow={kind}" for kind in ("untreated", "lapsed", "stale", "unproved", "unknown"))
    assert vera.get(f"{AT}/gate?{kinds}").json()["passed"]
    assert vera.get(f"{AT}/gate?allow=bad").status_code == 422


def test_the_portfolio_counts_every_open_risk_once(vera: Caller) -> None:
    found = vera.get("/portfolio").json()
    assert sum(cell["risks"] for cell in found["heat"]) == found["totals"]["risks"]


def test_an_address_that_is_none_and_a_method_that_is_none(vera: Caller) -> None:
    vera.conforms = False
    assert vera.get("/nothing").status_code == 404
    for path in ("/systems/nobody", f"{AT}/risks/999", f"{AT}/decisions/1", "/catalogue/threats/x", "/jobs/x"):
        answer = vera.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    answer = vera.call("DELETE", "/systems")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize("part", ["%00", "%0d%0a", "..%2f..", "a" * 5_000, "%f0%28%8c", "' or 1=1 --", "{x}", "🦀"])
def test_a_hostile_path_is_not_found(vera: Caller, part: str) -> None:
    vera.conforms = False
    for path in (f"/systems/{part}", f"{AT}/controls/{part}", f"/jobs/{part}", f"{AT}/evidence/1/attachments/{part}"):
        assert vera.get(path).status_code == 404


@pytest.mark.parametrize("number", ["-1", "2147483648", "99999999999999999999999", "1.5", "x"])
def test_a_number_that_no_row_has_is_not_found(vera: Caller, number: str) -> None:
    vera.conforms = False
    assert vera.get(f"{AT}/risks/{number}").status_code == 404


def test_hostile_words_come_back_as_they_are_and_as_no_page(calls: Make, desk: Desk) -> None:
    asa = calls("asa", "assessor")
    name = "<script>alert(1)</script>\u202e =cmd|' /C calc'!A0"
    at = f"{AT}/risks/{row_of(desk, RISK).number}"
    answer = asa.call("PATCH", at, json={"owner": name}, headers={"If-Match": "*"})
    assert answer.json()["owner"] == name
    assert answer.headers["content-type"] == "application/json"
    found = asa.get(f"{AT}/risks", params={"text": "<script>"})
    assert [risk["owner"] for risk in found.json()["items"]] == [name]
    split = asa.get("/systems?text=a%0d%0aSet-Cookie:%20x=y")
    assert "set-cookie" not in split.headers
    assert "\n" not in split.headers["link"]


def test_no_answer_holds_a_secret(desk: Desk, people: People, as_admin: Visitor) -> None:
    token = token_for(desk.register, "ada", "administrator")
    accepted(desk)
    keeping.comment(desk, NAME, "hello", by="anna")
    ada = Caller(people.nobody(), token)
    session = as_admin.client.cookies[SESSION]
    said = "".join(ada.get(path_of(route) + ("?limit=200" if _paged(route) else "")).text for route in READS)
    for secret in (token, digest_of(token), HASHED, session, digest_of(session), "argon2"):
        assert secret not in said
    assert "token.add" in said


def _paged(route: Route) -> bool:
    return route.query is not None and "limit" in route.query.__struct_fields__
