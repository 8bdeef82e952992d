"""The rows of the tables of risks, of decisions on them and of the evidence about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bartizan.core.kept import Holding, KeptDecision, KeptEvidence, KeptRisk
from bartizan.core.terms import ComponentId, Treatment
from bartizan.report import csv, wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.canonical import ID, Cells
from bartizan.report.wording import percent


def row_id(held: Holding, what: str) -> str:
    """The id of a row: the system's, and what it is within it."""
    return f"{held.system.id}/{what}"


def current_decision(dossier: Dossier, held: Holding, risk: KeptRisk) -> KeptDecision | None:
    """The decision that a risk's row shows: the one that holds, else the acceptance that waits for approval."""
    mine = [d for d in held.decisions if d.risk_number == risk.number]
    for one in mine:
        if one.state == "held" and not _lapsed(dossier, risk, one):
            return one
    return next((d for d in mine if d.state == "requested"), None)


def _lapsed(dossier: Dossier, risk: KeptRisk, decision: KeptDecision) -> bool:
    """Whether an acceptance has lapsed that nobody has put down as lapsed yet."""
    if decision.treatment is not Treatment.ACCEPT:
        return False
    notes = (n.text for n in dossier.assessment.notes if n.kind == "lapsed_decision")
    return decision.until < dossier.assessment.today or any(text.startswith(f"{risk.risk}: ") for text in notes)


def in_order(risks: Iterable[KeptRisk]) -> list[KeptRisk]:
    """Open risks first, the worst on top."""
    return sorted(risks, key=lambda r: (r.state != "open", -r.current_level, -r.current_likelihood, r.number))


def risks(dossier: Dossier, held: Holding) -> Iterator[Cells]:
    """The rows of the table of risks, the open ones first."""
    known = {row[ID]: row for row in csv.rows(dossier)}
    applies = {risk.id for risk in dossier.assessment.risks}
    seen: dict[int, list[KeptEvidence]] = {}
    for one in held.evidence:
        if one.risk_number is not None:
            seen.setdefault(one.risk_number, []).append(one)
    for risk in in_order(held.risks):
        row = _kept_risk(dossier, held, risk) | known.get(risk.risk, {})
        yield (
            row
            | _from_register(dossier, held, risk, row, risk.risk in applies)
            | _evidence_on(dossier, seen.get(risk.number, ()), row)
        )


def _kept_risk(dossier: Dossier, held: Holding, risk: KeptRisk) -> Cells:
    """What the register last knew of a risk that may not be there any more."""
    return {
        "threat_id": risk.threat,
        "threat": risk.name,
        "asset": risk.label,
        "responsible": risk.party.value,
        "system": held.system.name,
        "why": risk.state_why,
        **{
            f"{what}_{when}": str(getattr(risk, f"{when}_{what}"))
            for when in ("inherent", "current", "residual")
            for what in ("likelihood", "impact", "level")
        },
    }


def _from_register(dossier: Dossier, held: Holding, risk: KeptRisk, row: Mapping[str, str], applies: bool) -> Cells:
    """What the register says of a risk itself; it wins over what the description and its decisions say."""
    decision = current_decision(dossier, held, risk)
    accepted = decision is not None and decision.treatment is Treatment.ACCEPT
    return {
        ID: row_id(held, f"R-{risk.number}"),
        "risk": risk.risk,
        "state": risk.state,
        "why": risk.state_why or row.get("why", ""),
        "owner": risk.owner,
        "status": _status(risk, decision),
        "above_appetite": "true" if risk.above_appetite and applies else "false",
        "first_seen": risk.first_seen,
        "last_changed": risk.last_changed,
        "review_due": risk.review_due,
        "treatment": decision.treatment.value if decision else "",
        "decision": f"D-{decision.number}" if decision else "",
        "decision_state": decision.state if decision else "",
        "reason": decision.reason if decision else "",
        "treatment_owner": decision.owner if decision else "",
        "due": decision.due if decision else "",
        "requested_by": decision.requested_by if decision else "",
        "acceptance_by": decision.settled_by if decision and accepted and decision.state == "held" else "",
        "acceptance_until": decision.until if decision and accepted else "",
    }


