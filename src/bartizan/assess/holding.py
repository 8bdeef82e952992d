"""What attacks say of the controls that stood in front of the target (rule 4 of `evidence`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from bartizan.assess.evidence import Piece
from bartizan.assess.proved import IN_PLACE
from bartizan.core.records import Advice, EvidenceUse
from bartizan.core.terms import ControlId, ControlStatus


class Judged(msgspec.Struct, frozen=True):
    """A control of a risk: as it was, as it is by what was measured through it, and the piece that decides that."""

    before: Advice
    now: Advice
    decided_by: Piece | None = None


def holding(
    advised: Iterable[Advice],
    found: Sequence[Piece],
    status: Callable[[ControlId], ControlStatus],
    limit: int,
    titles: Mapping[ControlId, str],
) -> tuple[tuple[Advice, ...], list[EvidenceUse]]:
    """The controls of a risk with what was measured through them, and what each piece did.

    ``status`` says how far any control is there, ``limit`` is the highest score that counts as holding. The pieces come
    oldest first.
    """
    absent = {c: status(c) not in IN_PLACE for piece in found for c in piece.seen.with_controls}
    judged = {a.control: _judged(a, found, absent, limit) for a in advised}
    words = _Words(titles)
    uses = [_use(p, judged, [c for c in dict.fromkeys(p.seen.with_controls) if absent[c]], limit, words) for p in found]
    return tuple(j.now for j in judged.values()), uses


def _judged(advice: Advice, found: Sequence[Piece], absent: Mapping[ControlId, bool], limit: int) -> Judged:
    told = [p for p in found if advice.control in p.seen.with_controls and not p.void]
    if not told or not _is_measured(advice):
        return Judged(advice, advice)
    fails = next((p for p in reversed(told) if p.low > limit), None)
    newest = next((p for p in reversed(told) if p.lowers and not any(absent[c] for c in p.seen.with_controls)), None)
    holds = newest if newest is not None and newest.high <= limit else None
    if fails is not None and (holds is None or holds.on <= fails.on):
        text = f"does not hold: {fails.tells}"
        return Judged(advice, _with(advice, ControlStatus.IMPLEMENTED, text, holds=False), fails)
    if holds is not None:
        text = f"holds: {holds.tells}"
        return Judged(advice, _with(advice, ControlStatus.VERIFIED, text, holds=True), holds)
    return Judged(advice, advice)


def _with(advice: Advice, status: ControlStatus, text: str, *, holds: bool) -> Advice:
    told = "; ".join(filter(None, (advice.measured, text)))
    return msgspec.structs.replace(advice, status=status, holds=holds, measured=told)


def _is_measured(advice: Advice) -> bool:
    """Whether an attack says anything of a control: it stands there, and takes something off the likelihood."""
    return advice.status in IN_PLACE and advice.likelihood > 0


def _use(
    piece: Piece, judged: Mapping[ControlId, Judged], absent: Sequence[ControlId], limit: int, words: _Words
) -> EvidenceUse:
    if piece.void:
        return piece.use("counts for nothing", piece.void)
    named = dict.fromkeys(piece.seen.with_controls)
    mine = [judged[c] for c in named if c in judged and _is_measured(judged[c].before)]
    if not mine:
        nothing = f"{words.listed(named)}: nothing that an attack could measure at this risk"
        return piece.use("counts for nothing", words.absent(absent) if absent else nothing)
    if piece.low > limit:
        return _use_of_failing(piece, mine, words)
    if piece.lacks or absent:
        return piece.use("counts for nothing", "; ".join((*piece.lacks, *([words.absent(absent)] if absent else []))))
    if piece.high > limit:
        return piece.use("counts for nothing", f"{piece.tells}: the limit lies within, so they neither hold nor fail")
    held = [j for j in mine if j.decided_by is piece]
    if not held:
        return piece.use("counts for nothing", "evidence of the same day or later counts in its place")
    told = f"{words.listed([j.now.control for j in held], ' holds', ' hold')}: {piece.tells}"
    if all(j.before.status is ControlStatus.VERIFIED for j in held):
        return piece.use("confirms", told)
    return piece.use("lowers", f"{told}: verified at this risk")


def _use_of_failing(piece: Piece, mine: Iterable[Judged], words: _Words) -> EvidenceUse:
    failing = [j for j in mine if j.now.holds is False]
    if not failing:
        return piece.use("counts for nothing", "superseded by newer evidence")
    told = f"{words.listed([j.now.control for j in failing], ' does', ' do')} not hold: {piece.tells}"
    return piece.use("raises", told)


class _Words:
    """Controls by their titles."""

    def __init__(self, titles: Mapping[ControlId, str]) -> None:
        self._titles = titles

    def listed(self, controls: Collection[ControlId], one: str = "", many: str = "") -> str:
        """Their titles, with the verb that fits one or many."""
        return ", ".join(self._titles.get(c, c) for c in controls) + (one if len(controls) == 1 else many)

    def absent(self, controls: Collection[ControlId]) -> str:
        """That they are not in place."""
        return f"{self.listed(controls, ' is', ' are')} not in place here, so it is not what was measured"
