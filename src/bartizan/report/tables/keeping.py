"""What may be kept no longer, as lines for a screen and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.tables.keeping.judging import Judged, Kept, Verdict

_ORDER: Final[tuple[Verdict, ...]] = ("over", "unknown", "held")
_WORD: Final = {"over": "OVER", "unknown": "UNKNOWN", "held": "held"}
_MOST: Final = 200


def keeping_lines(one: Kept) -> Iterator[str]:
    """What is over, unknown or held, each with why; and how many files of each there are."""
    for verdict in _ORDER:
        found = one.of(verdict)
        yield from (_line(judged) for judged in found[:_MOST])
        if len(found) > _MOST:
            yield f"and {len(found) - _MOST:,} more {_WORD[verdict]}: -o FILE.json has all"
    counts = ", ".join(f"{len(one.of(verdict)):,} {verdict}" for verdict in (*_ORDER, "kept") if one.of(verdict))
    yield f"{len(one.judged):,} files on {one.day}: {counts}"


def _line(one: Judged) -> str:
    due = f", due {one.due}" if one.due else ""
    rule = f" ({printable(one.rule, 60)}{due})" if one.rule else ""
    return f"{_WORD[one.verdict]:<8} {printable(one.path)}{rule}: {printable(one.why)}"


def keeping_document(one: Kept) -> str:
    """All of it."""
    made = {"bartizan_data_retain": 1, "version": __version__, "day": one.day, "judged": one.judged}
    text = msgspec.json.encode(made, enc_hook=str)
    return msgspec.json.format(text, indent=2).decode() + "\n"
