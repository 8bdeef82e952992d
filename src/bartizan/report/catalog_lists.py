"""Lists of the catalogue as pages: entries by kind, what a search found, groups, facts, and lists of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bartizan.catalog.entries import Catalog, ControlGroup, FactEntry
from bartizan.catalog.resolve import Resolved
from bartizan.catalog.search import Hit
from bartizan.catalog.tables import Mapping as Item
from bartizan.catalog.tables import MappingList
from bartizan.catalog.wording import KINDS
from bartizan.core.rule import facts_of
from bartizan.core.terms import Edition
from bartizan.report.catalog_page import Block, Bullets, Facts, Heading, Page, Part, Table, Text, Words
from bartizan.report.catalog_views import control_part, counted, threat_part

_NEXT = "For all that is known of one: bartizan catalog show NAME."


def list_page(catalog: Catalog, kinds: Iterable[str], edition: Edition) -> Page:
    """The entries of these kinds that the edition knows, a table each."""
    blocks: list[Block] = []
    said: list[str] = []
    for kind in kinds:
        columns, rows = _LISTS[kind](catalog, edition)
        said.append(counted(len(rows), kind.removesuffix("s")))
        blocks += [Heading(kind.capitalize()), Table(caption=kind.capitalize(), columns=columns, rows=rows)]
    return Page(title=f"Catalogue, {edition}", lead=f"{', '.join(said)}.", blocks=tuple(blocks), foot=_NEXT)


_Listed = tuple[tuple[str, ...], tuple[tuple[Words, ...], ...]]


def _threats(catalog: Catalog, edition: Edition) -> _Listed:
    known = (t for t in catalog.threats.values() if edition in t.names)
    rows = tuple((Part(t.id, "code"), threat_part(catalog, t.id, t.names[edition]), _kind(t.kind)) for t in known)
    return ("Id", "Name", "Kind"), rows


def _controls(catalog: Catalog, edition: Edition) -> _Listed:
    known = (c for c in catalog.controls.values() if edition in c.names)
    rows = tuple((Part(c.id, "code"), c.title, c.names[edition], _kind(c.kind)) for c in known)
    return ("Id", "Title", "Printed as", "Kind"), rows


def _kind(kind: str) -> str:
    return KINDS[kind].partition(":")[0]


def _groups(catalog: Catalog, edition: Edition) -> _Listed:
    rows = tuple(
        (Part(g.id, "code"), g.name, str(len(g.members[edition])), g.purpose)
        for g in catalog.groups.values()
        if edition in g.members
    )
    return ("Id", "Name", "Controls", "Purpose"), rows


def _facts(catalog: Catalog, edition: Edition) -> _Listed:
    asked = {fact for fact, threats in asked_by(catalog).items() if any(e == edition for _, e in threats)}
    rows = tuple((Part(f.id, "code"), f.subject, f.question) for f in catalog.facts.values() if f.id in asked)
    return ("Id", "About a", "Question"), rows


def _mappings(catalog: Catalog, edition: Edition) -> _Listed:
    known = (m for m in catalog.mappings.values() if edition in m.editions)
    return ("Id", "Title", "Items"), tuple((Part(m.id, "code"), m.title, str(len(m.items))) for m in known)


_LISTS: Mapping[str, Callable[[Catalog, Edition], _Listed]] = {
    "threats": _threats,
    "controls": _controls,
    "groups": _groups,
    "facts": _facts,
    "mappings": _mappings,
}
LISTS = tuple(_LISTS)


def asked_by(catalog: Catalog) -> dict[str, list[tuple[str, Edition]]]:
    """Which threats' rules ask for a fact, in which editions."""
    asked: dict[str, list[tuple[str, Edition]]] = {}
    for threat in catalog.threats.values():
        for edition, condition in threat.rules.items():
            rules = (condition.possible, *([condition.matters] if condition.matters is not None else []))
            for fact in dict.fromkeys(found.id for rule in rules for found in facts_of(rule)):
                asked.setdefault(fact, []).append((threat.id, edition))
    return asked


