"""Everything Bartizan can tell a person has gone wrong, as one tree.

    BartizanError                 exit code 2 unless said otherwise
    ├── InputError                what was given is wrong: every problem, each with place, finding and fix
    ├── MissingExtra              an optional package is absent: the install command is in the message
    ├── NotFound                  there is nothing of that name
    ├── Conflict                  somebody else changed it in the meantime, or it is not in a state for this
    ├── Refused                   this person may not do that
    ├── BudgetSpent               a target has been asked as often, or for as long, as it may be
    └── Unreachable               a target or server did not answer            exit code 3

A failed gate (findings above appetite) is a result, not an error: the command exits with 1.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

_LONGEST = 400
_LONGEST_WORD = 100
"""Nobody misspells a longer one, and comparing takes time."""


def printable(text: str, longest: int = _LONGEST) -> str:
    """The text as one line that shows as it is: what does not print is escaped, what is too long is cut in the middle.

    Messages quote what strangers wrote, so a line break, an escape sequence, a change of writing direction or half a
    surrogate pair must not reach a terminal or a report.
    """
    if len(text) > longest:
        text = f"{text[: longest - 41]}...{text[-38:]}"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def described(error: BaseException) -> str:
    """An error of somebody else's code in one line: its type and its text."""
    return printable(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


class Problem(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that is wrong: where, what was found, and how to mend it; each a printable line."""

    file: str
    line: int | None = None
    finding: str
    fix: str = ""

    def __post_init__(self) -> None:
        """Nothing that a stranger wrote can garble a message, whoever prints it."""
        msgspec.structs.force_setattr(self, "finding", printable(self.finding))
        msgspec.structs.force_setattr(self, "fix", printable(self.fix))

    def __str__(self) -> str:
        place = printable(self.file) if self.line is None else f"{printable(self.file)}:{self.line}"
        return f"{place}: {self.finding}" + (f"; {self.fix}" if self.fix else "")


class BartizanError(Exception):
    """Root of the tree. Its text is meant for a person."""

    exit_code = 2


class InputError(BartizanError):
    """Input is wrong. Holds all problems that were found, in the order of their places."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            sorted(set(problems), key=lambda p: (p.file, p.line or 0, p.finding))
        )
        super().__init__("\n".join(str(p) for p in self.problems))


class MissingExtra(BartizanError):
    """An optional package is needed and not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional package; install it with: pip install 'bartizan[{extra}]'")


class NotFound(BartizanError):
    """There is nothing of that name. Its text says what was asked for and where to look."""


class Conflict(BartizanError):
    """It cannot be done as things stand now: somebody else changed them since they were read, or they forbid it."""


class Refused(BartizanError):
    """A person may not do that. Its text says what is needed."""


class BudgetSpent(BartizanError):
    """The target has been asked as often, or for as long, as it may be. What was found until then is kept."""


class Unreachable(BartizanError):
    """A target or a server did not answer."""

    exit_code = 3


def nearest(word: str, words: Iterable[str]) -> str:
    """A fix that names the nearest valid word, or lists the valid ones when none is near and they are few."""
    known = sorted(set(words))
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6) if len(word) <= _LONGEST_WORD else []
    if close:
        return f"did you mean '{close[0]}'?"
    return f"use one of: {', '.join(known)}" if 0 < len(known) <= 12 else ""
