"""OSCAL assessment results: what was found in one system on one day, with the risks and all that was observed."""

from __future__ import annotations

import re

from bartizan.core.terms import SYSTEM
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.entries import Entry, entries
from bartizan.report.exchange.oscal_parts import Maker, Part, moment, text_of, words


def render(dossier: Dossier) -> str:
    """The assessment results of one system."""
    make = Maker(dossier)
    made = dossier.assessment
    found = entries(dossier)
    observations = make.observations()
    places = {entry.component for entry in found} | {one.evidence.component for e in found for one in e.evidence}
    if dossier.holding is not None:
        places |= {one.evidence.component for one in dossier.holding.evidence}
    result: Part = {
        "uuid": make.uuid("result", made.today),
        "title": f"Assessment of {wording.day(made.today)}",
        "description": f"Which threats of the OWASP AI Exchange (edition {made.edition}) apply, and what is done.",
        "start": moment(made.today),
        "end": moment(made.today),
        "local-definitions": {"components": make.components(places - {"", SYSTEM})},
        "reviewed-controls": {"control-selections": [{"include-all": {}}]},
    }
    parts = {
        "observations": observations,
        "risks": [make.risk(entry) for entry in found],
        "findings": [_finding(make, entry) for entry in found if entry.state == "open"],
    }
    result |= {key: value for key, value in parts.items() if value}
    document = {
        "assessment-results": {
            "uuid": make.uuid("assessment-results", made.today),
            "metadata": make.metadata("Assessment results"),
            "import-ap": {"href": f"#{make.uuid('plan')}"},
            "results": [result],
            "back-matter": {"resources": [_plan(make)]},
        }
    }
    return text_of(document)


def _plan(make: Maker) -> Part:
    """OSCAL wants a plan to refer to; there is none but the catalogue itself."""
    return {
        "uuid": make.uuid("plan"),
        "title": "Assessment plan",
        "description": "Every threat of the OWASP AI Exchange is judged at every component of the system.",
        "rlinks": [{"href": "https://owaspai.org/"}],
    }


def _finding(make: Maker, entry: Entry) -> Part:
    open_above = entry.above_appetite and not entry.accepted
    found: Part = {
        "uuid": make.uuid("finding", entry.id),
        "title": words(entry.name, entry.risk),
        "description": words(entry.why, entry.risk),
        "target": {
            "type": "objective-id",
            "target-id": re.sub(r"[^A-Za-z0-9._-]", ".", entry.risk),
            "status": {"state": "not-satisfied" if open_above else "satisfied"},
        },
        "related-risks": [{"risk-uuid": make.uuid("risk", entry.id)}],
    }
    if entry.evidence:
        found["related-observations"] = [
            {"observation-uuid": make.uuid("evidence", f"E-{one.number}")} for one in entry.evidence
        ]
    return found
