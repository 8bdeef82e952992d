"""The navigator of an edition, as data: threats, controls and how they relate."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.catalog.relations import How, Relations
from bartizan.catalog.views import ControlName, control_name, control_names
from bartizan.core.terms import Edition, ThreatId


class NavigatorThreat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A threat in the navigator: the controls drawn under it, and all that the edition relates to it, by how."""

    threat: ThreatId
    name: str
    number: str = ""
    drawn: tuple[ControlName, ...] = ()
    related: dict[How, tuple[ControlName, ...]] = {}


class NavigatorSection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the navigator: the controls that always apply in it, group by group, and its threats."""

    title: str
    always: dict[str, tuple[ControlName, ...]]
    threats: tuple[NavigatorThreat, ...] = ()


class NavigatorView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The navigator of one edition: threats, controls and how they relate."""

    edition: Edition
    title: str
    sections: tuple[NavigatorSection, ...]
    note: str = ""


_SECTIONS = ("input_threats", "development_time", "runtime_conventional_sec")
_NUMBERED = {"2": "input_threats", "3": "development_time", "4": "runtime_conventional_sec"}
_ALWAYS = {"input threats always": "input_threats", "development-time always": "development_time"}


def navigator(catalog: Catalog, edition: Edition) -> NavigatorView:
    """The navigator of an edition: what its picture draws, and all relations of the edition beside it.

    The picture that was shipped with 2025 is still that of 2023, and is shown for both.
    """
    drawn = catalog.navigators.get(edition) or catalog.navigators[2023]
    general: dict[str, tuple[ControlName, ...]] = {}
    always: dict[str, dict[str, tuple[ControlName, ...]]] = {section: {} for section in _SECTIONS}
    threats: dict[str, list[NavigatorThreat]] = {section: [] for section in _SECTIONS}
    relations = Relations(catalog)
    for heading, members in drawn.lists.items():
        controls = control_names(catalog, members, edition)
        number, _, word = heading.rpartition(" ")
        if heading.startswith("general: "):
            general[heading.removeprefix("general: ").capitalize()] = controls
        elif word == "always":
            section = _NUMBERED.get(number[:1]) or _ALWAYS[heading]
            always[section]["Always"] = controls
        else:
            threat = ThreatId(word)
            section = _NUMBERED.get(number[:1]) or _section_of(catalog, threat)
            threats[section].append(_drawn(catalog, relations, threat, number, controls, edition))
    sections = [NavigatorSection(title="General controls", always=general)] if general else []
    sections += [
        NavigatorSection(
            title=catalog.threats[ThreatId(s)].name_in(edition), always=always[s], threats=tuple(threats[s])
        )
        for s in _SECTIONS
    ]
    return NavigatorView(
        edition=edition, title=f"Navigator, {edition}", sections=tuple(sections), note=_NAVIGATOR_NOTES[edition]
    )


_NAVIGATOR_NOTES: Mapping[Edition, str] = {
    2023: "Drawn as in the picture of 2023. That edition has no printed table of threats and controls.",
    2025: "The picture shipped with 2025 is still that of 2023, with prompt injection as 4.5 and 4.6; the names are "
    "those of 2025 where it has them.",
    2026: "Drawn as in the picture of 2026.",
}


def _section_of(catalog: Catalog, threat: ThreatId) -> str:
    here: ThreatId | None = threat
    while here is not None and here not in _SECTIONS:
        here = catalog.threats[here].parent
    return here or _SECTIONS[-1]


def _drawn(
    catalog: Catalog,
    relations: Relations,
    threat: ThreatId,
    number: str,
    controls: tuple[ControlName, ...],
    edition: Edition,
) -> NavigatorThreat:
    related: dict[How, list[ControlName]] = {}
    for relation in relations.of_threat(threat, edition):
        related.setdefault(relation.how, []).append(control_name(catalog.controls[relation.control], edition))
    return NavigatorThreat(
        threat=threat,
        name=catalog.threats[threat].name_in(edition),
        number=number,
        drawn=controls,
        related={how: tuple(names) for how, names in related.items()},
    )
