"""The content of exchanges, encrypted, apart from the events: a folder for each day, deleted when its time is over.

AES-256-GCM (NIST SP 800-38D) with a fresh random nonce of 12 bytes for each exchange; the exchange's id and day are
bound to it as associated data. An event holds the SHA-256 of the encrypted line, so a line that was changed is found,
and the chain stays valid when the day's folder is gone.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bartizan.core.errors import Conflict, NotFound
from bartizan.gateway.events.event import Event, Kept
from bartizan.gateway.events.lines import raw_lines

MOST_KEPT = 1 << 20
"""Bytes of a request, and of an answer, that are kept; the rest is left out, and the content says so."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What came in and what left, as bytes."""

    came: bytes
    left: bytes
    came_bytes: int
    """How many there were; more than are kept where it was cut."""
    left_bytes: int

    def __repr__(self) -> str:
        """Without the content: it is secret."""
        return f"Content(came_bytes={self.came_bytes}, left_bytes={self.left_bytes})"


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    key: str
    nonce: str
    data: str


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Content)
_LINES = msgspec.json.Decoder(_Line)


def key_id(key: bytes) -> str:
    """A name of a key that tells nothing about it: the start of a SHA-256."""
    return hashlib.sha256(b"bartizan.events.content\n" + key).hexdigest()[:16]


class Vault:
    """Writes content. One for each worker; its file in each day's folder has the chain's name."""

    def __init__(self, root: Path, key: bytes) -> None:
        self.folder = root / "content"
        self.key = key_id(key)
        self._cipher = AESGCM(key)
        self._file, self._path = -1, Path()

    def keep(self, event_id: str, day: str, writer: str, content: Content) -> Kept:
        """Encrypt and append. Raises OSError; then nothing, or a line that no event names, is there."""
        nonce = os.urandom(12)
        data = self._cipher.encrypt(nonce, _ENCODER.encode(content), _bound(event_id, day))
        line = msgspec.json.encode(
            _Line(id=event_id, key=self.key, nonce=_b64(nonce), data=_b64(data)),
        )
        self._append(self.folder / day / f"{writer}.jsonl", line + b"\n")
        return Kept(day=day, sha256=hashlib.sha256(line).hexdigest(), key=self.key)

    def _append(self, path: Path, line: bytes) -> None:
        if path != self._path or self._file < 0 or os.fstat(self._file).st_nlink == 0:
            self.close()
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            self._path = path
            if os.fstat(self._file).st_size:
                line = b"\n" + line  # whoever was killed here may have left half a line
        size = os.fstat(self._file).st_size
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            os.ftruncate(self._file, size)
            raise

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def read_content(root: Path, event: Event, key: bytes) -> Content:
    """The content of an event. Raises NotFound where it is not kept any more, Conflict where it was changed or the key
    is another.
    """
    kept = event.content
    if kept is None or not _DAY.fullmatch(kept.day):
        raise NotFound(f"the content of {event.id} was not kept")
    if kept.key != key_id(key):
        raise Conflict(f"the content of {event.id} was encrypted with another key: {kept.key}")
    raw = _line(root / "content" / kept.day, kept.sha256)
    if raw is None:
        raise NotFound(f"the content of {event.id} is no longer there")
    line = _LINES.decode(raw)
    try:
        plain = AESGCM(key).decrypt(
            base64.b64decode(line.nonce), base64.b64decode(line.data), _bound(event.id, kept.day)
        )
        return _DECODER.decode(plain)
    except (InvalidTag, ValueError, msgspec.DecodeError):
        raise Conflict(f"the content of {event.id} cannot be decrypted: it belongs to another exchange") from None


def _line(folder: Path, sha256: str) -> bytes | None:
    for file in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        for _, raw in _joined(file):
            if hashlib.sha256(raw).hexdigest() == sha256:
                return raw
    return None


def _joined(file: Path) -> Iterator[tuple[int, bytes]]:
    """Whole lines, also those that `raw_lines` gives in pieces."""
    parts: list[bytes] = []
    for at, raw in raw_lines(file):
        parts.append(raw)
        if raw.endswith(b"\n"):
            yield at, b"".join(parts)[:-1]
            parts.clear()


def drop_content(root: Path, today: str, days: int) -> list[str]:
    """Delete the folders of days whose time is over; the days. The newest ``days`` days are kept, today among them.

    Raises OSError.
    """
    first = (datetime.date.fromisoformat(today) - datetime.timedelta(days=max(days, 1) - 1)).isoformat()
    folder = root / "content"
    found = sorted(one.name for one in folder.iterdir() if _DAY.fullmatch(one.name)) if folder.is_dir() else []
    gone = [day for day in found if day < first]
    for day in gone:
        shutil.rmtree(folder / day)
    return gone


def _bound(event_id: str, day: str) -> bytes:
    return f"bartizan.events.content.v1\n{event_id}\n{day}".encode()


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
