"""Spans of time as people write them: 90 days, 6 months, 2 years."""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Final, Literal, TypeAlias

import msgspec

Unit: TypeAlias = Literal["day", "week", "month", "year"]
SPAN_FIX: Final = "write 90 days, 6 months or 2 years"
LONGEST: Final = 100
"""Years; what may be kept for longer needs no rule."""
_FORM: Final = re.compile(r"([1-9][0-9]{0,4}) (day|week|month|year)s?")
_ANY_DAY: Final = datetime.date(2000, 1, 1)


class Span(msgspec.Struct, frozen=True):
    """So many of a unit."""

    count: int
    unit: Unit

    def after(self, day: datetime.date) -> datetime.date:
        """The day that comes so long after one: the same day of a month, or its last; the last day there is at most."""
        if self.unit in ("day", "week"):
            return _far(day, self.count * (7 if self.unit == "week" else 1))
        months = day.year * 12 + day.month - 1 + self.count * (12 if self.unit == "year" else 1)
        year, month = divmod(months, 12)
        if year > datetime.MAXYEAR:
            return datetime.date.max
        return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))

    def earliest(self, today: datetime.date) -> datetime.date:
        """The earliest day after which, by so long, today is not over yet: what began before it is too old."""
        day = _far(today, -self.count * {"day": 1, "week": 7, "month": 31, "year": 366}[self.unit] - 1)
        while self.after(day) < today:
            day += datetime.timedelta(days=1)
        return day

    @property
    def is_too_long(self) -> bool:
        """Whether it is longer than a rule is for."""
        return self.after(_ANY_DAY).year > _ANY_DAY.year + LONGEST


def span_of(text: str) -> Span | None:
    """The span that a text says; None where it says none."""
    found = _FORM.fullmatch(text)
    return Span(int(found[1]), found[2]) if found else None  # type: ignore[arg-type]


def _far(since: datetime.date, days: int) -> datetime.date:
    try:
        return since + datetime.timedelta(days=days)
    except OverflowError:
        return datetime.date.max if days > 0 else datetime.date.min
