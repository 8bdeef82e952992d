"""People under pseudonyms: keyed BLAKE2b of what they are called (RFC 7693), 16 bytes; and lists of them.

Nobody without the key can tell who a pseudonym is by trying names. Two of ten million people share one with a chance of
about 10 ** 14 / 2 ** 129.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from bartizan.core.errors import InputError, Problem

LENGTH: Final = 16
"""Bytes of a pseudonym."""
CHUNK: Final = 4096
"""People in one piece of a list."""


class Pseudonyms:
    """What makes pseudonyms, under one key."""

    def __init__(self, secret: bytes, key: str) -> None:
        self.key = key
        """The id of the key."""
        self._copy = hashlib.blake2b(key=secret, digest_size=LENGTH, person=b"consent").copy

    def of(self, name: str) -> bytes:
        """The pseudonym of what somebody is called, exactly as it is written. Raises InputError for nobody."""
        if not name.strip():
            raise InputError([Problem(file="person", finding="nobody is named")])
        hashed = self._copy()
        hashed.update(name.encode("utf-8", "surrogatepass"))
        return hashed.digest()

    def joined(self, names: Iterable[str]) -> bytes:
        """The pseudonyms of many, one behind the other."""
        copy, made = self._copy, bytearray()
        for name in names:
            hashed = copy()
            hashed.update(name.encode("utf-8", "surrogatepass"))
            made += hashed.digest()
        return bytes(made)


def pieces(people: bytes) -> Iterator[tuple[bytes, bytes]]:
    """A sorted list in pieces, each behind its first pseudonym."""
    size = LENGTH * CHUNK
    for start in range(0, len(people), size):
        piece = people[start : start + size]
        yield piece[:LENGTH], piece


def holds(piece: bytes, person: bytes) -> bool:
    """Whether somebody stands in a piece of a sorted list."""
    low, high = 0, len(piece) // LENGTH
    while low < high:
        middle = (low + high) // 2
        found = piece[middle * LENGTH : (middle + 1) * LENGTH]
        if found == person:
            return True
        low, high = (middle + 1, high) if found < person else (low, middle)
    return False
