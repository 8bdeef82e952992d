"""A described system as a bill of materials, and back; a folder beside it; what a bill is worth as evidence."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import HealthCheck, given, settings
from spdx_python_model import v3_0_1 as model

from bartizan.core.errors import InputError
from bartizan.core.json_text import parse_json
from bartizan.supply.bom.checking import check
from bartizan.supply.bom.conflicts import conflicts_of
from bartizan.supply.bom.cyclonedx import SPECS, cyclonedx
from bartizan.supply.bom.inventory import inventory
from bartizan.supply.bom.spdx import spdx
from bartizan.supply.bom.values import Bom
from bartizan.system.description import Actor, Component, Data, Description, Model
from bartizan.system.graph import System
from bartizan.system.importers import cyclonedx as importer
from bartizan.system.importers.node import cleaned
from bartizan.system.reading import REFERENCES, read_system
from bartizan.workflows.bom import bom_of, bom_of_system, evidence_of, strictly
from tests.strategies import systems
from tests.supply.bom.folders import hub_folder, plain_pickle, safetensors

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/system.yaml"))
VALIDATORS = {
    spec: JsonStrictValidator(version) for spec, version in (("1.6", SchemaVersion.V1_6), ("1.7", SchemaVersion.V1_7))
}


def silent(path: str) -> None:
    """Nobody watches."""


def valid_in_every_format(bom: Bom) -> None:
    for spec in SPECS:
        text = cyclonedx(bom, spec=spec, today="2026-11-22")
        fault = VALIDATORS[spec].validate_str(text)
        assert fault is None, str(fault)[:500]
        assert text == cyclonedx(bom, spec=spec, today="2026-11-22")
    text = spdx(bom, today="2026-11-22")
    assert text == spdx(bom, today="2026-11-22")
    objects = model.SHACLObjectSet()
    model.JSONLDDeserializer().read(io.BytesIO(text.encode()), objects)
    assert objects.link() <= {"https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertion"}
    model.JSONLDSerializer().write(objects, io.BytesIO())  # refuses what lacks a field that the model asks for
    assert len(list(objects.foreach_type(model.ai_AIPackage))) == len(bom.of("model"))
    assert len(list(objects.foreach_type(model.dataset_DatasetPackage))) == len(bom.of("data"))


def read_back(described: Description, spec: str = "1.6") -> Description:
    text = cyclonedx(bom_of_system(described), spec="1.7" if spec == "1.7" else "1.6")
    data = importer.read(parse_json(text, "bom"), "bom").data
    return msgspec.convert({key: value for key, value in data.items() if key != "provenance"}, Description)


def all_that_a_bill_says(described: Description) -> dict[str, dict[str, Any]]:
    """Components as the importer can give them: people, digests, addresses and texts over several lines are no part."""
    people = {one.id for one in described.components if isinstance(one, Actor)}
    kept = [one for one in described.components if not isinstance(one, Actor)]
    return {one.id: _said(one, people) for one in kept}


def _said(one: Component, people: set[Any]) -> dict[str, Any]:
    said = {field: getattr(one, field) for field in type(one).__struct_fields__}
    said |= {"kind": str(type(one).__struct_config__.tag), "digests": {}, "renamed_from": (), "target": None}
    for field in ("name", "about", "supplier"):
        said[field] = cleaned(said[field])
    said["name"] = "" if said["name"] == one.id else said["name"]
    for field in REFERENCES:
        value = said.get(field)
        if isinstance(value, tuple) and people & set(value):
            said[field] = None  # half a list would be wrong
    if isinstance(one, Model):
        said["trained_by"] = one.trained_by or "unknown"
        said["reads"], said["tools"] = (
            (() if one.reads is None else one.reads),
            (() if one.tools is None else one.tools),
        )
        said["fine_tuned_by"] = one.fine_tuned_by or ("nobody" if one.based_on else None)
    if isinstance(one, Data):
        said["source"] = one.source or "unknown"
    return said


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_comes_back_as_it_went(path: Path, spec: str) -> None:
    described = read_system(path).described
    back = read_back(described, spec)
    assert all_that_a_bill_says(back) == all_that_a_bill_says(described)
    assert (back.name, back.owner) == (cleaned(described.name), cleaned(described.owner))
    assert back.about == cleaned(described.about)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(systems())
def test_any_system_comes_back_as_it_went(system: System) -> None:
    if all(isinstance(one, Actor) for one in system.described.components):
        return  # a bill of nothing
    assert all_that_a_bill_says(read_back(system.described)) == all_that_a_bill_says(system.described)


def test_data_that_is_named_against_its_role_comes_back_where_it_was() -> None:
    data = [{"id": "d", "kind": "data", "role": "training"}, {"id": "e", "kind": "data", "role": "retrieval"}]
    models = [{"id": "m", "kind": "model", "reads": ["d"]}, {"id": "n", "kind": "model", "trained_on": ["e"]}]
    described = msgspec.convert({"name": "x", "components": [*data, *models]}, Description)
    assert all_that_a_bill_says(read_back(described)) == all_that_a_bill_says(described)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(systems())
def test_the_bill_of_any_system_is_valid(system: System) -> None:
    valid_in_every_format(bom_of_system(system.described))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_bill_of_an_example_is_valid(path: Path) -> None:
    valid_in_every_format(bom_of_system(read_system(path).described))


def test_the_bill_of_a_folder_is_valid_with_odd_names_and_licences(tmp_path: Path) -> None:
    folder = hub_folder(tmp_path / "sorter")
    for number, licence in enumerate(("openrail", "MIT OR ISC", "other", "Foo\x1b[31m <b>", "")):
        below = folder / f"m{number}"
        below.mkdir()
        (below / "a\x1b[31m<script>.pkl").write_bytes(plain_pickle())
        (below / "b.safetensors").write_bytes(safetensors({"modelspec.license": licence, "author": "\u202e" * 9}))
        (below / "README.md").write_text(f"---\nlicense: {json.dumps(licence)}\nlicense_link: http://x y\n---\n")
    valid_in_every_format(inventory(folder))


def test_the_schemas_cover_what_the_importer_reads() -> None:
    assert set(SPECS) <= set(importer.VERSIONS)
    assert {str(one.__struct_config__.tag) for one in get_args(Component)} >= {"model", "data", "tool"}


# With files


SYSTEM = """
name: Sorter
owner: Us
components:
  - {id: sorter, kind: model, type: predictive, task: [classification], trained_by: supplier, supplier: Acme}
  - {id: other, kind: model, type: predictive, trained_by: us}
