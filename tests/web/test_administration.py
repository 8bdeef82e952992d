"""Administration, one's own account, and the audit as pages."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from bartizan.core.people import Grant
from bartizan.register import people as kept
from bartizan.register import systems
from bartizan.register.audit.reading import Filter, log
from bartizan.register.opening import Register
from bartizan.workflows import accounts
from tests.register.databases import Clock
from tests.web.clients import PASSWORD, People, Visitor, text_of

HOSTILE = '"><script>alert(1)</script>\u202e'


def link_in(page: str) -> str:
    found = re.search(r'id="made-link">http://127\.0\.0\.1:8400/link#([\w-]+)<', page)
    assert found is not None
    return found[1]


def grants_of(register: Register, name: str) -> tuple[Grant, ...]:
    with register.read() as connection:
        return kept.user(connection, name).grants


def test_an_invitation_gives_a_link_by_which_a_person_chooses_a_password(as_admin: Visitor, people: People) -> None:
    fields = {"name": "Grace@example.org", "shown": "Grace Hopper", "email": "grace@example.org", "role": "assessor"}
    page = as_admin.post("/administration/invite", fields)
    assert page.status_code == 200
    code = link_in(page.text)
    guest = people.nobody()
    assert "You log in as grace@example.org" in text_of(guest.post("/link", {"code": code}))
    assert guest.post("/link/invitation", {"code": code, "password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert "an assessor on all systems" in text_of(guest.get("/account"))
    assert link_in(page.text) not in as_admin.get("/administration/users/grace@example.org").text


def test_what_is_wrong_with_an_invitation_stands_beside_its_fields_and_nothing_is_lost(as_admin: Visitor) -> None:
    page = as_admin.post("/administration/invite", {"name": "Übel!", "shown": HOSTILE, "email": "nope"})
    assert page.status_code == 422
    assert 'id="e-name"' in page.text
    assert 'aria-describedby="w-email e-email"' in page.text
    assert "&lt;script&gt;" in page.text
    assert "<script>alert" not in page.text


def test_a_name_that_is_taken_is_told(as_admin: Visitor) -> None:
    page = as_admin.post("/administration/invite", {"name": "ada", "shown": "", "email": ""})
    assert (page.status_code, "there is a user" in text_of(page).lower()) == (422, True)


def test_roles_are_given_and_taken_per_system(as_admin: Visitor, people: People, register: Register) -> None:
    people.add("sam")
    with register.change("test") as change:
        systems.add(change, name="Mail agent", wanted="mail")
    given = {"role": "approver", "system": "mail"}
    assert as_admin.post("/administration/users/sam/grant", given).status_code == 303
    assert grants_of(register, "sam") == (Grant(user="sam", system="mail", role="approver"),)
    assert "Mail agent" in text_of(as_admin.get("/administration/users/sam"))
    assert as_admin.post("/administration/users/sam/withdraw", {"system": "mail"}).status_code == 303
    assert grants_of(register, "sam") == ()
    assert as_admin.post("/administration/users/sam/grant", {"role": "king", "system": ""}).status_code == 422
    assert as_admin.post("/administration/users/sam/grant", {**given, "system": "nope"}).status_code == 404


@pytest.mark.parametrize("way", ["withdraw", "shut-out", "grant"])
def test_the_last_administrator_cannot_go(as_admin: Visitor, register: Register, way: str) -> None:
    answer = as_admin.post(f"/administration/users/ada/{way}", {"system": "", "role": "viewer"})
    assert answer.status_code == 409
    assert "nobody would be left" in text_of(answer).lower()
    assert [grant.role for grant in grants_of(register, "ada")] == ["administrator"]
    assert as_admin.get("/administration").status_code == 200


def test_two_administrators_never_silently_overwrite_each_other(as_admin: Visitor, people: People) -> None:
    people.add("sam", shown="Sam")
    page = as_admin.get("/administration/users/sam").text
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    read = {"revision": found[1], "notify": "yes", "email": ""}
    assert as_admin.post("/administration/users/sam", {**read, "shown": "Samuel"}).status_code == 303
    second = as_admin.post("/administration/users/sam", {**read, "shown": "Samantha"})
    assert second.status_code == 409
    assert "Samuel" in text_of(second)
    assert ">Samantha</textarea>" in second.text
    again = re.search(r'name="revision" value="(\d+)"', second.text)
    assert again is not None
    assert 'name="notify" value="yes"' in second.text
    fields = {"revision": again[1], "shown": "Samantha", "email": "", "notify": "yes"}
    assert as_admin.post("/administration/users/sam", fields).status_code == 303
    assert "Samantha" in text_of(as_admin.get("/administration/users/sam"))


def test_who_is_shut_out_loses_sessions_tokens_and_links(as_admin: Visitor, people: People, register: Register) -> None:
    sam = people.log_in("sam", "viewer")
    made = sam.post("/account/tokens", {"name": "CI", "role": "viewer", "system": "", "days": "30"})
    secret = re.search(r"bzn_[\w-]+", made.text)
    assert secret is not None
    link = link_in(as_admin.post("/administration/users/sam/link").text)
    assert accounts.person_of_token(register, secret[0]) is not None
    assert as_admin.post("/administration/users/sam/shut-out").status_code == 303
    assert sam.get("/account").status_code == 303
    assert accounts.person_of_token(register, secret[0]) is None
    assert people.nobody().post("/link", {"code": link}).status_code == 410
    assert as_admin.post("/administration/users/sam/link").status_code == 409
    assert as_admin.post("/administration/users/sam/let-in").status_code == 303
    assert accounts.person_of_token(register, secret[0]) is None


def test_a_token_is_shown_once_kept_as_a_digest_and_ends(
    as_assessor: Visitor, register: Register, clock: Clock
) -> None:
    made = as_assessor.post("/account/tokens", {"name": "CI", "role": "viewer", "system": "", "days": "30"})
    secret = re.search(r"bzn_[\w-]{43}", made.text)
    assert secret is not None
    assert "bzn_" not in as_assessor.get("/account").text
    person = accounts.person_of_token(register, secret[0])
    assert person is not None
    assert person.may("viewer")
    assert not person.may("assessor")
    assert accounts.person_of_token(register, secret[0][:-1] + "A") is None
    clock.forward(days=30)
    assert accounts.person_of_token(register, secret[0]) is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "", "role": "viewer", "days": "30"}, 422),
        ({"name": "CI", "role": "viewer", "days": "0"}, 422),
        ({"name": "CI", "role": "viewer", "days": "4000"}, 422),
        ({"name": "CI", "role": "viewer", "days": "soon"}, 422),
        ({"name": "CI", "role": "king", "days": "30"}, 422),
        ({"name": "CI", "role": "administrator", "days": "30"}, 403),
    ],
)
def test_a_token_that_cannot_be_is_not_made(
    as_assessor: Visitor, register: Register, fields: dict[str, str], status: int
) -> None:
    assert as_assessor.post("/account/tokens", {"system": "", **fields}).status_code == status
    with register.read() as connection:
        assert not log(connection, Filter(action="token"))


def test_nobody_revokes_the_token_of_another_but_an_administrator(as_admin: Visitor, people: People) -> None:
    sam, eve = people.log_in("sam", "viewer"), people.log_in("eve", "viewer")
    sam.post("/account/tokens", {"name": "CI", "role": "viewer", "system": "", "days": "30"})
    found = re.search(r'name="token" value="(\w+)"', sam.get("/account").text)
    assert found is not None
    assert eve.post("/account/tokens/revoke", {"token": found[1]}).status_code == 403
    assert as_admin.post("/administration/tokens/revoke", {"token": found[1]}).status_code == 303
    assert "revoked" in text_of(as_admin.get("/administration/tokens"))


def test_rules_are_changed_within_bounds_and_a_second_editor_is_told(as_admin: Visitor) -> None:
    page = as_admin.get("/administration/rules").text
    was = dict(re.findall(r'name="(was-\w+)" value="(\w+)"', page))
    now = {name.removeprefix("was-"): value for name, value in was.items()}
    assert as_admin.post("/administration/rules", {**was, **now, "days": "0"}).status_code == 422
    assert as_admin.post("/administration/rules", {**was, **now, "review_days": "90"}).status_code == 303
    second = as_admin.post("/administration/rules", {**was, **now, "review_days": "120"})
    assert second.status_code == 409
    assert ">120</textarea>" in second.text
    again = dict(re.findall(r'name="(was-\w+)" value="(\w+)"', second.text))
    assert again["was-review_days"] == "90"
    assert as_admin.post("/administration/rules", {**again, **now, "review_days": "120"}).status_code == 303


def test_the_users_can_be_found_sorted_and_are_escaped(as_admin: Visitor, people: People) -> None:
    people.add("zoe", shown=HOSTILE)
    page = as_admin.get("/administration?sort=-name")
    assert page.text.index("/administration/users/zoe") > 0
    assert "<script>alert" not in page.text
    assert 'aria-sort="descending"' in page.text
    found = as_admin.get("/administration?find=ZOE")
    assert " 1 user " in text_of(found)
    assert "Nobody is called that" in text_of(as_admin.get("/administration?find=nobody%00x&page=-3&sort=password"))


@pytest.mark.parametrize(
    "path",
    [
        "/administration",
        "/administration/invite",
        "/administration/users/ada",
        "/administration/sessions",
        "/administration/tokens",
        "/administration/rules",
        "/administration/messages",
        "/administration/outbox",
    ],
)
def test_administration_is_for_administrators(people: People, path: str) -> None:
    for role in ("viewer", "assessor", "approver"):
        assert people.log_in(role, role).get(path).status_code == 403
    assert people.log_in("ada", "administrator").get(path).status_code == 200


def test_a_user_that_is_not_there_is_not_found(as_admin: Visitor) -> None:
    assert as_admin.get("/administration/users/nobody").status_code == 404
    assert as_admin.post("/administration/users/nobody/shut-out").status_code == 404


def test_the_account_shows_a_conflict_with_what_was_typed(as_viewer: Visitor) -> None:
    read = {"revision": "0", "email": "v@example.org", "shown": "Vera"}
    assert as_viewer.post("/account", read).status_code == 303
    answer = as_viewer.post("/account", {**read, "shown": "Vera Rubin"})
    assert (answer.status_code, ">Vera Rubin</textarea>" in answer.text) == (409, True)
    assert as_viewer.post("/account", {"email": "no address", "shown": ""}).status_code == 422


def test_the_audit_is_paged_and_filtered(as_viewer: Visitor, register: Register) -> None:
    for n in range(60):
        with register.change("bob" if n % 2 else HOSTILE) as change:
            change.record("user.seen", subject=f"users/{n}")
    page = as_viewer.get("/audit")
    assert page.text.count("<code>user.seen</code>") >= 45
    assert "<script>alert" not in page.text
    older = re.search(r'href="(/audit\?before=\d+)" rel="next"', page.text)
    assert older is not None
    assert "users/1<" in as_viewer.get(older[1]).text
    some = as_viewer.get("/audit?actor=bob&since=2026-11-22")
    assert some.text.count("<td>bob</td>") == 30
    assert as_viewer.get("/audit?since=garbage&before=x").status_code == 200
    assert "No entry is like that" in text_of(as_viewer.get("/audit?actor=nobody"))


def test_the_chain_is_verified_at_a_button(as_viewer: Visitor) -> None:
    answer = as_viewer.post("/audit/verify")
    assert "The chain holds." in text_of(answer)


class TestBehindItsBack:
    @pytest.fixture
    def leaves_sound(self) -> bool:
        return False

    def test_a_change_behind_its_back_is_shown(self, as_viewer: Visitor, register: Register) -> None:
        with register.engine.begin() as connection:
            connection.execute(text("UPDATE users SET name = 'Mallory'"))
        answer = text_of(as_viewer.post("/audit/verify"))
        assert "The chain is broken: 1 fault." in answer
        assert "users/vera" in answer
