"""Who may do what over the API: a contract over all of its routes."""

from __future__ import annotations

import pytest

from bartizan.core.people import ROLES
from bartizan.register.audit.reading import Filter, log
from bartizan.web.api.endpoint import ROOT, Route
from bartizan.web.api.router import ROUTES
from tests.register.desks import NAME
from tests.web.api.calling import Caller, path_of, token_for
from tests.web.clients import People

WRITES = [route for route in ROUTES if route.method != "GET"]
GUARDED = [route for route in ROUTES if route.role is not None]
OF_ONE_SYSTEM = [route for route in ROUTES if "{system" in route.path]


def named(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=lambda route: f"{route.method} {route.template}")


def caller(people: People, name: str, role: str, system: str = "") -> Caller:
    return Caller(people.nobody(), token_for(people.register, name, next(r for r in ROLES if r == role), system))


@named(list(ROUTES))
def test_nobody_gets_in_without_a_token(two_systems: People, route: Route) -> None:
    answer = Caller(two_systems.nobody()).call(route.method, path_of(route))
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


@named(list(ROUTES))
def test_a_token_that_is_none_lets_nobody_in(two_systems: People, route: Route) -> None:
    assert Caller(two_systems.nobody(), "bzn_nothing").call(route.method, path_of(route)).status_code == 401


@named([route for route in WRITES if route.role != "viewer"])
def test_a_viewer_may_write_nothing(two_systems: People, route: Route) -> None:
    answer = caller(two_systems, "vera", "viewer").call(route.method, path_of(route))
    assert answer.status_code == 403
    with two_systems.register.read() as connection:
        told = log(connection, Filter(actor="vera"), 1)[0].body
    assert told.action == "access.refused"
    assert path_of(route) in told.note


def test_every_write_needs_more_than_to_look() -> None:
    assert {route.role for route in WRITES} <= {"assessor", "approver", "administrator"}


@named([route for route in GUARDED if route.role not in {"viewer", "assessor"}])
def test_an_assessor_does_not_do_what_others_are_for(two_systems: People, route: Route) -> None:
    assert caller(two_systems, "asa", "assessor").call(route.method, path_of(route)).status_code == 403


@named(OF_ONE_SYSTEM)
def test_a_token_of_one_system_reaches_no_other(two_systems: People, route: Route) -> None:
    token = token_for(two_systems.register, "ada", "administrator", "two", of="administrator")
    answer = Caller(two_systems.nobody(), token).call(route.method, path_of(route))
    assert answer.status_code == 403


@named([route for route in GUARDED if "{system" not in route.path and not route.anywhere])
def test_what_concerns_all_systems_needs_a_role_on_all(two_systems: People, route: Route) -> None:
    token = token_for(two_systems.register, "ada", "administrator", "two", of="administrator")
    assert Caller(two_systems.nobody(), token).call(route.method, path_of(route)).status_code == 403


@named(WRITES)
def test_a_session_must_show_that_it_meant_it(two_systems: People, route: Route) -> None:
    browser = two_systems.log_in("ada2", "administrator")
    answer = browser.client.request(route.method, ROOT + path_of(route))
    assert answer.status_code == 403
    assert "reload" in answer.json()["detail"]


def test_a_session_that_shows_its_token_may_write(two_systems: People) -> None:
    browser = two_systems.log_in("ada2", "administrator")
    answer = browser.client.post(f"{ROOT}/audit/verify", headers={"X-CSRF-Token": browser.csrf})
    assert answer.status_code == 200
    assert answer.json()["sound"]


def test_lists_show_only_what_a_person_may_see(two_systems: People) -> None:
    both = caller(two_systems, "vera", "viewer")
    one = caller(two_systems, "tom", "viewer", "two")
    assert {s["id"] for s in both.get("/systems").json()["items"]} == {NAME, "two"}
    assert {s["id"] for s in one.get("/systems").json()["items"]} == {"two"}
    assert {r["system"] for r in both.get("/risks?limit=200").json()["items"]} == {NAME, "two"}
    assert {r["system"] for r in one.get("/risks?limit=200").json()["items"]} == {"two"}
    assert one.get(f"/risks?system={NAME}").json()["items"] == []
    assert {d["system"] for d in both.get("/reviews?within=3650&limit=200").json()["items"]} == {NAME, "two"}
    assert {d["system"] for d in one.get("/reviews?within=3650&limit=200").json()["items"]} == {"two"}
    assert one.get(f"/reviews?system={NAME}").status_code == 403
    assert [s["systems"] for s in one.get("/suppliers").json()["items"]] == [["two"]]
    assert one.get("/portfolio").json()["totals"]["systems"] == 1
    assert both.get("/portfolio").json()["totals"]["systems"] == 2


def test_who_asks_learns_what_they_may_do(two_systems: People) -> None:
    token = token_for(two_systems.register, "ada", "viewer", "two", of="administrator")
    told = Caller(two_systems.nobody(), token).get("/me").json()
    assert told == {"id": "ada", "name": "Ada", "roles": [{"role": "viewer", "system": "two"}], "by_token": True}