def _status(risk: KeptRisk, decision: KeptDecision | None) -> str:
    if risk.state != "open":
        return risk.state
    if decision is not None and decision.state == "held":
        return "accepted" if decision.treatment is Treatment.ACCEPT else "decided"
    return "open" if risk.above_appetite else "within_appetite"


def _evidence_on(dossier: Dossier, found: Iterable[KeptEvidence], row: Mapping[str, str]) -> Cells:
    counted = [one for one in found if not one.withdrawn]
    lines = [f"E-{one.number} {freshness(dossier, one)}: {summary(one)}" for one in counted]
    declared = row.get("evidence", "")
    return {"evidence": "|".join([*lines, *([declared] if declared else [])]), "evidence_count": str(len(counted))}


def summary(one: KeptEvidence) -> str:
    """A piece of evidence in a line: what was done and how often it succeeded, with the interval."""
    observed = one.evidence
    what = wording.plain(observed.what)
    if observed.counts and observed.interval:
        low, high = observed.interval
        hits, trials = observed.counts
        return f"{what}: {hits} of {trials} (95 % {percent(low)} to {percent(high)})"
    if observed.passed is None:
        return what
    return f"{what}: {'found working' if observed.passed else 'found not working'}"


def freshness(dossier: Dossier, one: KeptEvidence) -> str:
    """How far a piece of evidence can still be relied on, on the day of the assessment."""
    part = dossier.system.components.get(ComponentId(one.evidence.component))
    return one.evidence.freshness(dossier.assessment.today, part.digests if part else {})


def decisions(dossier: Dossier, held: Holding) -> Iterator[Cells]:
    """The rows of the table of decisions, the newest first."""
    names = {risk.number: risk.risk for risk in held.risks}
    for one in held.decisions:
        yield {
            ID: row_id(held, f"D-{one.number}"),
            "system": held.system.name,
            "risk_id": row_id(held, f"R-{one.risk_number}"),
            "risk": names.get(one.risk_number, ""),
            "treatment": one.treatment.value,
            **{f: str(getattr(one, f)) for f in ("state", "reason", "by", "on", "owner", "due", "until")},
            **{f: str(getattr(one, f)) for f in ("requested_by", "requested_at", "settled_by", "settled_at")},
            "settled_why": one.settled_why,
            "digest": one.digest,
        }


def evidence(dossier: Dossier, held: Holding) -> Iterator[Cells]:
    """The rows of the table of evidence, the newest first."""
    for one in held.evidence:
        seen = one.evidence
        low, high = seen.interval or ("", "")
        yield {
            ID: row_id(held, f"E-{one.number}"),
            "system": held.system.name,
            "risk_id": row_id(held, f"R-{one.risk_number}") if one.risk_number is not None else "",
            "freshness": freshness(dossier, one),
            **{
                w: getattr(seen, w) for w in ("risk", "control", "component", "what", "kind", "target", "held_on", "by")
            },
            "valid_until": seen.valid_until,
            **{word: _plain(getattr(seen, word)) for word in ("hits", "trials", "strong", "passed", "seed")},
            "rate_low": f"{low:.4f}" if seen.interval else "",
            "rate_high": f"{high:.4f}" if seen.interval else "",
            "with_controls": "|".join(seen.with_controls),
            "tool": f"{seen.tool} {seen.version}".strip(),
            "digests": "|".join(f"{name}={digest}" for name, digest in sorted(seen.digests.items())),
            "withdrawn": _plain(one.withdrawn),
            **{word: getattr(one, word) for word in ("withdrawn_why", "recorded_by", "recorded_at")},
            "attachments": "|".join(f"{file.name}={file.digest}" for file in one.attachments),
        }


def _plain(value: bool | int | None) -> str:
    if value is None:
        return ""
    return str(value).lower()
