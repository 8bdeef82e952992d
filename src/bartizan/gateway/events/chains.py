"""One chain on disk, and its one writer.

An entry is handed to the kernel before `append` returns, so a writer that is killed loses nothing. A thread makes it
durable (fsync) some milliseconds later, many entries at once, and seals what is durable about once a second.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from bartizan.gateway.events.continuing import Continued, Damaged, where_it_ended
from bartizan.gateway.events.event import ENCODER, Entry, Notice
from bartizan.gateway.events.lines import chain_names, kept_segments, last_line, line_of
from bartizan.gateway.events.making import moment
from bartizan.gateway.events.seals import End, Seal, read_seal, sealed, sync_folder, write_seal

MOST_CHAINS = 1000
SEGMENT_BYTES = 64 << 20


class Chain:
    """The writer of one chain. It holds the chain's lock until it is closed. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        lock: int,
        found: Continued,
        key: bytes,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        sync_seconds: float = 0.02,
        seal_seconds: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.name = folder.name
        self.end = found.end
        self.synced = found.end
        self.failure = ""
        """Why the last attempt to write or sync did not succeed; empty: it did."""
        self._lock_file, self._key, self._clock = lock, key, clock
        self._segment_bytes, self._sync_seconds, self._seal_seconds = segment_bytes, sync_seconds, seal_seconds
        self._lock, self._syncing = threading.Lock(), threading.Lock()
        self._dirty, self._stop = threading.Event(), threading.Event()
        self._base, self._sealed, self._sealed_at = found.seal.base, found.seal.end, 0.0
        self._file, self._size, self._segment = -1, 0, folder
        if found.segment is not None:
            self._open(found.segment)
        if not found.seal.mac:
            self.seal()  # from the first byte on a seal says what is to be there
        self._thread = threading.Thread(target=self._run, name=f"events-{self.name}", daemon=True)
        self._thread.start()

    @property
    def behind(self) -> int:
        """Entries that a loss of power would take."""
        return self.end.seq - self.synced.seq

    def append(self, entry: Entry) -> None:
        """Write an entry; it gets its number here. Raises OSError, and then nothing is written."""
        with self._lock:
            msgspec.structs.force_setattr(entry, "seq", self.end.seq + 1)
            msgspec.structs.force_setattr(entry, "chain", self.name)
            line, made = line_of(ENCODER.encode(entry), self.end.hash)
            try:
                if self._file < 0 or (self._size and self._size + len(line) > self._segment_bytes):
                    self._next_segment()
                self._write(line)
            except OSError as error:
                self.failure = _reason(error)
                msgspec.structs.force_setattr(entry, "seq", 0)
                raise
            self._size += len(line)
            self.end = End(seq=entry.seq, hash=made)
        if not self._dirty.is_set():
            self._dirty.set()

    def _write(self, line: bytes) -> None:
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            if len(rest) < len(line):
                os.ftruncate(self._file, self._size)  # a piece of a line must not stay
            raise

    def _next_segment(self) -> None:
        segment = self.folder / f"{self.end.seq + 1:012d}.jsonl"
        before = self._file
        if before >= 0:
            os.fsync(before)
        self._open(segment)
        if before >= 0:
            os.close(before)
        sync_folder(self.folder)

    def _open(self, segment: Path) -> None:
        file = os.open(segment, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        self._file, self._size, self._segment = file, os.fstat(file).st_size, segment

    def _run(self) -> None:
        while not self._stop.is_set():
            self._dirty.wait(1.0)
            if self._stop.wait(self._sync_seconds):
                return
            if self.behind or self._sealed.seq < self.synced.seq:
                with contextlib.suppress(OSError):
                    self.sync()

    def sync(self) -> None:
        """All that was appended is on disk, and sealed where the last seal is a while ago. Raises OSError."""
        with self._syncing:
            with self._lock:
                self._dirty.clear()
                end, size = self.end, self._size
                file = os.dup(self._file) if self._file >= 0 else -1
            try:
                if file >= 0:
                    os.fsync(file)
                    self._look(os.fstat(file), size)
                self.synced = end
                if time.monotonic() - self._sealed_at >= self._seal_seconds and self._sealed != end:
                    self.seal()
            except OSError as error:
                self.failure = _reason(error)
                raise
            finally:
                if file >= 0:
                    os.close(file)

    def _look(self, seen: os.stat_result, size: int) -> None:
        if seen.st_nlink == 0:
            raise OSError(0, "the file was deleted while it was written to")
        if seen.st_size < size:
            raise OSError(0, "somebody shortened the file while it was written to")

    @property
    def is_lost(self) -> bool:
        """Whether the file that is written to is no longer where it was, so that another chain must be begun."""
        try:
            if self._file < 0:
                return not self.folder.is_dir()
            seen, there = os.fstat(self._file), self._segment.stat()
            return (seen.st_dev, seen.st_ino, seen.st_size) != (there.st_dev, there.st_ino, self._size)
        except OSError:
            return True

    def forget(self, before: str) -> int:
        """Delete the oldest files whose entries are all from before a moment; how many entries went. Raises OSError.

        The file that is written to stays. The seal says first where the chain begins from now on, so that a deletion
        that is broken off leaves nothing that counts.
        """
        with self._syncing:
            found = kept_segments(self.folder, self._base.seq)
            gone: list[Path] = []
            base = self._base
            for _, segment in found[:-1]:
                last = last_line(segment)
                if last is None or last.entry.at >= before or segment == self._segment:
                    break
                base = End(seq=last.entry.seq, hash=last.hash)
                gone.append(segment)
            count, self._base = base.seq - self._base.seq, base
            if gone:
                self.seal()
            for segment in gone:
                segment.unlink()
        return count

    def seal(self) -> None:
        """Seal what is on disk. Raises OSError."""
        others = {}
        for name in chain_names(self.folder.parent.parent):
            seal = read_seal(self.folder.parent / name) if name != self.name else None
            if seal is not None:
                others[name] = seal.end
        end = self.synced
        seal = Seal(chain=self.name, base=self._base, end=end, at=moment(self._clock()), others=others)
        write_seal(self.folder, sealed(seal, self._key))
        self._sealed, self._sealed_at = end, time.monotonic()

    def close(self) -> None:
        """Sync, seal, and let go of the chain. What could not be synced is told by ``failure``."""
        self._stop.set()
        self._dirty.set()
        self._thread.join()
        try:
            self._sealed_at = 0.0
            self.sync()
        except OSError:
            pass
        finally:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
            os.close(self._lock_file)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def open_chain(root: Path, key: bytes, *, clock: Callable[[], float] = time.time, **how: float) -> Chain:
    """The first chain of a ledger that nobody writes to and that is as it was left; a new one where there is none.

    What happened to it is its first new entries: a torn end that was cut off, a damaged chain that was left alone.
    Raises OSError.
    """
    alone: list[tuple[str, str]] = []
    for number in range(1, MOST_CHAINS + 1):
        folder = root / "chains" / f"{number:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        lock = _locked(folder / "lock")
        if lock is None:
            continue
        try:
            found = where_it_ended(folder, key)
            chain = Chain(folder, lock, found, key, clock=clock, **how)  # type: ignore[arg-type]
        except Damaged as damage:
            alone.append((folder.name, str(damage)))
            os.close(lock)
            continue
        except BaseException:
            os.close(lock)
            raise
        _tell(chain, found, alone, moment(clock()))
        return chain
    raise OSError(0, f"none of {MOST_CHAINS} chains can be written to")


def _tell(chain: Chain, found: Continued, alone: list[tuple[str, str]], at: str) -> None:
    try:
        if found.cut is not None:
            what = f"a torn end of {found.cut.bytes} bytes was put aside"
            file = f"chains/{chain.name}/{found.cut.file}"
            chain.append(Notice(at=at, of="cut", what=what, file=file, count=found.cut.bytes, sha256=found.cut.sha256))
        for name, why in alone:
            chain.append(Notice(at=at, of="left_alone", what=f"chain {name} is damaged: {why}", file=f"chains/{name}"))
        chain.append(Notice(at=at, of="opened", what=f"process {os.getpid()} writes here from now on"))
    except BaseException:
        chain.close()
        raise


def _locked(file: Path) -> int | None:
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise
    return handle
