"""Text files, such as logs, in which a line that names somebody is about them."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bartizan.rights.places import Identifiers, Places
from bartizan.rights.sources.place import MOST_ROWS, matching, refuse, refuse_second_name

_LEAST: Final = 4
"""Characters of an identifier: a shorter one is a word of many lines."""
_LONGEST: Final = 16 << 20
_PACKED: Final = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ", b"PK\x03\x04")


class Lines:
    """The lines that hold an identifier of somebody, not as a part of a longer word, in any case."""

    def __init__(self, name: str, places: Places) -> None:
        self._name = name
        self._folder = places.folder
        self._pattern = places.sources[name].lines
        self._by = places.by(name)

    def count(self, who: Identifiers) -> int:
        """Lines about somebody."""
        return sum(1 for _ in self._found(who))

    def rows(self, who: Identifiers) -> list[dict[str, Any]]:
        """Lines about somebody, each with its file and number."""
        made: list[dict[str, Any]] = []
        for path, number, line in self._found(who):
            if len(made) == MOST_ROWS:
                refuse(self._name, f"more than {MOST_ROWS:,} lines name one person", "")
            text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
            made.append({"file": str(path.relative_to(self._folder)), "line": number, "text": text})
        return made

    def erase(self, who: Identifiers) -> int:
        """Write each file without the lines about somebody."""
        names = self._names(who)
        gone = 0
        for path in self._files():
            gone += _without(path, names) if names else 0
        return gone

    def _found(self, who: Identifiers) -> Iterator[tuple[Path, int, bytes]]:
        names = self._names(who)
        for path in self._files():
            for number, line in enumerate(_lines(path), 1):
                if names is not None and names.search(line):
                    yield path, number, line

    def _files(self) -> tuple[Path, ...]:
        found = tuple(matching(self._folder, self._pattern))
        if not found:
            refuse(
                self._name, f"no file matches '{self._pattern}'", "a misspelling looks like that; leave it out if not"
            )
        for path in found:
            with path.open("rb") as file:
                if file.read(6).startswith(_PACKED):
                    fix = "unpack it, or leave it out and say how long it is kept"
                    refuse(str(path), "it is packed, and cannot be looked into", fix)
        return found

    def _names(self, who: Identifiers) -> re.Pattern[bytes] | None:
        values = who.get(self._by, ())
        for value in values:
            if len(value) < _LEAST:
                what = f"'{value}' is too short to tell who a line is about"
                refuse(self._name, what, "find lines by a longer identifier")
        if not values:
            return None
        words = b"|".join(re.escape(value.encode()) for value in values)
        return re.compile(rb"(?<![\w@-])(?<!\w\.)(?:" + words + rb")(?![\w@-]|\.\w)", re.IGNORECASE)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(_LONGEST + 1):
            if len(line) > _LONGEST:
                refuse(str(path), f"a line of more than {_LONGEST >> 20} MB", "")
            yield line


def _without(path: Path, names: re.Pattern[bytes]) -> int:
    """Take lines out of a file; gives how many. A file that grew meanwhile is refused, and stays."""
    before = path.stat()
    gone = sum(1 for line in _lines(path) if names.search(line))
    if not gone:
        return 0
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(line for line in _lines(path) if not names.search(line))
            file.flush()
            os.fsync(file.fileno())
        refuse_second_name(path)
        after = path.stat()
        if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
            refuse(str(path), "somebody writes to it", "let the log be rotated first")
        Path(draft).chmod(before.st_mode & 0o7777)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return gone
