"""What was found, and which of several that overlap counts."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bartizan.detectors.sensitive.kinds import Kind


class Sensitive(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One piece of personal data or one secret: ``text[start:end]``. It never holds the value itself."""

    kind: Kind
    start: int
    end: int
    score: float
    """How sure, between 0 and 1: a check digit, a fixed form, or a word before it that names it each add."""
    rule: str
    """The rule that found it, as the tables name it."""


def settled(candidates: Iterable[Sensitive]) -> tuple[Sensitive, ...]:
    """Those that do not overlap, in order: of two that do, the surer; then the longer; then the one that came first."""
    kept: list[Sensitive] = []
    for one in sorted(candidates, key=_place):
        if not kept or kept[-1].end <= one.start:
            kept.append(one)
        elif (one.score, one.end - one.start) > (kept[-1].score, kept[-1].end - kept[-1].start):
            kept[-1] = one
    return tuple(kept)


def _place(one: Sensitive) -> tuple[int, int]:
    return one.start, -one.end
