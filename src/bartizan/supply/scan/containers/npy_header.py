"""The header of NPY: a dictionary as Python writes it, read without Python's own reader, which is slow and deep."""

from __future__ import annotations

import re
from typing import Final

from bartizan.supply.scan.limits import Unreadable

Value = str | int | bool | list["Value"] | tuple["Value", ...] | dict[str, "Value"] | None
_DEEPEST: Final = 32
_SPACE: Final = re.compile(r"[ \t\r\n\f]*")
_TEXT: Final = re.compile(r"""u?(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")""")
_NUMBER: Final = re.compile(r"(-?[0-9]{1,40})L?(?![\w.])")
_WORD: Final = re.compile(r"[^\W\d]\w*")
_CALL: Final = re.compile(r"[\w\])] ?\(")
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_SHORT: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}
_WORDS: Final[dict[str, Value]] = {"True": True, "False": False, "None": None}


class Running(Unreadable):
    """It is no literal: it calls something."""


class Header:
    """A reader of one header."""

    def __init__(self, text: str) -> None:
        self.doubles: list[str] = []
        """Keys that come twice."""
        self._text, self._at = text, 0

    def read(self) -> dict[str, Value]:
        """The dictionary. Raises Unreadable, and Running."""
        found = self._value(0)
        self._skip()
        if self._at < len(self._text):
            raise self._wrong()
        if not isinstance(found, dict):
            raise Unreadable("its header is no dictionary", 0)
        return found

    def _skip(self) -> str:
        match = _SPACE.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        return self._text[self._at : self._at + 1]

    def _wrong(self) -> Unreadable:
        rest = self._text[self._at :]
        if rest.startswith(".") or _CALL.search(rest):
            return Running(f"its header is no literal: {rest:.200}", self._at)
        return Unreadable(f"its header breaks at {rest[:40]!r}", self._at)

    def _value(self, depth: int) -> Value:
        if depth > _DEEPEST:
            raise Unreadable("its header is nested too deep", self._at)
        sign = self._skip()
        if sign == "{":
            return self._dictionary(depth)
        if sign in ("[", "("):
            return self._several(depth, "]" if sign == "[" else ")")
        if match := _TEXT.match(self._text, self._at):
            self._at = match.end()
            return _unescaped(match[1] if match[1] is not None else match[2])
        if match := _NUMBER.match(self._text, self._at):
            self._at = match.end()
            return int(match[1])
        if (match := _WORD.match(self._text, self._at)) and match[0] in _WORDS:
            self._at = match.end()
            return _WORDS[match[0]]
        raise self._wrong()

    def _several(self, depth: int, end: str) -> Value:
        self._at += 1
        found: list[Value] = []
        commas = 0
        while self._skip() != end:
            if len(found) > commas:
                raise self._wrong()
            found.append(self._value(depth + 1))
            commas += self._comma()
        self._at += 1
        if end == "]":
            return found
        return tuple(found) if commas or not found else found[0]

    def _comma(self) -> bool:
        if self._skip() != ",":
            return False
        self._at += 1
        return True

    def _dictionary(self, depth: int) -> dict[str, Value]:
        self._at += 1
        found: dict[str, Value] = {}
        has_comma = True
        while self._skip() != "}":
            if not has_comma:
                raise self._wrong()
            key = self._value(depth + 1)
            if self._skip() != ":" or not isinstance(key, str):
                raise self._wrong()
            self._at += 1
            if key in found:
                self.doubles.append(key)
            found[key] = self._value(depth + 1)
            has_comma = self._comma()
        self._at += 1
        return found


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_sign, text) if "\\" in text else text


def _sign(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        if number > 0x10FFFF:
            raise Unreadable("its header has a sign that there is not")
        return chr(number)
    if match[4] not in _SHORT:
        raise Unreadable(f"its header has the escape \\{match[4]}, which nothing writes")
    return _SHORT[match[4]]
