"""One look at one file: what it is, what is in it, and keeping to the limits.

Every format that fits is looked at, not the first one: a file that is several things at once is read by each program as
what it expects. Whatever goes wrong is a finding, so that nothing that could not be read counts as clean.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from bartizan.core.errors import described
from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.finding import Finding
from bartizan.supply.scan.limits import Limits, TooMuch, Unreadable
from bartizan.supply.scan.rule import Rule

if TYPE_CHECKING:
    from bartizan.supply.scan.format import Format

HEAD = 4096
_FREE = 16 << 20
"""Bytes that may be unpacked whatever the ratio."""

BROKEN = Rule(
    id="file.broken",
    level="error",
    title="It cannot be read whole",
    why="What cannot be read may hold anything; programs that are less strict may read it all the same.",
    refs=("CWE-20",),
)
LIMIT = Rule(
    id="file.limit",
    level="error",
    title="It is more than the limits allow",
    why="Files that are much larger inside than outside, or nested without end, keep readers from looking at them.",
    refs=("CWE-409", "CWE-400"),
)
UNKNOWN = Rule(
    id="file.unknown",
    level="review",
    title="Nobody knows this format",
    why="Nothing can be said of what it does to the program that reads it.",
)
EMPTY = Rule(
    id="file.empty",
    level="review",
    title="It is empty",
    why="A file without content does no harm, and is no model: something may have gone wrong on its way.",
)
SEVERAL = Rule(
    id="file.several",
    level="review",
    title="It is several formats at once",
    why="Different programs read it as different things, so that one may see what another does not.",
    refs=("CWE-436",),
)
DEFECT = Rule(
    id="scanner.failed",
    level="error",
    title="The scanner itself failed",
    why="This is a defect of the scanner; what it did not see may be anything.",
)
RULES = (BROKEN, LIMIT, UNKNOWN, EMPTY, SEVERAL, DEFECT)


class Look:
    """One look at one file. Formats get it to say what they find and to go into what is inside."""

    def __init__(
        self,
        formats: Sequence[Format],
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits or Limits()
        self.findings: list[Finding] = []
        self.members = 0
        """Files within the file that were looked at."""
        self.path: tuple[str, ...] = ()
        """Where it is looking, from the outermost member on."""
        self._formats = formats
        self._clock = clock
        self._until = clock() + self.limits.seconds
        self._steps = 0
        self._unpacked = 0
        self._lost = 0

    def at(self, blob: Blob) -> tuple[str, ...]:
        """Look at these bytes, whatever they are. Returns the formats that they were found to be."""
        if not blob.size:
            self.found(EMPTY, "0 bytes")
            return ()
        try:
            head = blob.read(0, HEAD)
            fitting = [one for one in self._formats if not one.is_guess and self._fits(one, head, blob)]
            if not fitting:
                fitting = [one for one in self._formats if one.is_guess and self._fits(one, head, blob)][:1]
        except Unreadable as error:
            self.found(BROKEN, str(error), error.at)
            return ()
        if not fitting:
            self.found(UNKNOWN, f"it begins with {head[:16]!r}")
        if len(fitting) > 1:
            self.found(SEVERAL, ", ".join(one.name for one in fitting))
        for one in fitting:
            self._by(one, blob)
        return tuple(one.name for one in fitting)

    def _fits(self, format: Format, head: bytes, blob: Blob) -> bool:
        """Whether a format fits; where that cannot be told for a defect of ours, the file is not clean."""
        try:
            return format.fits(head, blob)
        except Unreadable:
            raise
        except Exception as error:  # whatever it is, the file may be of this format
            self.found(DEFECT, f"whether it is {format.name}: {described(error)}")
            return False

    def _by(self, format: Format, blob: Blob) -> None:
        before = self.path
        try:
            format.look(blob, self)
        except TooMuch as error:
            self.found(LIMIT, str(error), error.at)
        except Unreadable as error:
            self.found(BROKEN, f"as {format.name}: {error}", error.at)
        except RecursionError:
            self.found(LIMIT, f"as {format.name}: it is nested too deep")
        except MemoryError:
            self.found(LIMIT, f"as {format.name}: it does not fit into memory")
        except Exception as error:  # whatever it is, the file was not read whole
            self.found(DEFECT, f"as {format.name}: {described(error)}")
        self.path = before

    def found(self, rule: Rule, what: str, offset: int | None = None) -> None:
        """Say that something was found here."""
        if len(self.findings) < self.limits.findings:
            self.findings.append(Finding(rule=rule, what=what, member="!/".join(self.path), offset=offset))
            return
        self._lost += 1
        if self._lost == 1:
            self.findings.append(Finding(rule=LIMIT, what=f"more than {self.limits.findings} findings"))
        if rule.level == "detect" and all(one.level != "detect" for one in self.findings):
            self.findings[-1] = Finding(rule=rule, what=what, member="!/".join(self.path), offset=offset)

    def into(self, name: str, blob: Blob) -> tuple[str, ...]:
        """Look at a file within this one. Returns its formats. Raises TooMuch."""
        if len(self.path) >= self.limits.depth:
            raise TooMuch(f"files in files, more than {self.limits.depth} deep")
        self.members += 1
        if self.members > self.limits.members:
            raise TooMuch(f"more than {self.limits.members:,} files within it")
        self.spend(1)
        before = self.path
        self.path = (*before, name)
        try:
            return self.at(blob)
        finally:
            self.path = before

    def spend(self, steps: int) -> None:
        """Count what costs time, a few thousand at a time. Raises TooMuch."""
        self._steps += steps
        if self._steps > self.limits.steps:
            raise TooMuch(f"more than {self.limits.steps:,} steps")
        if self._clock() > self._until:
            raise TooMuch(f"it takes more than {self.limits.seconds:g} seconds")

    def unpacking(self, pieces: Iterable[bytes], packed: int) -> Iterable[bytes]:
        """Pieces that come out of ``packed`` bytes, as long as they are no bomb. Raises TooMuch."""
        most = max(_FREE, packed * self.limits.ratio)
        size = 0
        for piece in pieces:
            size += len(piece)
            self._unpacked += len(piece)
            if size > most:
                raise TooMuch(f"{packed:,} bytes become more than {most:,}")
            if self._unpacked > self.limits.unpacked:
                raise TooMuch(f"more than {self.limits.unpacked:,} bytes come out of it")
            self.spend(1)
            yield piece
