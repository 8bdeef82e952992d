"""What was found in a file, and what that makes of it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.errors import printable
from bartizan.supply.scan.rule import Level, Rule

Verdict: TypeAlias = Literal["CLEAN", "REVIEW", "ERROR", "DETECT"]
_LONGEST = 300
_ORDER: dict[Level, Verdict] = {"detect": "DETECT", "error": "ERROR", "review": "REVIEW"}
"""The worst first."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found. ``what`` quotes strangers, so it is one printable line of bounded length."""

    rule: Rule
    what: str
    member: str = ""
    """The file within the file, `data.pkl` or `inner.zip!/data.pkl`; empty: the file itself."""
    offset: int | None = None
    """Bytes from the beginning of the member, unpacked."""

    def __post_init__(self) -> None:
        """Nothing that a stranger wrote can garble a report."""
        msgspec.structs.force_setattr(self, "what", printable(self.what, _LONGEST))
        msgspec.structs.force_setattr(self, "member", printable(self.member, _LONGEST))

    @property
    def level(self) -> Level:
        """How bad it is."""
        return self.rule.level

    def __str__(self) -> str:
        place = f" at {self.offset}" if self.offset is not None else ""
        inside = f" in {self.member}" if self.member else ""
        return f"{self.rule.title}: {self.what}{inside}{place}"


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was looked at."""

    path: str
    formats: tuple[str, ...]
    """What it was found to be, by its content; several where it is several at once."""
    size: int
    sha256: str
    """Of the whole file; empty where it could not be read."""
    members: int
    """Files within it that were looked at."""
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of what was found."""
        levels = {one.level for one in self.findings}
        return next((verdict for level, verdict in _ORDER.items() if level in levels), "CLEAN")


def worst(scanned: tuple[Scanned, ...]) -> Verdict:
    """The worst of several files; CLEAN for none."""
    verdicts = {one.verdict for one in scanned}
    return next((verdict for verdict in _ORDER.values() if verdict in verdicts), "CLEAN")
