"""Numbers as people write them: groups of digits and letters, near each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartizan.detectors.sensitive.reading import Reading

_CLUSTER = re.compile(rb"0[0Aa]*(?:[ ./+()-]{1,3}(?:A{1,4}[ -])?[Aa]{0,8}0[0Aa]*)*")
_DECIMAL = re.compile(rb"00{0,19}\.0+")
"""A number with a decimal point, which nothing that is looked for has the form of."""
_HEAD_ENDS = frozenset([b"A ", b"A-"])
"""What stands before a short number that may be the end of a longer one: a plate's."""
_FIRST_DIGIT = re.compile(rb"0[0Aa]*")
_GAPS = frozenset(
    [b" ", b"-", b".", b"/", b"+", b"(", b")", b") ", b" (", b")-", b" - ", b" / ", b"-(", b"+(", b" +", b" (+"]
)
_CAPITALS = re.compile(rb"[ -]A{1,4}[ -]")
_AFTER = re.compile(rb"[ -]A{1,3}(?![0Aa_])")
_BEFORE = re.compile(rb"(?<![0Aa_-])(?:A{1,3}[ -]){1,2}\Z")
_HEADS = re.compile(rb"A{1,3}")
_LONGEST_GROUP = 34
"""An IBAN's; a longer run of letters and digits is a token, not a number."""
_LETTERS = 8
"""Letters that a number may begin with."""
MOST = 8
"""Groups in one number."""

Group = tuple[int, int]


def clusters(reading: Reading) -> Iterator[list[Group]]:
    """Groups that have a digit each, or are a few capitals, with a sign or two between them: six characters or more."""
    shape = reading.shape
    for match in _CLUSTER.finditer(shape):
        start, end = match.span()
        if shape[start : start + 10] == b"0000-00-00" and shape[start + 10 : start + 11] != b"0":
            start += 10
        if _DECIMAL.fullmatch(shape, start, end):
            continue
        if end - start > 4 or shape[start - 1 : start].isalpha() or shape[start - 2 : start] in _HEAD_ENDS:
            yield from _split(shape, start, end)


def _split(shape: bytes, begin: int, until: int) -> Iterator[list[Group]]:
    cluster: list[Group] = []
    for match in _FIRST_DIGIT.finditer(shape, begin, until):
        start, end = match.span()
        if start and shape[start - 1] in b"Aa":
            start = _left(shape, start)
        is_group = end - start <= _LONGEST_GROUP and match.start() - start <= _LETTERS
        if cluster and (joined := _joined(shape, cluster[-1][1], start)) is not None and is_group:
            cluster += joined
        elif cluster:
            yield from _whole(shape, cluster)
            cluster = []
        if is_group:
            cluster.append((start, end))
    if cluster:
        yield from _whole(shape, cluster)


def _joined(shape: bytes, end: int, start: int) -> list[Group] | None:
    """The capitals between two groups of one number, mostly none; nothing where they are two numbers."""
    if start - end > 6:
        return None
    gap = shape[end:start]
    if gap in _GAPS:
        return []
    return [(end + 1, start - 1)] if _CAPITALS.fullmatch(gap) else None


def _whole(shape: bytes, cluster: list[Group]) -> Iterator[list[Group]]:
    """With the capitals before it and after it; nothing where it is too short for any number."""
    begin, end = cluster[0][0], cluster[-1][1]
    after = _AFTER.match(shape, end)
    if after:
        cluster.append((end + 1, after.end()))
    before = _BEFORE.search(shape, max(0, begin - 8), begin) if begin > 1 and shape[begin - 1] in b" -" else None
    if before:
        heads = [(before.start() + at.start(), before.start() + at.end()) for at in _HEADS.finditer(before[0])]
        cluster[:0] = heads
    if cluster[-1][1] - cluster[0][0] > 5:
        yield cluster


def _left(shape: bytes, start: int) -> int:
    least = max(0, start - _LETTERS - 1)
    while start > least and shape[start - 1] in b"Aa":
        start -= 1
    return start


def spans(shape: bytes, cluster: list[Group]) -> Iterator[tuple[int, int]]:
    """The stretches of a cluster that may be a number by themselves: from a free edge to a free edge."""
    last = len(cluster) - 1
    for first, (start, _) in enumerate(cluster):
        if not is_free_before(shape, start):
            continue
        for at in range(first, min(first + MOST, last + 1)):
            end = cluster[at][1]
            if end - start > _LONGEST_GROUP:
                break
            if end - start > 5 and is_free_after(shape, end):
                yield start, end


def is_free_before(shape: bytes, start: int) -> bool:
    """Whether a number may begin here: not within a word, and not after a sign that ties it to one."""
    if start == 0:
        return True
    before = shape[start - 1]
    if before in b"-./+":
        return start == 1 or (shape[start - 2] not in b"0" and (before == 47 or shape[start - 2] not in b"Aa_"))
    return before not in b"0Aa_@\\"


def is_free_after(shape: bytes, end: int) -> bool:
    """The same where it ends; a full stop or a dash may follow."""
    if end == len(shape):
        return True
    after = shape[end]
    if after in b"-./+,":
        return end + 1 == len(shape) or shape[end + 1] not in (b"0" if after == 44 else b"0Aa_")
    return after not in b"0Aa_@%"
