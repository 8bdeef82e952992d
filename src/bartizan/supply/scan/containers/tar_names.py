"""Names of files in tar archives: where they land, and where links lead."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from bartizan.supply.scan.containers import tar_rules as rules
from bartizan.supply.scan.look import Look

_DRIVE: Final = re.compile(r"[A-Za-z]:")
_LONGEST: Final = 300
_DEEPEST: Final = 64


class _Link(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    target: str
    """Within the archive; empty: it leads out."""
    said: str
    at: int


class Names:
    """All names of an archive, and what is wrong with them."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._symbolic: set[str] = set()
        self._links: list[_Link] = []

    def check(self, name: str, at: int) -> None:
        """Report a name that leads out of the folder, on any system."""
        if landing(name) is None or (("\\" in name or _DRIVE.match(name)) and _leads_out_on_windows(name)):
            self._look.found(rules.ESCAPE, name, at)

    def add(self, name: str, at: int, *, is_folder: bool) -> None:
        """A file or folder of this name is there. Raises nothing."""
        path = landing(name)
        if not path:
            return
        self._through(path, name, at)
        key = _short(path)
        if is_folder:
            self._folders.add(key)
            return
        if key in self._files:
            self._look.found(rules.TWICE, name, at)
        if key in self._symbolic:
            self._look.found(rules.THROUGH, name, at)
        self._files.add(key)

    def link(self, name: str, target: str, at: int, *, is_hard: bool) -> None:
        """A link of this name is there. A hard one is to a name of the archive, another to what lies beside it."""
        path = landing(name)
        if not path:
            return
        self._through(path, name, at)
        whole = target if is_hard or target.startswith("/") else f"{path.rpartition('/')[0]}/{target}".lstrip("/")
        leads = landing(whole)
        if is_hard and leads is None:
            self._look.found(rules.ESCAPE, f"{name}, a link to {target}", at)
        elif leads is None or leads:
            self._links.append(_Link(name=name, target=leads or "", said=target, at=at))
        if not is_hard:
            self._symbolic.add(_short(path))
        elif _short(path) in self._files:
            self._look.found(rules.TWICE, name, at)
        self._files.add(_short(path))

    def check_links(self) -> None:
        """Report links to what is not there, when all is known."""
        for one in self._links:
            key = _short(one.target)
            if not one.target or (key not in self._files and key not in self._folders):
                self._look.found(rules.LINK, f"{one.name} leads to {one.said}", one.at)

    def _through(self, path: str, name: str, at: int) -> None:
        parts = path.split("/")
        for count in range(1, min(len(parts), _DEEPEST)):
            parent = _short("/".join(parts[:count]))
            self._folders.add(parent)
            if parent in self._symbolic:
                self._look.found(rules.THROUGH, name, at)
                return


def landing(name: str) -> str | None:
    """Where a name leads within the folder, without dots; None: out of it."""
    if name.startswith("/"):
        return None
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _leads_out_on_windows(name: str) -> bool:
    return bool(_DRIVE.match(name)) or landing(name.replace("\\", "/")) is None


def _short(path: str) -> str:
    """The path itself, or what stands for a long one."""
    if len(path) <= _LONGEST:
        return path
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()
