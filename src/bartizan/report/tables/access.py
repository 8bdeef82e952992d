"""Who reaches data and should not, as lines for a screen and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.tables.access.checking import RULES, Checked, Level

_WORD: Final[dict[Level, str]] = {"finding": "FOUND", "unknown": "UNKNOWN", "accepted": "accepted"}
_MOST: Final = 200


def access_lines(one: Checked) -> Iterator[str]:
    """Every finding with its file and who it is about."""
    for level, word in _WORD.items():
        found = one.of(level)
        for finding in found[:_MOST]:
            place = ": ".join(printable(one) for one in (finding.data, finding.file) if one)
            yield f"{word:<9} {finding.rule:<8}{place}: {printable(finding.what)}"
        if len(found) > _MOST:
            yield f"and {len(found) - _MOST:,} more {word}: -o FILE.json has all"
    counts = ", ".join(f"{len(one.of(level)):,} {word.lower()}" for level, word in _WORD.items() if one.of(level))
    yield f"{one.files:,} files: {counts or 'as the manifest says'}"


def access_document(one: Checked) -> str:
    """All of it."""
    made = {
        "bartizan_data_access": 1,
        "version": __version__,
        "files": one.files,
        "segregated": one.is_segregated,
        "rules": RULES,
        "findings": one.findings,
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"
