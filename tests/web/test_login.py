"""Coming in: the first administrator, passwords, waiting after failures, links that work once, sessions that end."""

from __future__ import annotations

import statistics
import time

import pytest

from bartizan.core.errors import InputError
from bartizan.register.audit.reading import Filter, log
from bartizan.register.opening import Register
from bartizan.web.cookies import SESSION
from bartizan.workflows import accounts, administration, passwords, sessions
from bartizan.workflows.access import at_the_console
from bartizan.workflows.sessions import SessionRules
from tests.register.databases import Clock
from tests.web.clients import PASSWORD, People, Visitor, text_of

ROOT = at_the_console("root")
WRONG = "this name and password do not go together"


def first(visitor: Visitor, code: str, **more: str) -> int:
    fields = {"code": code, "name": "ada", "shown": "Ada", "password": PASSWORD, "again": PASSWORD, **more}
    return visitor.post("/link/first", fields).status_code


def test_the_first_administrator_is_made_by_a_link_and_is_logged_in(anybody: Visitor, register: Register) -> None:
    code = accounts.first_link(register)
    page = anybody.post("/link", {"code": code})
    assert page.status_code == 200
    assert "The first administrator" in text_of(page)
    assert first(anybody, code) == 303
    assert anybody.get("/administration").status_code == 200


def test_the_first_link_works_once_and_there_is_no_second(people: People, register: Register) -> None:
    code = accounts.first_link(register)
    assert first(people.nobody(), code) == 303
    assert first(people.nobody(), code, name="eve") == 410
    assert accounts.first_link(register) == ""
    with register.read() as connection:
        assert {e.body.subject for e in log(connection, Filter(action="user.add"))} == {"users/ada"}


def test_the_first_link_works_for_an_hour(anybody: Visitor, register: Register, clock: Clock) -> None:
    code = accounts.first_link(register)
    clock.forward(minutes=59)
    assert anybody.post("/link", {"code": code}).status_code == 200
    clock.forward(minutes=1)
    assert anybody.post("/link", {"code": code}).status_code == 410


def test_a_newer_first_link_takes_the_place_of_the_older(anybody: Visitor, register: Register) -> None:
    older = accounts.first_link(register)
    newer = accounts.first_link(register)
    assert anybody.post("/link", {"code": older}).status_code == 410
    assert anybody.post("/link", {"code": newer}).status_code == 200


def test_an_invitation_cannot_make_a_first_administrator(anybody: Visitor, register: Register) -> None:
    accounts.first_link(register)
    _, code = accounts.invite(register, ROOT, name="eve", shown="", email="")
    assert first(anybody, code) == 410


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "at least 12"),
        ("a" * 40, "a" * 40, "too easy"),
        ("x1!" * 400, "x1!" * 400, "at most 1000"),
        (PASSWORD, PASSWORD + "x", "differ"),
    ],
)
def test_a_password_that_will_not_do_is_told_beside_its_field(
    anybody: Visitor, register: Register, password: str, again: str, said: str
) -> None:
    code = accounts.first_link(register)
    fields = {"code": code, "name": "ada", "shown": "Ada L", "password": password, "again": again}
    answer = anybody.post("/link/first", fields)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert 'value="Ada L"' in answer.text
    assert password not in answer.text
    assert first(anybody, code) == 303


def test_spaces_around_a_password_are_part_of_it(people: People, register: Register) -> None:
    code = accounts.first_link(register)
    spaced = f"  {PASSWORD}  "
    assert first(people.nobody(), code, password=spaced, again=spaced) == 303
    assert people.nobody().post("/login", {"name": "ada", "password": PASSWORD}).status_code == 422
    assert people.nobody().post("/login", {"name": "ada", "password": spaced}).status_code == 303


def test_passwords_are_kept_as_argon2id(register: Register) -> None:
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches(kept, PASSWORD)
    assert not passwords.matches(kept, PASSWORD + "x")
    assert not passwords.matches("", "")
    assert not passwords.matches("no hash", PASSWORD)


