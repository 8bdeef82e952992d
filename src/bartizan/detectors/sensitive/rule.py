"""What every rule has: its kind, its name, words that name it, and its own examples."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from bartizan.detectors.sensitive.kinds import Kind

CONTEXT = 60
"""Characters before a value in which a word may name it. Nothing after a value counts: a stream has not seen it."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Knowledge of one kind of value, as data."""

    kind: Kind
    name: str
    context: tuple[str, ...] = ()
    """Beginnings of words, small letters, that name such a value up to ``CONTEXT`` characters after them."""
    alone: float = 0.0
    """The score where nothing names it; 0 where it counts only when named."""
    named: float = 0.95
    """The score where something does."""
    is_near: bool = False
    """Whether the word must stand close before it, since nothing in the value itself proves anything."""
    finds: tuple[str, ...] = ()
    """Texts in which this rule's kind is found, the value between « and »."""
    passes: tuple[str, ...] = ()
    """Texts in which it is not."""


@cache
def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    """Words that begin so, by their first letter; those of up to three letters are whole words.

    Scripts without spaces have no beginnings: there, anywhere.
    """
    by_letter: dict[str, list[str]] = {}
    for word in words:
        whole = r"(?![^\W\d_])" if len(word) < 4 and word.isalpha() else ""
        by_letter.setdefault(word[0], []).append(re.escape(word[1:]) + whole)
    branches = {one: rf"{re.escape(one)}(?:{'|'.join(rest)})" for one, rest in by_letter.items()}
    spaced = "|".join(branch for one, branch in branches.items() if one < "\u0e00")
    dense = [branch for one, branch in branches.items() if one >= "\u0e00"]
    return re.compile("|".join([rf"\b(?:{spaced})"] * bool(spaced) + dense))


def last_end(words: tuple[str, ...], text: str) -> int:
    """Where the last of words that begin so ends; -1 where none does."""
    end = -1
    for match in _words(words).finditer(text):
        end = match.end()
    return end
