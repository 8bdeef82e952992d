"""Loops among calls of tools: the same call again and again, or a few calls in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bartizan.controls.chat.exchange import Segment

LONGEST_CYCLE = 8


class Called(NamedTuple):
    """A call, so far as it matters whether it is the same."""

    tool: str
    arguments: int

    @classmethod
    def of(cls, segment: Segment) -> Called:
        """A call; spaces in its arguments make no difference, and none at all are an empty object."""
        return cls(segment.name, hash("".join(segment.text.split()) or "{}"))


def calls_in(segments: Iterable[Segment]) -> list[tuple[Called, bool]]:
    """The calls that a request's history holds, and whether they belong to an earlier turn; each id once.

    A call without arguments leaves no text of its own: then its result tells of it.
    """
    seen: set[str] = set()
    found = []
    for one in segments:
        if one.part != "prompt" or not one.name or one.role not in {"assistant", "tool"} or one.call in seen:
            continue
        if one.role == "tool" and not one.call:
            continue
        if one.call:
            seen.add(one.call)
        found.append((Called.of(one) if one.role == "assistant" else Called(one.name, hash("{}")), one.past))
    return found


def most_repeated(calls: Sequence[Called]) -> int:
    """How often the most frequent call occurs."""
    return max(Counter(calls).values(), default=0)


def is_cycle(calls: Sequence[Called], times: int) -> bool:
    """Whether the newest calls are two to eight calls that follow one another in the same order more than so often."""
    for length in range(2, LONGEST_CYCLE + 1):
        wanted = length * (times + 1)
        if wanted > len(calls):
            return False
        newest = calls[-wanted:]
        if all(newest[i] == newest[i % length] for i in range(wanted)):
            return True
    return False
