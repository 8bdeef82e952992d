"""Files that are about one person each: uploads, caches, pictures. An identifier stands in their path."""

from __future__ import annotations

import datetime
import glob
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from bartizan.core.digest import sha256_of
from bartizan.rights.places import Identifiers, Places
from bartizan.rights.sources.place import matching, refuse


class Files:
    """The files that a pattern finds with somebody's identifiers in it."""

    def __init__(self, name: str, places: Places) -> None:
        self._name = name
        self._folder = places.folder
        self._pattern = places.sources[name].files

    def count(self, who: Identifiers) -> int:
        """Files about somebody."""
        return len(self._found(who))

    def rows(self, who: Identifiers) -> list[dict[str, Any]]:
        """Their names, sizes, ages and digests; what is in them is to be copied beside."""
        made = []
        for path in self._found(who):
            about = path.stat()
            changed = datetime.datetime.fromtimestamp(int(about.st_mtime), datetime.UTC).isoformat()
            name = str(path.relative_to(self._folder))
            made.append({"file": name, "bytes": about.st_size, "changed": changed, "sha256": sha256_of(path)})
        return made

    def erase(self, who: Identifiers) -> int:
        """Delete them, and the folders that are empty then and bear the identifier."""
        found = self._found(who)
        for path in found:
            path.unlink()
            self._tidy(path.parent, who)
        return len(found)

    def _found(self, who: Identifiers) -> list[Path]:
        return sorted(
            {
                path
                for pattern in filled(self._name, self._pattern, who, glob.escape)
                for path in matching(self._folder, pattern)
            }
        )

    def _tidy(self, folder: Path, who: Identifiers) -> None:
        values = {value for kind in who.values() for value in kind}
        while folder != self._folder and not any(folder.iterdir()):
            named = any(part in values for part in folder.relative_to(self._folder).parts)
            if not named:
                return
            folder.rmdir()
            folder = folder.parent


def filled(name: str, pattern: str, who: Identifiers, escaped: Any) -> Iterator[str]:
    """A pattern with every combination of somebody's identifiers in it. Raises InputError for one that leads astray."""
    parts = re.split(r"\{([^{}]*)\}", pattern)
    kinds = list(dict.fromkeys(parts[1::2]))
    for values in product(*(who.get(kind, ()) for kind in kinds)):
        for value in values:
            if "/" in value or value in (".", "..") or "\0" in value or not value.strip():
                refuse(name, f"'{value}' cannot stand in a pattern", "find these by another identifier")
        known = dict(zip(kinds, values, strict=True))
        yield "".join(escaped(known[part]) if at % 2 else part for at, part in enumerate(parts))
