"""Amounts of privacy, added exactly: ten times 0.1 is 1."""

from __future__ import annotations

import decimal
import math
import re
from fractions import Fraction
from typing import Final

_WRITTEN: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,30})?([eE]-?[0-9]{1,2})?")


def amount(written: str | float) -> Fraction:
    """An epsilon or delta as it is written in decimal. Raises ValueError for what is negative or no finite number."""
    text = written if isinstance(written, str) else _text(written)
    if not _WRITTEN.fullmatch(text):
        raise ValueError(f"'{text:.40}' is no amount")
    return Fraction(text)


def _text(number: float) -> str:
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{number} is no amount")
    return repr(number)


def shown(value: Fraction) -> str:
    """For people: up to twelve digits, and never more than there is."""
    with decimal.localcontext(decimal.Context(prec=12, rounding=decimal.ROUND_FLOOR)):
        found = decimal.Decimal(value.numerator) / decimal.Decimal(value.denominator)
    return f"{float(found):.12g}"


def exact(value: Fraction) -> str:
    """For files: what `amount` reads back as the same value."""
    power = 0
    while (value * 10**power).denominator != 1:
        power += 1
        if power > 60:
            raise ValueError("no decimal number")
    whole = str((value * 10**power).numerator).rjust(power + 1, "0")
    return f"{whole[:-power]}.{whole[-power:]}" if power else whole
