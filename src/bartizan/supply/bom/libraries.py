"""Packages that lists beside a model pin: requirements, pyproject.toml, lock files. Nothing is fetched or resolved."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import msgspec

from bartizan.supply.bom.texts import line

MOST_BYTES: Final = 8 << 20
MOST_PACKAGES: Final = 5_000
_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?"
_PINNED: Final = re.compile(rf"({_NAME})\s*(?:\[[^\]]{{0,200}}\])?\s*={{2,3}}\s*([A-Za-z0-9][A-Za-z0-9.!+_-]{{0,100}})")
_NAMED: Final = re.compile(rf"({_NAME})\s*(?:\[[^\]]{{0,200}}\])?\s*(?=$|[<>=!~;@\s(\\])")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
_WHOLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]{0,100}")


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One package of a list."""

    name: str
    """As PEP 503 writes it."""
    version: str = ""
    """Exactly this one; empty where the list leaves it open."""
    sha256: str = ""
    """Where the list names exactly one file."""

    @property
    def purl(self) -> str:
        """Its package URL; empty without a version."""
        return f"pkg:pypi/{self.name}@{quote(self.version, safe='')}" if self.version else ""


def packages_in(path: str, raw: bytes) -> tuple[Package, ...]:
    """The packages of a list, by the name of the file. Raises ValueError for what is no such list."""
    if len(raw) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
    name = path.rpartition("/")[2].lower()
    text = raw.decode("utf-8-sig")
    try:
        if name == "pipfile.lock":
            found = _pipfile(json.loads(text))
        elif name == "pyproject.toml":
            found = _project(tomllib.loads(text))
        elif name.endswith((".lock", ".toml")):
            found = _locked(tomllib.loads(text))
        else:
            found = _requirements(text)
        unique = dict.fromkeys(found)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    return tuple(unique)[:MOST_PACKAGES]


def package(name: object, version: object = "", sha256: str = "") -> Package | None:
    """A package of this name; None where the name is none, and without a version where that is none."""
    text, number = line(name, 210), line(version, 110)
    if not re.fullmatch(_NAME, text):
        return None
    plain = re.sub(r"[-_.]+", "-", text).lower()
    return Package(name=plain, version=number if _WHOLE.fullmatch(number) else "", sha256=sha256)


def _requirements(text: str) -> Iterator[Package]:
    for row in text.replace("\\\r\n", " ").replace("\\\n", " ").split("\n"):
        found = _requirement(re.split(r"(?:^|\s)#", row, maxsplit=1)[0].strip())
        if found:
            yield found


def _requirement(row: str) -> Package | None:
    if not row or row.startswith(("-", ".", "/")) or "://" in row.partition("@")[0]:
        return None
    hashes = _HASH.findall(row)
    bare = row.partition(" --")[0].partition(";")[0].strip()
    if pinned := _PINNED.fullmatch(bare):
        return package(pinned[1], pinned[2], hashes[0] if len(hashes) == 1 else "")
    named = _NAMED.match(bare)
    return package(named[1]) if named else None


def _project(data: dict[str, Any]) -> Iterator[Package]:
    """Dependencies of a project: those that it needs, not its extras and groups."""
    project = data.get("project")
    needed = project.get("dependencies") if isinstance(project, dict) else None
    for row in needed if isinstance(needed, list) else ():
        if isinstance(row, str) and (found := _requirement(row.strip())):
            yield found


def _locked(data: dict[str, Any]) -> Iterator[Package]:
    """uv.lock, poetry.lock, pdm.lock ([[package]]) and pylock.toml ([[packages]])."""
    rows = data.get("package") or data.get("packages")
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or _is_local(row.get("source")):
            continue
        if found := package(row.get("name"), row.get("version")):
            yield found


def _is_local(source: object) -> bool:
    """Whether it is the project itself, or a folder beside it, which no index has."""
    return isinstance(source, dict) and any(key in source for key in ("virtual", "editable", "directory", "path"))


def _pipfile(data: object) -> Iterator[Package]:
    held = data.get("default") if isinstance(data, dict) else None
    for name, row in held.items() if isinstance(held, dict) else ():
        version = row.get("version") if isinstance(row, dict) else None
        if found := package(name, version.removeprefix("==") if isinstance(version, str) else ""):
            yield found
