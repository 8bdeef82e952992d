"""The files of a folder for a bill: bounded, in the order of their names, no link followed out of the folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

from bartizan.core.errors import InputError, Problem, printable
from bartizan.supply.bom.values import Held
from bartizan.supply.scan.blob import Blob, Filed
from bartizan.supply.scan.limits import Unreadable

MOST_FILES: Final = 20_000
DEEPEST: Final = 30
SKIPPED: Final = frozenset({".git", ".hg", ".svn", "__pycache__", ".venv", "node_modules"})
"""Folders that are not entered: their content is nobody's model."""


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look."""

    folder: Path
    """The folder, without links on the way to it."""
    only: str = ""
    """The one file in it that is meant; empty: all."""


def root_of(path: Path) -> Root:
    """The folder that a path means. Raises InputError for what is neither a folder nor a file."""
    real = Path(os.path.realpath(path))
    try:
        mode = real.stat().st_mode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError([Problem(file=str(path), finding=f"cannot be read: {why}", fix="check the name")]) from None
    if stat.S_ISREG(mode):
        return Root(folder=real.parent, only=real.name)
    if not stat.S_ISDIR(mode):
        raise InputError([Problem(file=str(path), finding="this is neither a file nor a folder", fix="name a folder")])
    return Root(folder=real)


def paths_in(root: Root, remarks: list[str]) -> Iterator[str]:
    """Paths of files below the folder, with /; what is left out goes to ``remarks``."""
    count = 0
    if root.only:
        yield root.only
        return
    waiting: list[tuple[str, int]] = [("", 0)]
    while waiting:
        below, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(root.folder / below), key=lambda one: one.name)
        except OSError as error:
            remarks.append(f"not read: {printable(below or '.')} ({error.strerror})")
            continue
        folders = []
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            kind = _kind_of(root, path, entry)
            if kind == "folder" and depth < DEEPEST:
                folders += [(path, depth + 1)] if entry.name not in SKIPPED else []
            elif kind == "file":
                count += 1
                if count > MOST_FILES:
                    remarks.append(f"not read: what comes after the first {MOST_FILES:,} files")
                    return
                yield path
            else:
                why = f"more than {DEEPEST} folders deep" if kind == "folder" else kind
                remarks.append(f"not read: {printable(path)} ({why})")
        waiting += reversed(folders)


def _kind_of(root: Root, path: str, entry: os.DirEntry[str]) -> str:
    """A file, a folder, or why it is neither, in a word or two."""
    try:
        if entry.is_symlink():
            real = os.path.realpath(root.folder / path)
            if not Path(real).is_relative_to(root.folder):
                return "a link out of the folder"
            return "file" if os.path.isfile(real) else "a link to a folder, or to nothing"
        if entry.is_dir(follow_symlinks=False):
            return "folder"
        return "file" if entry.is_file(follow_symlinks=False) else "neither a file nor a folder"
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", "") or "it cannot be looked at")


@contextlib.contextmanager
def opened(root: Root, path: str) -> Iterator[tuple[Blob, IO[bytes]]]:
    """The bytes of a file in the folder. Raises OSError, and Unreadable for what is no file (any more)."""
    real = os.path.realpath(root.folder / path)
    if not Path(real).is_relative_to(root.folder):
        raise Unreadable("a link out of the folder")
    number = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise Unreadable("it is no file any more")
        yield Filed(file), file


def digest_of(path: str, blob: Blob, file: IO[bytes], formats: tuple[str, ...]) -> Held:
    """A file with its SHA-256. Raises Unreadable where it changes meanwhile."""
    before = os.fstat(file.fileno())
    digest = hashlib.sha256()
    for block in blob.blocks():
        digest.update(block)
    after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Unreadable("it changed while it was read")
    return Held(path=path, size=before.st_size, sha256=digest.hexdigest(), formats=formats)
