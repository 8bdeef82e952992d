"""Most of a text in order, with letters lost or changed: where the rest cannot be chance."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise

ENOUGH = 0.8
"""The share of a canary that counts as the canary."""
_SHORTEST = 12
"""Of what is looked for in part: four fifths of anything shorter may be an ordinary word."""
_LONGEST = 400
"""Of a longer text only the beginning is looked for in part."""
_MOST = 100
"""Candidates that are compared at most."""
_SEEN = 5000
"""Places of one piece that are looked at, at most."""


def pieces(wanted: bytes) -> tuple[bytes, ...]:
    """Four equal pieces, more of a long text: in four fifths of it in a row the middle ones are whole."""
    wanted = wanted[:_LONGEST]
    count = min(8, max(4, len(wanted) // 10))
    ends = [round(i * len(wanted) / count) for i in range(count + 1)]
    return tuple(wanted[a:b] for a, b in pairwise(ends))


def share_of(wanted: bytes, text: bytes, parts: tuple[bytes, ...]) -> tuple[float, int]:
    """The largest share of ``wanted`` that stands in ``text`` in a row, but for letters lost, added or changed, and
    where; 0 where it is too short to tell, or where no middle one of its ``parts`` stands near another part.

    The share is 1 less the edits for each letter (Sellers, The theory and computation of evolutionary distances, J.
    Algorithms 1, 1980: the pattern may begin and end anywhere).
    """
    wanted = wanted[:_LONGEST]
    if len(wanted) < _SHORTEST:
        return 0.0, 0
    best, place = 0.0, 0
    for at in islice(_candidates(wanted, text, parts), _MOST):
        begin = max(0, at - len(wanted) // 4)
        share = 1 - _edits(wanted, text[begin : at + len(wanted) + len(wanted) // 2]) / len(wanted)
        if share > best:
            best, place = share, begin
    return best, place


def _candidates(wanted: bytes, text: bytes, parts: tuple[bytes, ...]) -> Iterator[int]:
    """Where the whole may begin: a middle part stands there, and another one about as far from it as it should."""
    slack = round(len(wanted) * (1 - ENOUGH)) + 1
    starts = [sum(map(len, parts[:i])) for i in range(len(parts))]
    for i in range(1, len(parts) - 1):
        at = text.find(parts[i])
        for _ in range(_SEEN):
            if at < 0:
                break
            begin = at - starts[i]
            others = ((begin + starts[j], part) for j, part in enumerate(parts) if j != i)
            if any(text.find(part, max(0, due - slack), due + len(part) + slack) >= 0 for due, part in others):
                yield max(0, begin)
            at = text.find(parts[i], at + 1)


def _edits(wanted: bytes, window: bytes) -> int:
    """The fewest edits that make ``wanted`` of a part of the window."""
    row = [0] * (len(window) + 1)
    for i, letter in enumerate(wanted, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(window, 1):
            previous, row[j] = row[j], min(previous + (letter != other), row[j] + 1, row[j - 1] + 1)
    return min(row)
