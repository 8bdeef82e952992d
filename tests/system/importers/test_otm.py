"""Open Threat Model 0.2.0: what is taken from a valid model, and what is reported instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bartizan.core.errors import InputError
from bartizan.core.source import parse_yaml
from bartizan.system.importers.prefill import Imported
from bartizan.system.reading import check_system
from bartizan.workflows.importing import description_text, import_file

FILE = Path(__file__).parent / "files" / "helpdesk-otm.yaml"


def taken(model: object, folder: Path) -> Imported:
    file = folder / "model.json"
    file.write_text(json.dumps(model))
    return import_file(file)


def model_with(*components: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {
        "otmVersion": "0.2.0",
        "project": {"name": "P", "id": "p"},
        "components": [{"parent": {"trustZone": "z"}, **c} for c in components],
        **others,
    }


def parts_of(found: Imported) -> dict[str, dict[str, Any]]:
    return {c["id"]: c for c in found.data["components"]}


@pytest.fixture(scope="module")
def helpdesk() -> Imported:
    return import_file(FILE)


def test_components_become_what_their_type_says(helpdesk: Imported) -> None:
    kinds = {name: part["kind"] for name, part in parts_of(helpdesk).items()}
    assert kinds == {
        "answer-writer": "model",
        "knowledge-base": "data",
        "mail-tool": "tool",
        "desk": "application",
        "customers": "actor",
        "agents": "actor",
    }


def test_json_and_yaml_give_the_same(helpdesk: Imported, tmp_path: Path) -> None:
    found = taken(yaml.safe_load(FILE.read_text()), tmp_path)
    assert parts_of(found) == parts_of(helpdesk)


def test_data_flows_become_fields_where_there_is_one(helpdesk: Imported) -> None:
    parts = parts_of(helpdesk)
    assert parts["customers"]["uses"] == ["desk"]
    assert parts["desk"]["uses"] == ["answer-writer"]
    assert parts["answer-writer"]["reads"] == ["knowledge-base"]
    assert parts["answer-writer"]["tools"] == ["mail-tool"]
    assert parts["knowledge-base"]["written_by"] == ["agents"]
    assert helpdesk.data["flows"] == [{"from": "mail-tool", "to": "desk", "about": "notifies"}]


def test_the_trust_rating_of_a_zone_tells_whom_to_trust_through_the_components_around(helpdesk: Imported) -> None:
    parts = parts_of(helpdesk)
    assert parts["customers"]["trusted"] is False
    assert parts["agents"]["trusted"] is True


def test_a_middling_trust_rating_leaves_it_open(tmp_path: Path) -> None:
    model = model_with(
        {"id": "m", "name": "M", "type": "llm"},
        {"id": "u", "name": "U", "type": "user"},
        trustZones=[{"id": "z", "name": "Z", "risk": {"trustRating": 55}}],
        dataflows=[{"id": "f", "name": "f", "source": "u", "destination": "m"}],
    )
    found = taken(model, tmp_path)
    assert "trusted" not in parts_of(found)["u"]
    assert any("trust rating of 55" in u.why for u in found.unused)


def test_the_confidentiality_of_assets_tells_what_is_sensitive(helpdesk: Imported) -> None:
    parts = parts_of(helpdesk)
    assert parts["knowledge-base"]["sensitive"] is False
    assert parts["answer-writer"]["input_sensitive"] is True


def test_attributes_named_for_a_field_set_it(helpdesk: Imported) -> None:
    parts = parts_of(helpdesk)
    assert (parts["answer-writer"]["trained_by"], parts["answer-writer"]["run_by"]) == ("supplier", "us")
    assert parts["mail-tool"]["effects"] == ["send"]


def test_threats_pictures_and_stores_without_a_role_are_reported(helpdesk: Imported) -> None:
    unused = {u.path: u.why for u in helpdesk.unused}
    assert "derives its own" in unused["threats"]
    assert "drawn" in unused["representations"]
    assert "role" in unused["components[6]"]
    assert "not described" in unused["dataflows[5]"]


def test_the_description_reads_back(helpdesk: Imported) -> None:
    system = check_system(parse_yaml(description_text(helpdesk), "system.yaml"))
    assert system.described.owner == "Customer care"


def test_a_circle_of_parents_is_no_trouble(tmp_path: Path) -> None:
    model = model_with(
        {"id": "a", "name": "A", "type": "user", "parent": {"component": "b"}},
        {"id": "b", "name": "B", "type": "user", "parent": {"component": "a"}},
        {"id": "m", "name": "M", "type": "llm"},
    )
    assert "trusted" not in parts_of(taken(model, tmp_path))["a"]


def test_a_second_component_of_the_same_id_is_reported(tmp_path: Path) -> None:
    found = taken(
        model_with({"id": "m", "name": "M", "type": "llm"}, {"id": "m", "name": "N", "type": "llm"}), tmp_path
    )
    assert [u.path for u in found.unused] == ["components[1]"]


def test_names_that_are_alike_get_ids_of_their_own(tmp_path: Path) -> None:
    found = taken(
        model_with({"id": "1", "name": "Größe!", "type": "llm"}, {"id": "2", "name": "grosse", "type": "llm"}, {
            "id": "3", "name": "Grosse", "type": "llm"}), tmp_path
    )  # fmt: skip
    assert list(parts_of(found))[:3] == ["groe", "grosse", "grosse-2"]


def test_another_version_is_refused_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text("project: {name: P, id: p}\notmVersion: 0.1.0\n")
    with pytest.raises(InputError, match=r"model.yaml:2: .*0\.1\.0 is not read; use one of: 0\.2\.0"):
        import_file(file)


def test_a_model_without_components_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no components"):
        taken(model_with(), tmp_path)
