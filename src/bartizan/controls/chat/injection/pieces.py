"""Texts made of other texts, with the way back to the first of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property

Piece = tuple[int, int, str]
"""Start and end in the text above, and what stands there instead."""
Stretch = tuple[int, int, int, int]
"""Start and end here, start and end in the text above."""


class Raw:
    """A text and where it came from; ``above`` is None for a source.

    Case is as it was: it tells what is base64.
    """

    def __init__(self, text: str, stretches: tuple[Stretch, ...] = (), above: Raw | None = None) -> None:
        self.text = text
        self.stretches = stretches
        self.above = above

    @cached_property
    def starts(self) -> list[int]:
        """Where each stretch begins here."""
        return [one[0] for one in self.stretches]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Where in the first text of all this came from: (start, end)."""
        if self.above is None:
            return start, end
        first, last = climb(self.stretches, self.starts, start, end)
        return self.above.source(first, last)


def climb(stretches: tuple[Stretch, ...], starts: list[int], start: int, end: int) -> tuple[int, int]:
    """Start and end above of what lies here from ``start`` to ``end``; without stretches, the same.

    Exact within a stretch that kept its length, otherwise the whole stretch.
    """
    if not stretches:
        return start, end
    return _place(stretches, starts, start)[0], _place(stretches, starts, max(start, end - 1))[1]


def _place(stretches: tuple[Stretch, ...], starts: list[int], at: int) -> tuple[int, int]:
    low, high, begin, finish = stretches[max(0, bisect_right(starts, at) - 1)]
    if high - low == finish - begin and low <= at < high:
        return begin + at - low, begin + at - low + 1
    return begin, finish


def exchanged(above: Raw, pieces: Iterable[Piece]) -> Raw:
    """The text above with these pieces exchanged. They come in order and do not overlap."""
    parts: list[Piece] = []
    done = 0
    for start, end, text in pieces:
        if start > done:
            parts.append((done, start, above.text[done:start]))
        parts.append((start, end, text))
        done = end
    if done < len(above.text):
        parts.append((done, len(above.text), above.text[done:]))
    return _joined(above, parts)


def extracted(above: Raw, pieces: Iterable[Piece]) -> Raw:
    """These pieces of the text above alone, a line each."""
    return _joined(above, [(start, end, f"{text}\n") for start, end, text in pieces])


def _joined(above: Raw, parts: list[Piece]) -> Raw:
    stretches: list[Stretch] = []
    here = 0
    for start, end, text in parts:
        stretches.append((here, here + len(text), start, end))
        here += len(text)
    return Raw("".join(text for _, _, text in parts), tuple(stretches), above)
