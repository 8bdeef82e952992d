"""Cutting a stream of bytes into frames, keeping each byte: server-sent events and lines of JSON.

Source: WHATWG HTML, section 9.2 (server-sent events): events end with an empty line; lines with LF, CR or CRLF.
"""

from __future__ import annotations

import re

import msgspec

from bartizan.gateway.wire.wire import Frame, Framing, Malformed

LARGEST = 4 << 20
"""Bytes of one frame. No model's event is larger."""
_END = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n")
_decode = msgspec.json.Decoder().decode


class Cutter:
    """Feed it bytes; it gives whole frames. What is left at the end is a frame that broke off."""

    def __init__(self, framing: Framing) -> None:
        self._kept = b""
        self._sse = framing == "sse"

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now. Raises Malformed for one that is too large or no JSON."""
        kept = self._kept + data if self._kept else data
        frames = []
        at = 0
        for end in _ends(kept, self._sse):
            frames.append(self._frame(kept[at:end]))
            at = end
        self._kept = kept[at:]
        if len(self._kept) > LARGEST:
            raise Malformed("the upstream sent an event that is too large")
        return frames

    @property
    def rest(self) -> bytes:
        """What came of a frame that is not complete."""
        return self._kept

    def _frame(self, raw: bytes) -> Frame:
        if not self._sse:
            return Frame(raw=raw, data=_json(raw) if raw.strip() else None)
        data, event = [], ""
        for line in raw.splitlines():
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif line.startswith(b"event:"):
                event = line[6:].strip().decode("utf-8", "replace")
        text = b"\n".join(data)
        return Frame(raw=raw, data=_json(text) if text and text != b"[DONE]" else None, event=event)


def _ends(kept: bytes, sse: bool) -> list[int]:
    if sse:
        return [one.end() for one in _END.finditer(kept)]
    return [i + 1 for i, byte in enumerate(kept) if byte == 10]


def _json(text: bytes) -> object:
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Malformed("the upstream sent an event that is not JSON") from None


def written(frame: Frame, data: object, framing: Framing) -> bytes:
    """A frame with other data, otherwise as it was."""
    body = msgspec.json.encode(data)
    if framing == "lines":
        return body + b"\n"
    name = f"event: {frame.event}\n".encode() if frame.event else b""
    return name + b"data: " + body + b"\n\n"
