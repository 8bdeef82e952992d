"""`bartizan bom` as a person and a pipeline use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import bartizan
from tests.supply.bom.folders import hub_folder, plain_pickle


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return hub_folder(tmp_path / "models")


def test_a_folder_becomes_a_bill_and_its_licences_are_named(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = models.parent / "bom.cdx.json"
    assert bartizan("bom", models, "-o", out, "--today", "2026-11-22") == 0
    said = capsys.readouterr().err
    assert "1 model, 1 set of data, 3 libraries, 3 other files" in said
    assert "licences: unknown" in said
    assert "no legal advice" in said
    first = out.read_bytes()
    assert bartizan("bom", models, "-o", out, "--today", "2026-11-22") == 0
    assert out.read_bytes() == first
    assert json.loads(first)["specVersion"] == "1.6"


def test_without_o_only_the_bill_is_on_the_screen(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("bom", models, "--spec", "1.7") == 0
    assert json.loads(capsys.readouterr().out)["specVersion"] == "1.7"
    assert bartizan("bom", models, "-f", "spdx") == 0
    assert "@graph" in json.loads(capsys.readouterr().out)


def test_a_strict_gate_fails_on_a_commercial_use_of_what_is_not(models: Path) -> None:
    assert bartizan("bom", models, "--strict-licences", "--use", "commercial") == 1


def test_a_bill_is_checked_and_what_is_missing_said(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = models.parent / "bom.cdx.json"
    assert bartizan("bom", models, "-o", out) == 0
    assert bartizan("bom", "--check", out) == 1
    said = capsys.readouterr().out
    assert "CycloneDX 1.6, 1 model, 1 set of data, 3 libraries: valid" in said
    assert "missing  components[0] (Ticket sorter): no supplier" in said
    assert "metadata.timestamp" in said


def test_a_bill_goes_out_and_comes_back(tmp_path: Path) -> None:
    system = Path("examples/skin-image-classifier/system.yaml")
    assert bartizan("bom", system, "-o", tmp_path / "b.json") == 0
    assert bartizan("import", tmp_path / "b.json", "-o", tmp_path / "back.yaml") == 0
    assert "trained_on: [clinic-images, public-archive, test-images]" in (tmp_path / "back.yaml").read_text()


def test_evidence_is_for_the_register(models: Path) -> None:
    out = models.parent / "evidence.json"
    system = "examples/skin-image-classifier/system.yaml"
    words = ("bom", system, "--files", models, "--at", "classifier", "--evidence", out, "-o", models.parent / "b.json")
    assert bartizan(*words, "--today", "2026-11-22") == 0
    read = json.loads(out.read_text())
    assert [(one["control"], one["component"]) for one in read["observations"]] == [
        ("supply_chain_manage", "classifier")
    ]


@pytest.mark.parametrize(
    "words",
    [("bom",), ("bom", "gone"), ("bom", "examples", "--files", "examples"), ("bom", "x", "--check", "y")],
)
def test_wrong_input_is_told_without_a_traceback(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan(*words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_names_of_files_cannot_garble_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a\x1b[31m.pkl").write_bytes(plain_pickle())
    (tmp_path / "b\x1b[31m").symlink_to("/etc")
    assert bartizan("bom", tmp_path) == 0
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err
