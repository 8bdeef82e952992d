"""A layer for the ATLAS Navigator: the techniques behind the open risks, each with the worst level it stands for.

Risks whose threat ATLAS has no technique for are listed in the layer's metadata, so that none is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.entries import Entry, open_ones, permalink, references
from bartizan.report.names import shade

_TECHNIQUE = re.compile(r"AML\.T\d{4}(\.\d{3})?")
_RAMP = ("#e8eef7", "#f6e3b4", "#f3b562", "#e0703a", "#a8201a")
_VERSIONS = {"layer": "4.5", "navigator": "4.9.1"}


def render(dossier: Dossier) -> str:
    """The layer of one system."""
    found: dict[str, list[Entry]] = {}
    without: list[Entry] = []
    for entry in open_ones(dossier):
        techniques = [t for t in references(dossier, entry.threat, "MITRE ATLAS") if _TECHNIQUE.fullmatch(t)]
        for technique in techniques:
            found.setdefault(technique, []).append(entry)
        if not techniques:
            without.append(entry)
    return json.dumps(_layer(dossier, found, without), ensure_ascii=False, indent=2) + "\n"


def _layer(dossier: Dossier, found: dict[str, list[Entry]], without: Iterable[Entry]) -> dict[str, Any]:
    made = dossier.assessment
    levels = len(dossier.catalog.scales.levels)
    name = wording.plain(dossier.system.described.name)
    return {
        "name": f"{name}: AI risks",
        "versions": _VERSIONS,
        "domain": "atlas-atlas",
        "description": f"Open risks of {name} as of {wording.day(made.today)}, by the OWASP AI Exchange.",
        "techniques": [_technique(dossier, technique, found[technique]) for technique in sorted(found)],
        "gradient": {"colors": list(_RAMP), "minValue": 1, "maxValue": levels},
        "legendItems": [
            {"label": wording.plain(dossier.level_name(n)), "color": _colour(dossier, n)} for n in range(1, levels + 1)
        ],
        "metadata": [
            {"name": "edition", "value": str(made.edition)},
            {"name": "assessed on", "value": made.today},
            *(
                {"name": "no technique in ATLAS", "value": f"{entry.name}: {_level(dossier, entry)}"}
                for entry in without
            ),
        ],
        "sorting": 3,
        "hideDisabled": False,
    }


def _technique(dossier: Dossier, technique: str, entries: list[Entry]) -> dict[str, Any]:
    worst = max(entry.current[2] for entry in entries)
    links = dict.fromkeys(filter(None, (permalink(dossier, entry.threat) for entry in entries)))
    return {
        "techniqueID": technique,
        "score": worst,
        "color": _colour(dossier, worst),
        "comment": "\n".join(_comment(dossier, entry) for entry in entries),
        "enabled": True,
        "links": [{"label": "OWASP AI Exchange", "url": link} for link in links],
        "metadata": [{"name": "risk", "value": entry.id} for entry in entries],
        "showSubtechniques": True,
    }


def _colour(dossier: Dossier, level: int) -> str:
    return _RAMP[shade(level, len(dossier.catalog.scales.levels)) - 1]


def _level(dossier: Dossier, entry: Entry) -> str:
    return wording.plain(dossier.level_name(entry.current[2]))


def _comment(dossier: Dossier, entry: Entry) -> str:
    """The risk, its level, how it is treated and how far its controls are."""
    advice = entry.found.controls if entry.found else ()
    states: dict[str, int] = {}
    for one in advice:
        states[one.status.value] = states.get(one.status.value, 0) + 1
    counted = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(states.items()))
    treated = f"; {entry.treatment} ({entry.settled})" if entry.treatment else ""
    return f"{entry.name}: {_level(dossier, entry)}{treated}; controls: {counted or 'none known'}"
