"""The highest counter that was seen of each model, so that an older release does not come back.

One file for a machine, or for many on a shared disk: it is read and written under a lock, whole or not at all.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.json_text import parse_json
from bartizan.core.shape import to_value
from bartizan.core.source import read_text, write_atomic

_MAX_BYTES: Final = 8_000_000


class Seen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The highest release of a model."""

    counter: int
    digest: str
    """Of the whole model, as signed."""
    on: str
    """The day on which it was verified first."""


class Counters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    bartizan_counters: Literal[1]
    models: dict[str, Seen] = {}


def read_counters(file: Path) -> Counters:
    """What was seen; nothing where there is no file yet. Raises InputError for a file that cannot be believed."""
    if not os.path.lexists(file):
        return Counters(bartizan_counters=1)
    return to_value(parse_json(read_text(file, _MAX_BYTES), str(file)), Counters)


def setback(seen: Seen | None, counter: int | None, digest: str) -> str:
    """Why a release may not come after what was seen; empty: it may."""
    if seen is None:
        return ""
    if counter is None:
        return f"it has no counter, and {seen.counter} was seen on {seen.on}"
    if counter < seen.counter:
        return f"its counter is {counter}, and {seen.counter} was seen on {seen.on}"
    if counter == seen.counter and digest != seen.digest:
        return f"its counter is {counter}, which was seen on {seen.on} with other files"
    return ""


def advance(file: Path, model: str, *, counter: int, digest: str, day: str) -> str:
    """Remember a release, unless a newer one was seen meanwhile. Returns why it may not count; empty: it may.

    Raises InputError where the file cannot be read, locked or written: then nothing was verified.
    """
    with _alone(file):
        known = read_counters(file)
        seen = known.models.get(model)
        why = setback(seen, counter, digest)
        if not why and (seen is None or counter > seen.counter):
            models = known.models | {model: Seen(counter=counter, digest=digest, on=day)}
            made = msgspec.json.encode(Counters(bartizan_counters=1, models=models), order="sorted")
            write_atomic(file, msgspec.json.format(made, indent=1) + b"\n")
    return why


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Nobody else reads and writes it meanwhile."""
    lock = file.with_name(f"{file.name}.lock")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        finding = f"cannot be locked: {error.strerror or error}"
        fix = "counters need a folder that may be written; name another in 'counters'"
        raise InputError([Problem(file=str(lock), finding=finding, fix=fix)]) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
