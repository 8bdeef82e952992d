"""An answer that repeats the application's own prompts: as many words in a row as the policy says, in any case,
spacing and punctuation, and also backwards, by 13 letters (ROT13), letter by letter, in base64 or in hexadecimal.

Shingles as in Broder 1997, "On the resemblance and containment of documents": all runs of half the words are kept of
the prompt, and only every run that begins at a multiple is looked up of the answer, so each word is looked at once. Not
found: translations, paraphrases, other encodings.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from functools import lru_cache

_WORDS = re.compile(r"[^\W_]+")
_SPLIT = bytes(
    code | 32 if 65 <= code <= 90 else code if chr(code).isalnum() and code < 128 else 32 for code in range(256)
)
_LARGEST = 200_000
"""Characters of a prompt that are compared."""
_BATCH = 60
"""Characters of an answer that are looked at together: what is found is told that much later."""
_SHORTEST = 5
"""Words of a prompt that is told by all of them."""
_LETTERS = 24
"""Letters in a row, each apart, that are a leak."""
_ENCODED = 32
_LONG = 11
"""Letters of the longest word of text in which nothing is encoded."""
_RUN = re.compile(rf"[A-Za-z0-9+/_-]{{{_ENCODED},}}")
_HEX = re.compile(r"[0-9A-Fa-f]+\Z")


def words_of(text: str) -> list[str]:
    """The words of a text, small, without what stands between them."""
    if text.isascii():
        return text.encode().translate(_SPLIT).decode().split()
    return _WORDS.findall(text.casefold())


class Known:
    """One prompt as answers are compared with it. It holds secrets and shows none."""

    __slots__ = ("block", "least", "letters", "runs")

    def __init__(self, text: str, least: int) -> None:
        text = text[:_LARGEST]
        words = words_of(text)
        self.least = max(_SHORTEST, min(least, len(words)))
        self.block = max(2, self.least // 2)
        forms = (words, words_of(text[::-1]), words_of(codecs.encode(text, "rot13")))
        self.runs = frozenset(
            hash(tuple(form[i : i + self.block])) for form in forms for i in range(len(form) - self.block + 1)
        )
        if len(words) < _SHORTEST:
            self.runs = frozenset()
        self.letters = "".join(words)


@lru_cache(maxsize=64)
def known(text: str, least: int) -> Known:
    """Made once for each prompt that is in use."""
    return Known(text, least)


class Leak:
    """Looks for prompts in one growing text. Told late by at most a batch and the words of a run."""

    __slots__ = ("_count", "_joined", "_letters", "_prompts", "_rest", "_runs", "_size", "_words")

    def __init__(self, prompts: list[Known]) -> None:
        self._prompts = [one for one in prompts if one.runs]
        self._rest: list[str] = []
        self._count = 0
        self._words: list[list[str]] = [[] for _ in self._prompts]
        self._runs = [0 for _ in self._prompts]
        self._joined = ""
        self._letters = ""
        self._size = 0

    def feed(self, piece: str) -> str:
        """The next piece; how a prompt was found in what has come so far, or nothing."""
        self._count += len(piece)
        self._rest.append(piece)
        return self._look() if self._count >= _BATCH else ""

    def flush(self) -> str:
        """There is no more."""
        self._rest.append(" ")
        return self._look()

    def _look(self) -> str:
        if not self._prompts:
            self._rest, self._count = [], 0
            return ""
        text = "".join(self._rest)
        cut = max(text.rfind(" "), text.rfind("\n")) + 1
        if cut == 0 and len(text) > 4 * _BATCH:
            cut = len(text) // 4 * 4
        self._rest, self._count = ([text[cut:]], len(text) - cut) if cut < len(text) else ([], 0)
        text = text[:cut]
        words = words_of(text)
        self._size = len(text)
        for i, prompt in enumerate(self._prompts):
            if self._repeats(i, prompt, words):
                return "as it stands, backwards or by 13 letters"
        return self._spelt(words) or (self._encoded(text) if max(map(len, words), default=0) > _LONG else "")

    def _repeats(self, i: int, prompt: Known, words: list[str]) -> bool:
        """Whether two runs behind each other, or one that is all of a short prompt, stand in the prompt."""
        waiting = self._words[i] + words
        size, at = prompt.block, 0
        while at + size <= len(waiting):
            found = hash(tuple(waiting[at : at + size])) in prompt.runs
            self._runs[i] = self._runs[i] + 1 if found else 0
            if self._runs[i] > 1 or (found and _goes_on(waiting, at, prompt)):
                return True
            at += size
        self._words[i] = waiting[at:]
        return False

    def _spelt(self, words: list[str]) -> str:
        """Letters that stand apart."""
        if len(words) * 3 < self._size:
            self._letters = ""
            return ""
        single = [one for one in words if len(one) == 1]
        if len(single) < len(words) * 0.8:
            self._letters = ""
            return ""
        self._letters = (self._letters + "".join(single))[-4 * _LETTERS :]
        tail = self._letters[-_LETTERS:]
        whole = len(tail) == _LETTERS and any(tail in one.letters or tail[::-1] in one.letters for one in self._prompts)
        return "letter by letter" if whole else ""

    def _encoded(self, text: str) -> str:
        if len(text) < _ENCODED:
            return ""
        for run in _RUN.findall(text):
            for plain in _decoded(run):
                squeezed = "".join(words_of(plain))
                for one in self._prompts:
                    if any(squeezed[i : i + _LETTERS] in one.letters for i in range(2, len(squeezed) - _LETTERS, 7)):
                        return "encoded"
        return ""


def _goes_on(words: list[str], at: int, prompt: Known) -> bool:
    """Whether the run that was found is part of one of the whole length, already here."""
    size, steps = prompt.block, prompt.least - prompt.block
    first = at
    while first > 0 and hash(tuple(words[first - 1 : first - 1 + size])) in prompt.runs:
        first -= 1
    last = at
    while last + size < len(words) and hash(tuple(words[last + 1 : last + 1 + size])) in prompt.runs:
        last += 1
        if last - first >= steps:
            return True
    return last - first >= steps


def _decoded(run: str) -> list[str]:
    texts = []
    if _HEX.match(run):
        texts.append(binascii.unhexlify(run[: len(run) // 2 * 2]))
    for shift in range(4):
        part = run[shift : shift + (len(run) - shift) // 4 * 4].replace("-", "+").replace("_", "/")
        texts.append(base64.b64decode(part))
    return [one.decode("utf-8", "ignore") for one in texts]
