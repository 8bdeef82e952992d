"""Other characters that look, or read, like the ones they stand for. Marks stay as they are."""

from __future__ import annotations

import random
from typing import Annotated, ClassVar

import msgspec

from bartizan.attacks.chat.variations.family import Variation
from bartizan.attacks.chat.variations.kept import changed

Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
_SMALL, _LARGE = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_HOMOGLYPHS = str.maketrans(
    "acdeghijlnopqsuvwxyABCEHIJKMNOPSTXYZ",
    "асԁеɡһіјⅼոорԛѕսνԝхуАВСЕНІЈКМΝОРЅТХҮΖ",
)
_FULL_WIDTH = {point: point + 0xFEE0 for point in range(0x21, 0x7F)} | {0x20: 0x3000}
_BOLD = {ord(c): 0x1D41A + at for at, c in enumerate(_SMALL)} | {ord(c): 0x1D400 + at for at, c in enumerate(_LARGE)}
_ACUTE = {ord(c): f"{c}\u0301" for c in _SMALL + _LARGE}
_LEET = str.maketrans("aegiostAEGIOST", "43910574391057")


class Homoglyphs(Variation, frozen=True):
    """Cyrillic, Greek and Armenian letters that look like Latin ones (Unicode TR 39, confusables)."""

    id: ClassVar[str] = "homoglyphs"
    title: ClassVar[str] = "Letters that look the same"

    share: Share = 1.0
    """Of the words."""

    def apply(self, text: str, rng: random.Random) -> str:
        """The words that the generator draws in other letters."""
        if self.share == 1:
            return changed(text, lambda piece: piece.translate(_HOMOGLYPHS))

        def some(piece: str) -> str:
            words = piece.split(" ")
            return " ".join(word.translate(_HOMOGLYPHS) if rng.random() < self.share else word for word in words)

        return changed(text, some)


class FullWidth(Variation, frozen=True):
    """The full-width forms of ASCII (U+FF01 to U+FF5E); Unicode's NFKC takes them back."""

    id: ClassVar[str] = "full_width"
    title: ClassVar[str] = "Full-width letters"

    def apply(self, text: str, rng: random.Random) -> str:
        """Spaces become ideographic ones."""
        return changed(text, lambda piece: piece.translate(_FULL_WIDTH))


class BoldLetters(Variation, frozen=True):
    """Mathematical bold letters (U+1D400 on); Unicode's NFKC takes them back."""

    id: ClassVar[str] = "bold_letters"
    title: ClassVar[str] = "Mathematical letters"

    def apply(self, text: str, rng: random.Random) -> str:
        """Letters only."""
        return changed(text, lambda piece: piece.translate(_BOLD))


class Accents(Variation, frozen=True):
    """A combining accent on every letter."""

    id: ClassVar[str] = "accents"
    title: ClassVar[str] = "Accents on every letter"

    def apply(self, text: str, rng: random.Random) -> str:
        """Removing U+0301 gives the text back."""
        return changed(text, lambda piece: piece.translate(_ACUTE))


class Leet(Variation, frozen=True):
    """Digits for letters: 4 for a, 3 for e, 1 for i, 0 for o, 5 for s, 7 for t, 9 for g."""

    id: ClassVar[str] = "leet"
    title: ClassVar[str] = "Digits for letters"

    def apply(self, text: str, rng: random.Random) -> str:
        """Every such letter."""
        return changed(text, lambda piece: piece.translate(_LEET))
