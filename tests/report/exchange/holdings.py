"""Dossiers of kept systems for the tests of the exchange formats: made by the real register, once a process."""

from __future__ import annotations

import datetime
import tempfile
from functools import cache
from pathlib import Path

import msgspec

from bartizan.core.evidence import Evidence
from bartizan.core.terms import ControlId, ControlStatus, Treatment
from bartizan.register.opening import open_register
from bartizan.report.dossier import Dossier
from bartizan.workflows import keeping, suppliers
from bartizan.workflows.admission import Choice, Standing
from bartizan.workflows.desk import Desk
from tests.report.dossiers import AGENT, EXAMPLES, NO_RISKS, hostile

TODAY = "2026-11-22"
KEPT = len(EXAMPLES) + 2
"""How many systems `every` has."""
RISK = "indirect_prompt_injection@agent"
NASTY = "=1+1\n'quoted' \"twice\"; a,b\tc|d <b>&amp; Ünïcode 漢字 \u202eevil\x07"


def _clock() -> datetime.datetime:
    return datetime.datetime(2026, 11, 22, 9, 0, tzinfo=datetime.UTC)


@cache
def kept() -> Dossier:
    """The mail agent in a register, with a bit of everything in it."""
    return remade()


def remade() -> Dossier:
    """The same as `kept`, made anew."""
    with tempfile.TemporaryDirectory() as folder:
        register = open_register(Path(folder) / "register.db", clock=_clock)
        try:
            return _filled(Desk(register), AGENT, "because of the budget")
        finally:
            register.close()


@cache
def named(name: str) -> Dossier:
    """The same with this text in every place where somebody can write; of names as much as a register keeps."""
    held, short, replace = kept().holding, name[:200], msgspec.structs.replace
    assert held is not None
    who = {"by": short, "requested_by": short, "settled_by": short}
    said = [replace(d, reason=name, owner=short, **who) for d in held.decisions]
    what = {"what": name, "note": name, "target": name, "tool": name, "by": name}
    seen = [replace(e, evidence=replace(e.evidence, **what), recorded_by=short) for e in held.evidence]
    files = [replace(e, attachments=tuple(replace(a, name=short) for a in e.attachments)) for e in seen]
    holding = replace(
        held,
        system=replace(held.system, name=short, owner=short, about=name),
        risks=tuple(replace(r, owner=short, name=short, label=short) for r in held.risks),
        decisions=tuple(replace(d, settled_why=name) for d in said),
        controls=tuple(replace(c, owner=short, reason=name, changed_by=short) for c in held.controls),
        evidence=tuple(files),
        answers=tuple(replace(a, answer=name, meanwhile_why=name) for a in held.answers),
        suppliers=tuple(replace(s, name=short, contact=short, note=name) for s in held.suppliers),
    )
    return replace(hostile(name[:500]), holding=holding)


def _filled(desk: Desk, text: str, words: str) -> Dossier:
    system = keeping.keep(desk, text, file="system.yaml", by="ann").system.id
    number = next(r.number for r in keeping.look(desk, system).holding.risks if r.risk == RISK)
    others = [r.number for r in keeping.look(desk, system).holding.risks if r.risk != RISK]
    who = words[:200]
    mitigate = Choice(treatment=Treatment.MITIGATE, reason=words, owner=who, due="2027-03-01")
    transfer = Choice(treatment=Treatment.TRANSFER, reason=words, owner=who)
    accept = Choice(treatment=Treatment.ACCEPT, reason=words, owner=who, until="2027-05-01")
    keeping.decide(desk, system, others[0], mitigate, by="ann")
    keeping.decide(desk, system, others[1], transfer, by="ann")
    asked = keeping.decide(desk, system, others[2], accept, by="ann")
    keeping.approve(desk, system, asked.number, by="bob")
    keeping.decide(desk, system, others[3], accept, by="ann")
    keeping.own(desk, system, number, who, by="ann")
    standing = Standing(status=ControlStatus.PLANNED, reason=words, owner=who, due="2027-02-01")
    keeping.set_control(desk, system, "oversight", standing, by="ann")
    seen = Evidence(
        risk=RISK,
        what=words,
        kind="test",
        held_on="2026-11-01",
        hits=3,
        trials=40,
        seed=1,
        tool="garak",
        version="0.17.1",
        note=words,
    )
    proof = Evidence(
        control=ControlId("rate_limit"), component="agent", what=words, kind="review", held_on="2026-11-01", passed=True
    )
    added = keeping.add_all_evidence(desk, system, (seen, proof), by="ann")
    keeping.attach(desk, system, added[0].number, "report.jsonl", b"{}", by="ann")
    answer = keeping.look(desk, system).holding.answers[0]
    given = suppliers.Given(system=system, supplier=answer.supplier, control=answer.control)
    suppliers.record_answer(desk, given, words, by="ann", valid_until="2027-06-01")
    return keeping.look(desk, system).dossier


@cache
def every() -> tuple[Dossier, ...]:
    """Kept systems of all kinds: the examples, one without risks, one with a bit of everything."""
    return (kept(), *(_plain(file.read_text(encoding="utf-8")) for file in EXAMPLES), _plain(NO_RISKS))


def _plain(text: str) -> Dossier:
    with tempfile.TemporaryDirectory() as folder:
        register = open_register(Path(folder) / "register.db", clock=_clock)
        try:
            desk = Desk(register)
            return keeping.keep(desk, text, file="system.yaml", by="ann").kept.dossier
        finally:
            register.close()
