"""What evidence about controls says of how far each of them is (rule 5 of `evidence`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from bartizan.assess.evidence import Piece
from bartizan.core.dates import in_words
from bartizan.core.records import EvidenceUse
from bartizan.core.terms import SYSTEM, ComponentId, ControlId, ControlStatus

IN_PLACE = frozenset({ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED})


class Proof(msgspec.Struct, frozen=True):
    """How far a control is at a component by what was observed, in words, and what each piece did."""

    status: ControlStatus
    measured: str = ""
    uses: tuple[EvidenceUse, ...] = ()


class Proved:
    """The evidence about controls, by control; worked out once for each control and place."""

    def __init__(self, found: Iterable[Piece], titles: Mapping[ControlId, str]) -> None:
        self._titles = titles
        self._by: dict[ControlId, list[Piece]] = {}
        for piece in found:
            if not piece.risk and piece.seen.control:
                self._by.setdefault(piece.seen.control, []).append(piece)
        self._known: dict[tuple[ControlId, ComponentId, ControlStatus], Proof] = {}

    def __contains__(self, control: ControlId) -> bool:
        """Whether anybody observed a control anywhere."""
        return control in self._by

    def proof(self, control: ControlId, component: ComponentId, declared: ControlStatus) -> Proof:
        """How far a control is at a component, where this is declared of it."""
        key = (control, component, declared)
        if key not in self._known:
            here = [p for p in self._by.get(control, ()) if p.component in (SYSTEM, component)]
            self._known[key] = _weigh(here, declared, self._titles.get(control, control))
        return self._known[key]


def _weigh(here: list[Piece], declared: ControlStatus, title: str) -> Proof:
    """The pieces come oldest first."""
    failed = next((p for p in reversed(here) if p.seen.passed is False and not p.void), None)
    worked = next((p for p in reversed(here) if p.seen.passed is True and p.lowers), None)
    if failed and worked and worked.on > failed.on:
        failed = None
    status, measured = declared, ""
    if failed and declared in IN_PLACE:
        status, measured = ControlStatus.PLANNED, f"found not working, {failed.tells}"
    elif worked and not failed and declared in IN_PLACE:
        status, measured = ControlStatus.VERIFIED, f"found working, {worked.tells}"
    return Proof(status, measured, tuple(_uses(here, declared, failed, worked, title)))


def _uses(
    here: Iterable[Piece], declared: ControlStatus, failed: Piece | None, worked: Piece | None, title: str
) -> Iterator[EvidenceUse]:
    for piece in here:
        if piece.void:
            yield piece.use("counts for nothing", piece.void)
        elif piece.seen.passed is False:
            yield _failing(piece, declared, None if failed else worked, title)
        elif piece.lacks:
            yield piece.use("counts for nothing", piece.reservations)
        elif failed:
            yield piece.use("counts for nothing", f"{failed.name}, of the same day or later, found it failing")
        elif piece is not worked:
            yield piece.use("counts for nothing", "newer evidence counts in its place")
        elif declared is ControlStatus.IMPLEMENTED:
            yield piece.use("lowers", f"{title}: found working, {in_words(piece.on)}: counts as verified")
        elif declared is ControlStatus.VERIFIED:
            yield piece.use("confirms", f"{title}: found working, {in_words(piece.on)}, as it is declared")
        else:
            yield piece.use("counts for nothing", f"{title} is not in place here by the description")


def _failing(piece: Piece, declared: ControlStatus, overruled: Piece | None, title: str) -> EvidenceUse:
    if overruled:
        return piece.use("counts for nothing", f"superseded by {overruled.name}, which found it working later")
    if declared not in IN_PLACE:
        return piece.use("confirms", f"{title} is not in place here by the description either")
    return piece.use("raises", f"{title}: found not working, {piece.tells}: counts as planned at most")
