r"""Whether an address may stand in an answer: its host is one of those that the policy names, and nothing about it is
unusual.

Browsers read addresses by the URL standard, which forgives much: backslashes, tabs and line breaks within, one slash or
three, user names, other digits and dots. Nothing of that is forgiven here: what is not plainly ``scheme://host`` of
ASCII letters, followed by its end or by ``/``, ``?`` or ``#``, is not allowed.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ADDRESS = re.compile(
    r"([a-z][a-z0-9+.-]{0,20})://([a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?)(?::([0-9]{1,5}))?([/?#].*)?\Z", re.I | re.S
)
_HARMLESS = re.compile(r"[!-;=?-\[\]_a-z~]*\Z", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#|[a-z][a-z0-9]{0,40};)", re.IGNORECASE)
LONGEST = 2000
"""Characters of an address at most."""


def is_allowed(address: str, hosts: tuple[str, ...], schemes: tuple[str, ...], *, relative: bool = False) -> bool:
    """Whether it goes to one of these hosts. ``*.example.com`` is any host below it, and not example.com itself.

    A host may carry a port, ``example.com:8443``; without one only the scheme's own is allowed.
    """
    if len(address) > LONGEST or not _HARMLESS.match(address) or _ENTITY.search(address):
        return False
    if address.startswith("#"):
        return True
    found = _ADDRESS.match(address)
    if found is None:
        return relative and re.match(r"/(?!/)|\?", address) is not None
    scheme, host, port = found[1].lower(), found[2].lower(), found[3]
    if scheme not in schemes or ".." in host:
        return False
    where = f"{host}:{port}" if port else host
    return any(_fits(where, pattern) for pattern in hosts)


@lru_cache(maxsize=1024)
def _fits(where: str, pattern: str) -> bool:
    pattern = plain(pattern)
    if pattern.startswith("*."):
        return where.endswith(pattern[1:]) and len(where) >= len(pattern)
    return where == pattern


def plain(pattern: str) -> str:
    """A host as addresses have it: small letters, beyond ASCII in Punycode (RFC 3492)."""
    star, rest = ("*.", pattern[2:]) if pattern.startswith("*.") else ("", pattern)
    return star + (rest.lower() if rest.isascii() else rest.encode("idna").decode())


def fault(pattern: str) -> str:
    """What is wrong with a host of a policy; empty: nothing."""
    try:
        host = plain(pattern)
    except UnicodeError:
        return f"{pattern!r} is no host"
    bare = host.removeprefix("*.")
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?", bare) or ".." in bare:
        return f"{pattern!r} is no host: give it as example.com or *.example.com"
    return ""
