"""What was measured is kept in a folder, by digest: a file for each run, and what attacks found dear to make again.

    measurements/<key>.json     one measurement each
    made/<key>                  bytes that attacks asked to keep, such as the scores of shadow models

Files are written atomically, so a run that is interrupted loses itself and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.measurement import Measurement
from bartizan.core.source import write_atomic

_DECODER = msgspec.json.Decoder(Measurement)


class Store:
    """A folder of measurements. It is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: str) -> Measurement | None:
        """The measurement of that key; None where there is none, or one that can no longer be read."""
        try:
            return _DECODER.decode(self._file(key).read_bytes())
        except (OSError, msgspec.DecodeError):
            return None

    def keep(self, measured: Measurement) -> None:
        """Keep it under its key. Raises InputError where the folder cannot be written."""
        _write(self._file(measured.key), msgspec.json.format(msgspec.json.encode(measured), indent=1))

    def all(self) -> Iterator[Measurement]:
        """All that can be read, in the order of their keys."""
        for file in sorted((self.folder / "measurements").glob("*.json")):
            found = self.find(file.stem)
            if found is not None:
                yield found

    def made(self, key: str, make: Callable[[], bytes]) -> bytes:
        """What is kept under a key of any text; made and kept where there is nothing."""
        file = self.folder / "made" / hashlib.sha256(key.encode()).hexdigest()
        try:
            return file.read_bytes()
        except OSError:
            content = make()
            _write(file, content)
            return content

    def _file(self, key: str) -> Path:
        return self.folder / "measurements" / f"{key}.json"


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, content)
    except OSError as error:
        finding = f"cannot be written: {error.strerror or error}"
        raise InputError([Problem(file=str(file), finding=finding, fix="name another folder with --store")]) from error
