"""Pages about the catalogue in each form: everything shown, everything escaped, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.catalog.diff import diff
from bartizan.catalog.entries import Alias, Catalog
from bartizan.catalog.load import load_catalog
from bartizan.catalog.maps import threat_map
from bartizan.catalog.navigator import navigator
from bartizan.catalog.relations import Relations
from bartizan.catalog.views import controls_overview, matrix, periodic_table
from bartizan.core.terms import EDITIONS, ThreatId
from bartizan.report.catalog_diff import diff_page
from bartizan.report.catalog_entry import control_page, threat_page
from bartizan.report.catalog_html import html
from bartizan.report.catalog_lists import LISTS, list_page, mapping_page
from bartizan.report.catalog_map import map_page
from bartizan.report.catalog_markdown import markdown
from bartizan.report.catalog_page import BREAK, Bullets, Facts, Heading, Page, Part, Picture, Table, Text, clean
from bartizan.report.catalog_terminal import terminal
from bartizan.report.catalog_views import matrix_page, navigator_page, overview_page, periodic_page

CATALOG = load_catalog()
HOSTILE = (
    '<script>alert(1)</script>\x1b[31m\u202e\n| `x` [a](javascript:b) ![i](https://evil.example/p.png) "><img src=x>'
)


def all_pages(catalog: Catalog) -> Iterator[tuple[str, Page]]:
    relations = Relations(catalog)
    for edition in EDITIONS:
        yield f"matrix {edition}", matrix_page(catalog, matrix(catalog, edition))
        yield f"controls {edition}", overview_page(catalog, controls_overview(catalog, edition))
        yield f"periodic table {edition}", periodic_page(catalog, periodic_table(catalog, edition))
        yield f"navigator {edition}", navigator_page(catalog, navigator(catalog, edition))
        yield f"list {edition}", list_page(catalog, LISTS, edition)
    for found in catalog.maps:
        yield f"map {found.id}", map_page(catalog, threat_map(catalog, found.id))
    for threat in catalog.threats.values():
        yield f"threat {threat.id}", threat_page(catalog, relations, threat, 2026)
    for control in catalog.controls.values():
        yield f"control {control.id}", control_page(catalog, relations, control, 2026)
    for listed in catalog.mappings.values():
        yield f"list of others {listed.id}", mapping_page(catalog, listed, listed.items)


PAGES = dict(all_pages(CATALOG))


class Reader(HTMLParser):
    """Checks that elements nest, and collects what a page would run or fetch."""

    void = frozenset({"meta", "input", "br", "col"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text.append(data)


def read(page: Page) -> Reader:
    reader = Reader()
    reader.feed(html(page))
    assert reader.open == []
    return reader


def hostile_page() -> Page:
    chip = Part(HOSTILE, "chip", to="javascript:alert(1)", tip=HOSTILE)
    cells = (HOSTILE, (chip, chip, BREAK, Part(HOSTILE, "code")), Part(HOSTILE, "strong", to='https://x/"onload="a'))
    return Page(
        title=HOSTILE,
        lead=HOSTILE,
        blocks=(
            Heading(HOSTILE),
            Text(HOSTILE),
            Bullets((HOSTILE, chip)),
            Facts(((HOSTILE, HOSTILE),)),
            Table(caption=HOSTILE, columns=(HOSTILE, HOSTILE, HOSTILE), rows=(cells,)),
        ),
        foot=HOSTILE,
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well_formed_and_fetches_nothing(name: str) -> None:
    reader = read(PAGES[name])
    assert reader.tags.count("script") == 1
    assert not {"img", "link", "iframe", "object", "base", "form"} & set(reader.tags)
    assert not [value for key, value in reader.attributes if key in {"src", "srcset", "data", "action"}]
    assert all(v.startswith(("https://", "#")) for key, v in reader.attributes if key == "href")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_for_the_terminal_has_no_escape_codes_and_keeps_to_its_width(name: str) -> None:
    text = terminal(PAGES[name], 100, colour=False)
    assert "\x1b" not in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert text.endswith("\n")


@pytest.mark.parametrize("name", PAGES)
def test_the_rows_of_a_markdown_table_have_as_many_cells_as_its_head(name: str) -> None:
    cells = 0
    for line in markdown(PAGES[name]).splitlines():
        bars = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not bars or not cells or bars == cells
        cells = bars


def test_a_page_names_every_threat_of_the_matrix_in_every_form() -> None:
    view = matrix(CATALOG, 2026)
    page = matrix_page(CATALOG, view)
    shown = "".join(read(page).text), markdown(page), terminal(page, 200, colour=False)
    for line in view.rows:
        assert all(line.cells[3].split("/")[0].strip() in text for text in shown)


def test_what_a_stranger_wrote_cannot_become_markup_in_html() -> None:
    reader = read(hostile_page())
    assert "img" not in reader.tags
    assert reader.tags.count("script") == 1
    assert not [key for key, _ in reader.attributes if key.startswith("on")]
    assert not [value for key, value in reader.attributes if "javascript:" in value and key == "href"]
    assert "<script>alert(1)</script>" in "".join(reader.text)


def test_what_a_stranger_wrote_cannot_steer_a_terminal() -> None:
    text = terminal(hostile_page(), 120, colour=False)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_what_a_stranger_wrote_stays_text_in_markdown() -> None:
    text = markdown(hostile_page())
    assert "<script>" not in text
    assert "<img" not in text
    assert "](javascript:" not in text
    assert not re.search(r"(?<!\\)!\[", text)


def test_names_of_an_added_entry_are_escaped_in_its_page() -> None:
    threat = CATALOG.threats[ThreatId("evasion")]
    hostile = msgspec.structs.replace(threat, names={2026: HOSTILE}, aliases=(Alias(name=HOSTILE),), what=HOSTILE)
    reader = read(threat_page(CATALOG, Relations(CATALOG), hostile, 2026))
    assert "img" not in reader.tags


@given(st.text())
def test_cleaned_text_is_one_line_without_control_characters(text: str) -> None:
    assert all(c.isprintable() or c in "\u200c\u200d" for c in clean(text))


@given(st.lists(st.text(), min_size=2, max_size=2), st.integers(40, 160))
def test_no_text_can_bring_an_escape_code_to_the_terminal(cells: list[str], width: int) -> None:
    table = Table(caption="t", columns=("A", "B"), rows=(tuple(cells),))
    page = Page(title="t", lead="l", blocks=(table, Bullets(tuple(cells)), Facts(((cells[0], cells[1]),))))
    assert "\x1b" not in terminal(page, width, colour=False)


def test_colour_is_used_only_when_asked_for() -> None:
    page = Page(title="Title", lead="Lead", blocks=())
    assert "\x1b[" in terminal(page, 80, colour=True)
    assert "\x1b[" not in terminal(page, 80, colour=False)


@pytest.mark.parametrize("name", [found.id for found in CATALOG.maps])
def test_the_drawing_of_a_map_links_each_number_to_the_list_beside_it(name: str) -> None:
    view = threat_map(CATALOG, name)
    reader = read(map_page(CATALOG, view))
    ids = {value for key, value in reader.attributes if key == "id"}
    anchors = [value for key, value in reader.attributes if key == "href" and value.startswith("#threat-")]
    assert len(anchors) == len(list(view.marks()))
    assert {anchor.removeprefix("#") for anchor in anchors} <= ids


@pytest.mark.parametrize("name", [found.id for found in CATALOG.maps])
def test_no_boxes_of_a_drawing_overlap_and_all_are_inside(name: str) -> None:
    (picture,) = (b for b in map_page(CATALOG, threat_map(CATALOG, name)).blocks if isinstance(b, Picture))
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', picture.svg)
    assert size
    pattern = r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="6" class="(box \w+|chip)"'
    rects = [tuple(map(float, m[:4])) for m in re.findall(pattern, picture.svg)]
    assert rects
    for i, (x, y, w, h) in enumerate(rects):
        assert x >= 0
        assert x + w <= float(size[1])
        assert y + h <= float(size[2])
        for a, b, c, d in rects[:i]:
            assert x >= a + c or a >= x + w or y >= b + d or b >= y + h


def test_a_diff_page_says_what_changed_rules_mean() -> None:
    text = terminal(diff_page(CATALOG, diff(CATALOG, 2025, 2026)), 120, colour=False)
    assert "RULES THAT DIFFER" in text
    assert "Lost, for instance, where it" in text