def search_page(words: str, hits: tuple[Hit, ...]) -> Page:
    """What a search found, best first."""
    rows = tuple((Part(h.id, "code"), Part(h.name, "strong"), h.kind, h.excerpt) for h in hits)
    table = Table(caption="Found", columns=("Id", "Name", "Kind", "Where"), rows=rows)
    lead = (
        f"{counted(len(hits), 'entry', 'entries')}, best first." if hits else "Nothing found; try fewer or other words."
    )
    return Page(title=f"Search: {words}", lead=lead, blocks=(table,) if hits else (), foot=_NEXT if hits else "")


def several_page(word: str, found: tuple[Resolved, ...]) -> Page:
    """What a name stands for where it covers several entries."""
    rows = tuple((Part(r.id, "code"), Part(r.name, "strong"), r.kind, r.became) for r in found)
    table = Table(caption="Entries", columns=("Id", "Name", "Kind", "How"), rows=rows)
    lead = f"This name stands for {len(found)} entries; show one of them by its id."
    return Page(title=word, lead=lead, blocks=(table,))


def group_page(catalog: Catalog, group: ControlGroup, edition: Edition) -> Page:
    """A group of controls with its members in an edition, and where other editions differ."""
    members = group.members.get(edition, ())
    rows = tuple((control_part(catalog, c, catalog.controls[c].title), catalog.controls[c].purpose) for c in members)
    blocks: list[Block] = [Facts((("Id", Part(group.id, "code")), ("Section", group.section)))]
    if rows:
        blocks.append(Table(caption=group.name, columns=("Control", "Purpose"), rows=rows, widths=(28, 72)))
    for other, theirs in group.members.items():
        if set(theirs) != set(members):
            names = ", ".join(catalog.controls[c].title.lower() for c in theirs)
            blocks.append(Text(f"In {other}: {names}."))
    if group.applies_to_all:
        blocks.append(Text("It applies to every threat."))
    return Page(title=group.name, lead=group.purpose, blocks=tuple(blocks))


def fact_page(catalog: Catalog, fact: FactEntry) -> Page:
    """A fact that rules may ask, with the threats that ask it."""
    threats = asked_by(catalog).get(fact.id, [])
    by_threat: dict[str, list[str]] = {}
    for threat, edition in threats:
        by_threat.setdefault(threat, []).append(str(edition))
    rows: list[tuple[str, Words]] = [
        ("Id", Part(fact.id, "code")),
        ("Asked about a", fact.subject),
        ("If yes", f"it {fact.says}"),
        ("If no", f"it {fact.says_not}"),
    ]
    rows += [("To make it no", fact.change)] if fact.change else []
    blocks: list[Block] = [Facts(tuple(rows))]
    if by_threat:
        blocks += [Heading("Threats whose rules ask it")]
        blocks.append(Bullets(tuple(f"{catalog.threats[t].name} ({', '.join(e)})" for t, e in by_threat.items())))  # type: ignore[index]
    return Page(title=fact.question, lead=fact.why, blocks=tuple(blocks))


def mapping_page(catalog: Catalog, listed: MappingList, items: tuple[Item, ...]) -> Page:
    """A list of another body, or some items of it, with what of the catalogue each is about."""
    rows = tuple(
        (
            Part(item.id, "strong"),
            (Part(item.name), *((Part(f". {item.note}", "quiet"),) if item.note else ())),
            tuple(Part(catalog.threats[t].name, "chip", to=catalog.threats[t].permalink) for t in item.threats),
            (
                *(Part(catalog.groups[g].name, "chip") for g in item.groups),
                *(control_part(catalog, c, catalog.controls[c].title) for c in item.controls),
            ),
        )
        for item in items
    )
    columns = ("Item", "What it is", "Threats", "Controls")
    table = Table(caption=listed.title, columns=columns, rows=rows, widths=(12, 34, 27, 27))
    return Page(
        title=listed.title,
        lead=listed.about,
        blocks=(table,),
        foot=f"Source: {listed.source}." if listed.source else "",
    )
