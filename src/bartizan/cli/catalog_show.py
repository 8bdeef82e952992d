"""`bartizan catalog show`: from a name to the page of what it stands for."""

from __future__ import annotations

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.catalog.measured import measured_table
from bartizan.catalog.relations import Relation, Relations
from bartizan.catalog.resolve import Names, Resolved
from bartizan.core.terms import ControlId, Edition, FactId, ThreatId
from bartizan.report.catalog_entry import control_page, threat_page
from bartizan.report.catalog_lists import fact_page, group_page, mapping_page, several_page
from bartizan.report.catalog_page import Page


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `show` says as JSON: how the name was understood, the entry, and the relations of an edition."""

    asked: str
    resolved: tuple[Resolved, ...]
    entry: object = None
    relations: tuple[Relation, ...] = ()


def shown(catalog: Catalog, word: str, edition: Edition) -> tuple[Page, Shown]:
    """The page for a name, and its content as a value. Raises UnknownName with the nearest names."""
    names = Names(catalog)
    found, one = names.lookup(word), names.one(word)
    if one is None:
        return several_page(word, found), Shown(asked=word, resolved=found)
    relations = Relations(catalog)
    page, entry = _page(catalog, relations, one, edition, _told(one, found))
    related: tuple[Relation, ...] = ()
    if one.kind == "threat":
        related = relations.of_threat(one.id, edition)
    elif one.kind == "control":
        related = relations.of_control(one.id, edition)
    return page, Shown(asked=word, resolved=found, entry=entry, relations=related)


def _told(one: Resolved, found: tuple[Resolved, ...]) -> tuple[str, ...]:
    """What the name became, and what else it stands for."""
    told = [one.became[:1].upper() + one.became[1:] + "."] if one.became else []
    for other in found:
        if other.kind in {"threat", "control", "group"} and (other.kind, other.id) != (one.kind, one.id):
            kind = {"group": "group of controls"}.get(other.kind, other.kind)
            told.append(f"The name also stands for the {kind} '{other.name}'.")
    return tuple(told)


def _page(
    catalog: Catalog, relations: Relations, one: Resolved, edition: Edition, told: tuple[str, ...]
) -> tuple[Page, object]:
    match one.kind:
        case "threat":
            threat = catalog.threats[ThreatId(one.id)]
            return threat_page(catalog, relations, threat, edition, told, measured_table()), threat
        case "control":
            control = catalog.controls[ControlId(one.id)]
            return control_page(catalog, relations, control, edition, told, measured_table()), control
        case "group":
            group = catalog.groups[one.id]
            return group_page(catalog, group, edition), group
        case "fact":
            fact = catalog.facts[FactId(one.id)]
            return fact_page(catalog, fact), fact
        case "mapping":
            listed = catalog.mappings[one.id]
            return mapping_page(catalog, listed, listed.items), listed
        case "item":
            name, _, number = one.id.partition("/")
            listed = catalog.mappings[name]
            items = tuple(item for item in listed.items if item.id == number)
            return mapping_page(catalog, listed, items), items
