"""The hash chain of the audit (see `bartizan.core.chain`): what its entries say, and the state of a row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from bartizan.core.chain import GENESIS, canonical, digest, link

__all__ = ["GENESIS", "Body", "Entry", "canonical", "digest", "link", "state_of"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One link: its place in the chain (from 1), its body as canonical JSON, and its hash."""

    seq: int
    body: str
    hash: str


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an entry says: when, who, what was done to what, and what that changed."""

    seq: int
    at: str
    actor: str
    action: str
    """A verb and its object, as `accept.request`; the vocabulary is what the register's modules write."""
    system: str = ""
    subject: str = ""
    """The row that changed: table, then its key, as `decisions/mail-agent/4`."""
    changed: dict[str, list[object]] = {}
    """Field to what it was and what it is."""
    states: dict[str, str] = {}
    """Subject to the SHA-256 of the whole row after the change; empty where the row was deleted."""
    note: str = ""


_ROWS = msgspec.json.Encoder(order="sorted")
"""Writes what RFC 8785 writes where keys are ASCII and there is no float: so it is for rows, and ten times faster."""


def state_of(row: Mapping[str, object]) -> str:
    """The SHA-256 of a row: of its columns as canonical JSON; what is bytes counts by its own SHA-256.

    Columns that are empty (no text, zero, no, null) do not count, so that a column that a newer version adds leaves
    the state of the rows from before as it is.
    """
    plain = {str(k): hashlib.sha256(v).hexdigest() if isinstance(v, bytes) else v for k, v in row.items() if v}
    return hashlib.sha256(_ROWS.encode(plain)).hexdigest()
