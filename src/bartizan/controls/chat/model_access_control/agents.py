"""Tokens for agents: bound to one task and to the credential of whoever presents them, short-lived, signed by us.

An agent sends its own credential (a key, a certificate, a token of an issuer) and, in ``x-bartizan-agent``, the token
of the task. The token holds the proof by which its agent is known, as RFC 8705 (section 3) and RFC 9449 (section 6)
bind a token to a key in ``cnf``; with any other credential it is worth nothing. What it permits is cut to what the
credential itself permits, so trust does not add up along a chain of agents.
"""

from __future__ import annotations

import math
import secrets
from typing import Any, Final

import msgspec

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.model_access_control.identity import Identity, Patterns, Refused, both
from bartizan.core.extras import need

HEADER: Final = "x-bartizan-agent"
KEY: Final = "agent_tokens"
"""The purpose of the bench's key that signs them: ``bench.key(KEY)``."""
TYPE: Final = "btz-agent+jwt"
LONGEST: Final = 86_400.0
"""Seconds that a token may hold at most."""
LARGEST: Final = 8_192
_ISSUER: Final = "bartizan"


class AgentGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent may do for one task."""

    agent: str
    bound_to: str
    """The proof of who presents it: "key:ID", "cert:SHA256" or "sub:ISSUER#SUBJECT"."""
    task: str
    on_behalf: str = ""
    tenant: str = ""
    models: Patterns | None = None
    tools: Patterns | None = None
    rights: frozenset[str] = frozenset()
    seconds: float = 900.0


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token of ours says."""

    iss: str
    sub: str
    iat: float
    exp: float
    task: str
    cnf: dict[str, str]
    obo: str = ""
    tenant: str = ""
    models: Patterns | None = None
    tools: Patterns | None = None
    rights: frozenset[str] = frozenset()


def issue_agent_token(key: bytes, grant: AgentGrant, *, now: float) -> str:
    """A token for a grant, signed with ``bench.key(KEY)`` (HMAC-SHA-256). Raises ValueError for a grant without end,
    task, agent or binding.
    """
    if not (0 < grant.seconds <= LONGEST):
        raise ValueError(f"an agent's token must end within {LONGEST:.0f} seconds")
    if not (grant.agent and grant.task and grant.bound_to):
        raise ValueError("an agent's token needs an agent, a task and the credential that it is bound to")
    claims: dict[str, Any] = {
        "iss": _ISSUER,
        "sub": grant.agent,
        "iat": now,
        "exp": now + grant.seconds,
        "jti": secrets.token_hex(8),
        "task": grant.task,
        "cnf": {"btz": grant.bound_to},
        "obo": grant.on_behalf,
        "tenant": grant.tenant,
        "models": grant.models,
        "tools": grant.tools,
        "rights": sorted(grant.rights),
    }
    signing = need("joserfc.jwk").OctKey.import_key(key)
    return str(need("joserfc.jwt").encode({"alg": "HS256", "typ": TYPE}, claims, signing, algorithms=["HS256"]))


def claims_of(key: bytes, token: str) -> Claims:
    """The claims of a token that we signed; its times are not looked at yet. Raises Refused."""
    if len(token) > LARGEST:
        raise Refused("bad_agent_token", "the agent's token is too long")
    errors = need("joserfc.errors")
    try:
        read = need("joserfc.jwt").decode(token, need("joserfc.jwk").OctKey.import_key(key), algorithms=["HS256"])
        if read.header.get("typ") != TYPE:
            raise Refused("bad_agent_token", "the agent's token is of another kind")
        claims = msgspec.convert(read.claims, Claims)
    except (errors.JoseError, msgspec.ValidationError, ValueError):
        raise Refused("bad_agent_token", "the agent's token is not one of ours") from None
    if claims.iss != _ISSUER or not (math.isfinite(claims.iat) and 0 < claims.exp - claims.iat <= LONGEST):
        raise Refused("bad_agent_token", "the agent's token is not one of ours")
    return claims


def as_agent(claims: Claims, presenter: Identity, *, now: float, leeway: float) -> Identity:
    """The agent that a token makes of whoever presents it. Raises Refused."""
    if claims.cnf.get("btz") != presenter.proof:
        raise Refused("foreign_agent_token", "the agent's token is bound to another credential")
    if not claims.iat - leeway <= now < claims.exp:
        raise Refused("expired_agent_token", "the agent's token has expired, or does not hold yet")
    caller = presenter.caller
    if claims.tenant != caller.tenant:
        raise Refused("foreign_agent_token", "the agent's token is for another tenant")
    made = Caller(
        id=claims.sub,
        tenant=caller.tenant,
        kind="agent",
        on_behalf=claims.obo,
        task=claims.task,
        models=both(claims.models, caller.models),
        tools=both(claims.tools, caller.tools),
        rights=claims.rights & caller.rights,
    )
    return msgspec.structs.replace(presenter, caller=made)
