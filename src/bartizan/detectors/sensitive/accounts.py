"""Bank accounts: an IBAN is exactly as long as its country says, so its end is known before it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartizan.detectors.check_digits import IBAN_LENGTH, is_iban
from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.reading import Reading
from bartizan.detectors.sensitive.rule import Rule

IBAN = Rule(
    kind="iban",
    name="iban",
    alone=0.99,
    finds=(
        "IBAN «DE89 3704 0044 0532 0130 00» today",
        "«GB29NWBK60161331926819»",
        "«gb29 nwbk 6016 1331 9268 19», thanks",
        "«FR14-2004-1010-0505-0001-3M02-606»",
    ),
    passes=("DE89 3704 0044 0532 0130 01", "ZZ89 3704 0044 0532 0130 00"),
)
_START = re.compile(rb"AA00[ -]?[0A]")
_SIGN = frozenset(b" -")
_INSIDE = frozenset(b"0A")


def ibans(reading: Reading) -> Iterator[Sensitive]:
    """Every IBAN whose check digits hold (ISO 13616), in one piece or in groups."""
    if b"00" not in reading.shape:
        return
    shape = reading.shape.upper()
    for match in _START.finditer(shape):
        start = match.start()
        length = IBAN_LENGTH.get(reading.text[start : start + 2].upper())
        if length is None or (start and shape[start - 1] in b"0A_"):
            continue
        end = _end(shape, start, length)
        if end and is_iban(re.sub(r"[ -]", "", reading.text[start:end]).upper()):
            yield Sensitive(kind="iban", start=start, end=end, score=IBAN.alone, rule=IBAN.name)


def _end(shape: bytes, start: int, length: int) -> int:
    """Where the last of that many letters and digits ends; 0 where something else comes first, or more follow."""
    at, left = start, length
    while left and at < len(shape):
        if shape[at] in _INSIDE:
            left -= 1
        elif not (shape[at] in _SIGN and shape[at - 1] in _INSIDE):
            return 0
        at += 1
    return 0 if left or (at < len(shape) and shape[at] in b"0A_") else at
