"""A scan as lines for a screen: what is not clean, with why and where from, and what there was in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bartizan.core.errors import printable
from bartizan.supply.scan.finding import Finding, Scanned, worst

_LEVEL = {"detect": "DETECT", "error": "ERROR", "review": "REVIEW"}
_MOST = 20
"""Findings of one file that are shown."""


def file_lines(one: Scanned, *, clean: bool = False) -> Iterator[str]:
    """The lines about one file; none for a clean one, unless these are wanted too."""
    kinds = ", ".join(one.formats) or "unknown"
    if one.verdict != "CLEAN" or clean:
        yield f"{one.verdict:<7} {printable(one.path)}  ({kinds})"
    ordered = sorted(one.findings, key=lambda finding: list(_LEVEL).index(finding.level))
    for finding in ordered[:_MOST]:
        yield from _finding_lines(finding)
    if len(ordered) > _MOST:
        yield f"        and {len(ordered) - _MOST:,} more; -f json shows all"


def _finding_lines(finding: Finding) -> Iterator[str]:
    place = ", ".join(
        one for one in (finding.member, f"byte {finding.offset:,}" if finding.offset is not None else "") if one
    )
    yield f"  {_LEVEL[finding.level]:<7} {finding.rule.title}: {finding.what}" + (f"  [{place}]" if place else "")
    refs = f" ({', '.join(finding.rule.refs)})" if finding.rule.refs else ""
    yield f"          {finding.rule.why}{refs}"


def summary(scanned: Sequence[Scanned]) -> str:
    """One line about all files."""
    looked = [one for one in scanned if one.formats != ("skipped",)]
    counts = Counter(one.verdict for one in looked)
    named = ", ".join(f"{counts[name]:,} {name}" for name in ("DETECT", "ERROR", "REVIEW", "CLEAN") if counts[name])
    inside = sum(one.members for one in looked)
    more = f" with {inside:,} more inside" if inside else ""
    skipped = [one.path for one in scanned if one.formats == ("skipped",)]
    left = f"; left out: {', '.join(map(printable, skipped[:3]))}" + (" ..." if skipped[3:] else "") if skipped else ""
    files = f"{len(looked):,} file{'' if len(looked) == 1 else 's'}"
    return f"{worst(tuple(looked))}: {files}{more}: {named or 'nothing to look at'}{left}"


def terminal(scanned: Iterable[Scanned], *, clean: bool = False) -> str:
    """All of it."""
    kept = list(scanned)
    lines = [line for one in kept for line in file_lines(one, clean=clean)]
    return "\n".join([*lines, summary(kept)]) + "\n"
