"""Everything that an assessment says, as JSON by a published schema.

The order of fields is fixed, the same dossier gives the same bytes, and there is no time of day in it. A reader keeps
to ``schema_version``: fields may be added within a version; a change of meaning raises it.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from bartizan import __version__
from bartizan.catalog.scales import Scales
from bartizan.core.records import Assessment, Loss, Plan
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.system.description import Description

SCHEMA_VERSION: Literal[1] = 1
_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters, changes of writing direction and zero-width characters; they can stand in strings only."""


class Named(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people call an entry of the catalogue, and its address in the framework."""

    name: str
    address: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report: the description as it was read, what follows for it, and the names of what it mentions by id."""

    schema_version: Literal[1]
    program: Literal["bartizan"]
    program_version: str
    file: str
    """Name of the description's file; lines in proofs are lines of it."""
    system: Description
    assessment: Assessment
    plans: tuple[Plan, ...]
    components: dict[str, str]
    """Id to name, components that the description implies included."""
    threats: dict[str, Named]
    controls: dict[str, Named]
    scales: Scales
    loss: Loss | None
    """Annual loss in the unit that it was asked for, when it was quantified; else null."""


def render(dossier: Dossier) -> str:
    """The report as JSON, indented by two spaces, ending in a line break.

    Names are kept as they were written; what does not show is escaped, so that no screen takes it for a command.
    """
    text = msgspec.json.format(msgspec.json.encode(payload(dossier)), indent=2).decode()
    return _UNSEEN.sub(lambda m: f"\\u{ord(m.group()):04x}", text) + "\n"


def payload(dossier: Dossier) -> Report:
    """The report as a value."""
    catalog, edition = dossier.catalog, dossier.assessment.edition
    return Report(
        schema_version=SCHEMA_VERSION,
        program="bartizan",
        program_version=__version__,
        file=wording.file_name(dossier),
        system=dossier.system.described,
        assessment=dossier.assessment,
        plans=dossier.plans,
        components={c.id: c.label for c in dossier.system.components.values()},
        threats={i: Named(name=t.name_in(edition), address=t.permalink) for i, t in sorted(catalog.threats.items())},
        controls={i: Named(name=c.title, address=c.permalink) for i, c in sorted(catalog.controls.items())},
        scales=msgspec.structs.replace(catalog.scales, evidence=catalog.evidence),
        loss=dossier.loss,
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what ``render`` gives."""
    schema = msgspec.json.schema(Report)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Bartizan report"
    return schema
