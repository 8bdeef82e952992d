"""Trials that are finished are kept, a line each, so that a test that was stopped goes on where it was.

    chat/<digest of the target>.jsonl

A line is written whole or, where the machine dies in it, is not read again. Errors are not kept: they are tried again.
"""

from __future__ import annotations

import errno
import hashlib
from io import FileIO
from pathlib import Path
from types import TracebackType

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.trial import BenignTrial, Trial

_TRIAL = msgspec.json.Decoder(Trial)
_BENIGN = msgspec.json.Decoder(BenignTrial)
_ENCODER = msgspec.json.Encoder()


class KeptTrials:
    """The trials of one target. Use it in a ``with``."""

    def __init__(self, folder: Path, target: str) -> None:
        self.file = folder / "chat" / f"{hashlib.sha256(target.encode()).hexdigest()}.jsonl"
        self._trials: dict[str, Trial] = {}
        self._benign: dict[str, BenignTrial] = {}
        self._out: FileIO | None = None

    def __enter__(self) -> KeptTrials:
        """Read what is there and go on behind it. Raises InputError where the folder cannot be written."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            is_whole = self._read()
            # without a buffer: a line is one write, so that two tests at once do not write into each other's lines
            self._out = self.file.open("ab", buffering=0)
            if not is_whole:
                self._out.write(b"\n")
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file."""
        if self._out is not None:
            self._out.close()

    def trial(self, key: str) -> Trial | None:
        """The trial of that key; None where it was not made."""
        return self._trials.get(key)

    def benign(self, key: str) -> BenignTrial | None:
        """The honest task of that key; None where it was not tried."""
        return self._benign.get(key)

    def keep(self, one: Trial | BenignTrial) -> None:
        """Keep it, unless it is an error. Raises InputError where it cannot be written, for example on a full disk."""
        if one.outcome == "error" or self._out is None:
            return
        kind = b"T" if isinstance(one, Trial) else b"B"
        line = kind + _ENCODER.encode(one) + b"\n"
        try:
            written = self._out.write(line)
            if written != len(line):
                raise OSError(errno.ENOSPC, "only part of a trial was written")
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> InputError:
        finding = f"cannot be written: {error.strerror or error}"
        return InputError([Problem(file=str(self.file), finding=finding, fix="name another --store")])

    def _read(self) -> bool:
        """Whether the file ends with a whole line."""
        if not self.file.exists():
            return True
        content = self.file.read_bytes()
        for line in content.splitlines():
            try:
                if line[:1] == b"T":
                    trial = _TRIAL.decode(line[1:])
                    self._trials[trial.key] = trial
                elif line[:1] == b"B":
                    benign = _BENIGN.decode(line[1:])
                    self._benign[benign.key] = benign
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue  # half a line, or one of another release: it is tried again
        return not content or content.endswith(b"\n")
