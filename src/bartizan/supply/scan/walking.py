"""The files that paths lead to, folder by folder, each once. What is no file is told, never opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

SKIPPED = frozenset({".git"})
"""Folders that are not entered: what lies there is packed by its own tool and read by no other."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or what stands in place of one."""

    path: Path
    problem: str = ""
    """Why it cannot be looked at; empty: it is a file."""
    is_skipped: bool = False
    """Whether it was left out on purpose."""


def files(paths: Iterable[Path]) -> Iterator[Found]:
    """All files below these paths, in the order of their names. Links are followed; what was seen is not seen again."""
    seen: set[tuple[int, int]] = set()
    for path in paths:
        yield from _below(path, seen)


def _below(path: Path, seen: set[tuple[int, int]]) -> Iterator[Found]:
    waiting = [path]
    while waiting:
        here = waiting.pop()
        try:
            status = os.stat(here)
        except OSError as error:
            yield Found(path=here, problem=_why(here, error))
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        if stat.S_ISREG(status.st_mode):
            yield Found(path=here)
        elif not stat.S_ISDIR(status.st_mode):
            yield Found(path=here, problem=f"it is no file but {_kind(status.st_mode)}")
        elif here.name in SKIPPED and here != path:
            yield Found(path=here, is_skipped=True)
        else:
            try:
                waiting += sorted((Path(one.path) for one in os.scandir(here)), reverse=True)
            except OSError as error:
                yield Found(path=here, problem=_why(here, error))


def _why(path: Path, error: OSError) -> str:
    if path.is_symlink():
        return f"a link to {os.readlink(path)}, which leads nowhere ({error.strerror})"
    return error.strerror or type(error).__name__


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISBLK, "a device"))
    return next((name for test, name in kinds if test(mode)), "a device")
