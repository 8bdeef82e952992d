"""Which controls each source relates to each threat, and why: groups and references expanded from one place.

A section of the framework names controls itself, and refers to groups and to other sections. The expansion follows four
rules, which reproduce the lists of both editions that have such sections:

- a group that a section refers to counts with all its members of that edition; those it names count as listed;
- a reference to another section (parent, import, supplier's part) takes over what that section itself names, general
  controls excepted, since they are referred to as a whole;
- a section that says it has the same controls as another has them for the same reasons, less those it takes away;
- a control that comes in several ways keeps the strongest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias, get_args

import msgspec

from bartizan.catalog.entries import Catalog, Threat
from bartizan.catalog.tables import DeepDive, DeepDiveRow, PrintedCell
from bartizan.core.terms import EDITIONS, ControlId, Edition, ThreatId

How: TypeAlias = Literal["listed", "mentioned", "emphasis", "group", "parent", "imported", "supplier", "general"]
HOW_IN_WORDS: Mapping[How, str] = {
    "listed": "named in its own list",
    "mentioned": "named in its text",
    "emphasis": "in a general group that it stresses",
    "group": "in a group that it refers to",
    "parent": "named by the section above it",
    "imported": "named by a section that it refers to",
    "supplier": "for the supplier to apply",
    "general": "a general control, for whatever threat",
}
_STRENGTH: Mapping[How, int] = {how: i for i, how in enumerate(get_args(How))}
_GENERAL = "general_controls"


class Relation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A control that a source relates to a threat: how it says so, and through which group or section."""

    threat: ThreatId
    control: ControlId
    how: How
    via: str = ""


def printed_controls(catalog: Catalog, cell: PrintedCell, edition: Edition) -> tuple[ControlId, ...]:
    """The controls of a cell of the periodic table: a group counts with its members, or with those that are printed."""
    if cell.group is None:
        return cell.controls
    return cell.printed_members or catalog.groups[cell.group].members.get(edition, ())


def periodic_relations(catalog: Catalog, edition: Edition) -> tuple[Relation, ...]:
    """The pairs of an edition's periodic table, in the order of print. Empty where the edition has no table."""
    table = catalog.tables.get(edition)
    if table is None:
        return ()
    pairs: dict[tuple[ThreatId, ControlId], Relation] = {}
    for row in table.rows:
        for cell in row.cells:
            how: How = "group" if cell.group else "listed"
            for control in printed_controls(catalog, cell, edition):
                found = Relation(threat=row.threat, control=control, how=how, via=cell.group or "")
                pairs.setdefault((row.threat, control), found)
    return tuple(pairs.values())


def deep_dive_relations(catalog: Catalog, edition: Edition) -> tuple[Relation, ...]:
    """The pairs of the threats' own sections in an edition. Empty where the catalogue has no such sections."""
    dive = catalog.deep_dives.get(edition)
    return tuple(_Expansion(catalog, dive).relations()) if dive is not None else ()


class _Expansion:
    """The sections of one edition, with groups and references followed."""

    def __init__(self, catalog: Catalog, dive: DeepDive) -> None:
        self.catalog = catalog
        self.edition = dive.edition
        self.rows = {row.threat: row for row in dive.rows}
        self.general = self._members(_GENERAL)

    def relations(self) -> Iterator[Relation]:
        for row in self.rows.values():
            found = self._section(row)
            for control in self.general if self._is_general(row) else ():
                found.setdefault(control, ("general", _group_of(self.catalog, control, self.edition)))
            yield from (Relation(threat=row.threat, control=c, how=how, via=via) for c, (how, via) in found.items())

    def _members(self, group: str) -> tuple[ControlId, ...]:
        return self.catalog.groups[group].members.get(self.edition, ())

    def _is_general(self, row: DeepDiveRow) -> bool:
        return row.general or (row.same_as is not None and self._is_general(self.rows[row.same_as]))

    def _section(self, row: DeepDiveRow) -> dict[ControlId, tuple[How, str]]:
        """What a section brings, general controls that are referred to as a whole left out."""
        found: dict[ControlId, tuple[How, str]] = {}
        for controls, how, via in self._ways(row):
            for control in controls:
                if control not in found or _STRENGTH[how] < _STRENGTH[found[control][0]]:
                    found[control] = (how, via)
        return found

    def _ways(self, row: DeepDiveRow) -> Iterator[tuple[Iterable[ControlId], How, str]]:
        yield (*row.own, *row.named_general), "listed", ""
        for reference in row.groups:
            yield reference.named, "listed", reference.group
            yield self._members(reference.group), "group", reference.group
        yield row.mentioned, "mentioned", ""
        for group in row.emphasis:
            yield self._members(group), "emphasis", group
        if row.same_as is not None:
            for control, (how, _) in self._section(self.rows[row.same_as]).items():
                if control not in row.minus:
                    yield (control,), how, row.same_as
        if row.parent is not None:
            yield self._taken_from(row.parent), "parent", row.parent
        for source in row.imports:
            yield self._taken_from(source), "imported", source
        for section in row.supplier_side:
            yield self._taken_from(section), "supplier", section

    def _taken_from(self, threat: str) -> list[ControlId]:
        row = self.rows.get(ThreatId(threat))
        return [c for c in _named(row) if c not in self.general] if row else list(self._members(threat))


