"""What changed between two editions, as a page."""

from __future__ import annotations

from collections.abc import Iterator

from bartizan.catalog.diff import EditionDiff, NameChange, RuleChange
from bartizan.catalog.entries import Catalog
from bartizan.core.terms import ControlId
from bartizan.report.catalog_page import BREAK, Block, Heading, Page, Part, Table, Text, Words
from bartizan.report.catalog_views import control_part, counted, threat_part


def diff_page(catalog: Catalog, found: EditionDiff) -> Page:
    """Names, rules, relations and groups that differ between two editions, and what that means for systems."""
    by_change = {c: [n for n in found.names if n.change == c] for c in ("added", "removed", "renamed")}
    comparable = [r for r in found.rules if r.applies not in {"added", "removed"}]
    lead = (
        f"{counted(len(by_change['added']), 'name')} new, {len(by_change['renamed'])} changed, "
        f"{len(by_change['removed'])} gone; {counted(len(comparable), 'rule')} for the same threat differ."
    )
    blocks = [
        *_rules(catalog, comparable),
        *_names(catalog, "New in the later edition", by_change["added"]),
        *_names(catalog, "Under another name", by_change["renamed"]),
        *_names(catalog, "No longer named", by_change["removed"]),
        *_groups(catalog, found),
        *_relations(catalog, found),
        *(Text(said) for said in found.incomparable),
    ]
    title = f"From {found.before} to {found.after}"
    return Page(title=title, lead=lead, blocks=tuple(blocks), foot=_FOOT)


_FOOT = (
    "Rules are compared over all combinations of the facts that they ask for. What changes for one system: "
    "bartizan compare."
)


def _rules(catalog: Catalog, changes: list[RuleChange]) -> Iterator[Block]:
    if not changes:
        return
    yield Heading("Rules that differ")
    rows = tuple(
        (threat_part(catalog, c.threat, c.name), _meaning(c), _said(c.before), _said(c.after)) for c in changes
    )
    columns = ("Threat", "What it means", "Before", "After")
    yield Table(caption="Rules that differ", columns=columns, rows=rows, widths=(17, 33, 25, 25))


def _meaning(change: RuleChange) -> Words:
    parts = [Part(change.means)]
    for words, where in (("Gained", change.gained_where), ("Lost", change.lost_where)):
        if where:
            parts += [BREAK, Part(f"{words}, for instance, where it {where}.", "quiet")]
    return tuple(parts)


def _said(words: tuple[str, ...]) -> str:
    return " ".join(words)


def _names(catalog: Catalog, heading: str, changes: list[NameChange]) -> Iterator[Block]:
    for kind in ("threat", "control"):
        some = [c for c in changes if c.kind == kind]
        if not some:
            continue
        title = f"{heading}: {kind}s"
        yield Heading(title)
        renamed = some[0].change == "renamed"
        rows: tuple[tuple[Words, ...], ...]
        if renamed:
            columns: tuple[str, ...] = ("Id", "Before", "After")
            rows = tuple((Part(c.id, "code"), c.before, c.after) for c in some)
        else:
            columns = ("Id", "Name", "What it means")
            rows = tuple((Part(c.id, "code"), c.after or c.before, c.means) for c in some)
        yield Table(caption=title, columns=columns, rows=rows, widths=(28, 36, 36))


def _groups(catalog: Catalog, found: EditionDiff) -> Iterator[Block]:
    if found.groups:
        yield Heading("Groups with other members")
        yield Text("Every threat that refers to one of these groups as a whole changes with it.")
        rows = tuple((g.name, _chips(catalog, g.added), _chips(catalog, g.removed)) for g in found.groups)
        yield Table(caption="Groups", columns=("Group", "Added", "Removed"), rows=rows, widths=(36, 36, 28))


def _relations(catalog: Catalog, found: EditionDiff) -> Iterator[Block]:
    for source in dict.fromkeys(r.source for r in found.relations):
        title = f"Controls per threat: {source}"
        rows = tuple(
            (threat_part(catalog, r.threat, r.name), _chips(catalog, r.added), _chips(catalog, r.removed))
            for r in found.relations
            if r.source == source
        )
        yield Heading(title)
        yield Table(caption=title, columns=("Threat", "Added", "Removed"), rows=rows, widths=(28, 44, 28))


def _chips(catalog: Catalog, controls: tuple[ControlId, ...]) -> tuple[Part, ...]:
    return tuple(control_part(catalog, c, catalog.controls[c].title) for c in controls)
