"""CycloneDX ML-BOM: what is taken from a valid bill of materials, with its path, and what is reported instead."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bartizan.core.errors import InputError
from bartizan.core.source import parse_yaml
from bartizan.system.importers.prefill import Imported
from bartizan.system.reading import check_system
from bartizan.workflows.importing import description_text, import_file

FILE = Path(__file__).parent / "files" / "retail-assistant-1.6.json"
BOM: dict[str, Any] = json.loads(FILE.read_text())
VERSIONS = {"1.5": SchemaVersion.V1_5, "1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}


def of_version(version: str) -> dict[str, Any]:
    """The bill of materials in the words of a version: 1.5 has one field less for who made a thing."""
    bom = copy.deepcopy(BOM)
    bom["specVersion"] = version
    if version == "1.5":
        bom["metadata"]["manufacture"] = bom["metadata"].pop("manufacturer")
    return bom


def valid(bom: dict[str, Any]) -> dict[str, Any]:
    """The same, once the standard's own schema has found no fault with it."""
    fault = JsonStrictValidator(VERSIONS[bom["specVersion"]]).validate_str(json.dumps(bom))
    assert fault is None, fault
    return bom


def taken(bom: object, folder: Path) -> Imported:
    file = folder / "bom.json"
    file.write_text(json.dumps(bom))
    return import_file(file)


def with_model(**fields: Any) -> dict[str, Any]:
    model = {"type": "machine-learning-model", "bom-ref": "m", "name": "M", **fields}
    return valid({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [model]})


def model_of(found: Imported) -> dict[str, Any]:
    return next(c for c in found.data["components"] if c["kind"] == "model")


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_a_bill_of_materials_of_every_version_is_read(version: str, tmp_path: Path) -> None:
    found = taken(valid(of_version(version)), tmp_path)
    assert found.format == f"CycloneDX {version}"
    parts = {c["id"]: c for c in found.data["components"]}
    assert set(parts) == {
        "shop-assistant",
        "shop-chat",
        "product-questions",
        "support-tickets-for-training",
        "ranking-model-inference",
        "users",
    }
    chat = parts["shop-chat"]
    assert (chat["type"], chat["task"], chat["takes"], chat["gives"]) == (
        "generative",
        ["generation"],
        ["text", "image"],
        ["text"],
    )
    assert (chat["trained_by"], chat["fine_tuned_by"], chat["supplier"]) == ("supplier", "us", "Open Plains")
    assert chat["trained_on"] == ["product-questions", "support-tickets-for-training"]
    assert parts["support-tickets-for-training"]["personal"] is True
    assert parts["product-questions"]["sensitive"] is False
    assert parts["shop-assistant"]["uses"] == ["shop-chat", "ranking-model-inference"]


def test_every_value_says_which_path_it_came_from(tmp_path: Path) -> None:
    sources = {(c, f): s for c, f, s in taken(BOM, tmp_path).used}
    assert sources["shop-chat", "type"] == "bom.json: components[0].modelCard.modelParameters.task 'text-generation'"
    assert sources["support-tickets-for-training", "personal"] == "bom.json: components[1].data[0].sensitiveData"
    assert sources["ranking-model-inference", "run_by"] == "bom.json: services[0].provider"


def test_what_could_not_be_used_is_reported_with_its_path_and_reason(tmp_path: Path) -> None:
    unused = {u.path: u.why for u in taken(BOM, tmp_path).unused}
    assert "vulnerability scanner" in unused["components[2]"]
    assert "actor" in unused["components[0].modelCard.considerations.users"]
    assert "nothing of threats" in unused["components[0].modelCard.quantitativeAnalysis"]
    assert "bartizan:FIELD" in unused["components[0].modelCard.properties[1]"]
    assert "transformer" in unused["components[0].modelCard.modelParameters.architectureFamily"]


def test_the_description_reads_back_and_its_proofs_name_the_file(tmp_path: Path) -> None:
    system = check_system(parse_yaml(description_text(taken(BOM, tmp_path)), "system.yaml"))
    assert system.described.name == "Shop assistant"
    assert system.provenance["shop-chat", "trained_by"].startswith("bom.json: ")


def test_a_bill_that_a_model_maker_wrote_makes_them_the_supplier(tmp_path: Path) -> None:
    bom = valid(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "manufacturer": {"name": "Halcyon"},
                "component": {"type": "machine-learning-model", "name": "gpt-like", "supplier": {"name": "Halcyon"}},
            },
        }
    )
    model = model_of(taken(bom, tmp_path))
    assert (model["trained_by"], model["supplier"]) == ("supplier", "Halcyon")
    assert "run_by" not in model


