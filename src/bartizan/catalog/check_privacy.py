"""What must hold between chapters, duties, facts and the rest of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartizan.catalog.entries import Catalog
from bartizan.catalog.privacy import Chapter, Duty
from bartizan.core.errors import nearest
from bartizan.core.rule import Rule, facts_of
from bartizan.core.source import PathKey

Finding = tuple[str, str, PathKey, str, str]
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")


def check_privacy(catalog: Catalog) -> Iterator[Finding]:
    """Every problem of the chapters: kind of entry, its id, the path in its file, what was found, how to mend it."""
    seen: set[str] = set()
    for chapter in catalog.privacy.chapters:
        if not chapter.name:
            yield "Chapter", chapter.id, (), "it has no name", "give a principle 'names', a law a 'title'"
        for i, duty in enumerate(chapter.duties):
            path: PathKey = ("duties", i)
            if duty.id in seen:
                yield "Chapter", chapter.id, (*path, "id"), f"the id '{duty.id:.70}' is taken", "choose another id"
            seen.add(duty.id)
            for where, finding, fix in _duty(catalog, chapter, duty):
                yield "Chapter", chapter.id, (*path, *where), finding, fix


def _duty(catalog: Catalog, chapter: Chapter, duty: Duty) -> Iterator[tuple[PathKey, str, str]]:
    if not _ID.fullmatch(duty.id):
        yield ("id",), f"'{duty.id:.70}' is no id", "use lower-case letters, digits and _, starting with a letter"
    if duty.kind != "duty" and duty.met is not None:
        yield ("met",), f"a {duty.kind} is not met", "leave it out"
    if chapter.kind == "principle" and not set(duty.editions) <= set(chapter.names):
        yield ("editions",), "an edition that does not know the principle", "name editions of the principle"
    yield from _rule(catalog, duty, duty.applies, "applies")
    if duty.met is not None:
        yield from _rule(catalog, duty, duty.met, "met")
    for field, controls in (("controls", duty.controls), ("helped_by", duty.helped_by)):
        for j, control in enumerate(controls):
            if control not in catalog.controls:
                yield (field, j), f"there is no control '{control}'", nearest(control, catalog.controls)
    for j, threat in enumerate(duty.threats):
        if threat not in catalog.threats:
            yield ("threats", j), f"there is no threat '{threat}'", nearest(threat, catalog.threats)


def _rule(catalog: Catalog, duty: Duty, rule: Rule, field: str) -> Iterator[tuple[PathKey, str, str]]:
    facts = catalog.privacy.facts
    for fact in facts_of(rule):
        if fact.id not in facts:
            yield (field,), f"there is no fact '{fact.id}'", nearest(fact.id, facts)
        elif facts[fact.id].at == "purpose" and duty.at == "system":
            yield (field,), f"'{fact.id}' is about a purpose, and the duty about the system", "judge it at a purpose"
