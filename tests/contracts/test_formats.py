"""What every report format promises, whatever the system is called and whatever its owner wrote."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings

from bartizan.core.terms import EDITIONS, Edition
from bartizan.report.dossier import Dossier
from bartizan.report.formats import BY_NAME, BY_SUFFIX, FORMATS, Format
from bartizan.system.graph import System
from tests.report.dossiers import EXAMPLES, HOSTILE, dossier_of, example, hostile, no_risks
from tests.strategies import systems

formats = pytest.mark.parametrize("made", FORMATS, ids=lambda f: f.name)
examples = pytest.mark.parametrize("file", EXAMPLES, ids=lambda p: p.parent.name)
names = pytest.mark.parametrize("name", HOSTILE, ids=lambda n: n.encode("unicode_escape").decode()[:30])


def text_of(content: str | bytes) -> str:
    """All that a report says, as text; of a workbook the cells."""
    if isinstance(content, str):
        return content
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)


def test_every_ending_of_a_file_names_one_format() -> None:
    assert len(BY_NAME) == len(FORMATS) == len({f.suffix for f in FORMATS})
    assert all(BY_SUFFIX[f.suffix] is f for f in FORMATS)


@formats
@examples
def test_every_example_renders_and_names_its_worst_risk(made: Format, file: Path) -> None:
    dossier = example(file)
    content = text_of(made.render(dossier))
    worst = dossier.assessment.risks[0]
    assert dossier.threat(worst.threat).name_in(dossier.assessment.edition) in content


@formats
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_edition_renders(made: Format, edition: Edition) -> None:
    assert made.render(example(EXAMPLES[0], edition))


@formats
def test_the_same_dossier_gives_the_same_bytes(made: Format) -> None:
    first, again = example(EXAMPLES[0]), example.__wrapped__(EXAMPLES[0])
    assert made.render(first) == made.render(again)


@formats
def test_a_system_without_risks_has_a_report(made: Format) -> None:
    assert text_of(made.render(no_risks()))


@formats
def test_no_format_tells_in_which_folder_the_description_lay(made: Format) -> None:
    content = text_of(made.render(example(EXAMPLES[0])))
    assert str(EXAMPLES[0].parents[2]) not in content


@formats
@names
def test_hostile_names_bring_no_control_characters(made: Format, name: str) -> None:
    content = text_of(made.render(hostile(name)))
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", content)
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\ufeff]", content)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags_of(dossier: Dossier) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(str(BY_NAME["html"].render(dossier)))
    return parser.found


def pairs_of(tags: list[tuple[str, dict[str, str | None]]]) -> set[tuple[str, str]]:
    return {(tag, key) for tag, attrs in tags for key in attrs}


@names
def test_hostile_names_add_nothing_active_to_the_html(name: str) -> None:
    tags, harmless = tags_of(hostile(name)), tags_of(hostile("harmless"))
    assert pairs_of(tags) <= pairs_of(harmless)
    for active in ("script", "style", "img", "iframe"):
        assert sum(tag == active for tag, _ in tags) == sum(tag == active for tag, _ in harmless)
    assert not any("javascript:" in (a.get(key) or "") for _, a in tags for key in ("href", "src", "action"))


@names
def test_hostile_names_are_no_formulas_in_csv(name: str) -> None:
    content = BY_NAME["csv"].render(hostile(name))
    rows = list(csv.reader(io.StringIO(str(content), newline="")))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


@names
def test_hostile_names_are_no_formulas_or_links_in_xlsx(name: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(bytes(BY_NAME["xlsx"].render(hostile(name)))))  # type: ignore[arg-type]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)


@names
def test_hostile_names_keep_json_and_sarif_readable(name: str) -> None:
    report: dict[str, Any] = json.loads(BY_NAME["json"].render(hostile(name)))
    assert report["system"]["name"] == name
    assert json.loads(BY_NAME["sarif"].render(hostile(name)))["version"] == "2.1.0"


@settings(max_examples=25)
@given(systems())
def test_any_valid_system_renders_in_every_format(system: System) -> None:
    dossier = dossier_of(system)
    for made in FORMATS:
        assert made.render(dossier)
