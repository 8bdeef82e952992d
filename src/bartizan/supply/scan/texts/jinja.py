"""A small tokenizer of Jinja templates: what is text, and what the words are in between. It renders nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.supply.scan.limits import TooMuch

Kind: TypeAlias = Literal["name", "string", "number", "sign"]
_WORD: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'[^'\\]*+(?:\\.[^'\\]*+)*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+")
    |(?P<number>0[xX][\da-fA-F_]++|0[oO][0-7_]++|0[bB][01_]++|\d[\d_]*+(?:\.\d[\d_]*+)?(?:[eE][+-]?\d++)?)
    |(?P<name>[^\W\d]\w*+)
    |(?P<sign>\*\*|//|==|!=|>=|<=|[-+/*%~\[\](){}<>=.:|,;])""",
    re.VERBOSE | re.DOTALL,
)
_OPEN: Final = re.compile(r"\{[{%#]")
_END_RAW: Final = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}
_MOST_WORDS: Final = 400_000
_ESCAPE: Final = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|N\{[^}]{1,60}\}|.)", re.DOTALL
)
_SIMPLE: Final = {"n": "\n", "t": "\t", "r": "\r", "\n": "", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class Word(msgspec.Struct, frozen=True):
    """One word of an expression. Of a string, ``text`` is what it means, with its escapes read."""

    kind: Kind
    text: str
    at: int
    is_masked: bool = False
    """Whether a letter, digit or underscore stands in it as an escape."""


class Part(msgspec.Struct, frozen=True):
    """Text, an expression to print, or a statement."""

    kind: Literal["text", "print", "statement"]
    at: int
    text: str = ""
    words: tuple[Word, ...] = ()


class NoTemplate(Exception):
    """It does not follow the syntax from some place on."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(what)
        self.at = at


def parts(text: str) -> Iterator[Part]:
    """The parts of a template in their order. Raises NoTemplate, and TooMuch."""
    at, words = 0, 0
    while found := _OPEN.search(text, at):
        if found.start() > at:
            yield Part("text", at, text[at : found.start()])
        if found[0] == "{#":
            end = text.find("#}", found.end())
            if end < 0:
                raise NoTemplate("a comment without an end", found.start())
            at = end + 2
            continue
        part, at = _code(text, found.start())
        words += len(part.words)
        if words > _MOST_WORDS:
            raise TooMuch(f"a template of more than {_MOST_WORDS:,} words")
        yield part
        if part.kind == "statement" and part.words and part.words[0].text == "raw":
            ending = _END_RAW.search(text, at)
            if ending is None:
                raise NoTemplate("raw text without an end", found.start())
            yield Part("text", at, text[at : ending.start()])
            at = ending.end()
    if at < len(text):
        yield Part("text", at, text[at:])


def _code(text: str, start: int) -> tuple[Part, int]:
    kind: Literal["print", "statement"] = "print" if text[start + 1] == "{" else "statement"
    close = "}}" if kind == "print" else "%}"
    at = start + 2 + (text[start + 2 : start + 3] in ("-", "+"))
    words: list[Word] = []
    waiting: list[str] = []
    while True:
        if not waiting:
            if text.startswith(close, at):
                return Part(kind, start, text[start : at + 2], tuple(words)), at + 2
            if text.startswith(close, at + 1) and text[at] in "-+":
                return Part(kind, start, text[start : at + 3], tuple(words)), at + 3
        found = _WORD.match(text, at)
        if found is None:
            raise NoTemplate(f"{text[at : at + 12]!r} in an expression" if at < len(text) else "no end", at)
        at = found.end()
        if (word := _word(found)) is None:
            continue
        if word.kind == "sign":
            _balance(word, waiting)
        words.append(word)


def _balance(word: Word, waiting: list[str]) -> None:
    if word.text in _CLOSING:
        waiting.append(_CLOSING[word.text])
        if len(waiting) > 200:
            raise NoTemplate("brackets nested too deep", word.at)
    elif word.text in (")", "]", "}") and (not waiting or waiting.pop() != word.text):
        raise NoTemplate(f"{word.text!r} without its beginning", word.at)


def _word(found: re.Match[str]) -> Word | None:
    text, at = found[0], found.start()
    if found["space"]:
        return None
    if found["string"]:
        inner = text[1:-1]
        return Word("string", *_meant(inner, at)) if "\\" in inner else Word("string", inner, at)
    if found["number"]:
        return Word("number", text, at)
    return Word("name" if found["name"] else "sign", text, at)


def _meant(inner: str, at: int) -> tuple[str, int, bool]:
    masked = False

    def one(found: re.Match[str]) -> str:
        nonlocal masked
        body = found[0][1:]
        if body[0] in "xuU" and len(body) > 1:
            code = int(body[1:], 16)
        elif body[0] in "01234567":
            code = int(body, 8)
        else:
            masked = masked or (body[0] == "N" and len(body) > 1)
            return _SIMPLE.get(body, body)
        char = chr(code) if code < 0x110000 else "\ufffd"
        masked = masked or (char.isascii() and (char.isalnum() or char == "_"))
        return char

    return _ESCAPE.sub(one, inner), at, masked
