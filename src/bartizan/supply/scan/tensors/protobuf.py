"""Protocol buffers field by field. What a field holds is not read, only where it lies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.texts.decoding import encoding, is_text

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
GROUP: Final = 3
"""Fields between a beginning and an end, which nothing writes any more and every library passes over."""
FIXED32: Final = 5
BROKEN: Final = -1
"""In place of the rest of what is no message."""
_END: Final = 4
_DEEPEST_GROUP: Final = 100
_HEAD: Final = 4096
_OFTEN: Final = 0x7F
_MOST_SKIMMED: Final = 4_000_000
_MOST_OF_TEXT: Final = 100_000
_LARGEST: Final = 1 << 31
"""Bytes of a message; no library reads more."""
DEEPEST: Final = 90
"""Messages in messages; the library itself ends at 100."""
LONGEST_TEXT: Final = 1 << 20
_WINDOW: Final = 1 << 16
_LONGEST_FIELD: Final = 24
"""Bytes of a field before what it holds."""


class Field(msgspec.Struct, frozen=True):
    """One field."""

    number: int
    kind: int
    value: int
    """A number as it stands, without a sign; 0 for bytes."""
    start: int
    """Where what it holds begins."""
    end: int


class Message:
    """A message, or what may be one: some bytes of a blob."""

    def __init__(self, blob: Blob, spend: Callable[[int], None], start: int = 0, end: int | None = None) -> None:
        self.blob = blob
        self.start, self.end = start, blob.size if end is None else end
        self._spend = spend

    def fields(self) -> Iterator[Field]:
        """Its fields as they come. Raises Unreadable."""
        at, base, window = self.start, self.start, b""
        opened: list[Field] = []
        for count in range(1, 1 << 62):
            if at >= self.end:
                break
            if count & _OFTEN == 0:
                self._spend(_OFTEN + 1)
            if at < base or at - base + _LONGEST_FIELD > len(window):
                base, window = at, self.blob.read(at, min(_WINDOW if at > base else 512, self.end - at))
            field = self._field(window, at - base, at)
            at = field.end
            if field.kind == GROUP:
                opened.append(field)
                if len(opened) > _DEEPEST_GROUP:
                    raise Unreadable("groups in groups without end", at)
            elif field.kind == _END:
                first = opened.pop() if opened else None
                if first is None or first.number != field.number:
                    raise Unreadable("the end of a group that did not begin", at)
                if not opened:
                    yield Field(first.number, GROUP, 0, first.start, field.start)
            elif not opened:
                yield field
        if opened:
            raise Unreadable("a group without end", at)

    def _field(self, window: bytes, inside: int, at: int) -> Field:
        tag, after = _varint(window, inside, at)
        number, kind = tag >> 3 & 0x1FFF_FFFF, tag & 7
        if not number:
            raise Unreadable("a field of the number 0", at)
        start = at + after - inside
        if kind in (GROUP, _END):
            return Field(number, kind, 0, start, start)
        if kind == VARINT:
            value, after = _varint(window, after, at)
            return Field(number, kind, value, start, at + after - inside)
        if kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
            held = window[after : after + size]
            if len(held) < size:
                raise Unreadable("it ends too early", at)
            return Field(number, kind, int.from_bytes(held, "little"), start, start + size)
        if kind != BYTES:
            raise Unreadable(f"a field of the kind {kind}", at)
        size, after = _varint(window, after, at)
        start = at + after - inside
        if size > self.end - start:
            raise Unreadable(f"a field of {size:,} bytes ends beyond what it is in", at)
        return Field(number, kind, 0, start, start + size)

    def inside(self, field: Field) -> Message:
        """The message that a field holds."""
        return Message(self.blob, self._spend, field.start, field.end)

    def text(self, field: Field, longest: int = LONGEST_TEXT) -> str:
        """The text that a field holds; what is no UTF-8 stands escaped. Raises TooMuch."""
        return self.held(field, longest).decode("utf-8", "backslashreplace")

    def held(self, field: Field, longest: int = LONGEST_TEXT) -> bytes:
        """The bytes that a field holds. Raises TooMuch."""
        size = field.end - field.start
        if size > longest:
            raise TooMuch(f"a text of {size:,} bytes", field.start)
        return self.blob.exactly(field.start, size)

    def numbers(self, field: Field, most: int = 1_000) -> list[int]:
        """Numbers of a repeated field, packed or one alone. Raises Unreadable, and TooMuch beyond so many."""
        if field.kind == VARINT:
            return [field.value]
        held = self.held(field, most * 10)
        found, at = [], 0
        while at < len(held):
            value, at = _varint(held, at, field.start + at)
            found.append(value)
        if len(found) > most:
            raise TooMuch(f"{len(found):,} numbers", field.start)
        return found


def _varint(window: bytes, at: int, place: int) -> tuple[int, int]:
    if at < len(window) and window[at] < 0x80:
        return window[at], at + 1
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(window):
            raise Unreadable("it ends too early", place)
        byte = window[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
    raise Unreadable("a number without end", place)


def signed(value: int) -> int:
    """A number that may be negative."""
    return value - (1 << 64) if value >= 1 << 63 else value


class Skim:
    """Fields of what may be messages, so many in all: to tell what a file is."""

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        head = blob.read(0, _HEAD)
        self._is_text = encoding(head) == "utf-8" and is_text(head)
        """Whether it begins as a text; then the signs that make a model of it would be refused there."""
        self._left = _MOST_OF_TEXT if self._is_text else _MOST_SKIMMED

    def __call__(self, field: Field | None = None) -> Iterator[Field]:
        """The fields of all, or of what a field holds. A field `BROKEN` says that it is no message, or no longer one.

        The last field may be cut off. Raises TooMuch.
        """
        start, end = (field.start, field.end) if field else (0, self.blob.size)
        if end - start > _LARGEST:
            return iter([Field(0, BROKEN, 0, start, end)])
        self._spend(1)
        return _skimmed(Message(self.blob, self._spend, start, end))

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0 and self._is_text:
            raise Unreadable("a text")
        if self._left < 0:
            raise TooMuch("too many fields to tell what it is")


def _skimmed(message: Message) -> Iterator[Field]:
    at = message.start
    try:
        for field in message.fields():
            yield field
            at = field.end
    except TooMuch:
        raise
    except Unreadable:
        yield _cut(message, at) or Field(0, BROKEN, 0, at, message.end)


def glimpsed(blob: Blob, start: int = 0, end: int | None = None, most: int = 64) -> list[Field] | None:
    """The first fields of what may be a message, the last of which may be cut off; None: it is none."""
    found = list(itertools.islice(_skimmed(Message(blob, lambda _: None, start, end)), most))
    return None if found and found[-1].kind == BROKEN else found


def _cut(message: Message, at: int) -> Field | None:
    """The field of bytes at a place whose end is missing."""
    window = message.blob.read(at, min(_LONGEST_FIELD, message.end - at))
    try:
        tag, after = _varint(window, 0, at)
        size, after = _varint(window, after, at)
    except Unreadable:
        return None
    if tag & 7 != BYTES or not 0 < tag >> 3 < 1000 or size > 1 << 42:
        return None
    return Field(tag >> 3, BYTES, 0, at + after, message.end)
