"""Walk foreign data: typed access to its parts, which remembers what was looked at, so that the rest is reported."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

import msgspec

LONGEST = 1000
"""Characters of a text that are taken over."""
_SPACES = re.compile(r"\s+")


class Unused(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something in a file that could not be used: where it stands, and why."""

    path: str
    why: str


class Node:
    """An object of a foreign file at a path. What is of a wrong type counts as absent and is reported."""

    def __init__(self, data: Mapping[str, object], path: str, unused: list[Unused]) -> None:
        self.data = data
        self.path = path
        self.unused = unused
        self._seen: set[str] = set()

    def at(self, key: str) -> str:
        """The path of one of its entries."""
        return f"{self.path}.{key}" if self.path else key

    def text(self, key: str) -> str:
        """A text on one line, without control characters; empty where there is none."""
        value = self._get(key)
        if value is None or isinstance(value, str):
            return cleaned(value or "")
        self._wrong(key, "text")
        return ""

    def flag(self, key: str) -> bool | None:
        """A yes or no."""
        value = self._get(key)
        if value is None or isinstance(value, bool):
            return value
        self._wrong(key, "true or false")
        return None

    def number(self, key: str) -> float | None:
        """A number."""
        value = self._get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        self._wrong(key, "a number")
        return None

    def child(self, key: str) -> Node | None:
        """An object."""
        value = self._get(key)
        if isinstance(value, Mapping):
            return Node(value, self.at(key), self.unused)
        if value is not None:
            self._wrong(key, "an object")
        return None

    def children(self, key: str) -> list[Node]:
        """The objects of a list; what is none is reported."""
        found = []
        for path, value in self._list(key):
            if isinstance(value, Mapping):
                found.append(Node(value, path, self.unused))
            elif value is not None:
                self.unused.append(Unused(path=path, why="expected an object"))
        return found

    def texts(self, key: str) -> list[tuple[str, str]]:
        """The texts of a list, each with its path."""
        found = []
        for path, value in self._list(key):
            if isinstance(value, str):
                found.append((path, cleaned(value)))
            elif value is not None:
                self.unused.append(Unused(path=path, why="expected text"))
        return found

    def skip(self, *keys: str) -> None:
        """Count entries as looked at that need no report, since they only name or number things."""
        self._seen.update(keys)

    def cannot(self, why: str, key: str = "") -> None:
        """Report that this, or one of its entries, could not be used."""
        self._seen.add(key)
        self.unused.append(Unused(path=(self.at(key) if key else self.path) or "the whole file", why=why))

    def rest(self, reasons: Mapping[str, str], otherwise: str = "nothing in a description corresponds to it") -> None:
        """Report every entry that nobody looked at, with the reason for its name."""
        for key, value in self.data.items():
            if key not in self._seen and value not in (None, "", [], {}):
                self.cannot(reasons.get(key, otherwise), key)

    def _get(self, key: str) -> object:
        self._seen.add(key)
        return self.data.get(key)

    def _list(self, key: str) -> Iterator[tuple[str, object]]:
        value = self._get(key)
        if isinstance(value, list):
            yield from ((f"{self.at(key)}[{i}]", item) for i, item in enumerate(value))
        elif value is not None:
            self._wrong(key, "a list")

    def _wrong(self, key: str, wanted: str) -> None:
        self.unused.append(Unused(path=self.at(key), why=f"expected {wanted}"))


def cleaned(text: str) -> str:
    """A foreign text on one line, without control, format and surrogate characters, of at most `LONGEST` characters."""
    kept = "".join(" " if c.isspace() else c for c in text[: 4 * LONGEST] if c.isspace() or _shows(c))
    return _SPACES.sub(" ", kept).strip()[:LONGEST].strip()


def _shows(char: str) -> bool:
    return unicodedata.category(char)[0] != "C"
