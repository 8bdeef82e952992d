"""The diagram: every component in a lane, threats as numbers, and labels that can break nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.report.mermaid import label, render
from bartizan.system.graph import System
from tests.report.dossiers import AGENT, HOSTILE, dossier_of, from_text, hostile, no_risks
from tests.strategies import systems

LINE = re.compile(
    r"""flowchart\ LR
    |\ \ subgraph\ zone_[a-z]+\["[A-Za-z ,]+"\]
    |\ \ end
    |\ \ \ \ (c\d+|threats)(\[\(|\(\[|\{\{|\[)"[^"<>&`]*(<br/>[^"<>&`]*)*"(\)\]|\]\)|\}\}|\])
    |\ \ c\d+\ <?-->\|"[a-z ]+"\|\ c\d+
    |\ \ classDef\ \w+\ [\w:#,-]+
    |\ \ class\ [\w,]+\ \w+""",
    re.VERBOSE,
)
"""All the syntax that a diagram is made of; names can stand between double quotes only."""


@given(systems())
def test_any_system_gives_lines_of_known_syntax_only(system: System) -> None:
    for line in render(dossier_of(system)).splitlines():
        assert LINE.fullmatch(line), line


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_change_nothing_but_labels(name: str) -> None:
    def without_labels(content: str) -> list[str]:
        return [re.sub(r'"[^"]*"', '""', line) for line in content.splitlines()]

    content = render(hostile(name))
    assert all(LINE.fullmatch(line) for line in content.splitlines())
    assert without_labels(content) == without_labels(render(hostile("harmless")))


@given(st.text(st.characters(codec="utf-8")))
def test_a_label_has_no_sign_that_mermaid_or_html_knows(text: str) -> None:
    assert not set(re.sub(r"#\d+;", "", label(text))) & set("\"'`<>&#;{}[]()|\\%_*~$=\n")


def test_components_stand_in_the_lane_where_they_belong() -> None:
    lanes = re.findall(r'subgraph zone_(\w+)\["[^"]*"\]\n(.*?)\n  end', render(from_text(AGENT)), re.DOTALL)
    by_lane = {lane: re.findall(r'"([^<"]*)<br/>', body) for lane, body in lanes if lane != "threats"}
    assert by_lane["use"] == ["sender"]
    assert by_lane["runtime"] == ["agent", "mailbox", "send"]
    assert by_lane["supply"] == ["Training data of agent"]


def test_each_risk_has_its_number_on_the_component_and_in_the_list() -> None:
    dossier = from_text(AGENT)
    content = render(dossier)
    agent = [n for n, risk in enumerate(dossier.assessment.risks, start=1) if risk.component == "agent"]
    assert f"threats {', '.join(map(str, agent))}" in content
    assert "1 Indirect prompt injection at agent: very high" in content


def test_a_call_and_its_return_are_one_arrow() -> None:
    arrows = [line for line in render(from_text(AGENT)).splitlines() if "calls" in line or "returns" in line]
    assert arrows == ['  c1 <-->|"calls"| c3']


def test_a_system_without_risks_is_drawn_without_threats() -> None:
    content = render(no_risks())
    assert "clerk" in content
    assert "threats" not in content
