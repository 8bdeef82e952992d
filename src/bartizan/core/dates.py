"""How a day is written in a file or an option: as ISO 8601 has it, 2026-11-22, and in no other of its forms."""

from __future__ import annotations

import datetime

DATE_FIX = "write it as 2026-11-22"


def is_date(text: str) -> bool:
    """Whether a text is a day that exists, written as 2026-11-22."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
