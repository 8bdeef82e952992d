"""Reading a blob forward in steps, with some of it at hand."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.blob import Blob

CHUNK: Final = 1 << 18
_LINE = 64 << 20


class Window:
    """A piece of a blob in memory, moved forward."""

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self.size = blob.size
        self.held = b""
        self.start = 0

    def move(self, at: int) -> bytes:
        """Hold the piece that begins there."""
        self.held, self.start = self.blob.read(at, CHUNK), at
        return self.held

    def read(self, at: int, count: int) -> bytes:
        """These bytes, fewer only at the end."""
        inside = at - self.start
        if inside >= 0 and inside + count <= len(self.held):
            return self.held[inside : inside + count]
        return self.blob.read(at, count)

    def line_end(self, at: int) -> int:
        """Where the line that begins there ends, at its newline; -1: nowhere within what a line may have."""
        if at >= self.start:
            found = self.held.find(b"\n", at - self.start)
            if found >= 0:
                return self.start + found
        return self.blob.find(b"\n", at, at + _LINE)
