"""GGUF: settings and tensors of language models, in three versions and both orders of bytes.

What runs is the chat template in its settings; what harms are counts and lengths that readers multiply and believe.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.tensors.ranges import Range, is_zero, troubles
from bartizan.supply.scan.texts.templates import scan_template

_MEMORY: Final = ("CVE-2024-21836", "CVE-2024-23496", "CVE-2025-53630", "CWE-190", "CWE-122")
LIES: Final = Rule(
    id="gguf.lies",
    level="detect",
    title="A count or length is more than any file could hold",
    why="Readers that multiply it before they look reserve too little memory and write beyond it.",
    refs=_MEMORY,
)
OVERLAP: Final = Rule(
    id="gguf.overlap",
    level="detect",
    title="Tensors share bytes",
    why="Nothing writes such files; they hide what a second reader sees.",
    refs=("CWE-436", "AML.T0010"),
)
DOUBLE: Final = Rule(
    id="gguf.double-key",
    level="detect",
    title="A setting or tensor is there twice",
    why="Readers differ in which of the two they take, so that a harmless template covers another.",
    refs=("CWE-436", "AML.T0010"),
)
HOLE: Final = Rule(
    id="gguf.hole",
    level="review",
    title="Bytes belong to no tensor",
    why="They can hold another file.",
    refs=("CWE-436", "AML.T0010"),
)
ODD: Final = Rule(
    id="gguf.odd",
    level="review",
    title="A setting or tensor is as no library writes it",
    why="What reads it may take it differently, or not check it at all.",
    refs=("CWE-20",),
)
RULES: Final = (LIES, OVERLAP, DOUBLE, HOLE, ODD)

_SIZES: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_SIGNED: Final = frozenset({1, 3, 5, 11})
_WHOLE: Final = frozenset({0, 1, 2, 3, 4, 5, 10, 11})
_STRING: Final = 8
_ARRAY: Final = 9
_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 4: (32, 20), 5: (32, 24), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    31: (32, 18), 32: (32, 18), 33: (32, 18), 34: (256, 54), 35: (256, 66), 36: (32, 18), 37: (32, 18), 38: (32, 18),
    39: (32, 17), 40: (64, 36),
}  # fmt: skip
"""Of each kind of tensor: values in a block, and bytes of it."""
_IMPOSSIBLE: Final = 1 << 48
"""What no file holds, so that it is no file cut short either."""
_DEEPEST: Final = 4
_LONGEST_KEY: Final = 65_535
_LONGEST_NAME: Final = 1_024
_MOST_OF_KEYS: Final = 16 << 20
"""Bytes of all keys."""
_MOST_KEYS: Final = 100_000
_MOST_TENSORS: Final = 100_000
_MOST_STRINGS: Final = 20_000_000
_LONGEST_TEXT: Final = 4 << 20
_TEMPLATES: Final = "tokenizer.chat_template"


def _fits(head: bytes, blob: Blob) -> bool:
    return head[:4] == b"GGUF"


def _look(blob: Blob, look: Look) -> None:
    _Reading(blob, look).run()


class _Tensor(msgspec.Struct, frozen=True):
    name: str
    size: int | None
    offset: int
    at: int


class _Reading:
    """Reads a file from its beginning on."""

    def __init__(self, blob: Blob, look: Look) -> None:
        self._blob, self._look = blob, look
        self._at = 4
        number = blob.exactly(4, 4)
        little, big = int.from_bytes(number, "little"), int.from_bytes(number, "big")
        self._order: Any = "little" if little & 0xFFFF else "big"
        self.version = little if little & 0xFFFF else big
        self._wide = 4 if self.version == 1 else 8
        self._alignment = 32

    def run(self) -> None:
        """Read all of it."""
        if self.version not in (1, 2, 3):
            raise Unreadable(f"its version is {self.version}", 4)
        self._at = 8
        tensors = self._count("tensors", 24 if self._wide == 8 else 16)
        settings = self._count("settings", self._wide + 5)
        if settings > _MOST_KEYS or tensors > _MOST_TENSORS:
            raise TooMuch(f"{settings:,} settings and {tensors:,} tensors", 8)
        self._settings(settings)
        found = self._tensors(tensors)
        self._places(found)

    # Small parts

    def _number(self, size: int, *, is_signed: bool = False) -> int:
        number = int.from_bytes(self._blob.exactly(self._at, size), self._order, signed=is_signed)
        self._at += size
        return number

    def _count(self, what: str, each: int) -> int:
        """A count of things that have so many bytes at least. Raises Unreadable where they cannot be there."""
        at = self._at
        count = self._number(self._wide)
        if count >= _IMPOSSIBLE or (self._wide == 4 and count >= 0x8000_0000):
            self._look.found(LIES, f"{count:,} {what}", at)
        if count * each > self._blob.size - self._at:
            raise Unreadable(f"{count:,} {what} cannot be there", at)
        return count

    def _text(self, what: str, longest: int) -> str:
        at = self._at
        count = self._count(f"bytes of {what}", 1)
        if count > longest:
            raise TooMuch(f"{what} of {count:,} bytes", at)
        raw = self._blob.exactly(self._at, count)
        self._at += count
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self._look.found(ODD, f"{what} is no UTF-8: {raw[:40]!r}", at)
            return raw.decode("utf-8", "replace")

    # Settings

    def _settings(self, count: int) -> None:
        seen: set[str] = set()
        room = _MOST_OF_KEYS
        for _ in range(count):
            at = self._at
            key = self._text("a key", _LONGEST_KEY)
            room -= len(key)
            if room < 0:
                raise TooMuch(f"keys of more than {_MOST_OF_KEYS:,} bytes", at)
            if key in seen:
                self._look.found(DOUBLE, key, at)
            seen.add(key)
            self._look.spend(1)
            kind = self._number(4)
            if key == "general.alignment":
                self._align(kind, at)
            elif kind == _STRING and _is_read(key):
                self._read(key)
            elif kind == _STRING:
                self._peek(key, at)
            else:
                if _is_template(key) and kind != _ARRAY:
                    self._look.found(ODD, f"{key} is no text", at)
                self._pass(key, kind, 0)

    def _align(self, kind: int, at: int) -> None:
        if kind not in _WHOLE:
            raise Unreadable(f"general.alignment is of the kind {kind}", at)
        value = self._number(_SIZES[kind], is_signed=kind in _SIGNED)
        if value < 1 or value & (value - 1) or value > 1 << 24:
            self._look.found(LIES, f"general.alignment is {value}", at)
        else:
            self._alignment = value

    def _read(self, key: str) -> None:
        if _is_template(key):
            self._template(key, self._text(key, _LONGEST_TEXT))
            return
        count = self._count(f"bytes of {key}", 1)
        document = self._blob.part(self._at, count)
        self._at += count
        if document.read(0, 4096).strip():
            self._look.into(key, document)

    def _template(self, key: str, text: str) -> None:
        before = self._look.path
        self._look.path = (*before, key)
        try:
            scan_template(text, self._look)
        finally:
            self._look.path = before

    def _peek(self, key: str, at: int) -> None:
        """Any other text: a template too, if it looks like one."""
        count = self._count(f"bytes of {key}", 1)
        start, self._at = self._at, self._at + count
        if count > _LONGEST_TEXT:
            self._look.found(ODD, f"{key} is a text of {count:,} bytes", at)
        raw = self._blob.exactly(start, min(count, _LONGEST_TEXT))
        self._look.spend(1 + count // 4096)
        if b"{%" in raw or b"{{" in raw:
            self._template(key, raw.decode("utf-8", "replace"))

    def _pass(self, key: str, kind: int, depth: int) -> None:
        """Pass over a value."""
        at = self._at
        if kind in _SIZES:
            self._skip(_SIZES[kind])
        elif kind == _STRING:
            self._skip(self._count(f"bytes of {key}", 1))
        elif kind == _ARRAY:
            self._pass_array(key, depth + 1)
        else:
            raise Unreadable(f"{key} is of the kind {kind}, which there is not", at)

    def _pass_array(self, key: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise TooMuch(f"{key} is nested more than {_DEEPEST} deep", self._at)
        kind = self._number(4)
        if kind in _SIZES:
            self._skip(self._count(f"values of {key}", _SIZES[kind]) * _SIZES[kind])
            return
        if kind not in (_STRING, _ARRAY):
            raise Unreadable(f"{key} has values of the kind {kind}, which there is not", self._at - 4)
        count = self._count(f"values of {key}", self._wide + (4 if kind == _ARRAY else 0))
        if count > _MOST_STRINGS:
            raise TooMuch(f"{count:,} values of {key}", self._at)
        if kind == _ARRAY:
            self._look.spend(count)
            for _ in range(count):
                self._pass_array(key, depth + 1)
        elif _is_template(key) and key != "tokenizer.chat_templates":
            for _ in range(count):
                self._look.spend(100)
                self._template(key, self._text(key, _LONGEST_TEXT))
        else:
            self._strings(key, count)

    def _strings(self, key: str, count: int) -> None:
        names_templates = key == "tokenizer.chat_templates"
        blob, order, wide = self._blob, self._order, self._wide
        window, base = b"", 0
        for number in range(count):
            if number & 0xFFF == 0:
                self._look.spend(0x1000)
            inside = self._at - base
            if not 0 <= inside <= len(window) - 256:
                window, base, inside = blob.read(self._at, 1 << 16), self._at, 0
            if inside + wide > len(window):
                raise Unreadable("it ends too early", self._at)
            size = int.from_bytes(window[inside : inside + wide], order)
            if size > blob.size - self._at - wide:
                self._count(f"bytes of {key}", 1)
            text = window[inside + wide : inside + wide + size] if size < 1 << 15 else b""
            if (names_templates or size >= 1 << 12) and size <= _LONGEST_TEXT:
                text = blob.exactly(self._at + wide, size)
            if b"{%" in text and b"%}" in text:
                self._template(key, text.decode("utf-8", "replace"))
            self._at += wide + size

    def _skip(self, count: int) -> None:
        if count > self._blob.size - self._at:
            raise Unreadable("it ends too early", self._blob.size)
        self._at += count

    # Tensors

    def _tensors(self, count: int) -> list[_Tensor]:
        found, seen = [], set()
        for number in range(count):
            if number & 0xFF == 0:
                self._look.spend(0x400)
            at = self._at
            name = self._text("the name of a tensor", _LONGEST_NAME)
            if name in seen:
                self._look.found(DOUBLE, name, at)
            seen.add(name)
            dimensions = self._number(4)
            if dimensions > 64:
                self._look.found(LIES, f"{name}: {dimensions:,} dimensions", at)
                raise Unreadable(f"{name} has {dimensions:,} dimensions", at)
            if dimensions > 4:
                self._look.found(LIES, f"{name}: {dimensions} dimensions, where readers have room for 4", at)
            shape = [self._number(self._wide) for _ in range(dimensions)]
            kind, offset = self._number(4), self._number(8)
            found.append(_Tensor(name, self._size(name, kind, shape, at), offset, at))
        return found

    def _size(self, name: str, kind: int, shape: list[int], at: int) -> int | None:
        values = math.prod(shape)
        if values >= 1 << 63 or any(one >= 1 << 63 for one in shape):
            self._look.found(LIES, f"{name}: shape {shape}", at)
            return None
        if kind not in _BLOCKS:
            self._look.found(ODD, f"{name} is of the kind {kind}, which nobody knows", at)
            return None
        each, size = _BLOCKS[kind]
        if shape and shape[0] % each:
            self._look.found(LIES, f"{name}: rows of {shape[0]:,} values in blocks of {each}", at)
        return -(-values // each) * size

    def _places(self, tensors: list[_Tensor]) -> None:
        start = -(-self._at // self._alignment) * self._alignment
        ranges, is_sure = [], True
        for one in tensors:
            if one.offset % self._alignment:
                self._look.found(ODD, f"{one.name} lies at {one.offset:,}, not aligned to {self._alignment}", one.at)
            if one.offset >= _IMPOSSIBLE:
                self._look.found(LIES, f"{one.name} lies at {one.offset:,}", one.at)
            size = one.size or 0
            is_sure = is_sure and one.size is not None
            if start + one.offset + size > self._blob.size:
                raise Unreadable(f"tensor {one.name} ends beyond the end", one.at)
            ranges.append(Range(start + one.offset, start + one.offset + size, one.name))
        for trouble in troubles(ranges, min(start, self._blob.size), self._blob.size, self._alignment - 1):
            if not trouble.is_hole:
                self._look.found(OVERLAP, trouble.what, trouble.start)
            elif is_sure:
                self._hole(trouble.start, trouble.end, trouble.what)
        self._small_holes(min(self._at, self._blob.size), min(start, self._blob.size))

    def _hole(self, start: int, end: int, what: str) -> None:
        if is_zero(self._blob, start, end) and end - start <= 1 << 16:
            return
        self._look.found(HOLE, what, start)
        if not is_zero(self._blob, start, end):
            self._look.into(f"bytes at {start}", self._blob.part(start, end - start))

    def _small_holes(self, start: int, end: int) -> None:
        if end - start > 256:
            self._hole(start, end, f"{end - start:,} bytes before the first tensor")


def _is_template(key: str) -> bool:
    return key.startswith(_TEMPLATES) or "chat_template" in key or key.endswith(".template")


def _is_read(key: str) -> bool:
    return _is_template(key) or key == "tokenizer.huggingface.json"


GGUF: Final = Format(name="GGUF", fits=_fits, look=_look)
