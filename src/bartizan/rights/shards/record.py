"""Who is in which shard of a model, and what each shard learned: a file beside the shards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import msgspec

from bartizan.core.digest import sha256_of
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import read_bytes, write_atomic

RECORD: Final = "shards.json"
_MOST: Final = 1 << 30
_LENGTH: Final = 16


class Shard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One shard."""

    file: str
    """Its model, in the same folder; empty where it learned from nobody."""
    digest: str
    """SHA-256 of that file."""
    rows: int
    learned: str
    """SHA-256 of the rows that it learned from, in their order."""
    people: tuple[str, ...]
    """Whose rows they are, as salted BLAKE2b of 16 bytes, sorted. They are pseudonyms: the salt stands beside them."""


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All shards of a model."""

    bartizan_shards: Literal[1] = 1
    salt: str
    """Decides in which shard a person is; 32 hexadecimal digits."""
    seed: int
    shards: tuple[Shard, ...]

    @property
    def count(self) -> int:
        """How many shards there are."""
        return len(self.shards)

    def shards_with(self, person: str) -> list[int]:
        """The shards that learned from a person: none or one, counted from 0."""
        name = hashed_by(self.salt)(person).hex()
        return [at for at, shard in enumerate(self.shards) if name in shard.people]


def hashed_by(salt: str) -> Callable[[str], bytes]:
    """What turns people into what the record names them by. A copy of a keyed hash is quicker than a new one."""
    copy = hashlib.blake2b(key=bytes.fromhex(salt), digest_size=_LENGTH).copy

    def hashed(person: str) -> bytes:
        made = copy()
        made.update(person.encode("utf-8", "surrogatepass"))
        return made.digest()

    return hashed


def shard_in(named: bytes, count: int) -> int:
    """The shard of a person, by what the record names them: always the same, so a new row joins the old ones."""
    return int.from_bytes(named) % count


def shard_of(person: str, salt: str, count: int) -> int:
    """The shard of a person."""
    return shard_in(hashed_by(salt)(person), count)


def read_record(folder: Path) -> Record:
    """The record of a model, whose files are as it says. Raises InputError."""
    file = folder / RECORD
    try:
        record = msgspec.json.decode(read_bytes(file, _MOST), type=Record)
    except (msgspec.DecodeError, ValueError) as error:
        raise _refused(file, f"it is no record of shards: {error}", "train the model anew") from None
    for shard in record.shards:
        if Path(shard.file).name != shard.file:
            raise _refused(file, f"'{shard.file}' leads out of the folder", "train the model anew")
        if shard.file and sha256_of(folder / shard.file) != shard.digest:
            raise _refused(folder / shard.file, "it is not what the record says", "train that shard anew")
    return record


def write_record(folder: Path, record: Record) -> None:
    """Write the record, whole or not at all. Raises InputError."""
    write_atomic(folder / RECORD, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def _refused(file: Path, finding: str, fix: str) -> InputError:
    return InputError([Problem(file=str(file), finding=finding, fix=fix)])
