from __future__ import annotations

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.catalog.maps import LANES, UnknownMap, threat_map
from bartizan.catalog.navigator import navigator
from bartizan.catalog.views import controls_overview, matrix, periodic_table

CATALOG = load_catalog()
MAPS = [found.id for found in CATALOG.maps]


def test_an_edition_without_a_table_says_what_it_has_instead() -> None:
    for view in (matrix(CATALOG, 2023), periodic_table(CATALOG, 2023)):
        assert view.rows == ()
        assert "2023" in view.instead
        assert "navigator" in view.instead


def test_2023_shows_the_groups_of_its_sections_in_place_of_an_overview() -> None:
    view = controls_overview(CATALOG, 2023)
    assert view.instead
    assert "General governance controls" in [part.title for part in view.parts]


def test_only_2026_has_a_clickable_matrix() -> None:
    assert matrix(CATALOG, 2025, clickable=True).instead
    assert not matrix(CATALOG, 2026, clickable=True).instead


def test_one_threat_may_stand_in_two_rows_of_the_matrix() -> None:
    rows = [line.row for line in matrix(CATALOG, 2026).rows if line.threat == "disclosure_in_output"]
    assert rows == [10, 12]


def test_controls_carry_the_name_of_the_edition() -> None:
    names = {
        edition: {
            c.name for line in periodic_table(CATALOG, edition).rows for cell in line.cells for c in cell.controls
        }
        for edition in (2025, 2026)
    }
    assert "DETECTODDINPUT" in names[2025]
    assert "ANOMALOUS INPUT HANDLING" in names[2026]


def test_a_group_in_brackets_shows_only_the_members_that_are_printed() -> None:
    (row,) = (line for line in periodic_table(CATALOG, 2026).rows if line.threat == "dev_data_leak")
    assert [c.id for c in row.cells[0].controls] == ["data_minimize", "short_retain", "obfuscate_training_data"]


def test_the_split_between_supplier_and_producer_is_kept() -> None:
    (row,) = (line for line in periodic_table(CATALOG, 2026).rows if line.threat == "supply_model_poison")
    assert [cell.role for cell in row.cells] == ["", "supplier", "producer"]


def test_the_navigator_of_2023_files_prompt_injection_under_the_application() -> None:
    section = navigator(CATALOG, 2023).sections[-1]
    assert [t.number for t in section.threats if "prompt_injection" in t.threat] == ["4.5", "4.6"]


def test_the_navigator_has_general_controls_only_where_they_are_drawn() -> None:
    assert navigator(CATALOG, 2026).sections[0].title == "General controls"
    assert navigator(CATALOG, 2023).sections[0].title == "Threats through use"


@pytest.mark.parametrize("name", MAPS)
def test_the_flows_of_a_map_connect_boxes_that_are_on_it(name: str) -> None:
    view = threat_map(CATALOG, name)
    boxes = {box.id for box in view.boxes}
    assert all({flow.start, flow.end} <= boxes for flow in view.flows)


@pytest.mark.parametrize("name", MAPS)
def test_no_two_boxes_of_a_map_share_a_place(name: str) -> None:
    places = [(box.lane, box.row) for box in threat_map(CATALOG, name).boxes]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("name", MAPS)
def test_threats_are_numbered_from_lane_to_lane(name: str) -> None:
    lanes = list(LANES)
    numbers = [(lanes.index(box.lane), box.row, m.number) for box in threat_map(CATALOG, name).boxes for m in box.marks]
    assert numbers == sorted(numbers)
    assert [number for _, _, number in numbers] == list(range(1, len(numbers) + 1))


def test_a_model_that_a_provider_hosts_is_the_providers() -> None:
    whose = {box.id: box.whose for box in threat_map(CATALOG, "2026_ready_made_externally_hosted").boxes}
    assert whose["model"] == "supplier"
    assert whose["augmentation"] == "us"


def test_a_wrong_map_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(UnknownMap, match="2026_general"):
        threat_map(CATALOG, "2026_generl")
