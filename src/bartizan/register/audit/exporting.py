"""The chain as a file: one JSON object a line, with number, hash and body as they are stored. It only ever grows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from bartizan.core.errors import InputError, Problem
from bartizan.register.audit.following import Stored, read_body, stored

_LONGEST_LINE = 64 * 1024 * 1024


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of an export."""

    seq: int
    hash: str
    body: str


_LINES = msgspec.json.Decoder(Line)


def lines(connection: Connection) -> Iterator[bytes]:
    """The lines of an export, each with its end."""
    encoder = msgspec.json.Encoder()
    for seq, made, body, *_ in stored(connection):
        line = Line(seq=seq, hash=made.decode("utf-8", "replace"), body=body.decode("utf-8", "replace"))
        yield encoder.encode(line) + b"\n"


def read_export(file: Path) -> Iterator[Stored]:
    """The entries of an export, one after the other. Raises InputError at a line that is none."""
    number = 0
    try:
        with file.open("rb") as stream:
            while text := stream.readline(_LONGEST_LINE):
                number += 1
                line = _LINES.decode(text)
                body = line.body.encode("utf-8", "surrogatepass")
                said = read_body(body)
                repeated = (said.system.encode(), said.subject.encode()) if said else (b"", b"")
                yield line.seq, line.hash.encode("utf-8", "surrogatepass"), body, *repeated
    except OSError as error:
        raise InputError([Problem(file=str(file), finding=f"cannot be read: {error.strerror or error}")]) from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        finding, fix = f"this line is no entry: {error}", "give a file that `bartizan audit export` wrote"
        raise InputError([Problem(file=str(file), line=number, finding=finding, fix=fix)]) from None
