"""Logging in by an identity provider that runs here, and refusing it whenever it lies."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Iterator

import pytest
from joserfc.jwk import OctKey, RSAKey

from bartizan.core.errors import InputError
from bartizan.core.people import User
from bartizan.register import people as kept
from bartizan.register.opening import Register
from bartizan.web.oidc import Provider, provider_of
from bartizan.workflows import administration
from bartizan.workflows.access import at_the_console
from bartizan.workflows.desk import Desk
from tests.web.clients import People, Visitor, application, text_of
from tests.web.provider import CLIENT, SECRET, FakeProvider, fake_provider


@pytest.fixture(scope="module")
def running() -> Iterator[FakeProvider]:
    with fake_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: FakeProvider) -> FakeProvider:
    """An honest provider."""
    running.claims = {"sub": "42", "preferred_username": "Grace", "name": "Grace Hopper"}
    running.lie, running.algorithm, running.signed_by = {}, "RS256", running.key
    running.named, running.token_status = "", 200
    return running


@pytest.fixture
def people(desk: Desk, provider: FakeProvider) -> Iterator[People]:
    ours = Provider(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, label="Example Org")
    made = People(desk.register, application(desk, provider=ours))
    made.add("ada", "administrator")
    yield made
    made.close()


def begin(visitor: Visitor, to: str = "/") -> str:
    """Where the provider is asked to log somebody in."""
    answer = visitor.post("/login/oidc", {"next": to})
    assert answer.status_code == 200
    found = re.search(r'class="button primary" href="([^"]+)"', answer.text)
    assert found is not None
    assert answer.headers["refresh"] == f"0; url={html.unescape(found[1])}"
    return html.unescape(found[1])


def log_in(visitor: Visitor, provider: FakeProvider, to: str = "/") -> int:
    return visitor.get(provider.log_in_at(begin(visitor, to))).status_code


def users_of(register: Register) -> dict[str, User]:
    with register.read() as connection:
        return {user.id: user for user in kept.users(connection)}


def test_who_is_new_becomes_a_user_without_roles(people: People, provider: FakeProvider, register: Register) -> None:
    visitor = people.nobody()
    assert "Log in with Example Org" in text_of(visitor.get("/login"))
    assert log_in(visitor, provider) == 303
    grace = users_of(register)["grace"]
    assert (grace.name, grace.grants, grace.has_password) == ("Grace Hopper", (), False)
    assert grace.oidc_subject == f"{provider.issuer} 42"
    assert "no roles yet" in text_of(visitor.get("/account"))


def test_who_comes_back_is_known_by_subject_whatever_else_changed(
    people: People, provider: FakeProvider, register: Register
) -> None:
    assert log_in(people.nobody(), provider) == 303
    provider.claims = {"sub": "42", "preferred_username": "ada", "name": "Somebody Else"}
    visitor = people.nobody()
    assert log_in(visitor, provider) == 303
    assert "You log in as grace" in text_of(visitor.get("/account"))
    assert set(users_of(register)) == {"ada", "grace"}


def test_a_name_that_is_taken_is_not_taken_over(people: People, provider: FakeProvider, register: Register) -> None:
    provider.claims = {"sub": "666", "preferred_username": "ada", "email": "ada@example.org"}
    visitor = people.nobody()
    assert log_in(visitor, provider) == 303
    assert visitor.get("/administration").status_code == 403
    assert users_of(register)["ada-2"].grants == ()


def test_one_goes_on_to_where_one_wanted(people: People, provider: FakeProvider) -> None:
    visitor = people.nobody()
    answer = visitor.get(provider.log_in_at(begin(visitor, "/account")))
    assert answer.headers["location"] == "/account"
    visitor = people.nobody()
    answer = visitor.get(provider.log_in_at(begin(visitor, "//evil.example")))
    assert answer.headers["location"] == "/"


def claiming(**claims: object) -> Callable[[FakeProvider], None]:
    """A lie in the id_token; None leaves a claim out."""

    def lie(provider: FakeProvider) -> None:
        provider.lie = claims

    return lie


def bent(**parts: object) -> Callable[[FakeProvider], None]:
    """A provider with other parts."""

    def lie(provider: FakeProvider) -> None:
        for name, value in parts.items():
            setattr(provider, name, value)

    return lie


LIES: dict[str, Callable[[FakeProvider], None]] = {
    "another nonce": claiming(nonce="replayed"),
    "no nonce": claiming(nonce=None),
    "another audience": claiming(aud="somebody-else"),
    "another issuer": claiming(iss="https://evil.example"),
    "long over": claiming(exp=1_700_000_000),
    "no end": claiming(exp=None),
    "no subject": claiming(sub=None),
    "a subject that is no text": claiming(sub=["42"]),
    "another key": bent(signed_by=RSAKey.generate_key(2048, {"kid": "k1"})),
    "no signature": bent(algorithm="none"),
    "our own secret as key": bent(algorithm="HS256", signed_by=OctKey.import_key(SECRET)),
    "a configuration of another": bent(named="https://evil.example"),
    "a refusal": bent(token_status=400),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_lets_nobody_in(
    people: People,
    provider: FakeProvider,
    register: Register,
    lie: Callable[[FakeProvider], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bartizan")
    visitor = people.nobody()
    back = provider.log_in_at(begin(visitor))
    lie(provider)
    answer = visitor.get(back)
    assert answer.status_code == 403
    assert "could not be trusted" in text_of(answer)
    assert visitor.get("/account").status_code == 303
    assert set(users_of(register)) == {"ada"}
    assert "was refused" in caplog.text


def test_an_answer_to_a_login_that_began_elsewhere_lets_nobody_in(people: People, provider: FakeProvider) -> None:
    attacker, victim = people.nobody(), people.nobody()
    back = provider.log_in_at(begin(attacker))
    victim.get("/login")
    assert victim.get(back).status_code == 403
    begin(victim)
    assert victim.get(back).status_code == 403
    assert victim.get("/account").status_code == 303


def test_an_answer_works_once(people: People, provider: FakeProvider) -> None:
    visitor = people.nobody()
    back = provider.log_in_at(begin(visitor))
    assert visitor.get(back).status_code == 303
    assert visitor.get(back).status_code == 403


def test_an_answer_without_a_code_is_refused(people: People) -> None:
    visitor = people.nobody()
    begin(visitor)
    assert visitor.get("/login/oidc/back?error=access_denied&state=x").status_code == 403


def test_who_is_shut_out_is_shut_out_here_too(people: People, provider: FakeProvider, register: Register) -> None:
    assert log_in(people.nobody(), provider) == 303
    administration.shut_out(register, at_the_console("root"), "grace")
    assert log_in(people.nobody(), provider) == 403


def test_the_provider_makes_no_first_administrator(desk: Desk, provider: FakeProvider) -> None:
    ours = Provider(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET)
    made = People(desk.register, application(desk, provider=ours))
    assert log_in(made.nobody(), provider) == 403
    assert users_of(desk.register) == {}
    made.close()


def test_a_provider_that_does_not_answer_is_said_to_be_so(desk: Desk) -> None:
    made = People(desk.register, application(desk, provider=Provider(issuer="http://127.0.0.1:1", client_id="x")))
    answer = made.nobody().post("/login/oidc")
    assert answer.status_code == 502
    assert "identity provider did not answer" in text_of(answer)
    made.close()


def test_the_environment_names_the_provider_by_https_only() -> None:
    said = {"BARTIZAN_OIDC_ISSUER": "https://id.example.org/", "BARTIZAN_OIDC_CLIENT_ID": "b"}
    found = provider_of({**said, "BARTIZAN_OIDC_CLIENT_SECRET": "hush"})
    assert found is not None
    assert found.issuer == "https://id.example.org"
    assert "hush" not in repr(found)
    assert provider_of({}) is None
    for wrong in ("http://id.example.org", "http://127.0.0.1.evil.example", "https://", "file:///etc"):
        with pytest.raises(InputError) as error:
            provider_of({"BARTIZAN_OIDC_ISSUER": wrong})
        assert len(error.value.problems) == 2
