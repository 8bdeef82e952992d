"""Scanning: from paths to what was found in each file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from bartizan.supply.scan.blob import Filed
from bartizan.supply.scan.finding import Finding, Scanned
from bartizan.supply.scan.formats import FORMATS
from bartizan.supply.scan.limits import Limits, Unreadable
from bartizan.supply.scan.look import BROKEN, Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.walking import Found, files

UNREAD = Rule(
    id="file.unread",
    level="error",
    title="It cannot be opened",
    why="What cannot be opened here may be opened where the model is used.",
)
CHANGED = Rule(
    id="file.changed",
    level="error",
    title="It changed while it was read",
    why="What was looked at is not what is there now.",
    refs=("CWE-367",),
)
RULES = (UNREAD, CHANGED)


def scan(path: Path | str, *, limits: Limits | None = None) -> tuple[Finding, ...]:
    """Everything that is found in a file, or in all files of a folder; () says that all of it is clean.

    Nothing is run, imported or unpickled. Nothing is raised for what files hold: what cannot be read is a finding.
    """
    return tuple(finding for one in scan_all([Path(path)], limits=limits) for finding in one.findings)


def scan_all(paths: Iterable[Path], *, limits: Limits | None = None, digests: bool = False) -> Iterator[Scanned]:
    """File by file, in the order of their names. ``digests``: with the SHA-256 of each, which takes time.

    Folders that are left out on purpose, such as .git, come with the format "skipped".
    """
    for found in files(paths):
        yield _scanned(found, limits, digests)


def _scanned(found: Found, limits: Limits | None, digests: bool) -> Scanned:
    look = Look(FORMATS, limits)
    formats: tuple[str, ...] = ("skipped",) if found.is_skipped else ()
    size, digest = 0, ""
    if found.problem:
        look.found(UNREAD, found.problem)
    elif not found.is_skipped:
        try:
            formats, size, digest = _opened(found.path, look, digests)
        except OSError as error:
            look.found(UNREAD, error.strerror or type(error).__name__)
        except Unreadable as error:
            look.found(BROKEN, str(error), error.at)
    return Scanned(
        path=str(found.path),
        formats=formats,
        size=size,
        sha256=digest,
        members=look.members,
        findings=tuple(look.findings),
    )


def _opened(path: Path, look: Look, digests: bool) -> tuple[tuple[str, ...], int, str]:
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as file:
        before = os.fstat(number)
        if not stat.S_ISREG(before.st_mode):
            look.found(UNREAD, "it is no file any more")
            return (), 0, ""
        blob = Filed(file)
        formats = look.at(blob)
        digest = hashlib.sha256()
        for block in blob.blocks() if digests else ():
            digest.update(block)
        after = os.fstat(number)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        look.found(CHANGED, f"{before.st_size:,} bytes, then {after.st_size:,}")
    return formats, before.st_size, digest.hexdigest() if digests else ""