def _named(row: DeepDiveRow) -> tuple[ControlId, ...]:
    through_groups = (control for reference in row.groups for control in reference.named)
    return (*row.own, *row.named_general, *through_groups, *row.mentioned)


def _group_of(catalog: Catalog, control: ControlId, edition: Edition) -> str:
    """The smallest group of an edition that holds the control, so that a reason is as particular as it can be."""
    holders = [(len(m), g.id) for g in catalog.groups.values() if control in (m := g.members.get(edition, ()))]
    return min(holders)[1] if holders else ""


def navigator_relations(catalog: Catalog, edition: Edition) -> tuple[Relation, ...]:
    """The pairs that an edition's navigator picture draws. Its headings end in the threat that they are about."""
    navigator = catalog.navigators.get(edition)
    lists = navigator.lists.items() if navigator is not None else ()
    return tuple(
        Relation(threat=threat, control=control, how="listed")
        for heading, controls in lists
        if (threat := ThreatId(heading.rpartition(" ")[2])) in catalog.threats
        for control in controls
    )


_SOURCES = (
    ("periodic table", periodic_relations),
    ("deep dive", deep_dive_relations),
    ("navigator", navigator_relations),
)


def outright(catalog: Catalog, edition: Edition) -> dict[tuple[ThreatId, ControlId], tuple[str, ...]]:
    """The sources of an edition that relate a pair for its own sake, such as 'periodic table 2026'.

    That is what a table prints, and what a threat's section names or stresses; not what it only refers to as a group.
    """
    table = ((r, f"periodic table {edition}") for r in periodic_relations(catalog, edition))
    own = (r for r in deep_dive_relations(catalog, edition) if r.how in {"listed", "emphasis"})
    found: dict[tuple[ThreatId, ControlId], tuple[str, ...]] = {}
    for relation, source in (*table, *((r, f"deep dive {edition}") for r in own)):
        pair = relation.threat, relation.control
        found[pair] = (*found.get(pair, ()), source)
    return found


class Relations:
    """All relations of a catalogue, expanded once. Make one per catalogue and keep it: lookups are then immediate."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._by_threat: dict[tuple[str, Edition], dict[str, dict[str, Relation]]] = {}
        for edition in EDITIONS:
            for source, expand in _SOURCES:
                for relation in expand(catalog, edition):
                    of_threat = self._by_threat.setdefault((relation.threat, edition), {})
                    of_threat.setdefault(relation.control, {})[f"{source} {edition}"] = relation

    def of_threat(self, threat: str, edition: Edition) -> tuple[Relation, ...]:
        """The controls that this edition relates to a threat, each in its strongest way, strongest first."""
        found = self._by_threat.get((threat, edition), {})
        strongest = [min(by.values(), key=lambda r: _STRENGTH[r.how]) for by in found.values()]
        return tuple(sorted(strongest, key=lambda r: _STRENGTH[r.how]))

    def of_control(self, control: str, edition: Edition) -> tuple[Relation, ...]:
        """The threats that this edition relates to a control, each in its strongest way, strongest first."""
        found = (
            min(by[control].values(), key=lambda r: _STRENGTH[r.how])
            for (_, of), by in self._by_threat.items()
            if of == edition and control in by
        )
        return tuple(sorted(found, key=lambda r: (_STRENGTH[r.how], r.threat)))

    def said_by(self, threat: str, control: str, edition: Edition) -> tuple[str, ...]:
        """The sources of an edition that relate the two, such as 'periodic table 2026' and 'deep dive 2026'."""
        return tuple(self._by_threat.get((threat, edition), {}).get(control, ()))

    def reason(self, threat: str, control: str, edition: Edition) -> str:
        """Why the control helps against the threat, from the nearest place that says so.

        In order: the threat's own advice on the control, its advice on a group that holds it, the same of the sections
        that it came through or stand above, and at last the purpose of the group, which holds for every threat.
        """
        for place in self._places(threat, control, edition):
            if text := _advice(self._catalog, place, control, edition):
                return text
        group = _group_of(self._catalog, ControlId(control), edition)
        return self._catalog.groups[group].purpose if group else ""

    def _places(self, threat: str, control: str, edition: Edition) -> Iterator[Threat]:
        threats = self._catalog.threats
        through = [r.via for r in self._by_threat.get((threat, edition), {}).get(control, {}).values()]
        seen: set[str] = set()
        waiting: list[str] = [threat, *through]
        while waiting:
            here = threats.get(ThreatId(waiting.pop(0)))
            if here is not None and here.id not in seen:
                seen.add(here.id)
                yield here
                waiting.extend([here.parent] if here.parent else [])


def _advice(catalog: Catalog, threat: Threat, control: str, edition: Edition) -> str:
    for advice in threat.controls:
        if advice.control == control:
            return advice.why
    for advice in threat.controls:
        if advice.group is not None and control in catalog.groups[advice.group].members.get(edition, ()):
            return advice.why
    return ""
