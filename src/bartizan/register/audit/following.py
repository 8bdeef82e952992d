"""Follow the chain from its first entry and notice every link that does not hold.

An entry is taken as it is stored: text that is no UTF-8, a body that is no JSON, a column that says something else than
the body are faults to tell and no reason to stop.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Generator, Iterable
from typing import Annotated, TypeAlias

import msgspec
import rfc8785
from sqlalchemy import Connection

from bartizan.core.errors import printable
from bartizan.register.audit.faults import Faults
from bartizan.register.chain import GENESIS, Body

Stored: TypeAlias = tuple[int, bytes, bytes, bytes, bytes]
"""An entry as it is stored: number, hash, body, and the columns `system` and `subject`, which repeat the body."""

_AT_ONCE = 2000
_LARGEST = 2**53
_Whole = Annotated[int, msgspec.Meta(gt=-_LARGEST, lt=_LARGEST)]


class _Plain(Body, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A body whose values are of the kinds that msgspec writes as RFC 8785 does."""

    changed: dict[str, list[str | _Whole | bool | None]] = msgspec.field(default_factory=dict)  # type: ignore[assignment]


_PLAIN = msgspec.json.Decoder(_Plain)
_BODIES = msgspec.json.Decoder(Body)
_SORTED = msgspec.json.Encoder(order="sorted")


class Followed(msgspec.Struct, kw_only=True):
    """Where following the chain led: how many entries, the last hash, and what the entries say of rows."""

    entries: int = 0
    head: bytes = GENESIS.encode()
    states: dict[str, tuple[str, int]] = {}
    """Subject to the digest of its row, and the entry that said so last."""
    hashes: dict[int, str] = {}
    """The hashes of the entries that were asked for."""


def stored(connection: Connection) -> Generator[Stored]:
    """All entries in their order, without reading them all into memory."""
    if connection.dialect.name == "sqlite":  # as bytes: SQLite keeps anything that somebody put into a column
        columns = "seq, CAST(hash AS BLOB), CAST(body AS BLOB), CAST(system AS BLOB), CAST(subject AS BLOB)"
    else:
        columns = "seq, hash, body, system, subject"
    query = f"SELECT {columns} FROM audit ORDER BY seq"  # noqa: S608  nothing of it comes from anybody
    with connection.exec_driver_sql(query, execution_options={"yield_per": _AT_ONCE}) as found:
        for seq, *texts in found:
            hash_, body, system, subject = (t.encode() if isinstance(t, str) else t or b"" for t in texts)
            yield seq, hash_, body, system, subject


def follow(entries: Iterable[Stored], faults: Faults, wanted: Collection[int] = ()) -> Followed:
    """Check every link. After a fault it goes on from the hash that is stored, so that one edit is one fault."""
    sha256 = hashlib.sha256
    at, before = 0, GENESIS.encode()
    states: dict[str, tuple[str, int]] = {}
    hashes: dict[int, str] = {}
    count = 0
    for seq, made, body, system, subject in entries:
        said = read_body(body)
        if seq != at + 1:
            faults.add(_gap(at, seq), seq)
        elif sha256(before + body).hexdigest().encode() != made:
            faults.add("its hash does not follow from its text and the entry before: text was changed or put in", seq)
        elif said is None:
            faults.add("its text is not what the register writes (canonical JSON, RFC 8785)", seq)
        elif said.seq != seq:
            faults.add(f"its text says that it is entry {said.seq}: entries were reordered", seq)
        elif said.system.encode() != system or said.subject.encode() != subject:
            faults.add("its columns 'system' and 'subject' do not say what its text says", seq)
        if said is not None:
            for name, state in said.states.items():
                states[name] = state, seq
        if seq in wanted or seq == 1:
            hashes[seq] = made.decode("utf-8", "replace")
        at, before = seq, made
        count += 1
    return Followed(entries=count, head=before, states=states, hashes=hashes)


def _gap(at: int, seq: int) -> str:
    if seq <= at:
        return f"it stands after entry {at}: entries were reordered or repeated"
    missing = f"entry {at + 1} is" if seq == at + 2 else f"entries {at + 1} to {seq - 1} are"
    return f"before it, {missing} missing"


def read_body(body: bytes) -> Body | None:
    """What an entry says; None where it is not canonical JSON of the shape that the register writes."""
    try:
        said: Body = _PLAIN.decode(body)
        if _SORTED.encode(said) == body and (body.isascii() or not _beyond_plane_0(body)):
            return said
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        said = _BODIES.decode(body)
        return said if rfc8785.dumps(json.loads(body, parse_int=_number)) == body else None
    except (msgspec.MsgspecError, rfc8785.CanonicalizationError, ValueError, RecursionError):
        return None


def _number(digits: str) -> int | float:
    """A number without a point; a large one is a float, as in JavaScript, on which RFC 8785 rests."""
    whole = int(digits)
    return whole if abs(whole) < _LARGEST else float(whole)


def _beyond_plane_0(body: bytes) -> bool:
    """Whether there is a character that UTF-16, by which RFC 8785 orders keys, writes as a pair."""
    text = body.decode()
    return len(text.encode("utf-16-le")) != 2 * len(text)


def shown_hash(raw: bytes) -> str:
    """A hash as text that can be shown."""
    return printable(raw.decode("utf-8", "replace"), 64)
