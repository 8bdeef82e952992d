"""The schema of what editions print: tables, control lists, navigators, maps, overviews, mappings to other lists."""

from __future__ import annotations

from typing import Literal

import msgspec

from bartizan.core.terms import ControlId, Edition, ThreatId


class PrintedCell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One block of a row's controls as printed: a group by name, or controls; with the role they are printed under."""

    group: str | None = None
    controls: tuple[ControlId, ...] = ()
    printed_members: tuple[ControlId, ...] = ()
    """The members that the table prints in brackets, where they are fewer than the group has."""
    role: Literal["supplier", "producer"] | None = None


class PrintedRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of a periodic table of AI security as printed."""

    row: int
    threat: ThreatId
    label: str
    asset_impact: str
    attack_surface: str
    cells: tuple[PrintedCell, ...]


class PeriodicTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The periodic table of one edition, row by row as printed."""

    edition: Edition
    source: str
    note: str = ""
    rows: tuple[PrintedRow, ...]


class DeepDiveGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A group that a threat's section refers to, and the members it names."""

    group: str
    named: tuple[ControlId, ...] = ()


class DeepDiveRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The control list in one threat's own section. What it takes over from elsewhere is a reference, not a copy."""

    threat: ThreatId
    general: bool = False
    """General controls are referred to as a whole."""
    emphasis: tuple[str, ...] = ()
    named_general: tuple[ControlId, ...] = ()
    groups: tuple[DeepDiveGroup, ...] = ()
    own: tuple[ControlId, ...] = ()
    parent: ThreatId | None = None
    same_as: ThreatId | None = None
    minus: tuple[ControlId, ...] = ()
    imports: tuple[ThreatId, ...] = ()
    mentioned: tuple[ControlId, ...] = ()
    supplier_side: tuple[str, ...] = ()
    condition: str = ""
    note: str = ""


class DeepDive(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The control lists of all threats' sections in one edition."""

    edition: Edition
    source: str
    rows: tuple[DeepDiveRow, ...]


class Navigator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The navigator picture of one edition: headings with the controls drawn under them."""

    edition: Edition
    source: str
    note: str = ""
    lists: dict[str, tuple[ControlId, ...]]


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One item of another list (an LLM Top 10 entry, say) and what of the catalogue it is about."""

    id: str
    name: str
    note: str = ""
    threats: tuple[ThreatId, ...] = ()
    controls: tuple[ControlId, ...] = ()
    groups: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Items of other lists that this one corresponds to."""
    part: str = ""


class Checklist(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a list is one that systems are held against: in assessments by which editions, and where among the lists."""

    editions: tuple[Edition, ...]
    place: int


class MappingList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A list that the framework maps to its threats and controls: one file in ``data/mappings``."""

    id: str
    title: str
    about: str
    editions: tuple[Edition, ...] = (2026,)
    source: str = ""
    checklist: Checklist | None = None
    """Whether every assessment says how the system stands to this list; without it, the list is there to look up."""
    items: tuple[Mapping, ...]


class ThreatMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A threat map of one edition: the threats on it, and the control groups with who applies them."""

    id: str
    edition: Edition
    title: str
    note: str = ""
    threats: tuple[ThreatId, ...]
    our_controls: tuple[str, ...] = ()
    supplier_controls: tuple[str, ...] = ()


class OverviewGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One of the groups in which the edition of 2025 sums up its controls."""

    id: str
    title: str
    about: str
    part: str = ""


class EssentialPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of an essential category of 2026."""

    name: str
    about: str


class EssentialCategory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the essential categories of 2026."""

    category: str
    about: str
    subs: tuple[EssentialPart, ...]


class Overview(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the framework sums up its controls: the groups of 2025, the essentials of 2026."""

    groups_2025: tuple[OverviewGroup, ...]
    essentials_2026: tuple[EssentialCategory, ...]
