"""CycloneDX 1.6 with a vulnerability for each verdict: what affects the system, what does not, and what is done.

    risk, open               exploitable; with an acceptance that holds: will_not_fix
    risk, gone               resolved
    undecided                in_triage
    theoretical, not here    not_affected (requires_environment)

A threat is no defect of a product, so nothing here has a CVE; the id is that of the AI Exchange.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from bartizan import __version__
from bartizan.core.records import Verdict
from bartizan.core.terms import SYSTEM, Outcome
from bartizan.report import proofs, wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.entries import Entry, controls, entries, permalink, references, system_id, what
from bartizan.report.names import shade

_Object = dict[str, Any]
_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_SEVERITIES = ("info", "low", "medium", "high", "critical")
_SOURCES = {
    "MITRE ATLAS": "https://atlas.mitre.org",
    "OWASP LLM Top 10": "https://genai.owasp.org",
    "OpenCRE": "https://www.opencre.org",
}
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:bartizan:vex")


def render(dossier: Dossier) -> str:
    """The statements on one system."""
    made, name = dossier.assessment, system_id(dossier)
    risks = entries(dossier)
    judged = {entry.risk for entry in risks}
    others = [v for v in made.verdicts if v.rated and v.id not in judged]
    basis = "|".join((name, made.today, made.description_digest, made.catalog_digest))
    bom = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(_SPACE, basis).urn,
        "version": 1,
        "metadata": {
            "timestamp": _moment(made.today),
            "tools": {"components": [{"type": "application", "name": "Bartizan", "version": __version__}]},
            "component": {"type": "application", "bom-ref": SYSTEM, "name": _system(dossier)},
        },
        "components": list(_components(dossier, {*(e.component for e in risks), *(v.component for v in others)})),
        "vulnerabilities": [
            *(_statement(dossier, entry) for entry in risks),
            *(_no_risk(dossier, verdict) for verdict in others),
        ],
    }
    return json.dumps(bom, ensure_ascii=False, indent=2) + "\n"


def _system(dossier: Dossier) -> str:
    return wording.plain(dossier.system.described.name) or system_id(dossier)


def _components(dossier: Dossier, names: set[str]) -> Iterator[_Object]:
    kinds = {"model": "machine-learning-model", "data": "data", "runtime": "platform"}
    for name in sorted(names - {SYSTEM}):
        part = next((p for key, p in dossier.system.components.items() if key == name), None)
        kind = str(part.__struct_config__.tag) if part is not None else ""
        yield {"type": kinds.get(kind, "application"), "bom-ref": name, "name": wording.name_of(dossier, name) or name}


def _moment(day: str) -> str:
    return f"{day}T00:00:00Z"


def _statement(dossier: Dossier, entry: Entry) -> _Object:
    likelihood, impact, level = entry.current
    analysis = _analysis(entry)
    if entry.first_seen:
        analysis["firstIssued"] = _moment(entry.first_seen)
    rating = {
        "source": {"name": "Bartizan"},
        "severity": _SEVERITIES[shade(level, len(dossier.catalog.scales.levels)) - 1],
        "method": "other",
        "justification": f"likelihood {likelihood}, impact {impact}, level {level} of the scales",
    }
    todo = controls(dossier, entry, in_place=False)
    return {
        **_threat(dossier, entry.id, entry.threat),
        **({"ratings": [rating]} if entry.state == "open" else {}),
        "description": entry.name,
        "detail": what(dossier, entry) or entry.name,
        **({"recommendation": "; ".join(todo)} if todo else {}),
        "analysis": analysis,
        "affects": [{"ref": entry.component}],
    }


def _analysis(entry: Entry) -> _Object:
    if entry.state != "open":
        state = "resolved" if entry.state == "gone" else "in_triage"
        return {"state": state, "detail": entry.why or "no longer a risk"}
    if entry.accepted:
        until = f" until {entry.until}" if entry.until else ""
        by = entry.approved_by or entry.decided_by
        detail = f"accepted by {by}{until}: {entry.reason}"
        return {"state": "exploitable", "response": ["will_not_fix"], "detail": detail}
    words = {"requested": "asked for", "held": "decided"}
    said = f"{entry.treatment}, {words[entry.settled]}: {entry.reason}" if entry.settled else "no decision"
    return {"state": "exploitable", "detail": said}


def _no_risk(dossier: Dossier, verdict: Verdict) -> _Object:
    analysis: _Object = {"detail": proofs.proof(dossier, verdict)}
    if verdict.outcome in {Outcome.DOES_NOT_APPLY, Outcome.THEORETICAL}:
        analysis |= {"state": "not_affected", "justification": "requires_environment"}
    else:  # unknown, or a risk that the register has not taken in yet
        analysis |= {"state": "in_triage"}
    return {
        **_threat(dossier, verdict.id, verdict.threat),
        "description": wording.risk_name(dossier, verdict),
        "analysis": analysis,
        "affects": [{"ref": verdict.component}],
    }


def _threat(dossier: Dossier, ref: str, threat: str) -> _Object:
    address = permalink(dossier, threat)
    source: _Object = {"name": "OWASP AI Exchange"}
    if address:
        source["url"] = quote(address, safe=":/-._~#")
    also = [
        {"id": name, "source": {"name": standard, "url": url}}
        for standard, url in _SOURCES.items()
        for name in references(dossier, threat, standard)
    ]
    return {"bom-ref": ref, "id": threat, "source": source, **({"references": also} if also else {})}
