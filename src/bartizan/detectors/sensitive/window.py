"""How much of a growing text may go on: what can still become part of a hit stays back, and nothing else.

A hit without spaces lies in the last word. One with spaces is made of words that have a digit or a capital, or are the
few small words that stand in names and addresses; or it follows a phrase that introduces it. So a text that ends in
ordinary small words is released at once.
"""

from __future__ import annotations

import re

from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.introduced import leads
from bartizan.detectors.sensitive.kinds import KINDS, PERSONAL, Kind
from bartizan.detectors.sensitive.pem import BEGIN, LONGEST_KEY

LONGEST: dict[Kind, int] = {
    **dict.fromkeys(KINDS, 120),
    **{
        "email": 480,
        "address": 240,
        "name": 160,
        "url_password": 200,
        "password": 200,
        "api_key": 200,
        "high_entropy": 210,
    },
    **dict.fromkeys(("gcp_key", "github_token", "slack_token", "stripe_key", "openai_key", "anthropic_key"), 530),
    **dict.fromkeys(("pypi_token", "service_token"), 530),
    "jwt": 4080,
    "private_key": LONGEST_KEY + 100,
}
"""Characters that one hit of a kind has at most. A private key's are held from its BEGIN line on; all else is short."""
_SPACED = 240
"""Characters that a hit with spaces has at most."""
_SMALL = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "da",
        "di",
        "del",
        "della",
        "dela",
        "la",
        "le",
        "les",
        "du",
        "des",
        "bin",
        "ibn",
        "al",
        "el",
        "dos",
        "das",
        "do",
        "ter",
        "ten",
        "zu",
        "af",
        "y",
        "e",
        "of",
        "bis",
        "rue",
        "avenue",
        "boulevard",
        "bd",
        "place",
        "chemin",
        "allée",
        "impasse",
        "quai",
        "route",
        "cours",
        "straße",
        "strasse",
        "dei",
        "n",
        "is",
        "dr",
        "med",
        "prof",
        "l'",
    ]
)
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z_])[A-Za-z]{2}[0-9]{2}(?:[ -]?[0-9A-Za-z]){0,31}[ -]?\Z")
_SPACED_WORD = re.compile(r"\S+\s*")


def longest(kinds: frozenset[Kind] | None = None) -> int:
    """Characters that may have to stay back for these kinds, private keys left out: their length is their own."""
    return max((LONGEST[one] for one in (KINDS if kinds is None else kinds) - {"private_key"}), default=0)


def safe_end(text: str, kinds: frozenset[Kind] | None = None) -> int:
    """Up to where nothing that is added can change what is found: ``text[:safe_end(text)]`` may go on.

    Hits that end there or before are final, and none crosses it. Keep what was released as context for what follows:
    at least ``rule.CONTEXT`` characters of it. The time does not grow with the text, but for an open private key.
    """
    wanted = KINDS if kinds is None else kinds
    if not wanted:
        return len(text)
    most = longest(wanted)
    tail = text[-most - 1 :]
    end = len(text) - (0 if tail[-1:].isspace() else len(tail.rsplit(None, 1)[-1]) if tail else 0)
    is_cut = len(text) - end > most
    end = max(end, len(text) - most)
    if wanted & PERSONAL or "private_key" in wanted:
        end, is_cut = _before_chain(text, end, is_cut)
    if "iban" in wanted and (account := _ACCOUNT.search(text, max(0, end - 48), end)):
        end = account.start()
    for begin, until in leads(text, max(0, len(text) - 2 * _SPACED), wanted):
        if until >= end and len(text) - begin <= _SPACED:
            end = min(end, begin)
    if is_cut:
        end = _uncrossed(text, end, wanted)
    return min(end, _open_key(text)) if "private_key" in wanted else end


def _before_chain(text: str, end: int, is_cut: bool) -> tuple[int, bool]:
    """Back over the words that may be part of a hit with spaces; whether it is their length that ended it."""
    begin = max(0, end - _SPACED)
    for word in reversed(_SPACED_WORD.findall(text, begin, end)):
        if not _is_linked(word):
            return end, is_cut
        end -= len(word)
    return end, is_cut or begin > 0


def _is_linked(word: str) -> bool:
    bare = word.rstrip()
    if len(word) - len(bare) > 2:
        return False
    return (
        bare != bare.lower()
        or any(map(str.isdigit, bare))
        or (not bare.isalpha() and len(bare) < 4)
        or bare.strip(".,") in _SMALL
    )


def _uncrossed(text: str, end: int, kinds: frozenset[Kind]) -> int:
    """Before the hit that a cut by length would part."""
    begin = max(0, end - 2 * longest(kinds))
    for one in find_sensitive(text[begin:], kinds):
        if begin + one.start < end < begin + one.end:
            return begin + one.start
    return end


def _open_key(text: str) -> int:
    """Where a private key begins that has not ended; the length of the text where there is none."""
    at = text.rfind(BEGIN, max(0, len(text) - LONGEST_KEY))
    if at < 0 or text.find("-----", text.find("-----END ", at) + 9) > text.find("-----END ", at) >= 0:
        return len(text)
    return at
