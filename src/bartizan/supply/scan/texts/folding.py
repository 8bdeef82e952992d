"""Texts that an expression of a template puts together out of constants: what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from bartizan.supply.scan.texts.jinja import Word

_LONGEST: Final = 4_000
_CHANGES: Final = {"reverse": lambda text: text[::-1], "lower": str.lower, "upper": str.upper, "trim": str.strip}
_BACKWARDS: Final = ("[", ":", ":", "-", "1", "]")


class Folded(msgspec.Struct, frozen=True):
    """A text, and how it came about."""

    text: str
    at: int
    is_made: bool
    """Whether it is not in the file as it is."""


def folded(words: Sequence[Word], constants: Mapping[str, str]) -> Iterator[Folded]:
    """All texts of an expression, put together as far as that can be told; ``constants``: texts that have names."""
    at, words = 0, _bare(words)
    while at < len(words):
        if _value(words, at, constants) is None:
            if words[at].text in ("[", "(") and words[at].kind == "sign":
                yield from _joined(words, at, constants)
            at += 1
            continue
        text, after, made = _chain(words, at, constants)
        yield Folded(text, words[at].at, made or words[at].is_masked)
        at = after


def _bare(words: Sequence[Word]) -> list[Word]:
    """The words without the brackets that stand around a text only, as in `('a' ~ 'b') ~ 'c'`."""
    bare: list[Word] = []
    waiting: list[bool] = []
    for word in words:
        if word.kind == "sign" and word.text == "(":
            before = bare[-1] if bare else None
            is_around = before is None or (before.kind == "sign" and before.text not in (")", "]"))
            waiting.append(is_around)
            if is_around:
                continue
        elif word.kind == "sign" and word.text == ")" and waiting and waiting.pop():
            continue
        bare.append(word)
    return bare


def _value(words: Sequence[Word], at: int, constants: Mapping[str, str]) -> str | None:
    if at >= len(words):
        return None
    word = words[at]
    if word.kind == "string":
        return word.text
    if word.kind == "name" and word.text in constants and not (at and words[at - 1].text in (".", "|")):
        return constants[word.text]
    return None


def _chain(words: Sequence[Word], at: int, constants: Mapping[str, str]) -> tuple[str, int, bool]:
    text, at, made = _value(words, at, constants) or "", at + 1, words[at].kind == "name"
    while at < len(words) and len(text) < _LONGEST:
        sign = words[at].text if words[at].kind in ("sign", "string") else ""
        more = _value(words, at + 1, constants)
        if sign in ("~", "+") and words[at].kind == "sign" and more is not None:
            text, at = text + more, at + 2
        elif words[at].kind == "string":
            text, at = text + words[at].text, at + 1
        elif sign == "*" and at + 1 < len(words) and words[at + 1].kind == "number":
            text, at = text * _small(words[at + 1].text), at + 2
        elif _texts(words[at : at + 6]) == _BACKWARDS:
            text, at = text[::-1], at + 6
        elif sign in ("|", ".", "%"):
            changed, after = _changed(text, words, at, constants)
            if after == at:
                break
            text, at = changed, after
        else:
            break
        made = True
    return text[:_LONGEST], at, made


def _texts(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.text for word in words)


def _small(number: str) -> int:
    return min(int(number), 64) if number.isdigit() else 1


def _changed(text: str, words: Sequence[Word], at: int, constants: Mapping[str, str]) -> tuple[str, int]:
    """The text after a filter or method, and the place behind it; the same place: it is not known."""
    if words[at].text == "%":
        arguments, after = _arguments(words, at + 1, constants) if _is(words, at + 1, "(") else ([], at)
        return (_filled(text, arguments), after) if after > at else (text, at)
    name = words[at + 1].text if at + 1 < len(words) and words[at + 1].kind == "name" else ""
    has_arguments = _is(words, at + 2, "(")
    arguments, after = _arguments(words, at + 2, constants) if has_arguments else ([], at + 2)
    if name in _CHANGES:
        return _CHANGES[name](text), after
    if name == "replace" and len(arguments) >= 2 and arguments[0]:
        return text.replace(arguments[0], arguments[1])[:_LONGEST], after
    if name == "format" and has_arguments:
        return _filled(text, arguments), after
    if name == "join" and has_arguments:
        return text.join(arguments)[:_LONGEST], after
    return text, at


def _is(words: Sequence[Word], at: int, sign: str) -> bool:
    return at < len(words) and words[at].kind == "sign" and words[at].text == sign


def _arguments(words: Sequence[Word], at: int, constants: Mapping[str, str]) -> tuple[list[str], int]:
    """The texts and numbers in brackets, whatever else is there, and the place behind the brackets."""
    found: list[str] = []
    depth = 0
    while at < len(words):
        word = words[at]
        if word.kind == "sign" and word.text in "([{":
            depth += 1
        elif word.kind == "sign" and word.text in ")]}":
            depth -= 1
            if depth == 0:
                return found, at + 1
        elif (value := _value(words, at, constants)) is not None or word.kind == "number":
            found.append(word.text if value is None else value)
        at += 1
    return found, at


def _filled(text: str, arguments: Sequence[str]) -> str:
    left = list(arguments)
    for mark in ("%c", "%s", "{}", "{:c}", "{0}", "{1}", "{2}"):
        while mark in text and left:
            value = left.pop(0)
            if mark in ("%c", "{:c}") and value.isdigit() and int(value) < 0x110000:
                value = chr(int(value))
            text = text.replace(mark, value.replace(mark, ""), 1)
    return text


def _joined(words: Sequence[Word], at: int, constants: Mapping[str, str]) -> Iterator[Folded]:
    """A list of texts as `join` puts it together."""
    found: list[str] = []
    start = words[at].at
    for place in range(at + 1, min(len(words), at + 400)):
        value = _value(words, place, constants)
        if value is not None:
            found.append(value)
        elif words[place].text != ",":
            break
    if len(found) > 1:
        yield Folded("".join(found)[:_LONGEST], start, is_made=True)
