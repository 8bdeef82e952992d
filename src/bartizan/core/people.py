"""People who use a register: who they are, what they may do and where, and how they are known when they come back."""

from __future__ import annotations

import unicodedata
from typing import Literal, TypeAlias, get_args

import msgspec

Role: TypeAlias = Literal["viewer", "assessor", "approver", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the least to the most: each may do what those before it may."""

EVERYWHERE = ""
"""What stands for the id of a system where a role holds for all of them."""

Purpose: TypeAlias = Literal["first", "invitation", "password"]
"""What a link that works once is for."""


def at_least(role: Role, wanted: Role) -> bool:
    """Whether a role may do what the wanted one may."""
    return ROLES.index(role) >= ROLES.index(wanted)


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one and the same to a reader: case, spaces, invisible characters and width do not count.

    Letters of other scripts that look alike do: a name that is only typed (``--by``) is a claim, and no proof.
    """
    return _as_read(one) == _as_read(other)


def _as_read(name: str) -> str:
    seen = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) not in {"Cf", "Cc"})
    return unicodedata.normalize("NFKC", "".join(seen.split()).casefold())


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role that somebody has on a system, or on all of them."""

    user: str
    system: str = EVERYWHERE
    role: Role


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can log in. `id` is the name they log in with, and what the audit calls them."""

    id: str
    name: str = ""
    email: str = ""
    oidc_subject: str = ""
    disabled: bool = False
    notify: bool = True
    created_at: str = ""
    last_seen: str = ""
    revision: int = 0
    has_password: bool = False
    grants: tuple[Grant, ...] = ()

    @property
    def shown(self) -> str:
        """What pages call them."""
        return self.name or self.id


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is logged in. `digest` is the SHA-256 of its secret, which is kept nowhere."""

    digest: str
    user: str
    created_at: str
    last_seen: str
    expires_at: str
    agent: str = ""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A key for the API: never more than its user may, on one system or on all, until a day."""

    id: str
    user: str
    name: str
    role: Role
    system: str = EVERYWHERE
    created_at: str = ""
    expires_at: str = ""
    last_used: str = ""
    revoked_at: str = ""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that works once, as it is kept: without its secret."""

    digest: str
    purpose: Purpose
    user: str = ""
    expires_at: str = ""
    used_at: str = ""


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """Failed logins of one name or from one address."""

    key: str
    failures: int = 0
    blocked_until: str = ""
    last_at: str = ""
