"""Markup made in code: elements with everything escaped, and text that fits its place."""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

_NARROW = frozenset("ijltfrI.,:;'|!()[]- ")
_BROAD = frozenset("mwMW@%")


def element(name: str, *inner: str, **attributes: object) -> Markup:
    """An element; plain text inside is escaped, markup is not. `class_` becomes `class`, `_` in names becomes `-`.

    An attribute that is None is left out, one that is True stands without a value.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(_number(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{written}>{''.join(map(escape, inner))}</{name}>")  # noqa: S704  (all parts are escaped above)


def _number(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def width_of(text: str, size: float = 13) -> float:
    """About how wide a text is in a system font, in px, rather too much than too little."""
    total = 0.0
    for character in text:
        if character in _NARROW:
            total += 0.36
        elif character in _BROAD:
            total += 0.92
        elif character.isascii():
            total += 0.68 if character.isupper() else 0.57
        else:
            total += 1.05 if unicodedata.east_asian_width(character) in "WF" else 0.7
    return total * size


def fitted(text: str, width: float, lines: int, size: float = 13) -> tuple[str, ...]:
    """The text broken into at most so many lines of a width in px; what does not fit ends in an ellipsis."""
    done: list[str] = []
    words = text.split()
    while words and len(done) < lines:
        line, rest = _line(words, width, size)
        if rest and len(done) == lines - 1:
            line = _cut(" ".join(words), width, size)
        done.append(line)
        words = rest
    return tuple(done) or ("",)


def _line(words: list[str], width: float, size: float) -> tuple[str, list[str]]:
    """The first line, and the words that are left. A word that is too long alone is broken."""
    line = words[0]
    if width_of(line, size) > width:
        end = max(1, len(_cut(line, width, size)) - 1)
        return line[:end], [line[end:], *words[1:]]
    for i, word in enumerate(words[1:], start=1):
        longer = f"{line} {word}"
        if width_of(longer, size) > width:
            return line, words[i:]
        line = longer
    return line, []


def _cut(text: str, width: float, size: float) -> str:
    room = width - width_of("…", size)
    end, used = 0, 0.0
    while end < len(text) and (used := used + width_of(text[end], size)) <= room:
        end += 1
    return text[:end].rstrip() + "…"
