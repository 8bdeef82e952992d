"""A hash chain over entries: each entry's hash covers its own text and the hash of the entry before.

Bodies are canonical JSON (RFC 8785), so that anybody can write the same bytes from the same facts and check the chain
with nothing but SHA-256: ``hash = SHA-256(hash before, as 64 hexadecimal digits, followed by the body)``.
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import rfc8785

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

GENESIS = "0" * 64
"""What stands for the hash before the first entry."""


def canonical(value: object) -> str:
    """A value of plain JSON types as RFC 8785 writes it."""
    return rfc8785.dumps(value).decode()  # type: ignore[arg-type]


def digest(text: str) -> str:
    """SHA-256 of a text, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def link(before: str, body: str) -> str:
    """The hash of an entry, from the hash before it and its body."""
    return hashlib.sha256((before + body).encode()).hexdigest()
