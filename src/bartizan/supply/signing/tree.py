"""The files of a model: found and hashed without following anything out of the folder.

Folders are opened one inside the other by handle, and links are never followed by the system: whoever swaps a folder
for a link meanwhile gains nothing. A file that changes while it is read has no digest.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import msgspec

from bartizan.core.extras import need

Links: TypeAlias = Literal["refuse", "inside", "anywhere"]
Fault: TypeAlias = Literal["link", "no_file", "unreadable", "changing", "limit"]
SINGLE: Final = "."
"""What the only file of a model is called in a signature."""
MAX_FILES: Final = 50_000
MAX_DEPTH: Final = 64
_CHUNK: Final = 1 << 20
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_HASHERS: Final[dict[str, Callable[[], Any]]] = {"sha256": hashlib.sha256, "blake2b": hashlib.blake2b}


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How files become digests."""

    algorithm: str = "sha256"
    """`sha256`, `blake2b` or `blake3`."""
    shard: int = 0
    """Bytes of each part that gets a digest of its own; 0: whole files."""

    @property
    def label(self) -> str:
        """What the signature calls the algorithm of each digest."""
        return f"{self.algorithm}-sharded-{self.shard}" if self.shard else self.algorithm

    def hasher(self) -> Any:
        """A new hash. Raises MissingExtra for BLAKE3 where its package is absent."""
        made = _HASHERS.get(self.algorithm)
        return made() if made is not None else need("blake3").blake3()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file with its digests, or what stands in place of one."""

    name: str
    """Path within the folder, with `/`."""
    size: int = 0
    digests: tuple[tuple[str, str], ...] = ()
    """(name of the file or part, digest) in the order of the file; empty where it was not to be hashed."""
    fault: Fault | None = None
    what: str = ""
    """What is wrong with it, where something is."""


Wanted: TypeAlias = Callable[[str], bool]


def walk(
    root: Path, way: Way, *, links: Links = "refuse", is_left_out: Wanted | None = None, is_hashed: Wanted | None = None
) -> Iterator[Entry]:
    """All files below a folder in the order of their names, or the one file that the path is.

    What `is_left_out` is not looked at, whole folders neither; what is not `is_hashed` is named without being read.
    Raises OSError where the root itself cannot be opened.
    """
    job = _Walk(Path(os.path.realpath(root)), way, links, is_left_out or _nothing, is_hashed or _everything)
    if stat.S_ISDIR(os.stat(job.root).st_mode):
        handle = os.open(job.root, _FOLDER)
        yield from job.folder(handle, "", 0)
    else:
        yield job.opened(SINGLE, lambda: os.open(job.root, _FILE))


def _nothing(_: str) -> bool:
    return False


def _everything(_: str) -> bool:
    return True


class _Walk:
    def __init__(self, root: Path, way: Way, links: Links, is_left_out: Wanted, is_hashed: Wanted) -> None:
        self.root = root
        self.way = way
        self.links = links
        self.is_left_out = is_left_out
        self.is_hashed = is_hashed
        self.seen = 0

    def folder(self, handle: int, at: str, depth: int) -> Iterator[Entry]:
        """What is in an open folder, which is closed afterwards."""
        try:
            try:
                names = sorted(os.listdir(handle))
            except OSError as error:
                yield _faulty(at or SINGLE, "unreadable", _why(error))
                return
            for name in names:
                path = f"{at}/{name}" if at else name
                if self.is_left_out(path):
                    continue
                self.seen += 1
                if self.seen > MAX_FILES:
                    yield _faulty(
                        path, "limit", f"more than {MAX_FILES:,} files and folders; the rest is not looked at"
                    )
                    return
                yield from self.one(handle, name, path, depth)
                if self.seen > MAX_FILES:
                    return
        finally:
            os.close(handle)

    def one(self, handle: int, name: str, path: str, depth: int) -> Iterator[Entry]:
        try:
            mode = os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode
        except OSError as error:
            yield _faulty(path, "unreadable", _why(error))
            return
        if stat.S_ISDIR(mode):
            if depth >= MAX_DEPTH:
                yield _faulty(path, "limit", f"folders deeper than {MAX_DEPTH} levels")
                return
            try:
                inner = os.open(name, _FOLDER, dir_fd=handle)
            except OSError as error:
                yield _faulty(path, "unreadable", _why(error))
                return
            yield from self.folder(inner, path, depth + 1)
        elif stat.S_ISLNK(mode):
            yield self.link(handle, name, path)
        elif not stat.S_ISREG(mode):
            yield _faulty(path, "no_file", f"it is {_kind(mode)}, not a file")
        else:
            yield self.opened(path, lambda: os.open(name, _FILE, dir_fd=handle))

    def link(self, handle: int, name: str, path: str) -> Entry:
        """A link: refused, or read as the file that it leads to. One to a folder is always refused."""
        try:
            target = os.readlink(name, dir_fd=handle)
        except OSError as error:
            return _faulty(path, "unreadable", _why(error))
        said = f"it is a link to {target}"
        if self.links == "refuse":
            return _faulty(path, "link", said)
        try:
            real = Path(os.path.realpath(self.root / path, strict=True))
        except OSError as error:
            return _faulty(path, "link", f"{said}, which leads nowhere ({_why(error)})")
        if real.is_dir():
            return _faulty(path, "link", f"{said}, a folder: links to folders are never followed")
        if self.links == "inside" and not real.is_relative_to(self.root):
            return _faulty(path, "link", f"{said}, outside of the folder")
        return self.opened(path, lambda: os.open(real, _FILE))

    def opened(self, path: str, opening: Callable[[], int]) -> Entry:
        """A file with its digests, where they are wanted."""
        try:
            handle = opening()
        except OSError as error:
            return _faulty(path, "unreadable", _why(error))
        with os.fdopen(handle, "rb", buffering=0) as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode):
                return _faulty(path, "no_file", f"it is {_kind(before.st_mode)}, not a file")
            if not self.is_hashed(path):
                return Entry(name=path, size=before.st_size)
            try:
                digests, size = _digests(stream.read, path, self.way)
                after = os.fstat(stream.fileno())
            except OSError as error:
                return _faulty(path, "unreadable", _why(error))
        if size != before.st_size or _stamp(before) != _stamp(after):
            return _faulty(path, "changing", "it changed while it was read")
        return Entry(name=path, size=size, digests=digests)


def _digests(read: Callable[[int], bytes], path: str, way: Way) -> tuple[tuple[tuple[str, str], ...], int]:
    """(name, digest) of the whole, or of each part, and the number of bytes read."""
    if not way.shard:
        hasher, size = way.hasher(), 0
        while chunk := read(_CHUNK):
            hasher.update(chunk)
            size += len(chunk)
        return ((path, hasher.hexdigest()),), size
    made: list[tuple[str, str]] = []
    start = 0
    while True:
        hasher, size = way.hasher(), 0
        while size < way.shard and (chunk := read(min(_CHUNK, way.shard - size))):
            hasher.update(chunk)
            size += len(chunk)
        if not size:
            return tuple(made), start
        made.append((f"{path}:{start}:{start + size}", hasher.hexdigest()))
        start += size


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _faulty(name: str, fault: Fault, what: str) -> Entry:
    return Entry(name=name, fault=fault, what=what)


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISBLK, "a device"),
    )
    return next((name for test, name in kinds if test(mode)), "a device")
