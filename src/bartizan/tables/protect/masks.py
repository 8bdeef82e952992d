"""Values with most of their characters covered."""

from __future__ import annotations

from bartizan.tables.protect.plan import Mask


def masked_value(value: str, how: Mask) -> str:
    """The value with its middle covered.

    Letters and digits count, separators do not. Where what should stay is more than half of them, all are covered: a
    short value would show whole.
    """
    plain = [place for place, char in enumerate(value) if char.isalnum() or not how.separators]
    few = how.keep_first + how.keep_last > len(plain) // 2
    shown = set() if few else {*plain[: how.keep_first], *plain[len(plain) - how.keep_last :]}
    if how.length:
        first = "" if few else "".join(value[place] for place in plain[: how.keep_first])
        last = "" if few else "".join(value[place] for place in plain[len(plain) - how.keep_last :])
        return f"{first}{how.with_ * how.length}{last}"
    covered = set(plain) - shown
    return "".join(how.with_ if place in covered else char for place, char in enumerate(value))
