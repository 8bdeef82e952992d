"""Passwords: what they must be, and argon2id over them (RFC 9106, the parameters for servers with little memory)."""

from __future__ import annotations

import secrets
import threading
from functools import cache
from typing import TYPE_CHECKING

from bartizan.core.errors import InputError, MissingExtra, Problem

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 1000
_AT_ONCE = threading.BoundedSemaphore(4)
"""Each takes 64 MiB; whoever logs in while four do waits some hundredths of a second."""


def problems_of(password: str, again: str, name: str) -> list[Problem]:
    """What is wrong with a new password; compared to nothing that is kept elsewhere."""
    found = ""
    if len(password) < SHORTEST:
        found = f"a password has at least {SHORTEST} characters"
    elif len(password) > LONGEST:
        found = f"a password has at most {LONGEST} characters"
    elif len(set(password)) < 5 or password.casefold() in {name.casefold() * n for n in range(1, 10)}:
        found = "this password is too easy to guess"
    if found:
        return [Problem(file="password", finding=found, fix="four or five random words make a good one")]
    if password != again:
        return [Problem(file="again", finding="the two passwords differ", fix="write the same one twice")]
    return []


def check(password: str, again: str, name: str) -> None:
    """Raise InputError where a new password will not do."""
    if problems := problems_of(password, again, name):
        raise InputError(problems)


def hashed(password: str) -> str:
    """The argon2id hash to keep. Raises MissingExtra."""
    with _AT_ONCE:
        return _hasher().hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether a password is the one that was kept. As slow where none was kept, so that time tells nothing."""
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415  heavy

    decoy = _decoy()
    with _AT_ONCE:
        try:
            return _hasher().verify(kept or decoy, password[:LONGEST]) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher, profiles  # noqa: PLC0415  heavy
    except ModuleNotFoundError:
        raise MissingExtra("logging in", "web") from None
    return PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)


@cache
def _decoy() -> str:
    """A hash of what nobody knows."""
    return _hasher().hash(secrets.token_urlsafe())
