"""How a text looks, squashed, in every encoding that a model can be asked to answer in.

Squashing removes case and everything that is no letter or digit, so one form stands for all ways to space, wrap and
punctuate it. Encodings that care for case are made of the text as it is, in capitals and in small letters.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Iterator

from bartizan.detectors.digit_words import DIGIT_WORDS
from bartizan.detectors.folding import squash

_NATO_WORDS = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray yankee zulu"
)
_NATO = _NATO_WORDS.split()
_MORSE_CODE = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- "
    "--.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
_MORSE = dict(zip("abcdefghijklmnopqrstuvwxyz0123456789", _MORSE_CODE.split(), strict=True))


def encodings(text: str) -> Iterator[tuple[str, bytes]]:
    """(name, squashed form), the likely ones first. The plain form is not among them."""
    plain = squash(text)
    yield "reversed", plain[::-1]
    yield "in ROT13", codecs.encode(plain.decode(), "rot13").encode()
    for raw in {text.encode(): None, text.upper().encode(): None, text.lower().encode(): None}:
        for offset in range(3):
            yield "in base64", _shifted(raw, offset, 6, base64.b64encode)
        for offset in range(5):
            yield "in base32", _shifted(raw, offset, 5, base64.b32encode)
        yield from _numbers(raw)
    yield from _spelled(plain.decode())


def _shifted(raw: bytes, offset: int, bits: int, encode: object) -> bytes:
    """What stands in an encoded longer text, whatever is around: only the characters made of these bytes alone."""
    assert callable(encode)
    first = -(-offset * 8 // bits)
    last = (offset + len(raw)) * 8 // bits
    return squash(encode(bytes(offset) + raw + bytes(5)).decode()[first:last])


def _numbers(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Codes of its bytes, one after the other, with the prefixes that remain when all else is squashed."""
    for prefix in ("", "0x", "u00"):
        yield "in hexadecimal", "".join(f"{prefix}{one:02x}" for one in raw).encode()
    for form in ("{}", "{:03}", "chr{}"):
        yield "as character codes", "".join(form.format(one) for one in raw).encode()
    for prefix in ("", "0o", "0"):
        yield "in octal", "".join(f"{prefix}{one:o}" for one in raw).encode()
    for prefix, width in (("", 8), ("", 7), ("0b", 8), ("0b", 7)):
        yield "in binary", "".join(f"{prefix}{one:0{width}b}" for one in raw).encode()


def _spelled(plain: str) -> Iterator[tuple[str, bytes]]:
    digits = DIGIT_WORDS["English"].split()
    for words in (digits, [str(one) for one in range(10)]):
        spelled = "".join(words[int(one)] if one.isdigit() else _NATO[ord(one) - 97] for one in plain)
        for alpha in {"alpha": None, "alfa": None}:
            form = spelled.replace("alpha", alpha)
            yield "in the spelling alphabet", form.encode()
            if "juliet" in form:
                yield "in the spelling alphabet", form.replace("juliet", "juliett").encode()


def morse(text: str) -> bytes:
    """Dots and dashes without the gaps."""
    return "".join(_MORSE[one] for one in squash(text).decode()).encode()
