"""How often, and how much in a time: "60/minute", "5/day", "200/10 minutes", read in one place for all guards.

What is limited may be requests, tokens or money; a rate is an amount and the seconds in which it may be used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from bartizan.core.errors import nearest, printable

UNITS: dict[str, float] = {"second": 1.0, "minute": 60.0, "hour": 3_600.0, "day": 86_400.0, "week": 604_800.0}
_SHORT = {"s": "second", "sec": "second", "min": "minute", "m": "minute", "h": "hour", "d": "day"}
_FORM = re.compile(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*(?:/|per)\s*(\d{1,6})?\s*([a-zA-Z]{1,12})\s*")
_LONGEST = 64


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """An amount in a time."""

    amount: float
    seconds: float

    @property
    def per_second(self) -> float:
        """How fast it comes back."""
        return self.amount / self.seconds


def rate_of(text: str) -> Rate:
    """A rate as people write it: AMOUNT/UNIT or AMOUNT/NUMBER UNITS; units are second, minute, hour, day, week.

    Raises ValueError that says what is wrong and how to mend it.
    """
    found = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"'{printable(text, 40)}' is no rate; write it like 60/minute or 1000/10 minutes")
    amount, number, word = float(found[1]), int(found[2] or 1), found[3].lower()
    unit = _SHORT.get(word, word.removesuffix("s"))
    if unit not in UNITS:
        fix = nearest(word, UNITS) or f"use one of: {', '.join(UNITS)}"
        raise ValueError(f"'{printable(word, 40)}' is no unit of time; {fix}")
    if amount <= 0 or number <= 0:
        raise ValueError(f"'{printable(text, 40)}' lets nothing pass; write an amount and a time above 0")
    return Rate(amount=amount, seconds=number * UNITS[unit])


def rate_or_none(text: str) -> Rate | None:
    """The rate; None for an empty text, which means no limit. Raises ValueError."""
    return rate_of(text) if text else None


def rate_faults(rates: Mapping[str, str]) -> dict[str, str]:
    """Field -> finding, for each text that is no rate. Empty texts are none and are fine."""
    faults = {}
    for name, text in rates.items():
        try:
            rate_or_none(text)
        except ValueError as error:
            faults[name] = str(error)
    return faults


def positive_faults(values: Iterable[tuple[str, float | None]]) -> dict[str, str]:
    """Field -> finding, for each number that must be above 0 and is not."""
    return {name: "must be above 0" for name, value in values if value is not None and not value > 0}
