"""Fences: the words between which an application puts content of others into its prompts.

A document can hold a fence's closing words, and go on in the application's name. So a fence reaches from its first
opening words to its last closing words in a text: whoever stands inside can only make it longer. Where the words hold
a number that the application draws anew, a fence reaches to the closing words with the same number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

NONCE = "{nonce}"
"""In a fence's words: 8 to 64 letters, digits, - and _, the same where it opens and where it closes."""


class Fence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that open and close: <document> and </document>, or <document {nonce}> and </document {nonce}>."""

    opens: str
    closes: str


def fenced(text: str, fences: Iterable[Fence]) -> list[tuple[int, int]]:
    """(start, end) of what stands in fences, in order and apart; a fence that is never closed reaches to the end."""
    found: list[tuple[int, int]] = []
    for fence in fences:
        if fence.opens.partition(NONCE)[0] in text:
            found += _spans(text, fence)
    return _merged(found)


def fence_faults(fences: Iterable[Fence]) -> Mapping[str, str]:
    """Fences that part nothing."""
    for one in fences:
        if not one.opens or not one.closes:
            return {"fences": "a fence needs words that open and close it"}
        if not one.opens.count(NONCE) == one.closes.count(NONCE) <= 1:
            return {"fences": f"{NONCE} stands once in the words that open and once in those that close, or in neither"}
        if NONCE in (one.opens, one.closes):
            return {"fences": f"{NONCE} needs words around it"}
    return {}


def _spans(text: str, fence: Fence) -> list[tuple[int, int]]:
    last = {_nonce(one): one.start() for one in _pattern(fence.closes).finditer(text)}
    openings = list(_pattern(fence.opens).finditer(text))
    if fence.opens == fence.closes and len(openings) > 1:
        openings = [one for one in openings if one.start() != last[_nonce(one)]]
    spans: list[tuple[int, int]] = []
    for one in openings:
        if spans and one.start() < spans[-1][1]:
            continue
        end = last.get(_nonce(one), -1)
        spans.append((one.end(), end if end >= one.end() else len(text)))
    return spans


@lru_cache(maxsize=256)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(re.escape(words).replace(re.escape(NONCE), r"([A-Za-z0-9_-]{8,64})"))


def _nonce(found: re.Match[str]) -> str:
    return found[1] if found.re.groups else ""


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
