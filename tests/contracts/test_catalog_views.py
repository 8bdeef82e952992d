"""The tables and maps that the framework prints, row by row: what the views of the catalogue must show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.catalog.maps import threat_map
from bartizan.catalog.navigator import navigator
from bartizan.catalog.relations import Relations
from bartizan.catalog.views import controls_overview, matrix, periodic_table
from bartizan.core.source import read_yaml
from bartizan.core.terms import EDITIONS, Edition

CATALOG = load_catalog()


def expected(name: str) -> Any:
    return read_yaml(Path(__file__).parent / "expected" / f"{name}.yaml").data


@pytest.mark.parametrize(("edition", "rows"), [(2025, 19), (2026, 22)])
def test_the_matrix_is_reproduced_row_by_row(edition: Edition, rows: int) -> None:
    view = matrix(CATALOG, edition)
    assert [[line.row, line.threat, *line.cells] for line in view.rows] == expected(f"matrix_{edition}")
    assert len(view.rows) == rows


def test_the_clickable_matrix_of_2026_is_reproduced_row_by_row() -> None:
    view = matrix(CATALOG, 2026, clickable=True)
    found = [[line.row, line.threat, *line.cells[:2]] for line in view.rows]
    assert found == expected("matrix_2026_clickable")
    assert len(found) == 18


@pytest.mark.parametrize("edition", [2025, 2026])
def test_the_periodic_table_shows_the_expected_controls_in_each_row(edition: Edition) -> None:
    view = periodic_table(CATALOG, edition)
    shown = {
        line.threat: list(dict.fromkeys(control.id for cell in line.cells for control in cell.controls))
        for line in view.rows
    }
    assert shown == expected(f"periodic_table_{edition}")
    assert [line.row for line in view.rows] == list(range(1, 19))


def test_the_nine_groups_of_2025_have_their_members() -> None:
    view = controls_overview(CATALOG, 2025)
    found = {part.id: sorted(control.id for control in part.controls) for part in view.parts}
    assert found == {group: sorted(members) for group, members in expected("overview_2025").items()}


def test_the_essentials_of_2026_have_their_members_and_leave_out_three() -> None:
    view = controls_overview(CATALOG, 2026)
    found = {f"{part.heading}: {part.title}": sorted(control.id for control in part.controls) for part in view.parts}
    assert found == {part: sorted(members) for part, members in expected("essentials_2026").items()}
    assert {control.id for control in view.in_none} == {"agent_sandboxing", "input_segregation", "model_watermarking"}


@pytest.mark.parametrize("name", [found.id for found in CATALOG.maps])
def test_a_threat_map_shows_its_threats_each_once_numbered_from_one(name: str) -> None:
    marks = list(threat_map(CATALOG, name).marks())
    assert sorted(mark.threat for mark in marks) == sorted(expected("threat_maps")[name])
    assert [mark.number for mark in marks] == list(range(1, len(marks) + 1))


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_rated_threat_of_an_edition_is_in_its_matrix_or_named_as_left_out(edition: Edition) -> None:
    rated = {t.id for t in CATALOG.threats.values() if t.rated and edition in t.rules}
    for view in (matrix(CATALOG, edition), periodic_table(CATALOG, edition)):
        shown = {line.threat for line in view.rows} | set(view.not_printed)
        assert rated <= shown or view.instead


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_control_of_an_edition_is_in_its_overview(edition: Edition) -> None:
    view = controls_overview(CATALOG, edition)
    shown = {c.id for part in view.parts for c in part.controls} | {c.id for c in (*view.in_none, *view.unnamed)}
    assert shown == {c.id for c in CATALOG.controls.values() if edition in c.names}


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_the_navigator_draws_is_a_relation_of_the_edition(edition: Edition) -> None:
    relations = Relations(CATALOG)
    for section in navigator(CATALOG, edition).sections:
        for threat in section.threats:
            related = {relation.control for relation in relations.of_threat(threat.threat, edition)}
            assert {control.id for control in threat.drawn} <= related or edition == 2025
