"""Cutting a stream of bytes into frames, keeping each byte: server-sent events and lines of JSON.

Source: WHATWG HTML, section 9.2 (server-sent events): events end with an empty line; lines end with LF, CR or CRLF; a
byte order mark may stand at the very beginning. A line that is no field of an event is refused and not passed on:
readers that are less exact could take it for data. Comments, ids and times pass: no client shows them.
"""

from __future__ import annotations

import re

import msgspec

from bartizan.gateway.bodies import read
from bartizan.gateway.wire.loose import is_name
from bartizan.gateway.wire.wire import Frame, Framing, Malformed

LARGEST = 4 << 20
"""Bytes of one frame. No model's event is larger."""
_END = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_BOM = b"\xef\xbb\xbf"
_FIELDS = frozenset({b"data", b"event", b"id", b"retry", b""})
_DONE = b"[DONE]"


class Cutter:
    """Feed it bytes; it gives whole frames, the same ones however the bytes were cut."""

    def __init__(self, framing: Framing) -> None:
        self._kept = bytearray()
        self._looked = 0
        self._sse = framing == "sse"
        self._begun = False

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now. Raises Malformed for one that is too large or no JSON."""
        kept = self._kept
        if self._sse and self._begun and not kept and b"\r" not in data:
            # Most pieces are whole frames.
            *whole, rest = data.split(b"\n\n")
            if not rest:
                return [self._plain(one) for one in whole]
        kept += data
        if self._sse and not self._begun and len(kept) < len(_BOM) and _BOM.startswith(bytes(kept)):
            return []
        frames, at = [], 0
        for end in self._ends():
            frames.append(self._frame(bytes(kept[at:end])))
            at = end
        if at:
            del kept[:at]
        self._looked = len(kept)
        if self._looked > LARGEST:
            raise Malformed("the upstream sent an event that is too large")
        return frames

    def _plain(self, text: bytes) -> Frame:
        """A frame without the empty line at its end."""
        if text.startswith(b"data: {") and b"\n" not in text:
            return Frame(raw=text + b"\n\n", data=_json(text[6:].strip()))
        return self._frame(text + b"\n\n")

    def finish(self) -> list[Frame]:
        """There is no more: what is left is the last frame, though its end is missing. Raises Malformed."""
        left = bytes(self._kept)
        self._kept.clear()
        self._looked = 0
        try:
            return [self._frame(left)] if left else []
        except Malformed:
            raise Malformed("the upstream's answer broke off") from None

    @property
    def rest(self) -> bytes:
        """What came of a frame that is not complete."""
        return bytes(self._kept)

    def _ends(self) -> list[int]:
        kept = self._kept
        if not self._sse:
            ends, at = [], kept.find(b"\n", self._looked)
            while at >= 0:
                ends.append(at + 1)
                at = kept.find(b"\n", at + 1)
            return ends
        ends = [one.end() for one in _END.finditer(kept, max(0, self._looked - 3))]
        # A CR at the very end may be the first half of CRLF.
        if ends and ends[-1] == len(kept) and kept[-1] == 13:
            ends.pop()
        return ends

    def _frame(self, raw: bytes) -> Frame:
        if not self._sse:
            return Frame(raw=raw, data=_json(raw) if raw.strip() else None)
        text, self._begun = raw if self._begun else raw.removeprefix(_BOM), True
        if text.startswith(b"data: ") and text.endswith(b"\n\n") and text.count(b"\n") == 2 and b"\r" not in text:
            return _of(raw, text[6:-2], "")
        data, event = [], ""
        for line in text.splitlines():
            name, _, value = line.partition(b":")
            if name not in _FIELDS:
                raise Malformed("the upstream sent a line that belongs to no event")
            if name == b"data":
                data.append(value.removeprefix(b" "))
            elif name == b"event":
                event = value.strip().decode("utf-8", "replace")
                if not is_name(event):
                    raise Malformed("the upstream sent an event whose name is none")
        return _of(raw, b"\n".join(data), event)


def _of(raw: bytes, data: bytes, event: str) -> Frame:
    data = data.strip()
    if data == _DONE:
        return Frame(raw=raw, event=event, mark="[DONE]")
    return Frame(raw=raw, data=_json(data) if data else None, event=event)


def _json(text: bytes) -> object:
    try:
        found = read(text)
    except Malformed:
        raise Malformed("the upstream sent an event that is not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("the upstream sent an event that is not a JSON object")
    return found


def data_of(raw: bytes, framing: Framing) -> object:
    """The data of a frame that was cut before, read anew."""
    cutter = Cutter(framing)
    return [*cutter.feed(raw), *cutter.finish()][0].data


def written(raw: bytes, data: object, framing: Framing) -> bytes:
    """A frame with other data, otherwise as it was: its name, its id, its comments and its line ends."""
    body = msgspec.json.encode(data)
    if framing == "lines":
        return body + raw[len(raw.rstrip(b"\r\n")) :]
    out, said = [], False
    for line in raw.splitlines(keepends=True):
        if not line.removeprefix(_BOM).startswith(b"data"):
            out.append(line)
        elif not said:
            said = True
            out.append(b"data: " + body + line[len(line.rstrip(b"\r\n")) :])
    return b"".join(out)
