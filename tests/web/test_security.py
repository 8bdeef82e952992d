"""What stands around every page: who is let in, from where, with which headers, and what the log does not say."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from litestar.handlers import HTTPRouteHandler

from bartizan.register.audit.reading import Filter, log
from bartizan.register.opening import Register
from bartizan.web.cookies import SESSION, csrf_of, signed, unsigned
from bartizan.web.pages import PAGES
from bartizan.web.rendering import environment
from bartizan.web.site import Site
from bartizan.web.visit import safe_path
from bartizan.workflows import accounts, sessions
from bartizan.workflows.accounts import make_token
from bartizan.workflows.desk import Desk
from tests.web.clients import ADDRESS, PASSWORD, People, Visitor, application, person_named, text_of

PUBLIC = {
    "/api/v1/openapi.json",
    "/api/v1/openapi.yaml",
    "/static/{name:str}",
    "/login",
    "/login/oidc",
    "/login/oidc/back",
    "/link",
    "/link/first",
    "/link/{purpose:str}",
    "/theme",
}


def test_every_page_but_those_of_the_door_needs_a_login(anybody: Visitor) -> None:
    pages = [page for page in PAGES if isinstance(page, HTTPRouteHandler)]
    open_ = {path for page in pages if page.opt and page.opt.get("public") for path in page.paths}
    assert open_ == PUBLIC
    closed = [path for page in pages if "GET" in page.http_methods for path in page.paths - PUBLIC]
    assert len(closed) >= 8
    for path in closed:
        answer = anybody.get(re.sub(r"{[^}]+:int}", "1", re.sub(r"{[^}]+:str}", "x", path)))
        if path.startswith("/api/"):
            assert answer.status_code == 401, path
            continue
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login"), path


def test_pages_carry_a_policy_without_inline_code_and_are_kept_by_no_cache(anybody: Visitor) -> None:
    head = anybody.get("/login").headers
    assert head["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in head["content-security-policy"]
    assert head["cache-control"] == "no-store"
    assert head["x-content-type-options"] == "nosniff"
    assert head["referrer-policy"] == "no-referrer"
    assert head["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in head["permissions-policy"]


def test_a_page_that_is_not_there_carries_the_same_headers(anybody: Visitor) -> None:
    answer = anybody.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-security-policy"]
    assert "There is nothing here" in answer.text


def test_no_template_has_inline_script_style_or_handlers() -> None:
    for name in environment().list_templates():
        text = Path(str(environment().get_template(name).filename)).read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]* src=)|(?<!')\|\s*safe\b", text), name


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil:8400", "[::2]:8400"])
def test_an_unknown_host_is_not_answered(anybody: Visitor, host: str) -> None:
    answer = anybody.get("/login", headers={"Host": host})
    assert answer.status_code == 421
    assert "<" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8400", "localhost", "LOCALHOST:1", "[::1]:8400", "[::1]"])
def test_the_names_of_this_machine_are_answered(anybody: Visitor, host: str) -> None:
    assert anybody.get("/login", headers={"Host": host}).status_code == 200


def test_a_name_that_the_administrator_gave_is_answered(desk: Desk) -> None:
    site = Site(desk=desk, hosts=frozenset({"risk.example.org"}))
    assert site.knows("risk.example.org:443")
    assert not site.knows("example.org")
    assert not site.knows("127.0.0.1")


def test_a_form_without_its_token_is_refused_and_does_nothing(as_admin: Visitor, register: Register) -> None:
    for csrf in ("", "0" * 64, csrf_of("somebody else")):
        answer = as_admin.post("/account/sessions/end-all", {"csrf": csrf})
        assert answer.status_code == 403
    assert as_admin.get("/account").status_code == 200


def test_the_token_may_come_in_a_header_as_htmx_sends_it(as_admin: Visitor) -> None:
    assert as_admin.htmx("/theme", {"theme": "dark"}).headers["hx-redirect"] == "/"
    answer = as_admin.client.post("/theme", data={}, headers={"X-CSRF-Token": "x"}, follow_redirects=False)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "head",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}],
)
def test_a_form_from_another_site_is_refused_even_with_the_token(as_admin: Visitor, head: dict[str, str]) -> None:
    assert as_admin.post("/theme", {"theme": "dark"}, headers=head).status_code == 403
    own = {"Sec-Fetch-Site": "same-origin", "Origin": ADDRESS}
    assert as_admin.post("/theme", {"theme": "dark"}, headers=own).status_code == 303


def test_the_token_of_a_guest_is_of_no_use_after_login(people: People) -> None:
    people.add("ada", "administrator")
    visitor = people.nobody()
    before = visitor.csrf
    assert visitor.post("/login", {"name": "ada", "password": PASSWORD}).status_code == 303
    assert visitor.client.post("/logout", data={"csrf": before}, follow_redirects=False).status_code == 403


def test_a_session_cookie_is_not_for_scripts_and_not_for_other_sites(people: People) -> None:
    people.add("ada")
    answer = people.nobody().post("/login", {"name": "ada", "password": PASSWORD})
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{SESSION}="))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "secure" not in cookie.lower()


def test_behind_tls_cookies_never_travel_without_it(desk: Desk) -> None:
    people = People(desk.register, application(desk, secure=True))
    answer = people.nobody().get("/login")
    assert answer.headers["set-cookie"].startswith("__Host-bartizan-guest=")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]
    people.close()


def test_the_register_keeps_no_secret_of_a_session(people: People, register: Register) -> None:
    visitor = people.log_in("ada", "administrator")
    secret = visitor.client.cookies[SESSION]
    assert sessions.logged_in(register, secret) is not None
    raw = b"".join(file.read_bytes() for file in Path(register.place).parent.glob("*.db*"))
    assert secret.encode() not in raw
    assert sessions.digest_of(secret).encode() in raw


def test_a_refusal_is_a_page_and_an_entry_of_the_audit(as_viewer: Visitor, register: Register) -> None:
    answer = as_viewer.get("/administration")
    assert answer.status_code == 403
    assert "You may not do this" in text_of(answer)
    with register.read() as connection:
        told = log(connection, Filter(action="access"))[0].body
    assert (told.actor, told.note) == ("vera", "needs administrator: GET /administration")


def test_a_viewer_of_one_system_does_not_see_the_audit_of_all(people: People) -> None:
    assert people.log_in("sam", "viewer", "").get("/audit").status_code == 200
    assert people.log_in("nobody").get("/audit").status_code == 403


def test_the_log_tells_of_requests_but_not_of_what_they_carry(
    people: People, register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = accounts.first_link(register)
    visitor = people.nobody()
    visitor.get(f"/login/oidc/back?code=c0de-of-a-login&state={secret}")
    visitor.post("/link", {"code": secret})
    visitor.post("/link/first", {"code": secret, "name": "ada", "password": PASSWORD, "again": PASSWORD})
    session = visitor.client.cookies[SESSION]
    visitor.get("/account")
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("bartizan"))
    assert "POST /link 200" in ours
    assert "GET /login/oidc/back 404" in ours
    for hidden in (secret, session, PASSWORD, "c0de-of-a-login"):
        assert hidden not in ours


def test_a_line_break_in_a_path_makes_no_second_line_in_the_log(
    anybody: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bartizan.web.access")
    anybody.get("/x%0a2026-11-22 INFO forged")
    lines = [r.getMessage() for r in caplog.records if r.name == "bartizan.web.access"]
    assert len(lines) == 1
    assert "\n" not in lines[0]


def test_an_unexpected_error_says_nothing_of_itself(
    as_admin: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret plan of /etc")

    monkeypatch.setattr("bartizan.workflows.administration.users", broken)
    answer = as_admin.get("/administration")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "secret plan" not in answer.text
    assert "secret plan" in caplog.text


def test_a_body_that_is_too_large_is_refused(as_admin: Visitor) -> None:
    answer = as_admin.post("/theme", {"theme": "x" * 11_000_000})
    assert answer.status_code == 413


def test_the_files_of_pages_are_only_those_by_name(anybody: Visitor) -> None:
    answer = anybody.get("/static/app.css")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    for path in ("/static/app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/", "/static/x/y"):
        assert anybody.get(path).status_code == 404, path


@pytest.mark.parametrize(
    "there", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "x"]
)
def test_nothing_leads_on_to_another_server(people: People, there: str) -> None:
    assert safe_path(there) == "/"
    people.add("ada")
    answer = people.nobody().post("/login", {"name": "ada", "password": PASSWORD, "next": there})
    assert answer.headers["location"] == "/"


def test_a_message_for_the_next_page_cannot_be_forged() -> None:
    value = signed("secret", "Saved, “yes”.")
    assert unsigned("secret", value) == "Saved, “yes”."
    assert unsigned("other", value) == ""
    for wrong in ("", ".", "x.y", value[:-1], value.replace(".", ""), "é.é"):
        assert unsigned("secret", wrong) == ""


def test_a_token_opens_the_api_only_and_no_page(people: People, register: Register) -> None:
    people.add("ada", "administrator")
    _, secret = make_token(register, person_named(register, "ada"), shown="CI", role="viewer", days=1)
    visitor = people.nobody()
    head = {"Authorization": f"Bearer {secret}"}
    assert visitor.get("/account", headers=head).status_code == 303
    answer = visitor.get("/api/v1/nothing-there", headers=head)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_an_address_with_a_null_character_leads_nowhere(as_admin: Visitor) -> None:
    assert as_admin.get("/systems/a%00b").status_code == 404
    assert as_admin.get("/systems/a%00b/risks/1").status_code == 404
