"""Tokens of an issuer: only those that it signed, for us, now, with an algorithm that is allowed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.model_access_control import Issuer, ModelAccessControl
from bartizan.controls.chat.model_access_control import jwks as jwks_module
from bartizan.controls.chat.verdict import Block
from tests.controls.chat.model_access_control.letting_in import NOW, asked, bearer, bench, let_in, rule

RSA = RSAKey.generate_key(2048, {"kid": "r", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "e"})
ED = OKPKey.generate_key("Ed25519", {"kid": "d"})
STRANGER = ECKey.generate_key("P-256", {"kid": "e"})
CLAIMS: dict[str, Any] = {
    "iss": "https://id.example",
    "aud": "gateway",
    "sub": "jo",
    "exp": NOW + 60,
    "nbf": NOW - 5,
    "org": "acme",
    "scope": "hr public",
    "models": ["m", "n*"],
}


def _set(path: Path, *keys: Any) -> str:
    path.write_text(json.dumps({"keys": [one.as_dict(private=False) for one in keys]}))
    return f"file:{path}"


def _issuer(path: Path, **more: Any) -> ModelAccessControl:
    given: dict[str, Any] = {
        "name": "corp",
        "issuer": "https://id.example",
        "audiences": ("gateway",),
        "jwks": _set(path / "jwks", RSA, EC, ED),
        "tenant_claim": "org",
        "rights_claim": "scope",
        "models_claim": "models",
    } | more
    return ModelAccessControl(issuers=(Issuer(**given),))


def _token(key: Any = EC, alg: str = "ES256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    said = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid} | (header or {}), said, key, algorithms=[alg])


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256"), (ED, "Ed25519")])
def test_a_sound_token_makes_its_caller(tmp_path: Path, key: Any, alg: str) -> None:
    assert asked(_issuer(tmp_path), bearer(_token(key, alg))) == Caller(
        id="corp:jo", tenant="acme", kind="person", models=("m", "n*"), rights=frozenset({"hr", "public"})
    )


@pytest.mark.parametrize(
    ("claims", "wanted"),
    [
        ({"exp": NOW - 31}, "expired_token"),
        ({"exp": None}, "expired_token"),
        ({"exp": "tomorrow"}, "bad_token"),
        ({"exp": True}, "bad_token"),
        ({"nbf": NOW + 31}, "early_token"),
        ({"aud": "another"}, "foreign_token"),
        ({"aud": None}, "foreign_token"),
        ({"aud": ["a", {"b": 1}]}, "foreign_token"),
        ({"iss": "https://other.example"}, "unknown_issuer"),
        ({"sub": None}, "bad_token"),
        ({"sub": ["jo"]}, "bad_token"),
        ({"org": None}, "bad_token"),
        ({"models": None}, "model"),
        ({"models": ["x"]}, "model"),
    ],
)
def test_a_token_that_lacks_anything_lets_nobody_in(tmp_path: Path, claims: dict[str, Any], wanted: str) -> None:
    assert rule(asked(_issuer(tmp_path), bearer(_token(**claims)))) == wanted


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_the_old_name_of_an_algorithm_is_taken_where_it_is_listed(tmp_path: Path) -> None:
    token = _token(ED, "EdDSA")
    assert rule(asked(_issuer(tmp_path), bearer(token))) == "bad_token"
    assert isinstance(asked(_issuer(tmp_path, algorithms=("EdDSA",)), bearer(token)), Caller)


def test_clocks_may_differ_by_the_leeway(tmp_path: Path) -> None:
    assert isinstance(asked(_issuer(tmp_path), bearer(_token(exp=NOW - 29, nbf=NOW + 29))), Caller)


def _unsigned(alg: str) -> str:
    parts = [json.dumps(one).encode() for one in ({"alg": alg, "kid": "e"}, CLAIMS)]
    return ".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts) + "."


def _confused() -> str:
    parts = [json.dumps(one).encode() for one in ({"alg": "HS256", "kid": "r"}, CLAIMS)]
    said = b".".join(base64.urlsafe_b64encode(one).rstrip(b"=") for one in parts)
    mac = hmac.new(RSA.as_pem(private=False), said, hashlib.sha256).digest()
    return (said + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def test_no_algorithm_no_shared_secret_and_no_strange_key_will_do(tmp_path: Path) -> None:
    guard = _issuer(tmp_path)
    for alg in ("none", "None", "NONE"):
        assert rule(asked(guard, bearer(_unsigned(alg)))) == "bad_token"
    # The public key as an HMAC secret: the classic confusion.
    assert rule(asked(guard, bearer(_confused()))) == "bad_token"
    assert rule(asked(guard, bearer(_token(STRANGER)))) == "bad_token"
    assert rule(asked(guard, bearer(_token(EC, header={"kid": "zz"})))) == "unknown_key_id"
    assert rule(asked(guard, bearer(_token(EC, header={"kid": "r"})))) == "bad_token"
    embedded = {"jwk": STRANGER.as_dict(private=False)}
    assert rule(asked(guard, bearer(_token(STRANGER, header=embedded)))) == "bad_token"
    assert rule(asked(_issuer(tmp_path, algorithms=("RS256",)), bearer(_token(EC)))) == "bad_token"


def test_a_changed_payload_a_cut_and_an_endless_token_are_refused(tmp_path: Path) -> None:
    guard = _issuer(tmp_path)
    head, _, tail = _token().split(".")
    payload = base64.urlsafe_b64encode(json.dumps(CLAIMS | {"sub": "root"}).encode()).rstrip(b"=").decode()
    for token in (f"{head}.{payload}.{tail}", f"{head}.{payload}", f"{head}.{payload}.", "a.b.c", "x" * 40_000, "..."):
        assert rule(asked(guard, bearer(token))) in {"bad_token", "unknown_issuer"}


def test_claims_that_are_required_must_be_there(tmp_path: Path) -> None:
    guard = _issuer(tmp_path, requires={"hd": "acme.example"})
    assert rule(asked(guard, bearer(_token()))) == "foreign_token"
    assert isinstance(asked(guard, bearer(_token(hd="acme.example"))), Caller)


def test_a_token_that_was_verified_ends_all_the_same(tmp_path: Path) -> None:
    guard = _issuer(tmp_path)
    token = _token(exp=NOW + 10)

    async def work() -> None:
        assert isinstance(await let_in(guard, bearer(token)), Caller)
        assert rule(await let_in(guard, bearer(token), at=bench(now=NOW + 41))) == "expired"

    asyncio.run(work())


def test_symmetric_keys_in_a_set_are_left_out() -> None:
    raw = json.dumps({"keys": [OctKey.generate_key(256).as_dict(private=True), {"kty": "RSA"}, 7, {"kty": "new"}]})
    assert jwks_module.keys_of(raw.encode()) == []
    with pytest.raises(ValueError, match="no set"):
        jwks_module.keys_of(b"[]")


class _Provider:
    """A real issuer on loopback, with discovery."""

    def __init__(self) -> None:
        self.keys: list[Any] = [EC]
        self.asked: list[str] = []
        self.elsewhere = ""
        self.status = 200

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path.startswith("/.well-known"):
            there = self.elsewhere or f"http://{request.host}"
            return web.json_response({"jwks_uri": f"{there}/keys"})
        return web.json_response({"keys": [one.as_dict(private=False) for one in self.keys]}, status=self.status)

    async def start(self) -> tuple[web.AppRunner, str]:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self.serve)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


def test_keys_are_fetched_when_first_needed_once_for_all_and_again_for_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work() -> None:
        provider = _Provider()
        runner, address = await provider.start()
        guard = ModelAccessControl(issuers=(Issuer(name="corp", issuer=address, audiences=("gateway",)),))
        assert guard.faults() == {}
        assert provider.asked == []
        tokens = [_token(iss=address, jti=str(i)) for i in range(5)]
        seen = await asyncio.gather(*(let_in(guard, bearer(one)) for one in tokens))
        assert all(isinstance(one, Caller) for one in seen)
        assert provider.asked == ["/.well-known/openid-configuration", "/keys"]
        # A new key is not looked for more often than every half a minute, whatever strangers send.
        provider.keys = [EC, RSA]
        newer = _token(RSA, "RS256", iss=address)
        assert rule(await let_in(guard, bearer(newer))) == "unknown_key_id"
        monkeypatch.setattr(jwks_module, "AGAIN_AFTER", 0.0)
        assert isinstance(await let_in(guard, bearer(newer)), Caller)
        # An issuer that is gone does not take back what is known.
        provider.status = 500
        assert rule(await let_in(guard, bearer(_token(STRANGER, iss=address, header={"kid": "q"})))) == "unknown_key_id"
        assert isinstance(await let_in(guard, bearer(_token(iss=address, jti="z"))), Caller)
        await runner.cleanup()

    asyncio.run(work())


def test_keys_at_a_host_that_the_settings_do_not_name_are_not_fetched() -> None:
    async def work() -> Caller | Block:
        provider, other = _Provider(), _Provider()
        runner, address = await provider.start()
        second, provider.elsewhere = await other.start()
        guard = ModelAccessControl(issuers=(Issuer(name="corp", issuer=address, audiences=("gateway",)),))
        seen = await let_in(guard, bearer(_token(iss=address)))
        assert other.asked == []
        await runner.cleanup()
        await second.cleanup()
        return seen

    seen = asyncio.run(work())
    assert isinstance(seen, Block)
    assert seen.kind == "failure"


def test_settings_that_would_fetch_keys_in_the_clear_are_faults(tmp_path: Path) -> None:
    for wrong in ({"jwks": "http://id.example/keys"}, {"audiences": ()}, {"algorithms": ()}):
        assert "issuers" in _issuer(tmp_path, **wrong).faults()