"""


@pytest.fixture
def system(tmp_path: Path) -> Path:
    path = tmp_path / "system.yaml"
    path.write_text(SYSTEM)
    return path


def test_files_fill_in_what_the_description_does_not_say(system: Path, tmp_path: Path) -> None:
    bom = bom_of(system, hub_folder(tmp_path / "m"), "sorter", silent)
    part = bom.part("sorter")
    assert part.licences == ("cc-by-nc-4.0",)
    assert part.card is not None
    assert (part.card.task, part.card.architecture_family) == ("classification", "bert")
    assert len(part.files) == 6
    assert {one.kind for one in bom.parts} == {"model", "library"}
    valid_in_every_format(bom)
    text = cyclonedx(bom)
    back = importer.read(parse_json(text, "bom"), "bom").data
    assert [c["id"] for c in back["components"] if c["kind"] == "model"] == ["sorter", "other"]


def test_a_digest_that_no_file_has_is_named(system: Path, tmp_path: Path) -> None:
    system.write_text(SYSTEM.replace("supplier: Acme", f"supplier: Acme, digests: {{model: {'ab' * 32}}}"))
    bom = bom_of(system, hub_folder(tmp_path / "m"), "sorter", silent)
    assert any("no file has the digest" in text for text in bom.remarks)


@pytest.mark.parametrize("at", ["", "sortr"])
def test_files_of_nobody_are_wrong_input(at: str, system: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="component"):
        bom_of(system, hub_folder(tmp_path / "m"), at, silent)


# What it is worth


def test_an_inventory_without_gaps_passes_and_one_with_gaps_fails(tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(safetensors({"modelspec.license": "MIT"}))
    made = evidence_of(inventory(tmp_path), component="m", today="2026-11-22")
    assert [(one.passed, one.component) for one in made.observations] == [(True, "m")]
    (tmp_path / "n.pkl").write_bytes(plain_pickle())
    made = evidence_of(inventory(tmp_path), component="m", today="2026-11-22")
    assert [one.passed for one in made.observations] == [False]


def test_an_inventory_with_a_file_that_was_not_read_does_not_pass(tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(safetensors({"modelspec.license": "MIT"}))
    (tmp_path / "out").symlink_to("/etc")
    made = evidence_of(inventory(tmp_path), component="m", today="2026-11-22")
    assert [one.passed for one in made.observations] == [False]


def test_evidence_about_a_component_is_about_no_other(system: Path, tmp_path: Path) -> None:
    made = evidence_of(
        bom_of(system, hub_folder(tmp_path / "m"), "sorter", silent), component="sorter", today="2026-11-22"
    )
    assert [one.what for one in made.observations] == [
        "inventory of 1 part: 0 without a digest, 0 without a licence, 0 places not read"
    ]


def test_an_empty_inventory_is_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("nothing here to see, move on")
    assert evidence_of(inventory(tmp_path), component="m", today="2026-11-22").observations == ()


def test_a_strict_gate_fails_for_a_model_without_a_licence_not_for_a_library(tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(safetensors({"modelspec.license": "MIT"}))
    (tmp_path / "requirements.txt").write_text("numpy==2.0.1\n")
    bom = inventory(tmp_path)
    assert not strictly(bom, conflicts_of(bom))
    (tmp_path / "n.pkl").write_bytes(plain_pickle())
    bom = inventory(tmp_path)
    assert strictly(bom, conflicts_of(bom))


# Somebody's bill


def test_our_own_bill_is_valid_and_says_what_it_lacks(tmp_path: Path) -> None:
    text = cyclonedx(inventory(hub_folder(tmp_path / "m")), today="2026-11-22")
    found = check(json.loads(text), "bom.json")
    assert found.is_valid
    assert any("no supplier" in one.what for one in found.gaps)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"components": [{"type": "robot", "name": "x"}]}, "not in the list"),
        ({"surprise": 1}, "a field that the format does not have"),
        ({"components": [{"type": "data", "name": "x", "bom-ref": "a"}] * 2}, "is taken by"),
        ({"dependencies": [{"ref": "gone"}]}, "nothing has the bom-ref"),
        ({"components": [{"type": "machine-learning-model", "name": "x"}]}, "no modelCard"),
        ({"components": [{"type": "machine-learning-model", "name": "x"}]}, "no hash"),
        ({"components": [{"type": "data", "name": "x"}]}, "no classification"),
        ({"components": [{"type": "library", "name": "x"}]}, "no package URL"),
        ({"components": []}, "no component is a machine-learning-model"),
    ],
)
def test_what_is_wrong_or_missing_is_named(change: dict[str, Any], says: str) -> None:
    found = check({"bomFormat": "CycloneDX", "specVersion": "1.6", **change}, "bom.json")
    assert any(says in one.what for one in found.gaps), found.gaps


@pytest.mark.parametrize("data", [[], {}, {"bomFormat": "CycloneDX", "specVersion": "0.9"}, {"@graph": []}])
def test_what_is_no_bill_is_wrong_input(data: object) -> None:
    with pytest.raises(InputError):
        check(data, "bom.json")
