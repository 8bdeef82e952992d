"""What the pages of the catalogue share: the edition that is looked at, the tabs, where names lead, what they mean."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup

from bartizan.catalog.entries import Catalog, Control, Threat
from bartizan.catalog.measured import EMPTY, MeasuredTable
from bartizan.catalog.resolve import Names, UnknownName
from bartizan.catalog.wording import KINDS, impact_in_words
from bartizan.core.terms import DEFAULT_EDITION, EDITIONS, ControlId, Edition, ThreatId
from bartizan.report.measured import bar_of, told
from bartizan.report.pictures.effect_bar import effect_bar
from bartizan.report.wording import first_sentence, sentence
from bartizan.web.visit import Page, Visit

HOME = "/catalogue"
SOURCE = "Names, numbers and relations: OWASP AI Exchange (owaspai.org), CC0. Text: Bartizan's own."
_TABS = (
    ("Periodic table", ""),
    ("Matrix", "/matrix"),
    ("Controls", "/controls"),
    ("Navigator", "/navigator"),
    ("Threat maps", "/maps"),
)
_LONGEST_WORD = 100


def edition_of(visit: Visit) -> Edition:
    """The edition that a request asks for, else the current one."""
    asked = visit.query("edition")
    return next((e for e in EDITIONS if str(e) == asked), DEFAULT_EDITION)


def words_of(visit: Visit, name: str = "q") -> str:
    """What a request searches for, cut to what a person types."""
    return visit.query(name)[:_LONGEST_WORD]


def threat_at(threat: str) -> str:
    """The address of a threat's page."""
    return f"{HOME}/threats/{quote(threat, safe='')}"


def control_at(control: str) -> str:
    """The address of a control's page."""
    return f"{HOME}/controls/{quote(control, safe='')}"


def focus_at(name: str, edition: Edition) -> str:
    """The address of the navigator around a threat or control."""
    return f"{HOME}/navigator?{urlencode(_said(edition) | {'focus': name})}"


def _said(edition: Edition) -> dict[str, str]:
    return {} if edition == DEFAULT_EDITION else {"edition": str(edition)}


def threat_says(threat: Threat) -> str:
    """What a threat is, in a line or two."""
    loses = impact_in_words(threat.impact)
    return first_sentence(threat.what) + (f" Loses {loses}." if loses else "")


def control_says(control: Control) -> str:
    """What a control is, in a line or two."""
    return f"{control.title}. {first_sentence(control.purpose)} {sentence(KINDS[control.kind])}"


class Guide:
    """Where the names of a catalogue lead, and what they mean, for templates."""

    def __init__(self, catalog: Catalog, edition: Edition, measured: MeasuredTable = EMPTY) -> None:
        self.catalog = catalog
        self.measured = measured
        self.edition = edition

    def threat(self, name: str) -> Threat:
        """A threat by its id."""
        return self.catalog.threats[ThreatId(name)]

    def control(self, name: str) -> Control:
        """A control by its id."""
        return self.catalog.controls[ControlId(name)]

    def threat_name(self, name: str) -> str:
        """What the edition calls a threat."""
        return self.threat(name).name_in(self.edition)

    def threat_tip(self, name: str) -> str:
        """What a threat is."""
        return threat_says(self.threat(name))

    def control_tip(self, name: str) -> str:
        """What a control is."""
        return control_says(self.control(name))

    def strength(self, name: str) -> int:
        """How much a control takes off when verified, as 0 to 4 quarters of the most that any does."""
        reduces = self.control(name).reduces
        return min(4, round(2 * max(reduces.likelihood, reduces.impact)))

    def bar(self, threat: str, name: str) -> Markup | str:
        """What a control was measured to do against a threat, drawn; empty where nothing was measured."""
        bar = bar_of(self.measured, threat, name)
        return effect_bar(bar.low, bar.value, bar.high) if bar is not None else ""

    def measured_tip(self, threat: str, name: str) -> str:
        """What was measured of the two, or why nothing was; empty where the table does not know them."""
        return told(self.measured, threat, name)

    def any_measured(self) -> bool:
        """Whether there is any number to explain."""
        return bool(self.measured.effects)

    threat_at = staticmethod(threat_at)
    control_at = staticmethod(control_at)

    def focus_at(self, name: str) -> str:
        """The navigator around a threat or control."""
        return focus_at(name, self.edition)


def found_by(catalog: Catalog, word: str) -> tuple[str, str, tuple[str, ...]]:
    """The address and id of the threat or control that a word certainly names, and else the nearest names."""
    names = Names(catalog)
    try:
        found = [r for r in names.lookup(word[:_LONGEST_WORD]) if r.kind in {"threat", "control"}]
    except UnknownName as error:
        return "", "", error.close
    if not found:
        return "", "", ()
    best = [r for r in found if r.rank == found[0].rank]
    if len(best) > 1:
        return "", "", tuple(dict.fromkeys(r.name for r in best))
    place = threat_at if best[0].kind == "threat" else control_at
    return place(best[0].id), best[0].id, ()


def shown(visit: Visit, template: str, tab: str, title: str, edition: Edition, **context: Any) -> Page:
    """A page of the catalogue below its tabs. `tab` is the end of its address."""
    tabs = [(label, HOME + path + (f"?{urlencode(_said(edition))}" if _said(edition) else "")) for label, path in _TABS]
    current = next((href for (_, path), (_, href) in zip(_TABS, tabs, strict=True) if path == tab), "")
    given = {
        "tabs": tabs,
        "tab": current,
        "at": HOME + tab,
        "edition": edition,
        "editions": EDITIONS,
        "guide": Guide(visit.desk.catalog, edition, visit.desk.measured),
        "source": SOURCE,
    }
    crumbs = [("Catalogue", HOME)] if tab else []
    return visit.page(template, title=title, crumbs=crumbs, **(given | context))
