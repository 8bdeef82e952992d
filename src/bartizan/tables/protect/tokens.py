"""Format-preserving tokens: digits to digits, letters to letters of the same case, all else as it stands."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bartizan.tables.protect.feistel import FF1, SMALLEST
from bartizan.tables.protect.keys import Key

PURPOSE: Final = "token"
_LONGEST: Final = 1000
_CLASSES: Final = (("d", "0123456789"), ("l", "abcdefghijklmnopqrstuvwxyz"), ("u", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_CLASS: Final = {char: (name, place) for name, chars in _CLASSES for place, char in enumerate(chars)}
_CHARS: Final = dict(_CLASSES)


class Unfit(Exception):
    """Values that cannot become tokens: reason -> places in what was given. Holds no value."""

    def __init__(self, reasons: dict[str, list[int]]) -> None:
        super().__init__("values that cannot become tokens")
        self.reasons = reasons


class Tokens:
    """Values to tokens and back, under a key for each group. The format itself is the tweak: FF1 within each format.

    A format is what is no digit and no letter of ASCII, in its place, and of which kind the others are. Where all are
    of one kind FF1 counts in its radix (10 or 26); else it counts in bits, and walks on until it is within the format's
    values (cycle walking), which is less than twice on average.
    """

    def __init__(self, key: Key, group: str) -> None:
        self._key = key.derived(PURPOSE, group)

    def of(self, values: Iterable[str]) -> list[str]:
        """The token of each. Raises Unfit for formats of fewer than a million values, and for letters beyond ASCII."""
        return self._turned(list(values), encrypt=True)

    def undone(self, tokens: Iterable[str]) -> list[str]:
        """The value of each."""
        return self._turned(list(tokens), encrypt=False)

    def _turned(self, values: list[str], *, encrypt: bool) -> list[str]:
        formats: dict[str, list[int]] = defaultdict(list)
        for place, value in enumerate(values):
            formats[_format(value)].append(place)
        reasons: dict[str, list[int]] = defaultdict(list)
        for form, places in formats.items():
            why = _unfit(form)
            if why:
                reasons[why] += places
        if reasons:
            raise Unfit(dict(reasons))
        made = list(values)
        for form, places in formats.items():
            for place, token in zip(places, self._within(form, [values[p] for p in places], encrypt), strict=True):
                made[place] = token
        return made

    def _within(self, form: str, values: list[str], encrypt: bool) -> list[str]:
        """Values of one format."""
        places = [at for at, kind in enumerate(form) if kind in _CHARS]
        radices = [len(_CHARS[form[at]]) for at in places]
        numerals = np.array([[_CLASS[value[at]][1] for at in places] for value in values], np.int64)
        tweak = form.encode("utf-8", "surrogatepass")
        if len(set(radices)) == 1:
            network = FF1(self._key, radices[0])
            turned = network.encrypt_all(numerals, tweak) if encrypt else network.decrypt_all(numerals, tweak)
        else:
            turned = _walked(FF1(self._key, 2), numerals, radices, tweak, encrypt=encrypt)
        return [_written(form, places, row) for row in turned.tolist()]


def _format(value: str) -> str:
    """Its kinds, one character each; what is no digit or letter of ASCII stands for itself, X for foreign letters."""
    kinds = []
    for char in value:
        found = _CLASS.get(char)
        kinds.append(found[0] if found else "X" if char.isalnum() else char)
    return "".join(kinds)


def _unfit(form: str) -> str:
    if len(form) > _LONGEST:
        return f"longer than {_LONGEST:,} characters"
    if "X" in form:
        return "letters or digits beyond ASCII, which would stay as they are"
    size = math.prod(len(_CHARS[kind]) for kind in form if kind in _CHARS)
    if size < SMALLEST:
        return f"a format of fewer than {SMALLEST:,} values, which can be tried out"
    return ""


def _written(form: str, places: list[int], numerals: list[int]) -> str:
    chars = list(form)
    for at, numeral in zip(places, numerals, strict=True):
        chars[at] = _CHARS[form[at]][numeral]
    return "".join(chars)


def _walked(
    network: FF1, numerals: npt.NDArray[np.int64], radices: list[int], tweak: bytes, *, encrypt: bool
) -> npt.NDArray[np.int64]:
    size = math.prod(radices)
    bits = (size - 1).bit_length()
    texts = _to_bits(_mixed(numerals, radices), bits)
    left = np.arange(len(texts))
    numbers = np.zeros(len(texts), object)
    while len(left):
        turn = network.encrypt_all if encrypt else network.decrypt_all
        texts[left] = turn(texts[left], tweak)
        numbers[left] = _from_bits(texts[left])
        left = left[(numbers[left] >= size).astype(np.bool_)]
    found = np.zeros(numerals.shape, np.int64)
    for place in range(len(radices) - 1, -1, -1):
        found[:, place] = numbers % radices[place]
        numbers = numbers // radices[place]
    return found


def _mixed(numerals: npt.NDArray[np.int64], radices: list[int]) -> npt.NDArray[Any]:
    numbers = np.zeros(len(numerals), object)
    for place, radix in enumerate(radices):
        numbers = numbers * radix + numerals[:, place].astype(object)
    return numbers


def _to_bits(numbers: npt.NDArray[Any], bits: int) -> npt.NDArray[np.int64]:
    found = np.zeros((len(numbers), bits), np.int64)
    for place in range(bits - 1, -1, -1):
        found[:, place] = numbers % 2
        numbers = numbers // 2
    return found


def _from_bits(texts: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    numbers = np.zeros(len(texts), object)
    for column in texts.T:
        numbers = numbers * 2 + column.astype(object)
    return numbers
