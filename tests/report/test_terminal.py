"""The summary for a terminal: it fits the screen, says what matters, and needs no colour."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from bartizan.report.dossier import Dossier
from bartizan.report.terminal import summary
from bartizan.system.graph import System
from tests.report.dossiers import (
    AGENT,
    EXAMPLES,
    HOSTILE,
    acceptance,
    dossier_of,
    example,
    from_text,
    hostile,
    no_risks,
)
from tests.strategies import systems


def printed(dossier: Dossier, width: int, *, colour: bool = False) -> str:
    """What a terminal of this width gets."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=colour, highlight=False)
    if colour:
        console = Console(file=file, width=width, force_terminal=True, highlight=False, color_system="truecolor")
    console.print(summary(dossier, width))
    return file.getvalue()


SCREENS = [(80, 22), (100, 38), (120, 38)]


@pytest.mark.parametrize(("width", "height"), SCREENS)
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda p: p.parent.name)
def test_every_example_fits_the_screen_with_room_for_a_prompt(file: Path, width: int, height: int) -> None:
    lines = printed(example(file), width).splitlines()
    assert len(lines) <= height
    assert max(map(cell_len, lines)) <= width


@settings(max_examples=40)
@given(systems())
def test_any_system_fits_the_screen(system: System) -> None:
    dossier = dossier_of(system)
    for width, height in SCREENS:
        lines = printed(dossier, width).splitlines()
        assert len(lines) <= height
        assert max(map(cell_len, lines)) <= width


def test_a_narrow_terminal_gets_whole_lines_too() -> None:
    lines = printed(from_text(AGENT), 40).splitlines()
    assert max(map(cell_len, lines)) <= 40


@pytest.mark.parametrize("width", [80, 100])
def test_it_says_the_risks_what_to_do_and_what_to_ask(width: int) -> None:
    content = printed(from_text(AGENT), width)
    for part in ("above your appetite", "(lethal trifecta).", "Top risks", "Do first (plan:", "Ask Northwind AI:"):
        assert part in content
    assert "very high  Indirect prompt injection · agent" in content
    assert "● " in content


def test_the_heat_map_counts_every_risk_and_marks_those_above_appetite() -> None:
    dossier = from_text(AGENT)
    rows = [line[58:] for line in printed(dossier, 80).splitlines() if re.fullmatch(r"\d [\d ·\[\]]+", line[58:])]
    counts = [int(cell) for row in rows for cell in re.findall(r"\d+", row[1:])]
    assert len(rows) == len(dossier.catalog.scales.likelihood)
    assert sum(counts) == len(dossier.assessment.risks)
    above = sum(int(part.split("]")[0]) for row in rows for part in row.split("[")[1:])
    assert above == sum(risk.above_appetite for risk in dossier.assessment.risks)


def test_without_colour_it_says_the_same_as_with_colour() -> None:
    coloured = printed(from_text(AGENT), 80, colour=True)
    assert "\x1b[" in coloured
    assert Text.from_ansi(coloured).plain.split() == printed(from_text(AGENT), 80).split()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_cannot_command_the_terminal(name: str) -> None:
    content = printed(hostile(name), 80)
    assert all(letter.isprintable() for letter in content if letter != "\n")
    assert len(content.splitlines()) <= 22


def test_an_accepted_risk_says_so() -> None:
    decided = from_text(AGENT, decisions=[acceptance("indirect_prompt_injection@agent", "2027-01-01")])
    assert "accepted: Indirect prompt injection · agent" in printed(decided, 80)


def test_a_system_without_risks_says_so() -> None:
    content = printed(no_risks(), 80)
    assert "No threat of the catalogue becomes a risk" in content
    assert "Top risks" not in content
