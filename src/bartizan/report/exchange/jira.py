"""A CSV that Jira's import of issues reads: one issue for each open risk.

The column Labels is there several times, once for each label, as Jira wants it. Days are written 2026-11-22: the date
pattern to enter in the import is ``yyyy-MM-dd``. A person becomes the assignee where an e-mail address is known.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.cells import guard, shown
from bartizan.report.exchange.entries import Entry, controls, open_ones, permalink, references, system_id, what

DATE_PATTERN = "yyyy-MM-dd"
_PRIORITIES = ("Lowest", "Low", "Medium", "High", "Highest")
_ADDRESS = re.compile(r"[^@\s<>\"']+@[^@\s<>\"']+\.[^@\s<>\"'.]+")
_SUMMARY = 255
"""Characters that Jira takes in a summary."""


def render(dossier: Dossier) -> str:
    """The issues of one system."""
    return render_all([dossier])


def render_all(dossiers: Iterable[Dossier]) -> str:
    """The issues of several systems."""
    issues = [(d, entry, _labels(d, entry)) for d in dossiers for entry in open_ones(d)]
    width = max((len(labels) for _, _, labels in issues), default=1)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([*_HEADER, *["Labels"] * width])
    for dossier, entry, labels in issues:
        padded = [*labels, *[""] * (width - len(labels))]
        writer.writerow([guard(shown(cell)) for cell in (*_row(dossier, entry), *padded)])
    return buffer.getvalue()


_HEADER = (
    "Summary",
    "Issue Type",
    "Description",
    "Priority",
    "Component/s",
    "Assignee",
    "Due Date",
    "Status",
    "External issue ID",
)


def _row(dossier: Dossier, entry: Entry) -> tuple[str, ...]:
    return (
        _short(f"{entry.name} ({wording.plain(dossier.system.described.name)})"),
        "Task",
        _description(dossier, entry),
        _priority(dossier, entry),
        wording.at(dossier, entry.component),
        _address(entry.carried_out_by) or _address(entry.owner),
        entry.due or entry.until,
        "Done" if entry.accepted else "To Do",
        entry.id,
    )


def _short(text: str) -> str:
    return text if len(text) <= _SUMMARY else f"{text[: _SUMMARY - 1]}…"


def _priority(dossier: Dossier, entry: Entry) -> str:
    steps = max(len(dossier.catalog.scales.levels) - 1, 1)
    return _PRIORITIES[round((entry.current[2] - 1) / steps * (len(_PRIORITIES) - 1))]


def _address(text: str) -> str:
    found = _ADDRESS.search(text)
    return found[0] if found else ""


def _labels(dossier: Dossier, entry: Entry) -> list[str]:
    """Labels of Jira have no spaces in them."""
    found = ("bartizan", system_id(dossier), entry.threat, *references(dossier, entry.threat, "MITRE ATLAS"))
    appetite = ("above-appetite",) if entry.above_appetite else ()
    return [re.sub(r"\s+", "_", label) for label in (*found, *appetite)]


def _description(dossier: Dossier, entry: Entry) -> str:
    level = wording.plain(dossier.level_name(entry.current[2]))
    lines = [what(dossier, entry), f"Level now: {level}."]
    if entry.treatment:
        word = "asked for" if entry.settled == "requested" else "decided"
        by = f" by {entry.decided_by}" if entry.decided_by else ""
        lines.append(f"Treatment: {entry.treatment}, {word}{by}. {wording.sentence(entry.reason)}".rstrip())
    for title, in_place in (("In place", True), ("To do", False)):
        names = controls(dossier, entry, in_place=in_place)
        if names:
            lines += [f"{title}:", *(f"* {name}" for name in names)]
    if entry.owner:
        lines.append(f"Owner: {entry.owner}")
    address = permalink(dossier, entry.threat)
    return "\n".join([*lines, address] if address else lines)
