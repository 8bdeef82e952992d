"""What was found in a repository, and what became of the check as a whole."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bartizan.core.errors import printable
from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.kinds import SECRETS
from bartizan.detectors.sensitive.masking import masked
from bartizan.devcheck.rule import LEVELS, Level, Rule

_LONGEST = 240


def quoted(text: str) -> str:
    """What a stranger wrote, as one printable line of bounded length without the secrets in it."""
    text = text[: 4 * _LONGEST]
    return printable(masked(text, find_sensitive(text, SECRETS)), _LONGEST)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found, or that could not be told. It never holds the value of a secret."""

    rule: Rule
    path: str
    """Below the folder that was checked; empty: the repository as a whole."""
    what: str
    line: int | None = None
    """From 1 on; in a notebook that of the file, where it could be told."""
    cell: int | None = None
    """The cell of a notebook, from 1 on."""
    commit: str = ""
    """The commit that brought it, where it is no longer in the files."""
    is_unknown: bool = False
    """Whether it could not be told, instead of being found."""
    waived: str = ""
    """Why somebody allowed it; empty: nobody did."""
    waived_by: str = ""
    """Where it was allowed: a place in the file, or the ignore file."""

    def __post_init__(self) -> None:
        """Nothing that a stranger wrote can garble a report, and no secret gets into one."""
        msgspec.structs.force_setattr(self, "what", quoted(self.what))
        msgspec.structs.force_setattr(self, "waived", quoted(self.waived))

    @property
    def level(self) -> Level:
        """How bad it is."""
        return "unknown" if self.is_unknown else self.rule.level

    @property
    def place(self) -> str:
        """file:line, with the cell of a notebook and the commit."""
        cell = f" cell {self.cell}" if self.cell is not None else ""
        commit = f" in commit {self.commit[:12]}" if self.commit else ""
        line = f":{self.line}" if self.line is not None else ""
        return f"{printable(self.path or '.')}{line}{cell}{commit}"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that was checked."""

    root: str
    findings: tuple[Finding, ...]
    """The worst first, then by place; those that were allowed among them."""
    files: int
    """That were looked at."""
    lines: int
    commits: int | None
    """Of the history, that were read; None where it was not read."""
    history_note: str
    """Why the history was not read, or not to its end; empty: all of it was read."""
    head: str
    """The commit that the files stand at; empty without git."""
    digest: str
    """SHA-256 over the names and contents of all files that were looked at."""
    left_out: tuple[str, ...]
    """Folders and links that were not entered, on purpose."""
    allowed: int = 0
    """How many findings somebody allowed."""

    @property
    def open(self) -> tuple[Finding, ...]:
        """What nobody allowed."""
        return tuple(one for one in self.findings if not one.waived)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """What somebody allowed, with a reason."""
        return tuple(one for one in self.findings if one.waived)


def at_or_above(findings: Iterable[Finding], level: Level) -> tuple[Finding, ...]:
    """Those that are as bad as a level, or worse; `unknown` takes all."""
    bad = LEVELS[: LEVELS.index(level) + 1]
    return tuple(one for one in findings if one.level in bad)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, then by place."""
    return tuple(
        sorted(
            findings,
            key=lambda one: (LEVELS.index(one.level), one.path, one.cell or 0, one.line or 0, one.rule.id, one.what),
        )
    )
