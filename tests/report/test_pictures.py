"""The pictures of the report: complete, escaped, and drawn without overlap."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from bartizan.core.terms import Outcome
from bartizan.report.dossier import Dossier
from bartizan.report.pictures.flows import flows_of, kind_of, places_of
from bartizan.report.pictures.framework import matrix_rows, periodic_table, security_matrix, standings
from bartizan.report.pictures.heat_map import heat_map
from bartizan.report.pictures.layers import GAP, Drawing, Link, Node, draw
from bartizan.report.pictures.loss_curve import loss_curve
from bartizan.report.pictures.marks import element, fitted, width_of
from bartizan.report.pictures.threat_map import LANES, threat_map
from bartizan.report.wording import plain
from tests.report.dossiers import AGENT, EXAMPLES, HOSTILE, example, from_text, hostile, no_risks


@pytest.fixture(scope="module")
def agent() -> Dossier:
    return from_text(AGENT)


def _parsed(markup: Markup | None) -> Element:
    assert markup is not None
    return fromstring(str(markup))


def _texts(tree: Element, tag: str, kind: str = "") -> list[str]:
    return ["".join(e.itertext()) for e in tree.iter(tag) if kind in e.get("class", "").split() or not kind]


# the layout

COLUMNS = 5
SIDES = [(column * 200.0, column * 200.0 + 150.0) for column in range(COLUMNS)]


@st.composite
def graphs(draw_from: st.DrawFn) -> tuple[list[Node], list[Link]]:
    columns = draw_from(st.lists(st.integers(0, COLUMNS - 1), min_size=1, max_size=14))
    heights = st.floats(20, 150)
    nodes = [Node(f"n{i}", column, draw_from(heights)) for i, column in enumerate(columns)]
    names = st.sampled_from([n.id for n in nodes])
    pairs = draw_from(st.sets(st.tuples(names, names).filter(lambda p: p[0] < p[1]), max_size=24))
    return nodes, [Link(a, b) for a, b in sorted(pairs)]


@settings(deadline=None)
@given(graphs())
def test_boxes_never_overlap_and_links_run_from_side_to_side(graph: tuple[list[Node], list[Link]]) -> None:
    nodes, links = graph
    made = draw(nodes, links, SIDES)
    by_id = {n.id: n for n in nodes}
    for column in range(COLUMNS):
        spans = sorted((made.tops[n.id], made.tops[n.id] + n.height) for n in nodes if n.column == column)
        assert all(below - above >= GAP - 1e-6 for (_, above), (below, _) in pairwise(spans))
        assert all(top >= -1e-6 and bottom <= made.height + 1e-6 for top, bottom in spans)
    for link, route in zip(links, made.routes, strict=True):
        for end, (x, y) in ((link.source, route[0]), (link.target, route[-1])):
            assert x in SIDES[by_id[end].column]
            assert made.tops[end] <= y <= made.tops[end] + by_id[end].height


@settings(deadline=None)
@given(graphs())
def test_a_link_never_runs_through_a_box(graph: tuple[list[Node], list[Link]]) -> None:
    nodes, links = graph
    made = draw(nodes, links, SIDES)
    for (x, y), (other_x, other_y) in _crossings_of_columns(made):
        assert y == pytest.approx(other_y)
        column = SIDES.index((min(x, other_x), max(x, other_x)))
        for node in (n for n in nodes if n.column == column):
            assert not made.tops[node.id] < y < made.tops[node.id] + node.height


def _crossings_of_columns(made: Drawing) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    return [(a, b) for route in made.routes for a, b in zip(route[1::2], route[2::2], strict=False)]


def test_the_order_removes_a_crossing_that_can_be_removed() -> None:
    nodes = [Node("a", 0, 40), Node("b", 0, 40), Node("c", 1, 40), Node("d", 1, 40)]
    made = draw(nodes, [Link("a", "d"), Link("b", "c")], SIDES)
    assert (made.tops["a"] < made.tops["b"]) == (made.tops["d"] < made.tops["c"])


def test_no_boxes_make_an_empty_drawing() -> None:
    assert draw([], [], SIDES) == Drawing({}, (), 0.0)


# lettering


@given(st.text(max_size=300), st.floats(40, 400), st.integers(1, 4))
def test_fitted_text_fits_and_keeps_its_beginning(text: str, width: float, lines: int) -> None:
    found = fitted(text, width, lines)
    assert 1 <= len(found) <= lines
    assert all(width_of(line) <= width + 1e-6 or len(line) <= 2 for line in found)
    bare = "".join(found).replace("…", "").replace(" ", "")
    assert "".join(text.split()).replace("…", "").startswith(bare)


@given(st.text(), st.text())
def test_an_element_escapes_what_it_holds(text: str, value: str) -> None:
    markup = str(element("p", text, title=value))
    assert markup.count("<") == 2
    assert re.fullmatch(r'<p title="[^"<>]*">[^<>]*</p>', markup, re.DOTALL)


# the threat map


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_the_map_shows_every_component_flow_and_risk(file: Path) -> None:
    dossier = example(file)
    tree = _parsed(threat_map(dossier))
    titles = _texts(tree, "title")
    for component in dossier.system.components.values():
        assert f"{plain(component.label)}: {kind_of(component)}" in titles
    assert len([e for e in tree.iter("path") if "flow" in e.get("class", "")]) == len(flows_of(dossier.system))
    marked = {e.get("href") for e in tree.iter("a")}
    assert marked == {f"#{risk.id}" for risk in dossier.assessment.risks}
    assert _texts(tree, "text", "lane-name") == list(LANES)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_marks_and_boxes_of_the_map_keep_apart(file: Path) -> None:
    tree = _parsed(threat_map(example(file)))
    boxes = [_span(e) for e in tree.iter("rect") if e.get("class") == "box"]
    marks = [_span(e) for a in tree.iter("a") for e in a.iter("rect")]
    for group in (boxes, marks):
        for i, one in enumerate(group):
            assert not any(_overlap(one, other) for other in group[i + 1 :])
    width, height = (float(tree.get(name, "0")) for name in ("width", "height"))
    assert all(x1 >= 0 and x2 <= width and y1 >= 0 and y2 <= height for x1, y1, x2, y2 in boxes)


def _span(rect: Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return min(one[2], other[2]) - max(one[0], other[0]) > 0.5 and min(one[3], other[3]) - max(one[1], other[1]) > 0.5


def test_an_indirect_attack_is_marked_on_the_flow_that_it_comes_in_by(agent: Dossier) -> None:
    risks = {risk.id: risk for risk in agent.assessment.risks}
    assert places_of(risks["indirect_prompt_injection@agent"], agent) == (("mailbox", "agent"),)
    assert places_of(risks["direct_prompt_injection@agent"], agent) == (("sender", "agent"),)
    assert places_of(risks["augmentation_data_leak@mailbox"], agent) == ()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text_in_the_map(name: str) -> None:
    tree = _parsed(threat_map(hostile(name)))
    assert {e.tag for e in tree.iter()} <= {"svg", "title", "desc", "defs", "marker", "path", "rect", "text", "g", "a"}
    assert not [key for e in tree.iter() for key in e.attrib if key.startswith("on")]
    assert all(width_of(text) <= 162 for text in _texts(tree, "text", "name") if text != "The whole system")


def test_a_large_system_is_drawn_with_every_mark() -> None:
    tools = [f"  - {{id: tool-{i}, kind: tool, effects: [read], returns_untrusted: yes}}" for i in range(30)]
    listed = ", ".join(f"tool-{i}" for i in range(30))
    text = AGENT.replace("tools: [send]", f"tools: [send, {listed}]").replace("impact:", "\n".join(tools) + "\nimpact:")
    dossier = from_text(text)
    tree = _parsed(threat_map(dossier))
    boxes = [_span(e) for e in tree.iter("rect") if e.get("class") == "box"]
    assert len(boxes) >= 34
    assert not any(_overlap(one, other) for i, one in enumerate(boxes) for other in boxes[i + 1 :])


# the heat map and the framework's tables


def test_each_stage_of_the_heat_map_counts_every_risk(agent: Dossier) -> None:
    tree = _parsed(heat_map(agent.assessment.risks, agent.catalog.scales))
    for kind in ("was", "now", "then"):
        assert sum(map(int, _texts(tree, "span", kind))) == len(agent.assessment.risks)
    assert len(list(tree.iter("th"))) == 10


def test_a_heat_map_without_risks_is_an_empty_grid() -> None:
    tree = _parsed(heat_map((), no_risks().catalog.scales))
    assert len([e for e in tree.iter("td") if e.get("class", "").startswith("h")]) == 25
    assert not list(tree.iter("a"))


def test_the_matrix_has_the_printed_rows_and_greys_what_does_not_apply(agent: Dossier) -> None:
    rows = list(_parsed(security_matrix(agent)).iter("tr"))[1:]
    printed, here = matrix_rows(agent), standings(agent)
    assert [_texts(row, "th")[0] for row in rows] == [row.label for _, row in printed]
    for row, (threat, _) in zip(rows, printed, strict=True):
        assert (row.get("class") != "grey") == (here[threat].outcome is Outcome.APPLIES)


def test_the_periodic_table_has_the_printed_rows_and_says_how_far_each_control_is(agent: Dossier) -> None:
    tree = _parsed(periodic_table(agent))
    printed = agent.catalog.tables[2026].rows
    assert len(list(tree.iter("tr"))) == 1 + len(printed)
    chips = _texts(tree, "span", "chip")
    assert "✓✓ RATE LIMIT (verified)" in chips
    assert "✓ OVERSIGHT (implemented, not verified)" in chips
    assert "MODEL ALIGNMENT (not started)" in chips


def test_an_edition_without_tables_has_none() -> None:
    assert security_matrix(no_risks()) is None
    assert periodic_table(no_risks()) is None


def test_the_loss_curve_names_each_curve_and_survives_an_empty_one() -> None:
    tree = _parsed(loss_curve((("now", ((0.0, 1.0), (10.0, 0.1))), ("after the plan", ())), "thousand euros"))
    assert "now" in _texts(tree, "text")
    assert len(list(tree.iter("polyline"))) == 1


def test_marks_may_show_other_numbers_and_lead_elsewhere(agent: Dossier) -> None:
    risks = agent.assessment.risks
    marks = {risk.id: (str(100 + i), f"/risks/{100 + i}") for i, risk in enumerate(risks)}
    tree = _parsed(threat_map(agent, marks))
    links = {link.get("href") for link in tree.iter("a")}
    assert links == {place for _, place in marks.values()}
    assert not links & {link.get("href") for link in _parsed(threat_map(agent)).iter("a")}


def test_cells_of_the_heat_map_may_lead_elsewhere(agent: Dossier) -> None:
    table = _parsed(heat_map(agent.assessment.risks, agent.catalog.scales, lambda y, x: f"?y={y}&x={x}"))
    links = [(link.get("data-cell"), link.get("href")) for link in table.iter("a")]
    assert links
    assert all(href == "?y={}&x={}".format(*str(cell).split("-")) for cell, href in links)
