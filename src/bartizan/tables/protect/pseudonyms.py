"""Keyed pseudonyms: HMAC-SHA-256 of a value, under a key of its own for each group of columns."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Final

from bartizan.tables.protect.keys import Key
from bartizan.tables.protect.plan import Pseudonym

PURPOSE: Final = "pseudonym"


class Pseudonyms:
    """Values to pseudonyms: the same for equal texts under one key and group, unrelated otherwise.

    Nobody without the key can tell a pseudonym's value by trying values. Two values share a pseudonym of `digits`
    hexadecimal digits with a chance of about n * n / 2 / 16 ** digits among n values.
    """

    def __init__(self, key: Key, group: str, how: Pseudonym) -> None:
        self._key = key.derived(PURPOSE, group)
        self._digits = how.digits
        self._fold = how.fold

    def of(self, value: str) -> str:
        """The pseudonym of a text."""
        seen = folded(value) if self._fold else value
        return hmac.digest(self._key, seen.encode("utf-8"), hashlib.sha256).hex()[: self._digits]


def folded(value: str) -> str:
    """The text without white space around, in one case and one form of each character (NFKC)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold()).strip()


def chance_of_collision(values: int, digits: int) -> float:
    """An upper bound on the chance that any two of so many values share a pseudonym (birthday bound)."""
    return float(min(1.0, values * (values - 1) / 2 / 16**digits))
