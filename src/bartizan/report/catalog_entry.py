"""One threat or control of the catalogue as a page: all that is known of it, for a reader who has a minute or ten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bartizan.catalog.entries import Alias, Catalog, Control, Reference, Threat
from bartizan.catalog.measured import EMPTY, MeasuredTable
from bartizan.catalog.proving import Proving, provings
from bartizan.catalog.relations import HOW_IN_WORDS, Relation, Relations
from bartizan.catalog.wording import DOERS, KINDS, PARTIES, PLACES, condition_in_words, impact_in_words, rule_in_words
from bartizan.core.rule import Rule
from bartizan.core.terms import ControlId, Edition
from bartizan.report.catalog_page import Block, Bullets, Facts, Heading, Page, Part, Table, Text, Words
from bartizan.report.catalog_views import control_part, threat_part
from bartizan.report.measured import control_blocks, threat_blocks, with_measured

_FOOT = "Names, rules and relations: OWASP AI Exchange (owaspai.org), CC0. Text: Bartizan's own."
_SIZES = {"S": "small", "M": "medium", "L": "large"}
_SURFACES = {
    "input": "through input",
    "development": "where it is developed",
    "supply_chain": "through the supply chain",
    "runtime": "where it runs",
    "all_it": "through any IT",
}


def threat_page(
    catalog: Catalog,
    relations: Relations,
    threat: Threat,
    edition: Edition,
    told: tuple[str, ...] = (),
    measured: MeasuredTable = EMPTY,
) -> Page:
    """A threat with its rules in words, its controls with the reason and who says so, and where else it is named.

    ``told`` are sentences for a reader who came by another name.
    """
    blocks: list[Block] = [Text(Part(line, "strong")) for line in told]
    blocks.append(Facts(tuple(_threat_facts(catalog, threat))))
    blocks += _list("How it is done", threat.how)
    blocks += _prose("Example", threat.example)
    blocks += _prose("What an attacker needs", threat.attacker_needs)
    blocks += _prose("What it does", threat.consequence)
    blocks += _rules(catalog, threat)
    blocks += _list("How easily a system falls for it", tuple(_susceptibility(catalog, threat)))
    blocks += _controls(catalog, relations, threat, edition, measured)
    blocks += threat_blocks(catalog, measured, threat.id)
    blocks += _list("References", tuple(map(_reference, threat.references)))
    blocks += _elsewhere(catalog, threat=threat.id)
    blocks += _list("Where the sources disagree, and what was decided", threat.decisions)
    return Page(title=threat.name_in(edition), lead=threat.what, blocks=tuple(blocks), foot=_FOOT)


def _threat_facts(catalog: Catalog, threat: Threat) -> Iterator[tuple[str, Words]]:
    yield "Id", Part(threat.id, "code")
    yield "Kind", KINDS[threat.kind]
    yield "Names", _names(threat.names)
    yield from _other_names(threat.aliases, threat.old_slugs)
    if threat.permalink:
        yield "Framework", Part(threat.permalink, to=threat.permalink)
    if threat.parent is not None:
        yield "Part of", threat_part(catalog, threat.parent)
    children = sorted(t.id for t in catalog.threats.values() if t.parent == threat.id)
    if children:
        yield "Has", tuple(Part(catalog.threats[c].name, "chip") for c in children)
    when = {"both": "development and run time", "runtime": "run time"}.get(threat.lifecycle, threat.lifecycle)
    note = f" ({threat.surface_note})" if threat.surface_note else ""
    yield "Where", f"{when}, {_SURFACES[threat.surface]}{note}"
    if threat.impact:
        yield "Loses", impact_in_words(threat.impact)
    if threat.at:
        yield "Judged at", ", ".join(PLACES[place] for place in threat.at)
    yield "Skill or means needed", threat.capability
    yield "Chance of being noticed", threat.detectability


def _names(names: Mapping[Edition, str]) -> str:
    """Each name once, with the editions that use it."""
    years: dict[str, list[str]] = {}
    for edition, name in sorted(names.items()):
        years.setdefault(name, []).append(str(edition))
    return ", ".join(f"{name} ({', '.join(editions)})" for name, editions in years.items())


def _other_names(aliases: tuple[Alias, ...], slugs: tuple[str, ...]) -> Iterator[tuple[str, Words]]:
    years: dict[str, list[str]] = {}
    for alias in aliases:
        years.setdefault(alias.name, []).extend([str(alias.edition)] if alias.edition else [])
    if years:
        yield "Also called", ", ".join(f"{name} ({', '.join(y)})" if y else name for name, y in years.items())
    if slugs:
        yield "Old addresses", ", ".join(slugs)


def _rules(catalog: Catalog, threat: Threat) -> Iterator[Block]:
    if not threat.rules:
        return
    yield Heading("When it applies")
    rows: list[tuple[str, Words]] = []
    for edition, condition in sorted(threat.rules.items(), reverse=True):
        said = " ".join(condition_in_words(catalog, threat, condition))
        because = Part(f" Source: {condition.because}." if condition.because else "", "quiet")
        rows.append((str(edition), (Part(said), because)))
    yield Facts(tuple(rows))
    if threat.who:
        yield Heading("Who must act", 3)
        yield Bullets(
            tuple(f"{_case(catalog, c.when, i)}: {PARTIES[c.who]}. {c.why}" for i, c in enumerate(threat.who))
        )


def _case(catalog: Catalog, rule: Rule, place: int) -> str:
    words = rule_in_words(catalog, rule)
    if words == "always":
        return "In every other case" if place else "In every case"
    return f"If it {words}"


def _susceptibility(catalog: Catalog, threat: Threat) -> Iterator[str]:
    for i, case in enumerate(threat.susceptibility):
        yield f"{case.score} of 5. {_case(catalog, case.when, i)}: {case.why}."


def _controls(
    catalog: Catalog, relations: Relations, threat: Threat, edition: Edition, measured: MeasuredTable
) -> Iterator[Block]:
    """The controls with the same reason share a row; general ones, which hold for every threat, share a sentence."""
    found = {r.control: r for r in relations.of_threat(threat.id, edition)}
    advised = [a.control for a in threat.controls if a.control is not None]
    particular = [c for c, r in found.items() if r.how != "general"]
    by_reason: dict[str, list[ControlId]] = {}
    for control in dict.fromkeys((*particular, *advised)):
        by_reason.setdefault(relations.reason(threat.id, control, edition), []).append(control)
    rows = [
        (
            _measured_chips(catalog, threat, controls, measured),
            *_advice(catalog, relations, threat, edition, why, controls),
        )
        for why, controls in by_reason.items()
    ]
    if rows:
        yield Heading("Controls")
        columns = ("Controls", "Why they help", "Who says so")
        yield Table(caption="Controls", columns=columns, rows=tuple(rows), widths=(30, 48, 22))
    general = [c for c, r in found.items() if r.how == "general"]
    if general:
        names = ", ".join(catalog.controls[c].title.lower() for c in general)
        yield Text(f"Besides, {len(general)} general controls, which hold for whatever threat: {names}.")


def _measured_chips(
    catalog: Catalog, threat: Threat, controls: Iterable[ControlId], measured: MeasuredTable
) -> tuple[Part, ...]:
    chips = ((c, control_part(catalog, c, catalog.controls[c].title)) for c in controls)
    return tuple(with_measured(chip, measured, threat.id, control) for control, chip in chips)


def _advice(
    catalog: Catalog,
    relations: Relations,
    threat: Threat,
    edition: Edition,
    why: str,
    controls: list[ControlId],
) -> tuple[Words, ...]:
    said = dict.fromkeys(s for c in controls for s in relations.said_by(threat.id, c, edition))
    earlier = dict.fromkeys(s for c in controls for e in threat.names for s in relations.said_by(threat.id, c, e))
    who = ", ".join(said or earlier) or "Bartizan"
    return why, who


def control_page(
    catalog: Catalog,
    relations: Relations,
    control: Control,
    edition: Edition,
    told: tuple[str, ...] = (),
    measured: MeasuredTable = EMPTY,
) -> Page:
    """A control with how to do it, what it does not do, how to verify it, and the threats it works against.

    ``told`` are sentences for a reader who came by another name.
    """
    blocks: list[Block] = [Text(Part(line, "strong")) for line in told]
    blocks.append(Facts(tuple(_control_facts(catalog, control))))
    for heading, items in (
        ("How it is done", control.how),
        ("What can be tuned", control.tune),
        ("What it does not do", control.limits),
        ("How to verify that it is in place and works", control.verify),
    ):
        blocks += _list(heading, items)
    blocks += _list("What Bartizan runs to see it", tuple(map(_proving, provings(control.id))))
    blocks += _prose("What to ask a supplier", control.ask_supplier)
    blocks += _list("Figures", control.figures)
    blocks += _threats(catalog, relations, control, edition, measured)
    blocks += control_blocks(catalog, measured, control.id)
    blocks += _list("References", tuple(map(_reference, control.references)))
    blocks += _elsewhere(catalog, control=control.id)
    blocks += _list("Where the sources disagree, and what was decided", control.decisions)
    name = control.names.get(edition) or (control.names[max(control.names)] if control.names else "")
    title = f"{control.title} ({name})" if name and name != control.title else control.title
    return Page(title=title, lead=control.purpose, blocks=tuple(blocks), foot=_FOOT)


def _proving(one: Proving) -> Words:
    return Part(f"bartizan {one.command}", "code"), Part(f": {one.looks}")


def _control_facts(catalog: Catalog, control: Control) -> Iterator[tuple[str, Words]]:
    yield "Id", Part(control.id, "code")
    yield "Kind", KINDS[control.kind]
    if control.status == "retired":
        heir = catalog.controls[control.merged_into].title.lower() if control.merged_into else ""
        yield "Status", f"retired; merged into {heir}" if heir else "retired; it has no successor"
    if control.names:
        yield "Names", _names(control.names)
    yield from _other_names(control.aliases, control.old_slugs)
    if control.permalink:
        yield "Framework", Part(control.permalink, to=control.permalink)
    yield "Discipline", KINDS[control.discipline]
    yield "Done by", DOERS[control.done_by]
    yield "Effort", _SIZES[control.effort.value]
    takes = ((control.reduces.likelihood, "likelihood"), (control.reduces.impact, "impact"))
    steps = [f"{amount:g} off {what}" for amount, what in takes if amount]
    yield "Steps it takes off when verified (estimate)", " and ".join(steps) or "none of its own"
    if control.useful_when is not None:
        yield "Offered if it", rule_in_words(catalog, control.useful_when)
    groups = [g.name for g in catalog.groups.values() if any(control.id in m for m in g.members.values())]
    if groups:
        yield "In groups", ", ".join(groups)
    if control.groups_2025:
        yield "Overview of 2025", ", ".join(control.groups_2025)
    if control.essentials:
        yield "Essentials of 2026", ", ".join(f"{m.category}: {m.sub}" for m in control.essentials)


def _threats(
    catalog: Catalog, relations: Relations, control: Control, edition: Edition, measured: MeasuredTable
) -> Iterator[Block]:
    found = relations.of_control(control.id, edition)
    particular = [r for r in found if r.how != "general"]
    by_reason: dict[str, list[Relation]] = {}
    for relation in particular:
        by_reason.setdefault(relations.reason(relation.threat, control.id, edition), []).append(relation)
    if particular:
        yield Heading("Threats it works against")
        rows = tuple(_threats_row(catalog, relations, edition, why, rs, measured) for why, rs in by_reason.items())
        columns = ("Threats", "Why it helps", "Who says so")
        yield Table(caption="Threats it works against", columns=columns, rows=rows, widths=(32, 42, 26))
    if len(found) > len(particular):
        yield Text(f"As a general control it is referred to by {len(found) - len(particular)} more threats.")


def _threats_row(
    catalog: Catalog, relations: Relations, edition: Edition, why: str, found: list[Relation], measured: MeasuredTable
) -> tuple[Words, ...]:
    threats = tuple(
        with_measured(_threat_chip(catalog, one, edition), measured, one.threat, one.control) for one in found
    )
    said = dict.fromkeys(s for r in found for s in relations.said_by(r.threat, r.control, edition))
    return threats, why, ", ".join(said)


def _threat_chip(catalog: Catalog, relation: Relation, edition: Edition) -> Part:
    threat = catalog.threats[relation.threat]
    tip = f"{relation.how}: {HOW_IN_WORDS[relation.how]}"
    return Part(threat.name_in(edition), "chip", to=threat.permalink, tip=tip)


def _elsewhere(catalog: Catalog, threat: str = "", control: str = "") -> Iterator[Block]:
    """The items of other lists that name this entry."""
    items: list[Words] = []
    for listed in catalog.mappings.values():
        for item in listed.items:
            if threat in item.threats or control in item.controls:
                named = item.name if item.id == item.name else f"{item.id} {item.name}"
                items.append((Part(f"{listed.title}: "), Part(named, "strong")))
    return _list("In other lists", tuple(items))


def _reference(reference: Reference) -> str:
    number_and_name = " ".join(filter(None, (reference.id, reference.name)))
    text = ": ".join(filter(None, (reference.standard, number_and_name)))
    return f"{text} ({reference.note})" if reference.note else text


def _list(heading: str, items: Iterable[Words]) -> Iterator[Block]:
    kept = tuple(items)
    if kept:
        yield Heading(heading)
        yield Bullets(kept)


def _prose(heading: str, text: str) -> Iterator[Block]:
    if text:
        yield Heading(heading)
        yield Text(text)
