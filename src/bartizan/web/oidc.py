"""Logging in elsewhere: OpenID Connect, authorization code with PKCE. Set by environment variables, never by a page.

Sources: OpenID Connect Core 1.0, RFC 7636 (PKCE), RFC 9700 (current practice).
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    parse_authorization_code_response,
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bartizan.core.errors import InputError, Problem, Refused, Unreachable, printable
from bartizan.workflows.sessions import new_secret

_LOG = logging.getLogger("bartizan.web.oidc")
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures only: none that a secret shared with the client could make, and not `none`."""
_WAIT_S = 10
_LARGEST = 1_000_000
_LEEWAY_S = 60


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """An identity provider, and what we are to it."""

    issuer: str
    client_id: str
    client_secret: str = ""
    label: str = "your organisation"

    def __repr__(self) -> str:
        return f"Provider({self.issuer})"


def provider_of(environment: Mapping[str, str]) -> Provider | None:
    """The provider that the environment names; None where it names none. Raises InputError."""
    issuer, client = environment.get("BARTIZAN_OIDC_ISSUER", ""), environment.get("BARTIZAN_OIDC_CLIENT_ID", "")
    if not issuer and not client:
        return None
    problems = []
    if not _is_safe(issuer):
        fix = "write it as https://login.example.org"
        problems.append(Problem(file="BARTIZAN_OIDC_ISSUER", finding="this is no address by HTTPS", fix=fix))
    if not client:
        fix = "name the client that the provider knows us as"
        problems.append(Problem(file="BARTIZAN_OIDC_CLIENT_ID", finding="is not set", fix=fix))
    if problems:
        raise InputError(problems)
    return Provider(
        issuer=issuer.rstrip("/"),
        client_id=client,
        client_secret=environment.get("BARTIZAN_OIDC_CLIENT_SECRET", ""),
        label=environment.get("BARTIZAN_OIDC_LABEL", "your organisation"),
    )


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A login that began: what must come back, and what only this browser holds. Kept in a signed cookie meanwhile."""

    state: str
    nonce: str
    verifier: str
    to: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Who the provider says somebody is. `subject` is what it will always call them; the rest may change."""

    subject: str
    name: str = ""
    shown: str = ""
    email: str = ""


def begin(provider: Provider, back: str, to: str) -> tuple[str, Begun]:
    """Where to send the browser, and what to keep meanwhile. Raises Unreachable, Refused."""
    begun = Begun(state=new_secret(), nonce=new_secret(), verifier=new_secret() + new_secret(), to=to)
    address = prepare_grant_uri(
        _endpoint(_discovered(provider), "authorization_endpoint"),
        provider.client_id,
        "code",
        redirect_uri=back,
        scope="openid profile email",
        state=begun.state,
        nonce=begun.nonce,
        code_challenge=create_s256_code_challenge(begun.verifier),
        code_challenge_method="S256",
    )
    return str(address), begun


def finish(provider: Provider, begun: Begun, back: str, answer: str) -> Known:
    """Who came back. `answer` is the address that they came back to. Raises Unreachable, and Refused for a lie."""
    try:
        given = parse_authorization_code_response(answer)
    except AuthlibBaseError as error:
        raise _distrust(f"no code: {error.error}") from None
    if not hmac.compare_digest(str(given.get("state", "")).encode(), begun.state.encode()):
        raise _distrust("another state than the one that was sent")
    found = _discovered(provider)
    token = _exchange(provider, found, str(given["code"]), begun.verifier, back)
    return _checked(provider, begun, token, _get(_endpoint(found, "jwks_uri")))


def _exchange(provider: Provider, found: Mapping[str, Any], code: str, verifier: str, back: str) -> str:
    body = prepare_token_request(
        "authorization_code", redirect_uri=back, code=code, code_verifier=verifier, client_id=provider.client_id
    )
    basic = httpx.BasicAuth(provider.client_id, provider.client_secret) if provider.client_secret else None
    head = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    given = _asked("POST", _endpoint(found, "token_endpoint"), content=body, headers=head, auth=basic)
    token = given.get("id_token")
    if not isinstance(token, str):
        raise _distrust("no id_token")
    return token


def _checked(provider: Provider, begun: Begun, token: str, keys: Mapping[str, Any]) -> Known:
    """What an id_token says, once its signature and every claim about us hold."""
    try:
        read = jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=list(_ALGORITHMS))
        options = {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
        }
        params = {"nonce": begun.nonce, "client_id": provider.client_id}
        claims = CodeIDToken(read.claims, read.header, options, params)
        claims.validate(now=int(time.time()), leeway=_LEEWAY_S)
    except (JoseError, AuthlibBaseError, KeyError, ValueError, TypeError) as error:
        raise _distrust(f"{type(error).__name__}: {error}") from None
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise _distrust("no subject")
    email = claims.get("email") if claims.get("email_verified") is True else ""
    return Known(
        subject=f"{provider.issuer} {subject}",
        name=_said(claims.get("preferred_username")) or _said(claims.get("email")),
        shown=_said(claims.get("name")),
        email=_said(email),
    )


def _said(value: object) -> str:
    return printable(value.strip())[:100] if isinstance(value, str) else ""


def _discovered(provider: Provider) -> Mapping[str, Any]:
    found = _get(f"{provider.issuer}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != provider.issuer:
        raise _distrust("its configuration names another issuer")
    return found


def _endpoint(found: Mapping[str, Any], name: str) -> str:
    address = str(found.get(name, ""))
    if not _is_safe(address):
        raise _distrust(f"its {name} is no address by HTTPS")
    return address


def _is_safe(address: str) -> bool:
    """Whether nobody between can read or change what is sent there: HTTPS, or this very machine."""
    split = urlsplit(address)
    if split.scheme == "https":
        return bool(split.hostname)
    return split.scheme == "http" and split.hostname in {"127.0.0.1", "localhost", "::1"}


def _get(address: str) -> Mapping[str, Any]:
    return _asked("GET", address)


def _asked(method: str, address: str, **more: Any) -> Mapping[str, Any]:
    try:
        with (
            httpx.Client(timeout=_WAIT_S, follow_redirects=False, trust_env=False) as client,
            client.stream(method, address, **more) as answer,
        ):
            content = b""
            for part in answer.iter_bytes():
                content += part
                if len(content) > _LARGEST:
                    raise _distrust("an answer is too long")
            status = answer.status_code
    except httpx.HTTPError as error:
        _LOG.warning("the identity provider at %s did not answer: %s", address, type(error).__name__)
        raise Unreachable("the identity provider did not answer; try again, or log in by password") from None
    if status != 200:
        raise _distrust(f"{urlsplit(address).path} answered {status}")
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError:
        raise _distrust(f"{urlsplit(address).path} is no JSON") from None


def _distrust(why: str) -> Refused:
    """What the person is told is the same whatever was wrong; the log says what."""
    _LOG.warning("a login by the identity provider was refused: %s", printable(why))
    return Refused("what the identity provider answered could not be trusted; log in again, or by password")
