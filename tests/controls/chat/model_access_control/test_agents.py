"""Agents and certificates: a task's token is worth nothing without the credential that it is bound to."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.model_access_control import (
    AgentGrant,
    Anonymous,
    ClientCertificates,
    ModelAccessControl,
    NewKey,
    issue_agent_token,
    new_key,
)
from bartizan.controls.chat.model_access_control.agents import KEY
from bartizan.controls.chat.model_access_control.identity import both, matches
from bartizan.controls.chat.model_access_control.peers import address_of, counted_as, networks_of
from tests.controls.chat.model_access_control.letting_in import NOW, asked, bearer, bench, key_file, rule

DER = b"a certificate in DER"
THUMB = hashlib.sha256(DER).hexdigest()
PEM = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(DER).decode()}\n-----END CERTIFICATE-----\n"


def _token(key: NewKey, signing: bytes = bench().key(KEY), **more: Any) -> dict[str, str]:
    given: dict[str, Any] = {"agent": "bot", "task": "t1", "bound_to": f"key:{key.entry.id}", "on_behalf": "jo"} | more
    return {"x-bartizan-agent": issue_agent_token(signing, AgentGrant(**given), now=NOW)}


def test_a_token_makes_an_agent_that_may_do_what_both_token_and_credential_permit(tmp_path: Path) -> None:
    key = new_key("runner", models=("small-*", "large"))
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key, tools=["mail.*"], rights=["hr", "public"]))
    token = _token(key, models=("small-1", "x"), tools=("*",), rights=frozenset({"hr", "boss"}))
    assert asked(guard, bearer(key.secret) | token, model="small-1") == Caller(
        id="bot",
        kind="agent",
        on_behalf="jo",
        task="t1",
        models=("small-1",),
        tools=("mail.*",),
        rights=frozenset({"hr"}),
    )
    assert rule(asked(guard, bearer(key.secret) | token, model="large")) == "model"


def test_a_stolen_token_an_old_one_a_forged_one_and_one_of_another_tenant_are_refused(tmp_path: Path) -> None:
    key, thief = new_key("runner"), new_key("thief")
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key, thief), anonymous=Anonymous())
    assert isinstance(asked(guard, bearer(key.secret) | _token(key)), Caller)
    assert rule(asked(guard, bearer(thief.secret) | _token(key))) == "foreign_agent_token"
    assert rule(asked(guard, _token(key))) == "no_credentials"
    late = bench(now=NOW + 901)
    assert rule(asked(guard, bearer(key.secret) | _token(key), at=late)) == "expired_agent_token"
    assert rule(asked(guard, bearer(key.secret) | _token(key), at=bench(now=NOW - 31))) == "expired_agent_token"
    assert rule(asked(guard, bearer(key.secret) | _token(key, b"x" * 32))) == "bad_agent_token"
    assert rule(asked(guard, bearer(key.secret) | _token(key, tenant="other"))) == "foreign_agent_token"
    assert rule(asked(guard, bearer(key.secret) | {"x-bartizan-agent": "a" * 9_000})) == "bad_agent_token"
    # The token of a task is no credential by itself.
    assert rule(asked(guard, bearer(_token(key)["x-bartizan-agent"]))) == "unknown_issuer"


def test_a_grant_without_an_end_a_task_or_a_binding_is_none() -> None:
    for wrong in ({"seconds": 0.0}, {"seconds": 1e9}, {"task": ""}, {"bound_to": ""}, {"agent": ""}):
        with pytest.raises(ValueError, match="token"):
            _token(new_key("a"), **wrong)


def test_agents_may_be_made_to_have_a_task(tmp_path: Path) -> None:
    key = new_key("runner", kind="agent")
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key), agents_need_tasks=True)
    assert rule(asked(guard, bearer(key.secret))) == "task"
    assert isinstance(asked(guard, bearer(key.secret) | _token(key)), Caller)


@pytest.mark.parametrize(
    "header",
    [f":{base64.b64encode(DER).decode()}:", quote(PEM), f'By=spiffe://x;Hash={THUMB};Subject="CN=a"'],
)
def test_a_certificate_is_taken_from_a_trusted_proxy_in_any_of_three_forms(tmp_path: Path, header: str) -> None:
    entry = {"caller": "mesh", "sha256": THUMB, "kind": "agent"}
    guard = ModelAccessControl(
        keys=key_file(tmp_path / "k", certificates=(entry,)), certificates=ClientCertificates(peers=("10.0.0.0/8",))
    )
    assert guard.faults() == {}
    assert asked(guard, {"client-cert": header}, peer="10.1.2.3") == Caller(id="mesh", kind="agent")
    assert rule(asked(guard, {"client-cert": header}, peer="192.0.2.1")) == "certificate_from_a_stranger"


@pytest.mark.parametrize("header", ["::", ":%%%:", "x", f"Hash={THUMB};,Hash={THUMB}", "-----BEGIN", "a" * 40_000])
def test_a_header_that_holds_no_certificate_lets_nobody_in(tmp_path: Path, header: str) -> None:
    entry = {"caller": "mesh", "sha256": THUMB}
    guard = ModelAccessControl(
        keys=key_file(tmp_path / "k", certificates=(entry,)),
        certificates=ClientCertificates(peers=("10.0.0.1",)),
        anonymous=Anonymous(),
    )
    assert rule(asked(guard, {"client-cert": header}, peer="10.0.0.1")) in {"bad_certificate", "unknown_certificate"}


def test_a_strangers_certificate_header_is_refused_even_beside_a_sound_key(tmp_path: Path) -> None:
    key = new_key("ci")
    guard = ModelAccessControl(keys=key_file(tmp_path / "k", key), certificates=ClientCertificates(peers=("10.0.0.1",)))
    assert rule(asked(guard, bearer(key.secret) | {"client-cert": ":YQ==:"})) == "certificate_from_a_stranger"


_PATTERN = st.text(st.sampled_from("ab*"), min_size=1, max_size=4)


@given(st.lists(_PATTERN, max_size=3), st.lists(_PATTERN, max_size=3), st.text(st.sampled_from("ab"), max_size=5))
def test_what_both_permit_is_never_more_than_either(one: list[str], other: list[str], name: str) -> None:
    if matches(name, both(tuple(one), tuple(other))):
        assert matches(name, one)
        assert matches(name, other)


def test_forwarded_addresses_are_believed_from_proxies_only_and_from_the_right() -> None:
    proxies = networks_of(("10.0.0.0/8", "127.0.0.1"))
    seen = [
        address_of("192.0.2.1", {"x-forwarded-for": "6.6.6.6"}, proxies),
        address_of("10.0.0.1", {"x-forwarded-for": "6.6.6.6, 192.0.2.9, 10.0.0.2"}, proxies),
        address_of("10.0.0.1", {"x-forwarded-for": "garbage"}, proxies),
        address_of("10.0.0.1", {}, proxies),
        address_of("10.0.0.1", {"x-forwarded-for": "," * 100_000}, proxies),
    ]
    assert seen == ["192.0.2.1", "192.0.2.9", "10.0.0.1", "10.0.0.1", "10.0.0.1"]
    assert counted_as("2001:db8::1") == counted_as("2001:db8::ffff") != counted_as("2001:db8:0:1::1")
    assert counted_as("::ffff:192.0.2.1") == "192.0.2.1"