def test_nobody_and_a_wrong_password_look_the_same(people: People) -> None:
    people.add("ada")
    answers = [
        people.nobody().post("/login", {"name": name, "password": "not the right one"}) for name in ("ada", "eve")
    ]
    assert {a.status_code for a in answers} == {422}
    assert all(WRONG in text_of(a).lower() for a in answers)


def test_nobody_takes_as_long_as_a_wrong_password(register: Register) -> None:
    kept = passwords.hashed(PASSWORD)

    def took(hashed: str) -> float:
        began = time.perf_counter()
        passwords.matches(hashed, "not the right one")
        return time.perf_counter() - began

    passwords.matches("", "")
    known, unknown = (statistics.median(took(hashed) for _ in range(3)) for hashed in (kept, ""))
    assert 0.4 < known / unknown < 2.5


def test_after_five_failures_even_the_right_password_waits(people: People, register: Register, clock: Clock) -> None:
    people.add("ada")
    visitor = people.nobody()
    for _ in range(5):
        assert visitor.post("/login", {"name": "ada", "password": "wrong"}).status_code == 422
    answer = visitor.post("/login", {"name": "Ada ", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"
    assert "wait 2 seconds" in text_of(answer)
    clock.forward(seconds=2)
    assert visitor.post("/login", {"name": "ada", "password": PASSWORD}).status_code == 303
    with register.read() as connection:
        assert len(log(connection, Filter(action="login"))) == 1


def test_waits_grow_to_a_quarter_of_an_hour_and_are_the_same_for_nobody(register: Register, clock: Clock) -> None:
    waits = []
    for n in range(20):
        try:
            sessions.log_in(register, "eve", "wrong", address=f"10.0.0.{n}")
        except sessions.TooManyAttempts as error:
            waits.append(error.seconds)
            clock.forward(seconds=error.seconds)
        except InputError:
            pass
    assert waits[:4] == [2, 4, 8, 16]
    for _ in range(20):
        try:
            sessions.log_in(register, "eve", "wrong", address="10.0.1.1")
        except sessions.TooManyAttempts as error:
            waits.append(error.seconds)
            clock.forward(seconds=error.seconds)
        except InputError:
            pass
    assert max(waits) == 900


def test_one_address_that_tries_many_names_waits_too(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "matches", lambda *_: False)
    for n in range(30):
        with pytest.raises(InputError):
            sessions.log_in(register, f"user{n}", "x", address="10.0.0.1")
    with pytest.raises(sessions.TooManyAttempts):
        sessions.log_in(register, "another", "x", address="10.0.0.1")
    with pytest.raises(InputError):
        sessions.log_in(register, "another", "x", address="10.0.0.2")


def test_a_good_login_clears_the_failures_of_its_name(people: People, register: Register) -> None:
    people.add("ada")
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(InputError):
                sessions.log_in(register, "ada", "wrong", address="10.0.0.1")
        sessions.log_in(register, "ada", PASSWORD, address="10.0.0.1")


def test_who_is_shut_out_cannot_log_in_and_is_out_at_once(people: People, register: Register) -> None:
    people.add("root", "administrator")
    visitor = people.log_in("ada", "viewer")
    assert visitor.get("/account").status_code == 200
    administration.shut_out(register, ROOT, "ada")
    assert visitor.get("/account").status_code == 303
    answer = people.nobody().post("/login", {"name": "ada", "password": PASSWORD})
    assert WRONG in text_of(answer).lower()


def test_a_session_ends_without_use_and_in_any_case(people: People, clock: Clock) -> None:
    idle, busy = people.log_in("ada", "viewer"), people.log_in("ada")
    for _ in range(7 * 24 // 6 - 1):
        clock.forward(hours=6)
        assert busy.get("/account").status_code == 200
    assert idle.get("/account").status_code == 303
    clock.forward(hours=6)
    assert busy.get("/account").status_code == 303


def test_the_rules_say_how_long_a_session_lasts(people: People, register: Register, clock: Clock) -> None:
    visitor = people.log_in("ada", "viewer")
    before = administration.rules(register)
    wanted = administration.Rules(policy=before.policy, sessions=SessionRules(idle_hours=1, days=1))
    administration.set_rules(register, ROOT, wanted, read=before)
    clock.forward(minutes=61)
    assert visitor.get("/account").status_code == 303


def test_logging_out_ends_the_session_on_the_server(people: People) -> None:
    visitor = people.log_in("ada", "viewer")
    secret = visitor.client.cookies[SESSION]
    assert visitor.post("/logout").status_code == 303
    visitor.client.cookies.clear()
    visitor.client.cookies.set(SESSION, secret, domain="127.0.0.1")
    assert visitor.get("/account").status_code == 303


def test_logging_out_everywhere_ends_all_of_them(people: People) -> None:
    here, there, other = people.log_in("ada", "viewer"), people.log_in("ada"), people.log_in("bob", "viewer")
    assert here.post("/account/sessions/end-all").headers["location"] == "/login"
    assert here.get("/account").status_code == 303
    assert there.get("/account").status_code == 303
    assert other.get("/account").status_code == 200


def test_nobody_can_end_the_session_of_another(people: People) -> None:
    mine, theirs = people.log_in("ada", "viewer"), people.log_in("bob", "viewer")
    mine.post("/account/sessions/end", {"session": sessions.digest_of(theirs.client.cookies[SESSION])})
    assert theirs.get("/account").status_code == 200


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(people: People) -> None:
    here, there = people.log_in("ada", "viewer"), people.log_in("ada")
    fresh = "another four random words"
    wrong = here.post("/account/password", {"old": "wrong", "password": fresh, "again": fresh})
    assert wrong.status_code == 422
    assert "not your present password" in text_of(wrong)
    assert here.post("/account/password", {"old": PASSWORD, "password": fresh, "again": fresh}).status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert people.nobody().post("/login", {"name": "ada", "password": fresh}).status_code == 303


def test_a_link_for_a_new_password_works_once_and_logs_out_elsewhere(people: People, register: Register) -> None:
    there = people.log_in("ada", "viewer")
    code = accounts.reset_link(register, ROOT, "ada")
    visitor, fresh = people.nobody(), "another four random words"
    assert "A new password" in text_of(visitor.post("/link", {"code": code}))
    fields = {"code": code, "password": fresh, "again": fresh}
    assert visitor.post("/link/password", fields).status_code == 303
    assert visitor.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert people.nobody().post("/link/password", fields).status_code == 410


def test_the_theme_is_kept_in_a_cookie_and_stands_in_the_page(anybody: Visitor) -> None:
    assert 'data-theme="system"' in anybody.get("/login").text
    assert anybody.post("/theme", {"theme": "dark", "back": "/login"}).headers["location"] == "/login"
    assert 'data-theme="dark"' in anybody.get("/login").text
    anybody.post("/theme", {"theme": '"><script>'})
    assert 'data-theme="system"' in anybody.get("/login").text


def test_where_one_wanted_to_go_comes_after_the_login(people: People) -> None:
    people.add("ada", "administrator")
    visitor = people.nobody()
    assert visitor.get("/administration/rules").headers["location"] == "/login?next=/administration/rules"
    assert 'name="next" value="/administration/rules"' in visitor.get("/login?next=/administration/rules").text
    answer = visitor.post("/login", {"name": "ada", "password": PASSWORD, "next": "/administration/rules"})
    assert answer.headers["location"] == "/administration/rules"


def test_somebody_without_a_role_is_told_what_is_missing(people: People) -> None:
    visitor = people.log_in("newcomer")
    answer = visitor.get("/")
    assert answer.headers["location"] == "/account"
    assert "You have no role yet" in visitor.get("/account").text
    as_reader = people.log_in("sam", "viewer")
    assert as_reader.get("/").headers["location"] == "/portfolio"
