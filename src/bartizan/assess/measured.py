"""What attacks on the bare target say of how susceptible a system is (rules 2 and 3 of `evidence`).

A score is 1 to 5, as the factors of likelihood are scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from bartizan.assess.evidence import Piece
from bartizan.core.records import EvidenceUse, Factor

SUSCEPTIBILITY = "susceptibility"


class Score(msgspec.Struct, frozen=True):
    """How susceptible a system is by what was measured on the bare target."""

    base: int
    """What it is without evidence."""
    before: int
    """What it is by all that is older than the newest piece that may lower."""
    now: int
    newest: Piece | None = None
    """The newest piece that may lower: the only one that does."""

    @property
    def settled(self) -> int:
        """What the newest piece that may lower makes of the base alone."""
        return _within(self.base, self.newest) if self.newest else self.base


def score(base: int, found: Sequence[Piece]) -> Score:
    """The score by the pieces, which come oldest first: older raises, then the newest that may lower, then the rest."""
    told = [p for p in found if not p.void]
    newest = next((p for p in reversed(told) if p.lowers), None)
    if newest is None:
        return Score(base, base, max([base, *(p.low for p in told)]))
    before = max([base, *(p.low for p in told if p.on < newest.on)])
    now = max([_within(before, newest), *(p.low for p in told if p.on >= newest.on)])
    return Score(base, before, now, newest)


def _within(value: int, piece: Piece) -> int:
    return min(max(value, piece.low), piece.high)


def susceptibility(factors: Iterable[Factor], found: Sequence[Piece]) -> tuple[tuple[Factor, ...], list[EvidenceUse]]:
    """The factors with what was measured, and what each piece did. The pieces come oldest first."""
    scored = tuple(factors)
    factor = next((f for f in scored if f.id == SUSCEPTIBILITY), None)
    if factor is None:
        why = f"the scales have no factor '{SUSCEPTIBILITY}'"
        return scored, [p.use("counts for nothing", p.void or why) for p in found]
    result = score(factor.score, found)
    measured = _measured(factor, result, found)
    return tuple(measured if f is factor else f for f in scored), [_use(p, result) for p in found]


def _measured(factor: Factor, result: Score, found: Sequence[Piece]) -> Factor:
    """The factor with the measurement that decides it, where one does."""
    decides = result.newest
    if result.now > result.settled:
        decides = next(p for p in reversed(found) if not p.void and p.low >= result.now)
    if decides is None:
        return factor
    without = f"; {factor.score} without evidence" if result.now != factor.score else ""
    return msgspec.structs.replace(factor, score=result.now, why=decides.tells + without, known=True)


def _use(piece: Piece, result: Score) -> EvidenceUse:
    if piece.void:
        return piece.use("counts for nothing", piece.void)
    newest = result.newest
    if piece is newest:
        return _use_of_newest(piece, result)
    adds = min(piece.low, result.now)
    if adds > result.settled or result.base < piece.low <= result.now:
        return piece.use("raises", f"{piece.tells}: susceptibility {adds} of 5")
    if newest is not None and newest.on >= piece.on:
        word = "superseded by" if piece.low > result.now else "newer evidence counts in its place:"
        return piece.use("counts for nothing", f"{word} {newest.name}")
    if piece.low == result.now:
        return piece.use("confirms", f"{piece.tells}: susceptibility no less than {result.now} of 5")
    return piece.use("counts for nothing", piece.reservations)


def _use_of_newest(piece: Piece, result: Score) -> EvidenceUse:
    told = f"{piece.tells}: susceptibility {result.now} of 5"
    if piece.low > result.before:
        return piece.use("raises", told)
    if result.now > piece.high:
        return piece.use("counts for nothing", "evidence of the same day or later raises the susceptibility")
    return piece.use("lowers" if result.before > piece.high else "confirms", told)
