"""What stands around every page of a system: its name, how it stands, its tabs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response

from bartizan.core.errors import InputError
from bartizan.core.terms import Outcome
from bartizan.report import wording
from bartizan.report.conclusions import headline
from bartizan.report.names import Names
from bartizan.web.forms import EMPTY, Form
from bartizan.web.visit import Page, Visit
from bartizan.workflows.viewing import Shown, shown

_TABS = (
    ("Risks", ""),
    ("Map", "/map"),
    ("Controls", "/controls"),
    ("Plan", "/plan"),
    ("Suppliers", "/suppliers"),
    ("Questions", "/questions"),
    ("Description", "/description"),
    ("History", "/history"),
    ("Compare", "/compare"),
    ("Reports", "/reports"),
    ("Settings", "/settings"),
)
_LINE = re.compile(r":(\d+)$")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_PLAIN_NAME = re.compile(r"[^A-Za-z0-9._ -]+")


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A system's pages: what they show, under which address, to whom."""

    shown: Shown
    words: Names
    at: str
    """Address of the system's first page."""
    may_edit: bool
    today: str

    @property
    def tabs(self) -> list[tuple[str, ...]]:
        """Label and address of each page, with a count where that says something."""
        held, made = self.shown.kept.holding, self.shown.kept.assessment
        counts = {
            "Risks": len(made.risks),
            "Suppliers": sum(one.waits(self.today) for one in held.answers),
            "Questions": len({(s.component, s.field) for s in made.suggestions}),
        }
        return [(label, self.at + path, *([str(counts[label])] if counts.get(label) else [])) for label, path in _TABS]

    @property
    def answer(self) -> str:
        """How the system stands, in a sentence or two."""
        parts = [headline(self.shown.kept.dossier)]
        wait = self.untreated
        if wait:
            need = "needs" if wait == 1 else "need"
            parts.append(f"{wait} above it still {need} a decision.")
        elif any(risk.above_appetite for risk in self.shown.kept.assessment.risks):
            parts.append("Each of these has a decision.")
        return " ".join(parts)

    @property
    def untreated(self) -> int:
        """How many risks above appetite have no decision that holds."""
        lapsed = {one.risk_number for one, _ in self.shown.kept.lapses}
        held = {d.risk_number for d in self.shown.kept.holding.decisions if d.state == "held"} - lapsed
        numbers = self.shown.numbers
        return sum(r.above_appetite and numbers.get(r.id) not in held for r in self.shown.kept.assessment.risks)

    @property
    def undecided(self) -> int:
        """How many verdicts on threats that may become risks wait for an answer."""
        return self.shown.kept.assessment.count(Outcome.UNKNOWN)

    @property
    def worst(self) -> int:
        """The highest level there is now; 0 without risks."""
        return max((risk.current.level for risk in self.shown.kept.assessment.risks), default=0)

    def risk(self, number: int) -> str:
        """The address of a risk."""
        return f"{self.at}/risks/{number}"


def frame(visit: Visit, name: str) -> Frame:
    """The frame of a system. Raises NotFound."""
    found = shown(visit.desk, name)
    return Frame(
        shown=found,
        words=Names(found.kept.dossier),
        at=f"/systems/{quote(name)}",
        may_edit=visit.person.may("assessor", name),
        today=visit.desk.today,
    )


def framed(
    visit: Visit,
    frame_: Frame,
    template: str,
    tab: str,
    *,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    status: int = 0,
    **context: Any,
) -> Page:
    """A page of a system below its tabs. `tab` is the end of its address."""
    system = frame_.shown.system
    label = next((label for label, path in _TABS if path == tab), "")
    name = wording.plain(system.name) or system.id
    title = name if not tab else f"{label} of {name}"
    crumbs = [("Portfolio", "/portfolio"), *([(name, frame_.at)] if tab else [])]
    given = {**common(frame_), "tab": frame_.at + tab, "heading": name, "said_at": "" if tab else "answer"}
    return visit.page(
        template, title=title, crumbs=crumbs, typed=typed, problems=problems, status=status, **(given | context)
    )


def common(frame_: Frame) -> dict[str, Any]:
    """What every template of a system's pages knows."""
    kept = frame_.shown.kept
    return {
        "frame": frame_,
        "shown": frame_.shown,
        "system": frame_.shown.system,
        "held": kept.holding,
        "made": kept.assessment,
        "dossier": kept.dossier,
        "scales": kept.dossier.catalog.scales,
        "words": frame_.words,
        "wording": wording,
        "line_of": line_of,
        "spoken": spoken,
        "failed": "",
        "notice": "",
    }


def line_of(where: str) -> str:
    """The line at the end of a place such as `system.yaml:14`; empty where it names none."""
    found = _LINE.search(where)
    return found[1] if found else ""


def spoken(text: str) -> str:
    """A text of the register with its days as people write them."""
    return _DAY.sub(lambda found: wording.day(found[0]), text)


def download(content: str | bytes, name: str) -> Response[bytes]:
    """A file to keep, never to be opened by the browser as a page of ours. The name may come from a stranger."""
    plain = "".join(c for c in wording.plain(name) if c.isprintable()).replace("/", "_").replace("\\", "_")[:150]
    ascii_name = _PLAIN_NAME.sub("_", plain).strip(". ") or "file"
    said = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(plain or 'file', safe='')}"
    body = content.encode() if isinstance(content, str) else content
    headers = {"Content-Disposition": said, "X-Content-Type-Options": "nosniff"}
    return Response(body, media_type="application/octet-stream", headers=headers)
