"""Who may come in to the admin API: by the right name, from no web page of others, with the token.

A web page may point its own name at this machine (DNS rebinding) or let a visitor's browser send requests here. So
where no token is asked, a request names this machine; and none that a browser sends for another site is answered.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from bartizan.core.errors import InputError, Problem
from bartizan.gateway.keys import secret_at
from bartizan.gateway.reading import is_loopback
from bartizan.gateway.settings import AdminSpec

SHORTEST = 16
"""Characters of a token at least."""


class TurnedAway(Exception):
    """A request that is not let in; its text is for who sent it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Entrance:
    """Looks at every request before anything else does."""

    def __init__(self, spec: AdminSpec) -> None:
        """Raises InputError for a token that is not there or too short, and where others could come without one."""
        token = secret_at(spec.key, "admin.key")
        host = spec.listen.rpartition(":")[0].strip("[]").lower()
        self._is_loopback = is_loopback(host)
        self._names = frozenset({"127.0.0.1", "localhost", "::1", host})
        self._digest = hashlib.sha256(token.encode()).digest() if token else None
        if not token and not self._is_loopback:
            raise InputError([Problem(file="admin.key", finding="others can reach this address without a token")])
        if token and len(token) < SHORTEST:
            finding = f"the token has fewer than {SHORTEST} characters"
            raise InputError([Problem(file="admin.key", finding=finding, fix="use 32 random bytes in hexadecimal")])

    def check(self, headers: dict[str, str], *, is_open: bool) -> None:
        """Let a request in, or raise TurnedAway. ``is_open``: whether the operation needs no token."""
        host = headers.get("host", "")
        if self._is_loopback and _name_of(host) not in self._names:
            raise TurnedAway(421, "this server does not answer to that name")
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            raise TurnedAway(403, "this came from another site and was not done")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            raise TurnedAway(403, "this came from another site and was not done")
        if not is_open and self._digest is not None:
            self._check_token(headers.get("authorization", ""))

    def _check_token(self, said: str) -> None:
        scheme, _, token = said.partition(" ")
        digest = hashlib.sha256(token.strip().encode("latin-1", "replace")).digest()
        # Digests are compared, so neither the length of the token nor how much of it is right can be timed.
        is_it = hmac.compare_digest(digest, self._digest or b"")
        if scheme.lower() != "bearer" or not is_it:
            raise TurnedAway(401, "this needs the token of the settings (admin.key), as Authorization: Bearer TOKEN")


def _name_of(host: str) -> str:
    """The name in a Host, without its port; empty where it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower() if "/" not in host and "@" not in host else ""
    except ValueError:
        return ""
