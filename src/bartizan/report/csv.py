"""The risk register as a table: one row for each threat that can be a risk, at each place where it was judged.

RFC 4180, UTF-8 without a byte order mark. Values are the same in every language and locale: words of the closed
vocabularies, numbers of the scales counted from 1, dates in ISO 8601, several values joined by ``|``. The identity of a
row is its ``id``; the order of rows and of added columns may change. A cell that a spreadsheet would take for a formula
has an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from bartizan.core.records import Risk, Verdict
from bartizan.core.terms import ComponentId, ControlId, Outcome, Treatment
from bartizan.report import proofs, wording
from bartizan.report.dossier import Dossier
from bartizan.system.description import ControlInPlace

COLUMNS = (
    "id",
    "system",
    "threat_id",
    "threat",
    "verdict",
    "why",
    "asset",
    "responsible",
    "owner",
    "likelihood_inherent",
    "impact_inherent",
    "level_inherent",
    "treatment",
    "controls",
    "control_status",
    "likelihood_residual",
    "impact_residual",
    "level_residual",
    "status",
    "acceptance_by",
    "acceptance_until",
    "evidence",
    "review_due",
    "first_seen",
    "last_changed",
    "exchange_ref",
    "atlas",
    "llm_top10",
    "iso27090",
    "nist",
    "likelihood_current",
    "impact_current",
    "level_current",
)
"""The canonical columns of a register. ``first_seen`` and ``last_changed`` are the register's to fill."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def render(dossier: Dossier) -> str:
    """The register as CSV: risks first, worst on top, then the threats that do not apply or are undecided."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows(dossier):
        writer.writerow({name: guarded(value) for name, value in row.items()})
    return buffer.getvalue()


def guarded(value: str) -> str:
    """The text on one line, with an apostrophe in front where a spreadsheet would take it for a formula."""
    line = wording.plain(value)
    return f"'{line}" if line.startswith(_FORMULA) or value.startswith(_FORMULA) else line


def rows(dossier: Dossier) -> Iterator[dict[str, str]]:
    """The rows of the register, as text by column; columns that stay empty are left out."""
    by_id = {verdict.id: verdict for verdict in dossier.assessment.verdicts}
    for risk in dossier.assessment.risks:
        yield _common(dossier, by_id[risk.id]) | _risk(dossier, risk)
    for verdict in dossier.assessment.verdicts:
        if verdict.rated and verdict.outcome is not Outcome.APPLIES:
            yield _common(dossier, verdict) | {"status": _STATUS[verdict.outcome]}


_STATUS = {
    Outcome.THEORETICAL: "theoretical",
    Outcome.DOES_NOT_APPLY: "not_applicable",
    Outcome.UNKNOWN: "to_answer",
}


def _common(dossier: Dossier, verdict: Verdict) -> dict[str, str]:
    threat = dossier.threat(verdict.threat)
    return {
        "id": verdict.id,
        "system": dossier.system.described.name,
        "threat_id": verdict.threat,
        "threat": threat.name_in(verdict.edition),
        "verdict": verdict.outcome.value,
        "why": proofs.proof(dossier, verdict),
        "asset": dossier.label(verdict.component),
        "responsible": verdict.party.value,
        "owner": dossier.system.described.owner,
        "exchange_ref": threat.permalink,
        "atlas": _references(dossier, verdict, "MITRE ATLAS"),
        "llm_top10": _references(dossier, verdict, "OWASP LLM Top 10"),
        "iso27090": _references(dossier, verdict, "ISO/IEC 27090"),
        "nist": _references(dossier, verdict, "NIST AI 100-2"),
    }


def _references(dossier: Dossier, verdict: Verdict, standard: str) -> str:
    found = [r for r in dossier.threat(verdict.threat).references if r.standard.startswith(standard)]
    return "|".join(dict.fromkeys(r.id or r.name for r in found))


def _risk(dossier: Dossier, risk: Risk) -> dict[str, str]:
    levels = {"inherent": risk.inherent, "current": risk.current, "residual": risk.residual}
    decision = risk.decision
    accepted = decision is not None and decision.treatment is Treatment.ACCEPT
    declared = list(_declared(dossier, risk))
    return {
        **{f"likelihood_{name}": str(level.likelihood) for name, level in levels.items()},
        **{f"impact_{name}": str(level.impact) for name, level in levels.items()},
        **{f"level_{name}": str(level.level) for name, level in levels.items()},
        "treatment": decision.treatment.value if decision else "",
        "controls": "|".join(advice.control for advice in risk.controls),
        "control_status": "|".join(advice.status.value for advice in risk.controls),
        "status": _status(dossier, risk),
        "acceptance_by": decision.by if decision and accepted else "",
        "acceptance_until": decision.until if decision and accepted else "",
        "evidence": "|".join(dict.fromkeys(item.evidence for item in declared if item.evidence)),
        "review_due": _first(item.due for item in declared),
    }


def _status(dossier: Dossier, risk: Risk) -> str:
    if wording.is_accepted(dossier, risk):
        return "accepted"
    if risk.decision is not None and risk.decision.treatment is not Treatment.ACCEPT:
        return "decided"
    return "open" if risk.above_appetite else "within_appetite"


def _declared(dossier: Dossier, risk: Risk) -> Iterator[ControlInPlace]:
    """What the description says of controls that help against this risk here."""
    wanted: set[ControlId] = {advice.control for advice in risk.controls}
    here: ComponentId = risk.component
    for item in dossier.system.described.controls:
        if item.control in wanted and (not item.at or here in item.at):
            yield item


def _first(dates: Iterable[str]) -> str:
    return min((date for date in dates if date), default="")
