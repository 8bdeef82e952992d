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
    Format(name="csv", suffix=".csv", about="risk register as a table", module="bartizan.report.csv"),
    Format(name="xlsx", suffix=".xlsx", about="risk register as a workbook", module="bartizan.report.xlsx"),
    Format(name="mermaid", suffix=".mmd", about="diagram of the system", module="bartizan.report.mermaid"),
)
BY_NAME = {f.name: f for f in FORMATS}
BY_SUFFIX = {f.suffix: f for f in FORMATS} | {".markdown": FORMATS[1], ".htm": FORMATS[0]}
