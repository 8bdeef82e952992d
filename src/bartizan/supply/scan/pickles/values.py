"""What the abstract machine holds in place of objects. A value is a number, so that the machine's memory is small:

0 and above     the place of the operation that pushed it, where a constant can be read again when somebody asks
below 0         a thing that may matter later, by its number: a global, what calling one gave, or nothing known
"""

from __future__ import annotations

from typing import Final

import msgspec

from bartizan.supply.scan.limits import TooMuch

UNKNOWN: Final = -1
"""A value of which nothing is known."""
MISSING: Final = -(1 << 62)
"""No value: a place of the memo that was never set."""
_MOST: Final = 20_000


class Global(msgspec.Struct, frozen=True):
    """Something that is imported by its name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Result(msgspec.Struct, frozen=True):
    """What calling a global gave; of one whose name is not known, None."""

    of: Global | None
    how: str = ""
    """What tells it from other results of the same global, where that matters."""

    def __str__(self) -> str:
        return f"{self.of or 'something'}(…)"


class Extension(msgspec.Struct, frozen=True):
    """A global by a number that is given to it elsewhere, in `copyreg`."""

    code: int

    def __str__(self) -> str:
        return f"extension {self.code}"


class Nameless(msgspec.Struct, frozen=True):
    """A global whose name is made while the pickle is read."""

    def __str__(self) -> str:
        return "a global without a constant name"


Thing = Global | Result | Extension | Nameless


class Things:
    """The things of one stream, each once, so that a million equal objects are one."""

    def __init__(self) -> None:
        self._held: list[Thing | None] = [None, None]
        self._numbers: dict[Thing, int] = {}

    def number(self, thing: Thing) -> int:
        """The value that stands for it. Raises TooMuch."""
        found = self._numbers.get(thing)
        if found is None:
            if len(self._held) > _MOST:
                raise TooMuch(f"more than {_MOST:,} different globals in one pickle")
            found = self._numbers[thing] = -len(self._held)
            self._held.append(thing)
        return found

    def thing(self, value: int) -> Thing | None:
        """What a value stands for; None for constants and what is not known."""
        return self._held[-value] if -len(self._held) < value < 0 else None
