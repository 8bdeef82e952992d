"""Sealed models: what was changed is refused, and never opened as something else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from bartizan.controls import model_confidentiality
from bartizan.controls.model_confidentiality import is_sealed, opened, seal
from bartizan.core.errors import InputError

_KEY: Final = bytes(range(32))
_CHUNK: Final = 48
_FOLDER: Final = Path(tempfile.mkdtemp(prefix="bartizan-fuzz-"))
_LENGTHS: Final = (0, 1, _CHUNK - 1, _CHUNK, _CHUNK + 1, 3 * _CHUNK)
model_confidentiality.CHUNK = _CHUNK


def _sealed(content: bytes) -> bytes:
    (_FOLDER / "model").write_bytes(content)
    real, os.urandom = os.urandom, bytes  # the same file in every process
    try:
        seal(_FOLDER / "model", _FOLDER / "sealed", _KEY)
    finally:
        os.urandom = real
    return (_FOLDER / "sealed").read_bytes()


_MADE: Final = {_sealed(bytes(length)): bytes(length) for length in _LENGTHS}


def check(data: bytes) -> None:
    """Open these bytes. Raises AssertionError where they open and were never sealed."""
    file = _FOLDER / "given"
    file.write_bytes(data)
    is_sealed(file)
    try:
        found = opened(file, _KEY)
    except InputError:
        assert data not in _MADE, "what was sealed does not open"
        return
    assert _MADE.get(data) == found, f"it opens, and was never sealed: {found!r}"


def seeds() -> list[bytes]:
    """Models of no, one and several chunks, sealed."""
    return list(_MADE)
