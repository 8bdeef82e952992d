"""Personal data and secrets in a text that grows: what is final is told as soon as it is, and little is kept back.

Most of what models write has no digit, no sign that such data need, and no word that introduces them. Such text is
told at a glance and is clear up to its last word; everything else is judged by the finder over the text and what
went before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.introduced_rules import INTRODUCED
from bartizan.detectors.sensitive.kinds import Kind
from bartizan.detectors.sensitive.window import safe_end

_CONTEXT = 400
"""Characters before what is judged that are read with it: more than any value that has spaces."""
_CHAIN = 200
"""Characters of capitalised words behind each other that are looked through here."""
_LARGE = 1024
"""Characters held from which on they are looked at anew only when they have grown by a sixteenth."""
_CREDIT = 32_768
"""Characters that may be judged again and again, at every piece, before it is done less often."""
_DEAREST = 8192
"""What one judgement costs at most: a long key is not held until it has grown by a quarter."""
_EARNED = 4
"""Characters that may be judged for each that comes: what is dense with digits is judged in larger steps then, so
that whoever makes a model write numbers without end does not buy much more time than the numbers' length."""
_CALM = bytes(code for code in range(256) if chr(code).isalpha() or code in b" \n,.;!'\"()*-")
_LOW = bytes(code | 32 if 65 <= code <= 90 or (0xC0 <= code <= 0xDE and code != 0xD7) else code for code in range(256))
_WORDS = bytes(code if chr(code).isalpha() else 32 for code in range(256)).translate(_LOW)
_NAMING = frozenset(word for rule in INTRODUCED for word in rule.triggers) | frozenset(
    b"pass passe pw pwd passphrase passcode kennwort contrase contrase\xf1a senha wachtwoord l\xf6senord adgangskode "
    b"salasana credential credentials authorization".split()
)
"""Words behind which a value may stand that has no other sign."""
_STEM = re.compile(rb"key|token|secret|passw|[a-z]{16}")
_SHORT = 100
"""Characters up to which one pattern is faster than a look for each."""
_LONG = 16
"""Letters in a row that may be a token."""
_PIECES = 128
"""Pieces of what went before that are kept apart."""
_LEAD = 64
"""Characters that a phrase goes on for behind such a word."""
_SMALL = (
    "van von de der den da di del della dela la le les du des bin ibn al el dos das do ter ten zu af y e of bis rue "
    "avenue boulevard bd place chemin all\xe9e impasse quai route cours stra\xdfe strasse dei n is dr med prof l'"
)
SMALL = frozenset(_SMALL.split())
"""Small words that stand within names and addresses; see `window`."""


class Hit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A value that was found for good: where, in characters from the beginning of the text, and what."""

    kind: Kind
    start: int
    end: int
    rule: str
    score: float
    text: str

    def __repr__(self) -> str:
        """Without the value."""
        return f"Hit({self.kind!r}, {self.start}, {self.end})"


_NO_HITS: tuple[Hit, ...] = ()


class Growing:
    """One text as it comes. ``cleared`` tells how far it is final."""

    __slots__ = ("_credit", "_held", "_hot", "_kinds", "_next", "_past", "cleared")

    def __init__(self, kinds: frozenset[Kind]) -> None:
        self._kinds = kinds
        self._past: list[str] = []
        self._held = ""
        self._next = 0
        self._credit = _CREDIT
        self._hot = 0
        self.cleared = 0

    def feed(self, piece: str) -> Iterable[Hit]:
        """The next piece; returns what became final with it, in order, all of it before ``cleared``."""
        text = self._held + piece
        self._credit = min(_CREDIT, self._credit + _EARNED * len(piece))
        if _LARGE < len(text) < self._next:
            self._held = text
            return _NO_HITS
        self._next = len(text) + len(text) // 16
        if self.cleared >= self._hot and is_calm(text):
            end = _last_word(text)
            if end >= 0:
                if end:
                    past = self._past
                    past.append(text[:end])
                    if len(past) > _PIECES:
                        self._past = ["".join(past)[-_CONTEXT:]]
                    text = text[end:]
                    self.cleared += end
                self._held = text
                return _NO_HITS
        self._held = text
        cost = min(_DEAREST, _CONTEXT + len(text))
        if self._credit < cost:
            return _NO_HITS
        self._credit -= cost
        if _names(text.encode("latin-1", "replace")):
            self._hot = self.cleared + len(text) + _LEAD
        return self._found(last=False)

    def flush(self) -> Iterable[Hit]:
        """There is no more: what is left."""
        return self._found(last=True)

    def _found(self, *, last: bool) -> Iterable[Hit]:
        if last and self.cleared >= self._hot and is_calm(self._held):
            self.cleared += len(self._held)
            return _NO_HITS
        context = "".join(self._past)[-_CONTEXT:]
        whole, begin = context + self._held, len(context)
        end = len(whole) if last else max(begin, safe_end(whole, self._kinds))
        base = self.cleared - begin
        hits = []
        if end > begin:
            for one in find_sensitive(whole, self._kinds):
                if begin <= one.start and one.end <= end:
                    at, value = base + one.start, whole[one.start : one.end]
                    until = at + len(value)
                    hits.append(Hit(kind=one.kind, start=at, end=until, rule=one.rule, score=one.score, text=value))
        self._past = [whole[:end]]
        self._held = whole[end:]
        self.cleared = base + end
        return hits


def is_calm(text: str) -> bool:
    """Whether no value can stand in a text, nor begin in it before its last words. Never True where one can."""
    raw = text.encode("latin-1", "replace")
    if raw.translate(None, _CALM):
        return False
    if _names(raw):
        return False
    return b"-" not in raw or (b"--" not in raw and raw.count(b"-") < 4)


def _names(raw: bytes) -> bool:
    """Whether a word stands in it behind which a value may have no other sign, a part of one in code, or a token."""
    low = raw.translate(_WORDS)
    words = low.split()
    if not _NAMING.isdisjoint(words):
        return True
    if len(low) < _SHORT:
        return _STEM.search(low) is not None
    if max(map(len, words), default=0) >= _LONG:
        return True
    return b"key" in low or b"token" in low or b"secret" in low or b"passw" in low


def _last_word(text: str) -> int:
    """Where the last word begins, or the words before it that a value with spaces may begin with; -1: too many."""
    end = max(text.rfind(" "), text.rfind("\n")) + 1
    while end:
        bare = text[:end].rstrip(" \n")
        begin = max(bare.rfind(" "), bare.rfind("\n")) + 1
        if end - len(bare) > 2 or not _is_linked(bare[begin:]):
            return end
        if len(text) - begin > _CHAIN:
            return -1
        end = begin
    return 0


def _is_linked(word: str) -> bool:
    if word.islower() and word.isalpha():
        return word in SMALL
    return not word.islower() or len(word) < 4 or word.strip(".,") in SMALL
