"""Every report format, by name: where its function lives and how its files end. Loaded only when asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import msgspec

from bartizan.report.dossier import Dossier

Render = Callable[[Dossier], str | bytes]


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A format: a function from a dossier to a file's content."""

    name: str
    suffix: str
    about: str
    module: str

    def render(self, dossier: Dossier) -> str | bytes:
        """The content of the file."""
        function: Render = importlib.import_module(self.module).render
        return function(dossier)


FORMATS: tuple[Format, ...] = (
    Format(name="html", suffix=".html", about="report to read and print", module="bartizan.report.html"),
    Format(name="markdown", suffix=".md", about="report as text", module="bartizan.report.markdown"),
    Format(name="json", suffix=".json", about="everything, by a published schema", module="bartizan.report.json"),
    Format(name="sarif", suffix=".sarif", about="SARIF 2.1.0 for code scanning", module="bartizan.report.sarif"),
    Format(name="csv", suffix=".csv", about="risk register as a table", module="bartizan.report.exchange.csv_table"),
    Format(
        name="xlsx", suffix=".xlsx", about="risk register as a workbook", module="bartizan.report.exchange.workbook"
    ),
    Format(name="mermaid", suffix=".mmd", about="diagram of the system", module="bartizan.report.mermaid"),
    Format(
        name="ciso-assistant",
        suffix=".ciso-assistant.csv",
        about="risk assessment for CISO Assistant",
        module="bartizan.report.exchange.ciso_assistant",
    ),
    Format(name="jira", suffix=".jira.csv", about="issues for Jira", module="bartizan.report.exchange.jira"),
    Format(
        name="oscal-ar",
        suffix=".oscal-ar.json",
        about="OSCAL 1.2 assessment results",
        module="bartizan.report.exchange.oscal_results",
    ),
    Format(
        name="oscal-poam",
        suffix=".oscal-poam.json",
        about="OSCAL 1.2 plan of action and milestones",
        module="bartizan.report.exchange.oscal_poam",
    ),
    Format(name="vex", suffix=".vex.json", about="CycloneDX 1.6 statements", module="bartizan.report.exchange.vex"),
    Format(
        name="navigator",
        suffix=".navigator.json",
        about="layer for the ATLAS Navigator",
        module="bartizan.report.exchange.navigator",
    ),
)
BY_NAME = {f.name: f for f in FORMATS}
BY_SUFFIX = {f.suffix: f for f in FORMATS} | {".markdown": FORMATS[1], ".htm": FORMATS[0]}
