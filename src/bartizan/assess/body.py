"""The body of evidence on one system on one day: what it does to each risk, and what a reader must know of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import partial

import msgspec

from bartizan.assess.attempts import attempts
from bartizan.assess.evidence import Piece, pieces
from bartizan.assess.holding import holding
from bartizan.assess.measured import susceptibility
from bartizan.assess.proved import Proof, Proved
from bartizan.assess.select import Statuses
from bartizan.catalog.entries import Catalog
from bartizan.core.dates import in_words
from bartizan.core.evidence import Evidence
from bartizan.core.records import Advice, EvidenceUse, Factor, Note
from bartizan.core.terms import SYSTEM, ComponentId, ControlId, ControlStatus
from bartizan.system.graph import System


class Weighed(msgspec.Struct, frozen=True):
    """A risk's factors and controls with what evidence says of them, and what each piece did, the newest first."""

    factors: tuple[Factor, ...]
    controls: tuple[Advice, ...]
    uses: tuple[EvidenceUse, ...] = ()


class Body:
    """All evidence on a system as it stands on a day."""

    def __init__(self, evidence: Iterable[Evidence], system: System, catalog: Catalog, today: str) -> None:
        self._system = system
        self._catalog = catalog
        self._all = pieces(evidence, system, catalog.evidence, today)
        self._titles = {name: control.title for name, control in catalog.controls.items()}
        self.proved = Proved(self._all, self._titles)
        self._bare: dict[str, list[Piece]] = defaultdict(list)
        self._guarded: dict[str, list[Piece]] = defaultdict(list)
        for piece in self._all:
            if piece.risk:
                (self._guarded if piece.seen.with_controls else self._bare)[piece.risk].append(piece)

    def weigh(self, risk: str, component: ComponentId, rated: Weighed, statuses: Statuses) -> Weighed:
        """What it makes of a risk's factors and controls, where ``statuses`` says how far every control is."""
        factors, uses = rated.factors, list[EvidenceUse]()
        if risk in self._bare:
            factors, found = susceptibility(factors, self._bare[risk])
            uses += found
        controls = rated.controls
        proofs = {a.control: proof for a in controls if (proof := statuses.proof(a.control, component))}
        if proofs:
            controls = tuple(_with_proof(advice, proofs.get(advice.control)) for advice in controls)
            uses += (use for proof in proofs.values() for use in proof.uses)
        if risk in self._guarded:
            status = partial(_status, statuses, component)
            limit = self._catalog.evidence.holds.value
            controls, found = holding(controls, self._guarded[risk], status, limit, self._titles)
            uses += found
        uses.sort(key=lambda use: (use.on, use.id, use.what, use.why), reverse=True)
        return Weighed(factors, controls, tuple(uses))

    def notes(self, risks: Collection[str]) -> Iterator[Note]:
        """Evidence that has lost what it is about, and evidence that must be renewed."""
        for piece in self._all:
            lost = self._lost(piece, risks)
            if lost:
                yield Note(kind="orphaned_evidence", text=f"{_called(piece)}: {lost}", component=piece.component)
            elif not piece.void and piece.standing in {"stale", "outdated"} and not self._is_renewed(piece):
                yield Note(kind="stale_evidence", text=self._stale(piece), component=piece.component)

    def _lost(self, piece: Piece, risks: Collection[str]) -> str:
        """Why it is about nothing here; empty where it is about something."""
        seen = piece.seen
        at = self._label(piece)
        if not piece.risk:
            known = seen.control in self._catalog.controls
            if known and piece.known:
                return ""
            what = f"the control {seen.control}" if seen.control else "it names neither a risk nor a control"
            return f"{what} is not in the catalogue" if seen.control and not known else f"{what}: there is no {at}"
        if piece.risk in risks:
            return ""
        threat = piece.risk.partition("@")[0].replace("_", " ")
        gone = f"{threat} at {at} is no risk here ({piece.risk})"
        succeeded = f"; it {attempts(seen)}, so check the description" if seen.hits and attempts(seen) else ""
        return gone + succeeded

    def _label(self, piece: Piece) -> str:
        there = self._system.components.get(piece.component)
        if there is not None:
            return there.label
        return "the system as a whole" if piece.component == SYSTEM else piece.component

    def _is_renewed(self, piece: Piece) -> bool:
        return any(
            p.on >= piece.on and p.standing == "fresh" and not p.void and _subject(p) == _subject(piece)
            for p in self._all
        )

    def _stale(self, piece: Piece) -> str:
        control = piece.seen.control
        about = piece.risk or f"{self._titles.get(control, control)} at {self._label(piece)}"
        reasons = [r for r in piece.lacks if r.startswith(("expired", "the target has changed"))]
        return f"{about}: {_called(piece)}: {'; '.join(reasons)}"


def _status(statuses: Statuses, component: ComponentId, control: ControlId) -> ControlStatus:
    return statuses.of(control, component)


def _with_proof(advice: Advice, proof: Proof | None) -> Advice:
    return msgspec.structs.replace(advice, measured=proof.measured) if proof and proof.measured else advice


def _subject(piece: Piece) -> tuple[object, ...]:
    return piece.risk, piece.component, piece.seen.control, frozenset(piece.seen.with_controls)


def _called(piece: Piece) -> str:
    day = in_words(piece.on)
    return f"{piece.seen.id} of {day}" if piece.seen.id else f"evidence of {day}"
