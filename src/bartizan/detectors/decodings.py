"""Finding secrets in a text in whatever form they came out: the text is folded once, and the secrets' forms are looked
for in it. Nothing is decoded, so it does not matter where an encoded piece begins or how it is wrapped.

Not found: compressed or encrypted text, encodings of encodings, one letter in each line of prose, paraphrase.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import cached_property, lru_cache
from itertools import chain

import msgspec

from bartizan.detectors.digit_words import DIGIT_WORDS
from bartizan.detectors.encodings import encodings, morse
from bartizan.detectors.folding import folded, squash, squashed, unleeted
from bartizan.detectors.nearly import ENOUGH, pieces, share_of

_WEAK = 8
"""Letters and digits: a secret with fewer is looked for only as it stands, for chance would make its other forms."""
_LARGE = 100_000
"""Characters from which on all forms are looked for at once by their grams of eight."""
_BITS = set(b"01")
_NOT_MORSE = bytes(c for c in range(256) if c not in b".-")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that came out."""

    secret: str
    form: str
    """'as it stands', 'in base64', 'in part': words that follow 'it came out'."""
    share: float = 1.0
    """How much of it."""
    at: float = 0.0
    """Roughly where, as a share of the text."""


class View:
    """One text, folded once for all secrets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.ascii = folded(text)
        self.main = squashed(self.ascii)

    @cached_property
    def plain_letters(self) -> bytes:
        """With digits as letters."""
        return unleeted(self.main)

    @cached_property
    def morse(self) -> bytes:
        """Dots and dashes alone."""
        return self.ascii.translate(None, _NOT_MORSE)

    def eights(self, grams: frozenset[int]) -> frozenset[int]:
        """Which of these eights of bytes stand at a place that is a multiple of sixteen.

        A form of 23 bytes or more has one of its grams there, wherever it begins.
        """
        return grams.intersection(memoryview(self.main)[: len(self.main) // 8 * 8].cast("Q")[::2])


class Forms:
    """All forms of one secret."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.plain = squash(secret)
        self.is_weak = len(self.plain) < _WEAK

    @cached_property
    def encoded(self) -> dict[bytes, str]:
        """Form -> its name."""
        forms: dict[bytes, str] = {}
        for name, form in encodings(self.secret):
            if len(form) >= _WEAK and form != self.plain:
                forms.setdefault(form, name)
        return forms

    @cached_property
    def short(self) -> dict[bytes, str]:
        """Those that their grams do not tell: too short, or of noughts and ones, whose grams are everywhere."""
        return {form: name for form, name in self.encoded.items() if len(form) < 23 or set(form) <= _BITS}

    @cached_property
    def grams(self) -> frozenset[int]:
        """All eights of bytes in the others."""
        shifted = (memoryview(form)[i:] for form in self.encoded if form not in self.short for i in range(8))
        return frozenset(chain.from_iterable(part[: len(part) // 8 * 8].cast("Q") for part in shifted))

    @cached_property
    def letters(self) -> bytes:
        """Its plain form with digits as letters."""
        return unleeted(self.plain)

    @cached_property
    def pieces(self) -> tuple[bytes, ...]:
        """Of ``letters``: by them a part of it is found."""
        return pieces(self.letters)

    @cached_property
    def morse(self) -> bytes:
        """In dots and dashes."""
        return morse(self.secret)

    @cached_property
    def spoken(self) -> re.Pattern[bytes] | None:
        """With its digits in words of any language; None where it has none, or too little else to be told by."""
        parts = re.findall(rb"[a-z]+|[0-9]+", self.plain)
        if not any(part.isdigit() for part in parts):
            return None
        return re.compile(b".{0,10}?".join(_in_words(part) if part.isdigit() else part for part in parts), re.DOTALL)

    @cached_property
    def anchors(self) -> tuple[bytes, ...]:
        """What plain forms and parts of it contain, one or the other, with digits as letters; () where none does.

        Four fifths in a row have the middle whole; with the digits in words the longest word stays; of a long text
        some piece does.
        """
        if len(self.plain) >= 40:
            return self.pieces[1:-1]
        lost = round(len(self.plain) * (1 - ENOUGH))
        middle = self.letters[lost : len(self.letters) - lost]
        word = max(re.findall(rb"[a-z]+", self.plain), key=len, default=b"")
        if word == self.plain:
            return (middle,)
        return (middle, unleeted(word)) if len(word) > 3 else ()

    @cached_property
    def as_it_stands(self) -> re.Pattern[str]:
        """A weak one: whole words only, in any case."""
        return re.compile(rf"(?<!\w){re.escape(self.secret)}(?!\w)", re.IGNORECASE)

    def find(self, view: View, eights: frozenset[int] | None = None) -> Found | None:
        """The first form in which it is there. ``eights``: the grams of a large text that were seen in it."""
        if self.is_weak:
            found = self.as_it_stands.search(view.text)
            return None if found is None else self._found("as it stands", found.start(), len(view.text))
        return self._plain(view) or self._encoded(view, eights) or self._dashed(view)

    def _found(self, form: str, at: int, length: int, share: float = 1.0) -> Found:
        return Found(secret=self.secret, form=form, share=share, at=at / max(1, length))

    def _plain(self, view: View) -> Found | None:
        """As it stands, in another shape, as leetspeak, with digits in words, in part."""
        if self.anchors and not any(anchor in view.plain_letters for anchor in self.anchors):
            return None
        length = len(view.main)
        at = view.plain_letters.find(self.letters)
        if at >= 0:
            if self.plain not in view.main:
                return self._found("with letters and digits exchanged", at, length)
            form = "as it stands" if self.secret in view.text else "with other spacing, case or characters"
            return self._found(form, view.main.find(self.plain), length)
        said = self.spoken.search(view.main) if self.spoken is not None else None
        if said is not None:
            return self._found("with its digits in words", said.start(), length)
        share, at = share_of(self.letters, view.plain_letters, self.pieces)
        return self._found("in part", at, length, share) if share >= ENOUGH else None

    def _encoded(self, view: View, eights: frozenset[int] | None) -> Found | None:
        forms = self.encoded
        if eights is not None:
            seen = [one.to_bytes(8, sys.byteorder) for one in eights & self.grams]
            forms = {f: name for f, name in forms.items() if f in self.short or any(one in f for one in seen)}
        for form, name in forms.items():
            at = view.main.find(form)
            if at >= 0:
                return self._found(name, at, len(view.main))
        return None

    def _dashed(self, view: View) -> Found | None:
        at = view.morse.find(self.morse)
        return self._found("in Morse code", 0, 1) if at >= 0 else None


@lru_cache(maxsize=64)
def forms_of(secret: str) -> Forms:
    """Made once for each secret that is in use."""
    return Forms(secret)


def find_secrets(text: str, secrets: Iterable[str]) -> list[Found]:
    """Which of these are in the text, each in the first form that was found.

    A part counts from four fifths on, in order. A megabyte takes a few milliseconds for all forms of one secret.
    """
    view = View(text)
    wanted = [forms_of(secret) for secret in secrets if secret.strip()]
    eights = None
    if len(view.main) >= _LARGE:
        eights = view.eights(frozenset().union(*(one.grams for one in wanted if not one.is_weak)))
    return [found for one in wanted if (found := one.find(view, eights)) is not None]


def _in_words(digits: bytes) -> bytes:
    return b"".join(b"(?:%s)" % _words(one) for one in digits.decode())


@lru_cache(maxsize=10)
def _words(digit: str) -> bytes:
    words = {squash(line.split()[int(digit)]) for line in DIGIT_WORDS.values()} - {b""}
    return b"|".join([digit.encode(), *sorted(words, key=len, reverse=True)])
