"""Checkpoints: signed statements that the chain reached an entry with a hash. Kept elsewhere, they outlive a forgery.

Signed is, with Ed25519 (RFC 8032), the statement as canonical JSON (RFC 8785): its kind, the hash of the first entry,
which tells registers apart, the number and the hash of the last one, and the moment.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate
from sqlalchemy import Connection, delete, insert, select

from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.register import tables
from bartizan.register.chain import canonical
from bartizan.register.change import Change
from bartizan.register.timestamps import ask, doubt

_KIND = "bartizan.checkpoint.v1"


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement about the chain and its signature; key, signature and timestamp are base64."""

    first: str
    """The hash of the chain's first entry: the same register has the same one for ever."""
    seq: int
    hash: str
    at: str
    key: str
    """The public key, 32 bytes."""
    signature: str
    timestamp: str = ""
    """The answer of a time-stamping authority (RFC 3161) about the signature, where one was asked."""


def statement(first: str, seq: int, hash_: str, at: str) -> bytes:
    """The bytes that are signed."""
    said = {"kind": _KIND, "first": first, "seq": seq, "hash": hash_, "at": at}
    return canonical(said).encode()


def public_key(private: Ed25519PrivateKey) -> str:
    """The public key that belongs to a private one, as base64."""
    return base64.b64encode(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def fingerprint(key: str) -> str:
    """A short name of a public key: the start of its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def is_signed(point: Checkpoint) -> bool:
    """Whether the signature is that of the key it names, over what it says."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(point.key, validate=True))
        signature = base64.b64decode(point.signature, validate=True)
        key.verify(signature, statement(point.first, point.seq, point.hash, point.at))
    except (InvalidSignature, binascii.Error, ValueError, TypeError):
        return False
    return True


def signed(private: Ed25519PrivateKey, *, first: str, seq: int, hash_: str, at: str) -> Checkpoint:
    """A checkpoint with its signature."""
    signature = base64.b64encode(private.sign(statement(first, seq, hash_, at))).decode()
    return Checkpoint(first=first, seq=seq, hash=hash_, at=at, key=public_key(private), signature=signature)


def witnessed(point: Checkpoint, url: str) -> Checkpoint:
    """The checkpoint with a timestamp of its signature. Raises InputError, Unreachable, MissingExtra."""
    answer = ask(url, base64.b64decode(point.signature))
    return msgspec.structs.replace(point, timestamp=base64.b64encode(answer).decode())


def doubt_of(point: Checkpoint, authorities: Collection[Certificate]) -> str:
    """What is wrong with the timestamp of a checkpoint whose signature holds; empty where nothing is."""
    try:
        answer = base64.b64decode(point.timestamp, validate=True)
    except (binascii.Error, ValueError):
        return "has a timestamp that cannot be read"
    return doubt(answer, base64.b64decode(point.signature), point.at, authorities)


def sign_head(connection: Connection, private: Ed25519PrivateKey, at: str) -> Checkpoint:
    """A checkpoint of the chain's last entry. Raises Conflict where there is no entry yet."""
    audit = tables.audit
    first = connection.execute(select(audit.c.hash).order_by(audit.c.seq).limit(1)).scalar()
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    if first is None or last is None:
        raise Conflict("the register has no entry yet, so there is nothing to sign")
    return signed(private, first=first, seq=last.seq, hash_=last.hash, at=at)


def keep(change: Change, point: Checkpoint) -> None:
    """Note a checkpoint in the register; of those of one entry the newest stays. It is no entry of the chain."""
    table = tables.checkpoints
    row = msgspec.structs.asdict(point)
    del row["first"]
    change.connection.execute(delete(table).where(table.c.seq == point.seq))
    change.connection.execute(insert(table).values(**row))


def stored_checkpoints(connection: Connection) -> list[Checkpoint]:
    """The checkpoints that were noted in the register, oldest first."""
    audit, table = tables.audit, tables.checkpoints
    first = connection.execute(select(audit.c.hash).order_by(audit.c.seq).limit(1)).scalar() or ""
    rows = connection.execute(select(table).order_by(table.c.seq)).mappings()
    return [Checkpoint(first=first, **row) for row in rows]


def as_json(point: Checkpoint) -> str:
    """A checkpoint as a file."""
    return msgspec.json.format(msgspec.json.encode(point)).decode() + "\n"


def from_json(text: str | bytes, file: str) -> Checkpoint:
    """A checkpoint from a file; its signature is not checked yet. Raises InputError."""
    try:
        return msgspec.json.decode(text, type=Checkpoint)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        fix = "give a file that `bartizan audit checkpoint` wrote"
        raise InputError([Problem(file=file, finding=f"this is no checkpoint: {error}", fix=fix)]) from None
