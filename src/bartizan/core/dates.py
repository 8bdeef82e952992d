"""Days: in files and options as ISO 8601 writes them, 2026-11-22 and no other form; for people as 22 Nov 2026."""

from __future__ import annotations

import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATE_FIX = "write it as 2026-11-22"


def is_date(text: str) -> bool:
    """Whether a text is a day that exists, written as 2026-11-22."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def in_words(day: str) -> str:
    """A day as people write it: 22 Nov 2026. What is no day stays as it is."""
    if not is_date(day):
        return day
    date = datetime.date.fromisoformat(day)
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def day_after(day: str, days: int) -> str:
    """The day that comes so many days after one; the last day there is where that is too far."""
    try:
        return (datetime.date.fromisoformat(day) + datetime.timedelta(days=days)).isoformat()
    except OverflowError:
        return datetime.date.max.isoformat()
