"""An OSCAL plan of action and milestones: every risk above appetite, and every one on which somebody decided."""

from __future__ import annotations

from bartizan.core.terms import SYSTEM
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.entries import Entry, controls, open_ones
from bartizan.report.exchange.oscal_parts import Maker, Part, text_of, words


def render(dossier: Dossier) -> str:
    """The plan of one system. OSCAL wants an item, so that a system with nothing to do has one that says so."""
    make = Maker(dossier)
    todo = [entry for entry in open_ones(dossier) if entry.above_appetite or entry.treatment]
    observations = make.observations()
    held = dossier.holding
    seen = {one.evidence.component for one in held.evidence} if held else set()
    places = {entry.component for entry in todo} | seen
    plan: Part = {
        "uuid": make.uuid("poam", dossier.assessment.today),
        "system-id": {"id": make.system},
        "local-definitions": {"components": make.components(places - {"", SYSTEM})},
    }
    parts = {"observations": observations, "risks": [make.risk(entry) for entry in todo]}
    plan |= {key: value for key, value in parts.items() if value}
    plan["poam-items"] = [_item(make, entry) for entry in todo] or [_nothing(make)]
    plan["metadata"] = make.metadata("Plan of action and milestones")
    return text_of({"plan-of-action-and-milestones": plan})


def _item(make: Maker, entry: Entry) -> Part:
    names = controls(make.dossier, entry, in_place=False)
    level = wording.plain(make.dossier.level_name(entry.current[2]))
    steps = f" Controls still to come: {'; '.join(names)}." if names else ""
    found: Part = {
        "uuid": make.uuid("item", entry.id),
        "title": words(entry.name, entry.risk),
        "description": f"{words(entry.reason, 'Nobody has decided yet')} (level {level}).{steps}",
        "origins": [{"actors": [{"type": "tool", "actor-uuid": make.uuid("tool")}]}],
        "related-risks": [{"risk-uuid": make.uuid("risk", entry.id)}],
    }
    if entry.evidence:
        found["related-observations"] = [
            {"observation-uuid": make.uuid("evidence", f"E-{one.number}")} for one in entry.evidence
        ]
    return found


def _nothing(make: Maker) -> Part:
    return {
        "uuid": make.uuid("item"),
        "title": "Nothing to do",
        "description": "No risk is above appetite, and nobody decided to do anything about those that are not.",
    }
