"""Import a foreign file: which format it is, what it gives, and the description to write."""

from __future__ import annotations

from pathlib import Path

from bartizan.assess.identify import Rulebook, verdicts_on
from bartizan.catalog.load import load_catalog
from bartizan.core.errors import InputError, Problem
from bartizan.core.json_text import parse_json
from bartizan.core.source import Document, parse_yaml, read_text
from bartizan.core.terms import DEFAULT_EDITION, Outcome
from bartizan.system.importers.formats import IMPORTERS
from bartizan.system.importers.node import cleaned
from bartizan.system.importers.prefill import Imported
from bartizan.system.reading import check_system
from bartizan.system.writing import plain_of, to_yaml
from bartizan.workflows.interview import waiting

_KNOWN = " and ".join(importer.name for importer in IMPORTERS)


def import_file(path: Path) -> Imported:
    """What a file gives. The format is told by the content. Raises InputError for what no importer reads."""
    document = _parsed(path)
    for importer in IMPORTERS:
        if importer.recognises(document.data):
            return importer.read(document, cleaned(path.name) or "file")
    raise InputError([Problem(file=str(path), finding="no format that can be imported", fix=f"known: {_KNOWN}")])


def _parsed(path: Path) -> Document:
    text = read_text(path)
    start = text.lstrip()[:1]
    if start == "<":
        fix = "export it as JSON; known: " + _KNOWN
        raise InputError([Problem(file=str(path), finding="this is XML", fix=fix)])
    return parse_json(text, str(path)) if start in {"{", "["} else parse_yaml(text, str(path))


def description_text(found: Imported) -> str:
    """The text of `system.yaml` for what a file gave, which reads back. Raises InputError with what contradicts."""
    system = check_system(Document(file="what was imported", data=found.data, lines={}))
    verdicts = verdicts_on(system.described, Rulebook(load_catalog(), DEFAULT_EDITION))
    still = sum(v.outcome is Outcome.UNKNOWN for v in verdicts)
    intro = (
        f"Prefilled from a file in {found.format}. Values that the file gave are listed under provenance; check them.",
        f"{still} of {len(verdicts)} verdicts still wait for an answer: bartizan questions FILE",
    )
    text = to_yaml(system.described, waiting(verdicts), intro)
    again = check_system(parse_yaml(text, "what was imported"))
    assert plain_of(again.described) == plain_of(system.described)
    return text
