"""Risks as other programs want them: what the register knows of each, or the assessment where there is no register."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from bartizan.core.kept import Holding, KeptEvidence, KeptRisk, RiskState
from bartizan.core.records import Decision, Level, Risk, Verdict
from bartizan.core.terms import Outcome, ThreatId, Treatment
from bartizan.report import proofs, wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange import risk_rows

Settled = Literal["", "requested", "held"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A risk, and how it is treated."""

    id: str
    """system/R-12; threat@component where the system is in no register."""
    risk: str
    threat: str
    component: str
    name: str
    """Threat and place, on one line."""
    why: str
    state: RiskState
    owner: str
    inherent: tuple[int, int, int]
    """Likelihood, impact, level."""
    current: tuple[int, int, int]
    residual: tuple[int, int, int]
    above_appetite: bool
    found: Risk | None
    """The risk as it is assessed now; None where it is no risk now."""
    review_due: str = ""
    first_seen: str = ""
    decision: str = ""
    """D-3; empty where there is none, or no register."""
    treatment: Literal["", "mitigate", "transfer", "avoid", "accept"] = ""
    settled: Settled = ""
    reason: str = ""
    decided_by: str = ""
    decided_on: str = ""
    approved_by: str = ""
    approved_at: str = ""
    carried_out_by: str = ""
    due: str = ""
    until: str = ""
    evidence: tuple[KeptEvidence, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it is accepted now."""
        return self.treatment == "accept" and self.settled == "held"


def entries(dossier: Dossier) -> tuple[Entry, ...]:
    """All risks, the open ones first and the worst of them on top."""
    held = dossier.holding
    if held is None:
        verdicts = {verdict.id: verdict for verdict in dossier.assessment.verdicts}
        return tuple(_assessed(dossier, risk, verdicts[risk.id]) for risk in dossier.assessment.risks)
    return tuple(_kept(dossier, held))


def numbers(level: Level) -> tuple[int, int, int]:
    """Likelihood, impact and level as numbers of the scales."""
    return level.likelihood, level.impact, level.level


def _assessed(dossier: Dossier, risk: Risk, verdict: Verdict) -> Entry:
    entry = Entry(
        id=risk.id,
        risk=risk.id,
        threat=risk.threat,
        component=risk.component,
        name=wording.risk_name(dossier, risk),
        why=proofs.proof(dossier, verdict),
        state="open",
        owner=wording.plain(dossier.system.described.owner),
        inherent=numbers(risk.inherent),
        current=numbers(risk.current),
        residual=numbers(risk.residual),
        above_appetite=risk.above_appetite,
        found=risk,
    )
    decision = risk.decision
    if decision is None or _is_over(dossier, risk, decision):
        return entry
    return msgspec.structs.replace(
        entry,
        treatment=decision.treatment.value,
        settled="held",
        reason=wording.plain(decision.reason),
        decided_by=wording.plain(decision.by),
        decided_on=decision.on,
        until=decision.until,
    )


def _is_over(dossier: Dossier, risk: Risk, decision: Decision) -> bool:
    return decision.treatment is Treatment.ACCEPT and not wording.is_accepted(dossier, risk)


def _kept(dossier: Dossier, held: Holding) -> Iterator[Entry]:
    now = {risk.id: risk for risk in dossier.assessment.risks}
    verdicts = {verdict.id: verdict for verdict in dossier.assessment.verdicts}
    seen: dict[int | None, list[KeptEvidence]] = {}
    for one in held.evidence:
        if not one.withdrawn:
            seen.setdefault(one.risk_number, []).append(one)
    for row in risk_rows.in_order(held.risks):
        risk = now.get(row.risk) if row.state == "open" else None
        entry = _entry_of(dossier, held, row, risk, verdicts.get(row.risk))
        yield _decided(dossier, held, row, msgspec.structs.replace(entry, evidence=tuple(seen.get(row.number, ()))))


def _entry_of(dossier: Dossier, held: Holding, row: KeptRisk, risk: Risk | None, verdict: Verdict | None) -> Entry:
    name = wording.risk_name(dossier, risk) if risk else f"{wording.plain(row.name)} at {wording.plain(row.label)}"
    why = wording.plain(row.state_why) or (proofs.proof(dossier, verdict) if verdict else "")
    return Entry(
        id=risk_rows.row_id(held, f"R-{row.number}"),
        risk=row.risk,
        threat=row.threat,
        component=row.component,
        name=name,
        why=why,
        state=_state(row, risk, verdict),
        owner=wording.plain(row.owner),
        inherent=(row.inherent_likelihood, row.inherent_impact, row.inherent_level),
        current=numbers(risk.current) if risk else (row.current_likelihood, row.current_impact, row.current_level),
        residual=(row.residual_likelihood, row.residual_impact, row.residual_level),
        above_appetite=risk is not None and risk.above_appetite,
        found=risk,
        review_due=row.review_due,
        first_seen=row.first_seen,
    )


def _state(row: KeptRisk, risk: Risk | None, verdict: Verdict | None) -> RiskState:
    """What the register says, but for a risk that is none any more and of which that was not put down yet."""
    if row.state != "open" or risk is not None:
        return row.state
    return "undecided" if verdict is not None and verdict.outcome is Outcome.UNKNOWN else "gone"


def _decided(dossier: Dossier, held: Holding, row: KeptRisk, entry: Entry) -> Entry:
    decision = risk_rows.current_decision(dossier, held, row)
    if decision is None:
        return entry
    holds = decision.state == "held"
    return msgspec.structs.replace(
        entry,
        decision=f"D-{decision.number}",
        treatment=decision.treatment.value,
        settled="held" if holds else "requested",
        reason=wording.plain(decision.reason),
        decided_by=wording.plain(decision.by),
        decided_on=decision.on,
        approved_by=wording.plain(decision.settled_by) if holds else "",
        approved_at=decision.settled_at if holds else "",
        carried_out_by=wording.plain(decision.owner),
        due=decision.due,
        until=decision.until,
    )


def open_ones(dossier: Dossier) -> list[Entry]:
    """The risks that are risks now."""
    return [entry for entry in entries(dossier) if entry.state == "open"]


def references(dossier: Dossier, threat: str, standard: str) -> list[str]:
    """The ids by which a standard knows a threat; none for a threat that the catalogue no longer has."""
    entry = dossier.catalog.threats.get(ThreatId(threat))
    found = entry.references if entry else ()
    return list(dict.fromkeys(r.id for r in found if r.id and r.standard.startswith(standard)))


def permalink(dossier: Dossier, threat: str) -> str:
    """The address of a threat in the framework; empty for one that the catalogue no longer has."""
    entry = dossier.catalog.threats.get(ThreatId(threat))
    return entry.permalink if entry else ""


def what(dossier: Dossier, entry: Entry) -> str:
    """What the threat is, and why it applies here, on one line."""
    known = dossier.catalog.threats.get(ThreatId(entry.threat))
    return " ".join(part for part in (wording.plain(known.what) if known else "", wording.sentence(entry.why)) if part)


def controls(dossier: Dossier, entry: Entry, *, in_place: bool) -> list[str]:
    """Titles of the controls against a risk: those that are in place, or those that are still to come."""
    done = {"implemented", "verified"}
    return [
        wording.control_name(dossier, advice.control)
        for advice in (entry.found.controls if entry.found else ())
        if advice.status.value != "not_applicable" and (advice.status.value in done) is in_place
    ]


def system_id(dossier: Dossier) -> str:
    """What identifies the system: its id in the register, or its name where it is in none."""
    if dossier.holding is not None:
        return dossier.holding.system.id
    return re.sub(r"[^a-z0-9]+", "-", wording.plain(dossier.system.described.name).lower()).strip("-") or "system"
