"""All variations, by name, and sequences of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bartizan.attacks.chat.variations.encodings import (
    Base64,
    Hex,
    HtmlEntities,
    Morse,
    Rot13,
    UnicodeEscapes,
    UrlEncoding,
)
from bartizan.attacks.chat.variations.family import Variation
from bartizan.attacks.chat.variations.invisible import SelectorSmuggling, TagSmuggling, ZeroWidth
from bartizan.attacks.chat.variations.letters import Accents, BoldLetters, FullWidth, Homoglyphs, Leet
from bartizan.attacks.chat.variations.paraphrase import Paraphrase
from bartizan.attacks.chat.variations.translation import Translation
from bartizan.attacks.chat.variations.typing_style import (
    AlternatingCase,
    Punctuation,
    ReversedOrder,
    ReversedWords,
    SpacedLetters,
    Typos,
    UpperCase,
)

VARIATIONS: tuple[type[Variation], ...] = (
    Base64,
    Hex,
    Rot13,
    UrlEncoding,
    UnicodeEscapes,
    HtmlEntities,
    Morse,
    Leet,
    Homoglyphs,
    FullWidth,
    BoldLetters,
    Accents,
    ZeroWidth,
    TagSmuggling,
    SelectorSmuggling,
    Typos,
    AlternatingCase,
    UpperCase,
    SpacedLetters,
    Punctuation,
    ReversedWords,
    ReversedOrder,
    Translation,
    Paraphrase,
)

_BY_ID = {one.id: one for one in VARIATIONS}


def variation_called(name: str, parameters: Mapping[str, Any] | None = None) -> Variation:
    """The variation of that id with these parameters, the others as they are by default.

    Raises KeyError for an unknown id, msgspec.ValidationError for a parameter that is wrong.
    """
    return msgspec.convert(dict(parameters or {}), _BY_ID[name], strict=True)


def sequence_called(names: str) -> tuple[Variation, ...]:
    """Variations by a name such as 'paraphrase+base64', in the order in which they are applied; () for ''.

    Raises KeyError for an unknown id.
    """
    return tuple(variation_called(name) for name in names.split("+")) if names else ()


def name_of(sequence: Sequence[Variation]) -> str:
    """What `sequence_called` takes."""
    return "+".join(one.id for one in sequence)


def applied(sequence: Sequence[Variation], text: str, rng: random.Random) -> str:
    """The text after all of them, in order."""
    for one in sequence:
        text = one.apply(text, rng)
    return text
