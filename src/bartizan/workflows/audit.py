"""What `bartizan audit` does, without a terminal: verify, sign, export and read the chain of a register."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
from cryptography.x509 import Certificate

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import write_atomic
from bartizan.register.audit.exporting import lines, read_export
from bartizan.register.audit.faults import LISTED, Verification
from bartizan.register.audit.reading import Filter, Told, log
from bartizan.register.audit.verifying import verify, verify_against, verify_entries
from bartizan.register.checkpoints import Checkpoint, as_json, from_json, keep, sign_head, witnessed
from bartizan.register.keys import read_private, read_public, write_lines
from bartizan.register.opening import Register, open_register
from bartizan.register.timestamps import read_authorities

_LARGEST = 1_000_000


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What a person kept elsewhere to verify with: a checkpoint, and the public keys they trust (base64)."""

    checkpoint: Checkpoint | None = None
    keys: frozenset[str] = frozenset()
    authorities: tuple[Certificate, ...] = ()
    """Root certificates of time-stamping authorities."""


def read_trust(checkpoint: Path | None, public_keys: Sequence[Path], authorities: Path | None = None) -> Trust:
    """Read a checkpoint, public keys and certificates of authorities from their files. Raises InputError."""
    return Trust(
        checkpoint=from_json(_read(checkpoint), str(checkpoint)) if checkpoint else None,
        keys=frozenset(read_public(file) for file in public_keys),
        authorities=read_authorities(_read(authorities), str(authorities)) if authorities else (),
    )


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_LARGEST)
    except OSError as error:
        raise InputError([Problem(file=str(file), finding=f"cannot be read: {error.strerror or error}")]) from None


def verify_register(register: Register, trust: Trust) -> Verification:
    """Verify a register that is open: chain, checkpoints and rows."""
    return verify(register, trust.checkpoint, trust.keys, trust.authorities)


def verify_place(place: str, trust: Trust, against: Path | None = None) -> Verification:
    """Verify the register at a place; with `against` also that it begins as that export does."""
    with closing(open_register(place, create=False)) as register:
        found = verify_register(register, trust)
        return found if against is None else _both(found, verify_against(register, read_export(against)))


def _both(whole: Verification, begins: Verification) -> Verification:
    faults = (*whole.faults, *begins.faults)[:LISTED]
    found = whole.found + begins.found
    return msgspec.structs.replace(whole, faults=faults, found=found, compared=begins.entries)


def verify_file(file: Path, trust: Trust) -> Verification:
    """Verify an export alone."""
    return verify_entries(read_export(file), trust.checkpoint, trust.keys, trust.authorities)


def sign(place: str, key: Path, out: Path, timestamp: str = "") -> tuple[Verification, Checkpoint | None]:
    """Verify a register, sign its last entry, and write the checkpoint; nothing is signed where a fault is found.

    `timestamp` is the URL of an authority that shall witness the signature; where it does not, nothing is written.
    """
    private = read_private(key)
    with closing(open_register(place, create=False)) as register:
        with register.read() as connection:
            point = sign_head(connection, private, register.now())
        found = verify(register, point)
        if not found.sound:
            return found, None
        point = witnessed(point, timestamp) if timestamp else point
        write_atomic(out, as_json(point))
        with register.change("audit") as change:
            keep(change, point)
        return found, point


def export(place: str, out: Path) -> None:
    """Write the chain of a register to a file, one entry a line."""
    with closing(open_register(place, create=False)) as register, register.read() as connection:
        write_lines(out, lines(connection))


def read_log(place: str, wanted: Filter, limit: int) -> tuple[Told, ...]:
    """The newest entries of a register that are wanted."""
    with closing(open_register(place, create=False)) as register, register.read() as connection:
        return log(connection, wanted, limit)
