"""Seals: how far a chain had come, under a key (HMAC-SHA-256, RFC 2104), so that a shortened chain is found.

The chain itself tells edits, gaps and reorderings; only its end can be taken off without a trace. The seal says what
the end was, at most a second ago. It names the ends of the other chains too, so that no whole chain can go.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
from pathlib import Path

import msgspec

from bartizan.core.chain import GENESIS
from bartizan.gateway.events.event import ENCODER

FILE = "seal.json"
_LARGEST = 1 << 20


class End(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of a chain, by its number, and its hash; number 0: before the first."""

    seq: int = 0
    hash: str = GENESIS


class Seal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a chain had come so far."""

    chain: str
    base: End = End()
    """What stands before the first entry that is still kept."""
    end: End = End()
    """The last entry that was on disk."""
    at: str = ""
    others: dict[str, End] = {}
    """The ends of the other chains, as their seals said then."""
    mac: str = ""
    """HMAC-SHA-256 of all the rest as canonical JSON, in hexadecimal digits."""


_DECODER = msgspec.json.Decoder(Seal)


def sealed(seal: Seal, key: bytes) -> Seal:
    """The same with its code."""
    return msgspec.structs.replace(seal, mac=_code(seal, key))


def holds(seal: Seal, key: bytes) -> bool:
    """Whether it was made with this key and not changed since."""
    return hmac.compare_digest(_code(seal, key), seal.mac)


def _code(seal: Seal, key: bytes) -> str:
    bare = ENCODER.encode(msgspec.structs.replace(seal, mac=""))
    return hmac.new(key, b"bartizan.events.seal.v1\n" + bare, hashlib.sha256).hexdigest()


def read_seal(folder: Path) -> Seal | None:
    """A chain's seal as it lies there, not checked; None where there is none or it cannot be read."""
    try:
        with open(folder / FILE, "rb") as file:
            return _DECODER.decode(file.read(_LARGEST))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write_seal(folder: Path, seal: Seal) -> None:
    """Put it there whole or not at all, and on disk. Raises OSError; what was there stays then."""
    temporary = folder / f".{FILE}"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        with os.fdopen(handle, "wb") as file:
            file.write(ENCODER.encode(seal))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / FILE)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """What was made, renamed or deleted in a folder is on disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