def test_a_model_of_our_own_is_trained_by_us(tmp_path: Path) -> None:
    bom = with_model(supplier={"name": "ACME"})
    bom["metadata"] = {"manufacturer": {"name": "Acme"}, "component": {"type": "application", "name": "App"}}
    assert model_of(taken(valid(bom), tmp_path))["trained_by"] == "us"


def test_an_ancestor_without_a_known_tuner_leaves_open_who_fine_tunes(tmp_path: Path) -> None:
    base = {"type": "machine-learning-model", "name": "base", "supplier": {"name": "Plains"}}
    model = model_of(taken(with_model(pedigree={"ancestors": [base]}), tmp_path))
    assert (model["trained_by"], model["fine_tuned_by"]) == ("supplier", "unknown")


def test_what_the_file_does_not_tell_of_a_generative_model_is_unknown_and_not_none(tmp_path: Path) -> None:
    model = model_of(taken(with_model(modelCard={"modelParameters": {"task": "chat"}}), tmp_path))
    assert (model["reads"], model["tools"]) == ("unknown", "unknown")


def test_somebody_uses_the_model_and_whether_they_are_trusted_stays_open(tmp_path: Path) -> None:
    actor = next(c for c in taken(with_model(), tmp_path).data["components"] if c["kind"] == "actor")
    assert actor["uses"] == ["m"]
    assert "trusted" not in actor


@pytest.mark.parametrize(
    ("task", "kind", "says"),
    [
        ("text-classification", "predictive", "classification"),
        ("object-detection", "predictive", "detection"),
        ("Summarization", "generative", "summarisation"),
        ("regression", "predictive", "regression"),
        ("text-to-image", "generative", "generation"),
    ],
)
def test_a_task_tells_the_kind_of_model(task: str, kind: str, says: str, tmp_path: Path) -> None:
    model = model_of(taken(with_model(modelCard={"modelParameters": {"task": task}}), tmp_path))
    assert (model["type"], model["task"]) == (kind, [says])


def test_an_unknown_task_is_reported_and_the_type_left_open(tmp_path: Path) -> None:
    found = taken(with_model(modelCard={"modelParameters": {"task": "frobnication"}}), tmp_path)
    assert "type" not in model_of(found)
    assert any("'frobnication' is no task" in u.why for u in found.unused)


def test_a_property_that_does_not_fit_is_reported_and_not_taken(tmp_path: Path) -> None:
    properties = [
        {"name": "bartizan:trained_by", "value": "martians"},
        {"name": "bartizan:reads", "value": "everything"},
        {"name": "bartizan:weights_public", "value": "yes"},
        {"name": "bartizan:intellectual_property", "value": "yes"},
        {"name": "bartizan:output_goes_to", "value": "browser, tool"},
    ]
    found = taken(with_model(properties=properties), tmp_path)
    model = model_of(found)
    assert model["weights_public"] is True
    assert model["output_goes_to"] == ["browser", "tool"]
    assert "trained_by" not in model
    assert "intellectual_property" not in model  # it would contradict public weights
    assert {u.path for u in found.unused} == {f"components[0].properties[{i}]" for i in (0, 1, 3)}


def test_data_that_is_called_public_and_lists_personal_data_is_personal(tmp_path: Path) -> None:
    data = {"type": "dataset", "name": "d", "classification": "public", "sensitiveData": ["patient names"]}
    found = taken(with_model(modelCard={"modelParameters": {"datasets": [data]}}), tmp_path)
    part = next(c for c in found.data["components"] if c["kind"] == "data")
    assert part["personal"] is True
    assert "sensitive" not in part
    assert any("contradicts" in u.why for u in found.unused)


def test_a_second_component_with_the_same_reference_is_reported(tmp_path: Path) -> None:
    bom = with_model()
    bom["components"].append({"type": "machine-learning-model", "bom-ref": "m", "name": "Other"})
    found = taken(bom, tmp_path)
    assert [c["name"] for c in found.data["components"] if c["kind"] == "model"] == ["M"]
    assert any("bom-ref is taken" in u.why for u in found.unused)


def test_a_reference_to_data_that_is_not_there_is_reported(tmp_path: Path) -> None:
    found = taken(with_model(modelCard={"modelParameters": {"datasets": [{"ref": "gone"}]}}), tmp_path)
    assert any(u.path.endswith("datasets[0]") and "no data component" in u.why for u in found.unused)


@pytest.mark.parametrize("version", ["1.4", "2.0", 1.6, None])
def test_another_version_is_refused_with_those_that_are_read(version: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"use one of: 1\.5, 1\.6, 1\.7"):
        taken({**BOM, "specVersion": version}, tmp_path)


def test_a_bill_without_anything_to_describe_is_refused(tmp_path: Path) -> None:
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "left-pad"}]}
    with pytest.raises(InputError, match="no model, no data and no service"):
        taken(bom, tmp_path)
