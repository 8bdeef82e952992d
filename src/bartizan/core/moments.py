"""Moments: in the register as 2026-11-22T09:00:00Z and in no other form, so that as text they sort by time."""

from __future__ import annotations

import datetime

from bartizan.core.dates import in_words

_FORM = "%Y-%m-%dT%H:%M:%SZ"


MOMENT_FIX = "write it in UTC, as 2026-11-22T09:00:00Z"


def now() -> str:
    """The present moment, by the clock of the machine."""
    return datetime.datetime.now(datetime.UTC).strftime(_FORM)


def is_moment(text: str) -> bool:
    """Whether a text is a moment, written as 2026-11-22T09:00:00Z."""
    try:
        return _read(text).strftime(_FORM) == text
    except ValueError:
        return False


def later(moment: str, seconds: float) -> str:
    """The moment so many seconds after another; before it where they are negative."""
    return (_read(moment) + datetime.timedelta(seconds=seconds)).strftime(_FORM)


def between(before: str, after: str) -> float:
    """The seconds from one moment to another."""
    return (_read(after) - _read(before)).total_seconds()


def moment_in_words(moment: str) -> str:
    """A moment as people write it: 22 Nov 2026, 09:00 UTC. What is no moment stays as it is."""
    try:
        read = _read(moment)
    except ValueError:
        return moment
    return f"{in_words(read.date().isoformat())}, {read:%H:%M} UTC"


def _read(moment: str) -> datetime.datetime:
    return datetime.datetime.strptime(moment, _FORM).replace(tzinfo=datetime.UTC)
