"""Files of JSON lines in a hash chain: `{"body": ..., "hash": ...}`, each hash over the body and the hash before."""

from __future__ import annotations

import msgspec

from bartizan.core.chain import GENESIS, canonical, link


class BrokenLine(ValueError):
    """A line is not as it was written, or none at all."""

    def __init__(self, number: int, finding: str) -> None:
        super().__init__(finding)
        self.number = number


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    body: msgspec.Raw
    hash: str


def line(body: object, before: str = GENESIS) -> bytes:
    """A line for a body of plain JSON types, behind the line with that hash."""
    text = canonical(body)
    return f'{{"body":{text},"hash":"{link(before, text)}"}}\n'.encode()


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds."""

    bodies: tuple[bytes, ...]
    """Canonical JSON, one for each line."""
    hashes: tuple[str, ...]
    torn: int
    """Bytes at the end that are no whole line: somebody died while writing."""

    @property
    def head(self) -> str:
        """The hash of the newest line."""
        return self.hashes[-1] if self.hashes else GENESIS


def read_lines(raw: bytes) -> Lines:
    """All whole lines, each checked against the one before. Raises BrokenLine."""
    whole, _, torn = raw.rpartition(b"\n")
    bodies: list[bytes] = []
    hashes = [GENESIS]
    for number, one in enumerate(whole.split(b"\n") if whole else [], 1):
        try:
            found = msgspec.json.decode(one, type=_Line)
            body = canonical(msgspec.json.decode(found.body))
        except (msgspec.DecodeError, ValueError, UnicodeDecodeError) as error:
            raise BrokenLine(number, str(error)) from None
        if link(hashes[-1], body) != found.hash:
            raise BrokenLine(number, "this line, or one before it, is not as it was written")
        bodies.append(body.encode())
        hashes.append(found.hash)
    return Lines(bodies=tuple(bodies), hashes=tuple(hashes[1:]), torn=len(torn))
