"""Streams of answers, cut wherever the network cut them: server-sent events, and JSON by lines.

Source of the format: WHATWG HTML, section 9.2.6 "Interpreting an event stream". A stream that ends within an event has
not said that event.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import msgspec

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


class Event(msgspec.Struct, frozen=True):
    """One event: its type ('message' where it names none) and its data."""

    kind: str
    data: bytes


class Lines:
    """Bytes in pieces into lines. A line ends with CR LF, LF or CR; what has no end yet is kept."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._seen = 0
        """So far was looked for an end of a line in vain."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that are complete with these bytes."""
        self._rest += chunk
        lines: list[bytes] = []
        start = 0
        for end in _LINE_END.finditer(self._rest, self._seen):
            if end.group() == b"\r" and end.end() == len(self._rest):
                break  # the next byte tells whether the line ends here with one byte or with two
            lines.append(bytes(self._rest[start : end.start()]))
            start = end.end()
        if start:
            del self._rest[:start]
        self._seen = max(0, len(self._rest) - 1)
        return lines

    def rest(self) -> bytes:
        """What came after the last end of a line, when no more will come."""
        rest, self._rest, self._seen = bytes(self._rest), bytearray(), 0
        return rest


class Events:
    """Bytes in pieces into events."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._kind = b""
        self._data: list[bytes] = []
        self._is_first = True

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that are complete with these bytes."""
        return self._told(self._lines.feed(chunk))

    def end(self) -> list[Event]:
        """Events that the last bytes complete, when no more will come: a lone CR may have been waited for."""
        rest = self._lines.rest()
        return self._told([rest.removesuffix(b"\r")]) if rest.endswith(b"\r") else []

    def _told(self, lines: list[bytes]) -> list[Event]:
        events: list[Event] = []
        for given in lines:
            line = given.removeprefix(_BOM) if self._is_first else given
            self._is_first = False
            if not line:
                if self._data:
                    kind = self._kind.decode("utf-8", "replace") or "message"
                    events.append(Event(kind, b"\n".join(self._data)))
                self._kind, self._data = b"", []
                continue
            name, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if name == b"data":
                self._data.append(value)
            elif name == b"event":
                self._kind = value
        return events


async def events_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """The events of a stream as they arrive."""
    parser = Events()
    async for chunk in chunks:
        for event in parser.feed(chunk):
            yield event
    for event in parser.end():
        yield event


async def lines_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a stream that hold something, as they arrive; the last one needs no end."""
    lines = Lines()
    async for chunk in chunks:
        for line in lines.feed(chunk):
            if line.strip():
                yield line
    rest = lines.rest()
    if rest.strip():
        yield rest
