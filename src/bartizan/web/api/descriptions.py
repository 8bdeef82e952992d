"""The description of a system, its versions, its assessment, and reports on it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bartizan.core.kept import KeptSystem, KeptVersion
from bartizan.report.formats import BY_NAME
from bartizan.report.json import Report, payload
from bartizan.web.api.endpoint import Answer, Call, File, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.web.api.values import Count, Text
from bartizan.workflows import keeping, viewing

ReportFormat = Literal[
    "html",
    "markdown",
    "json",
    "sarif",
    "csv",
    "xlsx",
    "mermaid",
    "ciso-assistant",
    "jira",
    "oscal-ar",
    "oscal-poam",
    "vex",
    "navigator",
]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA: dict[str, str] = {
    ".html": "text/html",
    ".md": "text/markdown",
    ".json": "application/json",
    ".sarif": "application/sarif+json",
    ".csv": "text/csv",
    ".xlsx": XLSX,
    ".mmd": "text/vnd.mermaid",
}
"""The media type of a report by the end of its name."""


class VersionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which version is wanted."""

    version: Annotated[Count, Meta(description="Its number; 0 for the newest.")] = 0


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which report is wanted."""

    format: ReportFormat = "json"


class NewVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A description that takes the place of the one before."""

    description: Annotated[str, Meta(min_length=1, max_length=2_000_000)]
    """The text of system.yaml, as YAML or JSON."""
    note: Text = ""
    """Why it changed."""


class Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """What keeping a description did."""

    system: KeptSystem
    version: int
    changed: bool
    """Whether it says anything else than the one before; without that there is no new version."""
    renamed: tuple[int, ...]
    """Numbers of the risks whose component has a new name."""


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version without its text."""

    number: int
    digest: str
    at: str
    by: str
    note: str


@route("GET", "/systems/{system:str}/description", etag=True)
def get(call: Call, system: str, query: VersionQuery) -> Answer[KeptVersion]:
    """A description as it was handed in, the newest unless a version is named. Its ETag is the version's number."""
    found = viewing.version(call.desk, system, query.version or None)
    return Answer(value=found, revision=found.number)


@route("PUT", "/systems/{system:str}/description", role="assessor", condition="must", etag=True)
def replace(call: Call, system: str, body: NewVersion) -> Answer[Replaced]:
    """Keep a new version, and assess the system by it. If-Match is the number of the version that you edited."""
    onto = call.revision(viewing.version(call.desk, system).number)
    made = keeping.keep(
        call.desk, body.description, file=f"{system}.yaml", by=call.by, system=system, note=body.note, onto=onto
    )
    value = Replaced(system=made.system, version=made.kept.version, changed=made.changed, renamed=made.renamed)
    return Answer(value=value, revision=made.kept.version)


@route("GET", "/systems/{system:str}/versions")
def versions(call: Call, system: str, query: Paged) -> Answer[Listed[VersionLine]]:
    """The versions of a description, the newest first, without their texts."""
    found = viewing.past(call.desk, system, limit=1).versions
    lines = [VersionLine(number=v.number, digest=v.digest, at=v.at, by=v.by, note=v.note) for v in found]
    return part(call, lines, query)


@route("GET", "/systems/{system:str}/assessment")
def assessment(call: Call, system: str) -> Answer[Report]:
    """The system as it is assessed today, by the schema that `bartizan schema report` prints."""
    return Answer(value=payload(keeping.look(call.desk, system).dossier))


@route("GET", "/systems/{system:str}/report", media=tuple(sorted(set(MEDIA.values()))))
def report(call: Call, system: str, query: ReportQuery) -> Answer[File]:
    """A report on the system as it stands today, as a file."""
    chosen = BY_NAME[query.format]
    made = chosen.render(keeping.look(call.desk, system).dossier)
    content = made.encode() if isinstance(made, str) else made
    media = MEDIA["." + chosen.suffix.rpartition(".")[2]]
    return Answer(value=File(name=f"{system}{chosen.suffix}", content=content, media=media))


ROUTES = (get, replace, versions, assessment, report)
