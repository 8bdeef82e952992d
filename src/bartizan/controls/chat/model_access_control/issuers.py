"""Tokens of others: JWTs of an OpenID provider or another issuer that the settings name.

After RFC 8725 (JWT best current practices): algorithms from a list that holds no symmetric one and no "none", the key
chosen by ``kid`` from the issuer's own set, issuer, audience and end checked always. Keys come from a file, or from an
address that the settings name; nothing in a token says where keys are.
"""

from __future__ import annotations

import base64
import math
import warnings
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.model_access_control.identity import Identity, Patterns, Refused
from bartizan.controls.chat.model_access_control.jwks import KeySource, is_loopback
from bartizan.core.extras import need

LARGEST = 16_384
"""Characters of a token at most."""
Algorithm: TypeAlias = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
]


class Issuer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose tokens are believed, and what they make of who presents them."""

    name: str
    """Short; it stands before the caller's name: corp:jo."""
    issuer: str
    """What ``iss`` must be."""
    audiences: tuple[str, ...]
    """What ``aud`` must hold one of."""
    jwks: str = ""
    """Where its keys are: file:PATH, or an https address; empty: where the issuer's discovery document, at its own
    host, says (OpenID Connect Discovery 1.0, section 4)."""
    algorithms: tuple[Algorithm, ...] = ("RS256", "ES256", "Ed25519")
    leeway: float = 30.0
    """Seconds by which clocks may differ."""
    keys_kept: float = 600.0
    """Seconds for which its keys are believed before they are read again."""
    kind: Literal["person", "service", "agent"] = "person"
    caller_claim: str = "sub"
    tenant: str = ""
    tenant_claim: str = ""
    rights_claim: str = ""
    """A list, or words in a text such as ``scope``."""
    rights: frozenset[str] = frozenset()
    """That all of its callers have."""
    models: Patterns | None = None
    models_claim: str = ""
    """A list; a token without it may use no model."""
    tools: Patterns | None = None
    tools_claim: str = ""
    requires: dict[str, str] = {}
    """Claims that must have this very text."""

    def faults(self) -> str:
        """What is wrong beyond types; empty: nothing."""
        if not (self.name and self.issuer and self.audiences and all(self.audiences)):
            return "an issuer needs a name, the issuer's address and at least one audience"
        if not self.algorithms:
            return "an issuer needs at least one algorithm"
        address = self.jwks or self.issuer
        if address.startswith("file:"):
            return ""
        parts = urlsplit(address)
        if parts.scheme != "https" and not is_loopback(parts.hostname):
            return "an issuer's keys must come from file:PATH or an https address"
        return ""


class Verifier:
    """Checks the tokens of one issuer."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.source = KeySource(issuer.jwks, issuer.issuer, kept=issuer.keys_kept)

    async def identity(self, token: str, *, now: float) -> Identity:
        """Who presents a token. Raises Refused; Unreachable where the issuer's keys cannot be had."""
        jwt, errors = need("joserfc.jwt"), need("joserfc.errors")
        header = header_of(token)
        if header.get("alg") not in self.issuer.algorithms:
            raise Refused("bad_token", "the token's algorithm is not one that is allowed")
        key = await self.source.key(header)
        try:
            with warnings.catch_warnings():
                # EdDSA got a new name in RFC 9864; whoever lists the old one knows.
                warnings.simplefilter("ignore", errors.SecurityWarning)
                read = jwt.decode(token, key, algorithms=list(self.issuer.algorithms))
        except (errors.JoseError, ValueError, TypeError):
            raise Refused("bad_token", "the token's signature or form is wrong") from None
        until = self._times(read.claims, now)
        self._meant_for_us(read.claims)
        return self._made(read.claims, until)

    def _times(self, claims: Mapping[str, Any], now: float) -> float:
        leeway = self.issuer.leeway
        until = _moment(claims, "exp")
        if until is None or now >= until + leeway:
            raise Refused("expired_token", "the token has expired, or has no end")
        for name in ("nbf", "iat"):
            since = _moment(claims, name)
            if since is not None and now < since - leeway:
                raise Refused("early_token", "the token does not hold yet")
        return until + leeway

    def _meant_for_us(self, claims: Mapping[str, Any]) -> None:
        heard = claims.get("aud")
        audiences = heard if isinstance(heard, list) else [heard]
        if claims.get("iss") != self.issuer.issuer or not set(self.issuer.audiences) & {
            one for one in audiences if isinstance(one, str)
        }:
            raise Refused("foreign_token", "the token is of another issuer, or for another audience")
        if any(claims.get(name) != wanted for name, wanted in self.issuer.requires.items()):
            raise Refused("foreign_token", "the token lacks a claim that is required")

    def _made(self, claims: Mapping[str, Any], until: float) -> Identity:
        one = self.issuer
        name = claims.get(one.caller_claim)
        tenant = claims.get(one.tenant_claim) if one.tenant_claim else one.tenant
        if not isinstance(name, str) or not name or not isinstance(tenant, str) or (one.tenant_claim and not tenant):
            raise Refused("bad_token", "the token does not say who, or of which tenant")
        caller = Caller(
            id=f"{one.name}:{name}",
            tenant=tenant,
            kind=one.kind,
            models=_listed(claims, one.models_claim) if one.models_claim else one.models,
            tools=_listed(claims, one.tools_claim) if one.tools_claim else one.tools,
            rights=one.rights | frozenset(_listed(claims, one.rights_claim) if one.rights_claim else ()),
        )
        return Identity(caller=caller, proof=f"sub:{one.name}#{name}", until=until)


def header_of(token: str) -> dict[str, Any]:
    """The header of a JWT, before anything is verified. Raises Refused for what is none."""
    return _part(token, 0)


def issuer_in(token: str) -> str:
    """What a token says of its issuer, before anything is verified: it only chooses who verifies. Raises Refused."""
    found = _part(token, 1).get("iss")
    return found if isinstance(found, str) else ""


def _part(token: str, index: int) -> dict[str, Any]:
    parts = token.split(".")
    if len(token) > LARGEST or len(parts) != 3:
        raise Refused("bad_token", "the token is not of the form of a JWT, or too long")
    try:
        read = msgspec.json.decode(_decoded(parts[index]))
    except (ValueError, RecursionError):
        raise Refused("bad_token", "the token is not of the form of a JWT") from None
    if not isinstance(read, dict):
        raise Refused("bad_token", "the token is not of the form of a JWT")
    return read


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    found = claims.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise Refused("bad_token", "the token's times are no numbers")
    return float(found)


def _listed(claims: Mapping[str, Any], name: str) -> Patterns:
    found = claims.get(name)
    words = found.split() if isinstance(found, str) else found if isinstance(found, list) else []
    return tuple(one for one in words[:256] if isinstance(one, str))
