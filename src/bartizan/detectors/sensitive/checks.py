"""The arithmetic of check digits that many countries share."""

from __future__ import annotations

from collections.abc import Iterable

_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def weighed(digits: str, weights: Iterable[int]) -> int:
    """The sum of digits times weights, as far as the shorter goes."""
    return sum(int(one) * weight for one, weight in zip(digits, weights, strict=False))


def is_luhn(digits: str) -> bool:
    """Luhn's sum (ISO/IEC 7812-1, annex B)."""
    doubled = (int(one) * (1 + i % 2) for i, one in enumerate(reversed(digits)))
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def is_mod_11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10 over all digits, the last of which is the check."""
    product = 10
    for one in digits[:-1]:
        product = ((int(one) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


_TIMES = tuple(
    tuple(int(one) for one in row)
    for row in (
        *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
        *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
    )
)
_TURNS = (
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
)


def is_verhoeff(digits: str) -> bool:
    """Verhoeff's scheme over the dihedral group of order ten (J. Verhoeff, Error Detecting Decimal Codes, 1969)."""
    state = 0
    for place, one in enumerate(reversed(digits)):
        state = _TIMES[state][int(_TURNS[place % 8][int(one)])]
    return state == 0


def is_day(month: str, day: str) -> bool:
    """Whether there is such a day in some year."""
    return 1 <= int(month) <= 12 and 1 <= int(day) <= _MONTH_DAYS[int(month) - 1]


def is_varied(digits: str) -> bool:
    """At least three different digits: 111111111 fits many schemes and belongs to nobody."""
    return len(set(digits)) > 2
