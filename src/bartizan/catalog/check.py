"""What must hold between the entries of the catalogue, beyond the shape of each: one generator a kind of entry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bartizan.catalog.entries import Catalog, Condition, Threat
from bartizan.catalog.scales import EvidenceScale, Quantities, Scales
from bartizan.catalog.tables import PrintedRow
from bartizan.core.errors import nearest
from bartizan.core.rule import Fact, Rule, facts_of
from bartizan.core.source import PathKey
from bartizan.core.terms import FactId, ThreatId

Finding = tuple[str, str, PathKey, str, str]
"""Kind of entry, its id, the path in its file, what was found, how to mend it."""

_SUBJECTS = {"system": "system", "model": "model"}


_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SLUG = re.compile(r"[A-Za-z0-9_-]+")


def check_catalog(catalog: Catalog) -> Iterator[Finding]:
    """Every problem of the catalogue as a whole."""
    yield from _ids(catalog)
    yield from _circles(catalog)
    for threat in catalog.threats.values():
        yield from _threat(catalog, threat)
    yield from _controls(catalog)
    yield from _ties(catalog)
    yield from _groups(catalog)
    yield from _tables(catalog)
    yield from _mappings(catalog)
    yield from _scales(catalog.scales)
    yield from _own_quantities(catalog.scales)
    yield from _evidence(catalog.scales.evidence or catalog.evidence)
    yield from _quantities(catalog.quantities, ("Quantities", "quantities"), ())


def _ids(catalog: Catalog) -> Iterator[Finding]:
    """Ids become names of risks, which hold an @, and slugs become parts of addresses."""
    named: list[tuple[str, str, str | None]] = [("Threat", t.id, t.slug) for t in catalog.threats.values()]
    named += [("Control", c.id, c.slug) for c in catalog.controls.values()]
    named += [("FactEntry", f.id, None) for f in catalog.facts.values()]
    for kind, name, slug in named:
        if not _ID.fullmatch(name):
            fix = "use lower-case letters, digits and _, starting with a letter, at most 64"
            yield kind, name, ("id",), f"'{name:.70}' is no id", fix
        if slug and not _SLUG.fullmatch(slug):
            yield kind, name, ("slug",), f"'{slug:.70}' is no slug", "use letters, digits, - and _"


def _circles(catalog: Catalog) -> Iterator[Finding]:
    """Threats that are their own ancestor; each circle is told at the first of its threats."""
    known: set[str] = set()
    for threat in catalog.threats.values():
        way: list[ThreatId] = []
        at: ThreatId | None = threat.id
        while at is not None and at in catalog.threats and at not in known and at not in way:
            way.append(at)
            at = catalog.threats[at].parent
        if at in way:
            circle = " -> ".join((*way[way.index(at) :], at))
            yield "Threat", at, ("parent",), f"goes round in a circle: {circle}", "break the circle"
        known.update(way)


def _missing(kind: str, name: str, path: PathKey, what: str, wanted: str, known: Iterable[str]) -> Finding:
    return kind, name, path, f"there is no {what} '{wanted}'", nearest(wanted, known)


def _threat(catalog: Catalog, threat: Threat) -> Iterator[Finding]:
    here = ("Threat", threat.id)
    if threat.parent is not None and threat.parent not in catalog.threats:
        yield _missing(*here, ("parent",), "threat", threat.parent, catalog.threats)
    if threat.rated and not threat.who:
        yield (*here, (), "nobody is responsible", "add 'who'")
    if threat.rated and not threat.rules:
        yield (*here, (), "rated, but no edition has a rule", "add 'rules'")
    if bool(threat.at) != bool(threat.rules):
        yield (*here, (), "'at' and 'rules' go together", "give both or neither")
    if len(set(threat.at)) < len(threat.at):
        yield (*here, ("at",), "a place is listed twice", "keep one")
    yield from _threat_rules(catalog, threat)
    yield from _threat_controls(catalog, threat)


def _threat_rules(catalog: Catalog, threat: Threat) -> Iterator[Finding]:
    here = ("Threat", threat.id)
    for edition, condition in threat.rules.items():
        if edition not in threat.names:
            yield (*here, ("rules", edition), f"a rule for {edition}, which does not know this threat", "add its name")
        yield from _condition(catalog, threat, edition, condition)
    for i, case in enumerate(threat.who):
        yield from _facts(catalog, threat, case.when, ("who", i, "when"))
    for i, susceptible in enumerate(threat.susceptibility):
        yield from _facts(catalog, threat, susceptible.when, ("susceptibility", i, "when"))
        if not 1 <= susceptible.score <= 5:
            yield (*here, ("susceptibility", i, "score"), f"a score of {susceptible.score}", "use 1 to 5")


def _threat_controls(catalog: Catalog, threat: Threat) -> Iterator[Finding]:
    here = ("Threat", threat.id)
    for i, advice in enumerate(threat.controls):
        if (advice.control is None) == (advice.group is None):
            yield (*here, ("controls", i), "name a control or a group", "give one of the two")
        elif advice.control is not None and advice.control not in catalog.controls:
            yield _missing(*here, ("controls", i, "control"), "control", advice.control, catalog.controls)
        elif not 0 <= advice.effect <= 1:
            yield (
                *here,
                ("controls", i, "effect"),
                "an effect is a share from 0 to 1",
                "leave it out for a full effect",
            )
        elif advice.group is not None and advice.group not in catalog.groups:
            yield _missing(*here, ("controls", i, "group"), "group", advice.group, catalog.groups)


def _condition(catalog: Catalog, threat: Threat, edition: int, condition: Condition) -> Iterator[Finding]:
    yield from _facts(catalog, threat, condition.possible, ("rules", edition, "possible"))
    if condition.matters is not None:
        yield from _facts(catalog, threat, condition.matters, ("rules", edition, "matters"))


def _facts(catalog: Catalog, threat: Threat, rule: Rule, path: PathKey) -> Iterator[Finding]:
    subjects = {_SUBJECTS.get(place, "data") for place in threat.at}
    for asked in facts_of(rule):
        fact = catalog.facts.get(FactId(asked.id))
        if fact is None:
            yield _missing("Threat", threat.id, path, "fact", asked.id, catalog.facts)
        elif subjects and fact.subject not in subjects:
            finding = f"the fact '{asked.id}' is about a {fact.subject}, the threat is judged at {', '.join(threat.at)}"
            yield "Threat", threat.id, path, finding, "ask a fact about the right kind of component"
        elif not fact.choices and not _fits_yes_or_no(asked):
            finding = f"'{asked.id}' is a yes or no question, and the rule compares it with something else"
            yield "Threat", threat.id, path, finding, "write the name of the fact, or not with it"
        elif asked.test == "is" and fact.choices and not set(map(str, asked.literal)) <= set(fact.choices):
            finding = f"'{asked.id}' is never {asked.literal}"
            yield "Threat", threat.id, path, finding, nearest(str(asked.literal[0]), fact.choices)


def _fits_yes_or_no(asked: Fact) -> bool:
    return asked.test == "yes" or (asked.test == "is" and all(isinstance(x, bool) for x in asked.literal))


def _controls(catalog: Catalog) -> Iterator[Finding]:
    for control in catalog.controls.values():
        if control.merged_into is not None and control.merged_into not in catalog.controls:
            yield _missing("Control", control.id, ("merged_into",), "control", control.merged_into, catalog.controls)
        if min(control.reduces.likelihood, control.reduces.impact) < 0:
            yield "Control", control.id, ("reduces",), "a control takes off, it does not add", "use 0 or more steps"
        if control.useful_when is not None:
            for asked in facts_of(control.useful_when):
                if asked.id not in catalog.facts:
                    yield _missing("Control", control.id, ("useful_when",), "fact", asked.id, catalog.facts)


def _ties(catalog: Catalog) -> Iterator[Finding]:
    for fact in catalog.facts.values():
        for field, names in (("implies", fact.implies), ("both", fact.both)):
            for name in names:
                if name not in catalog.facts:
                    yield _missing("FactEntry", fact.id, (field,), "fact", name, catalog.facts)


def _groups(catalog: Catalog) -> Iterator[Finding]:
    for group in catalog.groups.values():
        for members in group.members.values():
            for member in members:
                if member not in catalog.controls:
                    yield _missing("_GroupFile", "groups", (), "control", member, catalog.controls)


def _tables(catalog: Catalog) -> Iterator[Finding]:
    for table in catalog.tables.values():
        for i, row in enumerate(table.rows):
            here = ("PeriodicTable", f"periodic_table_{table.edition}", ("rows", i))
            yield from _row(catalog, row, here)
    for deep in catalog.deep_dives.values():
        for i, dive in enumerate(deep.rows):
            if dive.threat not in catalog.threats:
                where = ("DeepDive", f"deep_dive_{deep.edition}", ("rows", i))
                yield _missing(*where, "threat", dive.threat, catalog.threats)


def _row(catalog: Catalog, row: PrintedRow, here: tuple[str, str, PathKey]) -> Iterator[Finding]:
    if row.threat not in catalog.threats:
        yield _missing(*here, "threat", row.threat, catalog.threats)
    for cell in row.cells:
        for control in cell.controls:
            if control not in catalog.controls:
                yield _missing(*here, "control", control, catalog.controls)
        if cell.group is not None and cell.group not in catalog.groups:
            yield _missing(*here, "group", cell.group, catalog.groups)


def _mappings(catalog: Catalog) -> Iterator[Finding]:
    known = (("threat", "threats", catalog.threats), ("control", "controls", catalog.controls))
    for mapping in catalog.mappings.values():
        for i, item in enumerate(mapping.items):
            for what, field, ids in known:
                for wanted in getattr(item, field):
                    if wanted not in ids:
                        yield _missing("MappingList", mapping.id, ("items", i, field), what, wanted, ids)
            for wanted in item.groups:
                if wanted not in catalog.groups:
                    yield _missing("MappingList", mapping.id, ("items", i, "groups"), "group", wanted, catalog.groups)


def _scales(scales: Scales) -> Iterator[Finding]:
    here = ("Scales", "scales")
    rows, columns, levels = len(scales.likelihood), len(scales.impact), len(scales.levels)
    if rows < 2 or columns < 2 or levels < 2:
        yield (*here, (), "a scale needs at least two steps", "add steps")
    if len(scales.matrix) != rows or any(len(row) != columns for row in scales.matrix):
        yield (*here, ("matrix",), f"the matrix is not {rows} x {columns}", "a row per likelihood, a column per impact")
        return
    cells = scales.matrix
    for i in range(rows):
        for j in range(columns):
            if not 1 <= cells[i][j] <= levels:
                yield (*here, ("matrix", i, j), f"there is no level {cells[i][j]}", f"use 1 to {levels}")
            if (i and cells[i][j] < cells[i - 1][j]) or (j and cells[i][j] < cells[i][j - 1]):
                yield (*here, ("matrix", i, j), "a level falls where likelihood or impact rises", "make it monotone")
    for name, limit in (("floor", rows), ("appetite", levels), ("default_impact", columns)):
        if not 1 <= getattr(scales, name) <= limit:
            yield (*here, (name,), f"{name} is not on the scale", f"use 1 to {limit}")
    if not 0 <= scales.unverified <= 1:
        yield (*here, ("unverified",), "must be a share from 0 to 1", "0.5 counts half")
    yield from _factors(scales)
    if any(cost < 0 for cost in scales.costs.values()) or len(scales.costs) != 3:
        yield (*here, ("costs",), "a cost for each of S, M and L, none below 0", "add or mend it")


def _factors(scales: Scales) -> Iterator[Finding]:
    here = ("Scales", "scales", ("factors",))
    if not scales.factors or abs(sum(f.weight for f in scales.factors) - 1) > 1e-6:
        yield (*here, "the weights do not add up to 1", "adjust them")
    if any(factor.weight < 0 for factor in scales.factors):
        yield (*here, "a weight is below 0", "leave the factor out, or weigh it 0")
    if len({factor.id for factor in scales.factors}) < len(scales.factors):
        yield (*here, "a factor is listed twice", "keep one")


def _own_quantities(scales: Scales) -> Iterator[Finding]:
    if scales.quantities is None:
        return
    here, path = ("Scales", "scales"), ("quantities",)
    yield from _quantities(scales.quantities, here, path)
    for field, steps in (("frequency", len(scales.likelihood)), ("magnitude", len(scales.impact))):
        found = len(getattr(scales.quantities, field))
        if found != steps:
            yield (*here, (*path, field), f"{found} spans for {steps} steps", "give one span for each step")


def _quantities(quantities: Quantities, here: tuple[str, str], path: PathKey) -> Iterator[Finding]:
    for field in ("frequency", "magnitude"):
        spans = getattr(quantities, field)
        if not spans:
            yield (*here, (*path, field), "no spans", "give one for each step")
        for i, span in enumerate(spans):
            place = (*path, field, i)
            if not 0 < span.min <= span.mode <= span.max < float("inf"):
                yield (*here, place, "a span must rise from min over mode to max, above 0", "put them in order")
            elif i and not all(getattr(spans[i - 1], f) <= getattr(span, f) for f in ("min", "mode", "max")):
                yield (*here, place, f"{field} falls where the scale rises", "make the spans rise with the steps")


def _evidence(scale: EvidenceScale) -> Iterator[Finding]:
    here, path = ("Scales", "scales"), ("evidence",)
    if not scale.rates:
        yield (*here, (*path, "rates"), "no rates", "say from which rate of success on a system scores 2, 3, 4 and 5")
    for i, step in enumerate(scale.rates):
        place = (*path, "rates", i)
        if not 0 < step.at_least <= 1:
            yield (*here, (*place, "at_least"), "a rate must be above 0 and at most 1", "0.05 is one in twenty")
        if not 1 <= step.score <= 5:
            yield (*here, (*place, "score"), f"there is no score {step.score}", "use 1 to 5")
        before = scale.rates[i - 1] if i else None
        if before and not (before.at_least < step.at_least and before.score < step.score):
            yield (*here, place, "rates and scores must rise from step to step", "put them in order")
    if not 0 < scale.narrow.value <= 1:
        yield (*here, (*path, "narrow", "value"), "must be a width above 0 and at most 1", "0.1 is ten points")
    if not 1 <= scale.holds.value <= 4:
        yield (*here, (*path, "holds", "value"), "must be a score from 1 to 4", "5 would call every control good")
    if not 1 <= scale.valid_days.value <= _LONGEST:
        yield (*here, (*path, "valid_days", "value"), f"must be from 1 to {_LONGEST} days", "180 is half a year")


_LONGEST = 3650
