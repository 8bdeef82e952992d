"""Columns of national numbers that only a check digit tells: one value proves nothing, two hundred do.

A text like 44051401359 is passed over where no word names it, since one number in ten has such a check digit by chance.
A column whose values nearly all have it, and lose it when their digits are shuffled, is no chance.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import msgspec

from bartizan.detectors.sensitive.kinds import Kind
from bartizan.detectors.sensitive.numbers import Number, compact
from bartizan.detectors.sensitive.numbers_europe import EUROPE
from bartizan.detectors.sensitive.numbers_world import WORLD

_CHECKED: Final = tuple(rule for rule in (*EUROPE, *WORLD) if rule.check is not None and not rule.alone)
_LEAST: Final = 20
"""Different values; fewer say nothing."""
_MOST: Final = 0.9
"""The share of values that must have the form and check digit."""
_CHANCE: Final = 0.5
"""The share of shuffled values that may still have it."""
_LONGEST: Final = 30


class Identified(msgspec.Struct, frozen=True, kw_only=True):
    """What all values of a column seem to be."""

    kind: Kind
    hits: int
    """Values that have the form and the check digit."""
    read: int
    """Values that were looked at."""
    chance: float
    """The share of the same values that have them after their digits were shuffled."""
    sample: str
    """One of them."""


def identified(values: Sequence[str], seed: int) -> tuple[Identified, ...]:
    """The kinds that the values of a column are; none where they are fewer than 20 or mixed."""
    different = sorted({value.strip() for value in values} - {""})
    if len(different) < _LEAST:
        return ()
    shapes = [_shape(value) for value in different]
    rng = random.Random(seed)  # noqa: S311  nothing secret is drawn
    shuffled = [_shuffled(value, rng) for value in different]
    return tuple(found for rule in _CHECKED if (found := _tested(rule, different, shapes, shuffled)) is not None)


def _tested(rule: Number, values: list[str], shapes: list[str], shuffled: list[str]) -> Identified | None:
    formed = [place for place, shape in enumerate(shapes) if shape in rule.formats]
    if len(formed) < _MOST * len(values) or rule.check is None:
        return None
    passed = [place for place in formed if rule.check(compact(values[place]))]
    if len(passed) < _MOST * len(values):
        return None
    chance = sum(rule.check(compact(shuffled[place])) for place in formed) / len(formed)
    if chance > _CHANCE:
        return None
    return Identified(
        kind=rule.kind, hits=len(passed), read=len(values), chance=chance, sample=values[passed[len(passed) // 2]]
    )


def _shape(value: str) -> str:
    """As rules write it: # a digit, A a letter, other signs as they are."""
    if len(value) > _LONGEST:
        return ""
    return "".join("#" if "0" <= one <= "9" else "A" if one.isalpha() else one for one in value)


def _shuffled(value: str, rng: random.Random) -> str:
    """The same with its digits in another order, each where a digit was."""
    digits = [one for one in value if "0" <= one <= "9"]
    rng.shuffle(digits)
    left = iter(digits)
    return "".join(next(left) if "0" <= one <= "9" else one for one in value)
