"""`bartizan scan` as a person and a pipeline use it."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.register.intake.formats import read_results
from tests.cli.running import bartizan


class Calls:
    """It is never loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo x",)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "good.pkl").write_bytes(pickle.dumps({"weights": [1.0, 2.0]}))
    return folder


def test_clean_files_pass(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("scan", models) == 0
    assert capsys.readouterr().out == "CLEAN: 1 file: 1 CLEAN\n"
    assert bartizan("scan", models, "--clean") == 0
    assert "good.pkl  (pickle)" in capsys.readouterr().out


def test_a_file_that_runs_a_command_fails_with_the_command(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models / "weights.bin").write_bytes(pickle.dumps(Calls()))
    assert bartizan("scan", models) == 1
    said = capsys.readouterr().out
    assert "DETECT" in said
    assert "system('echo x')" in said


@pytest.mark.parametrize("damage", [lambda raw: raw[: len(raw) // 2], lambda raw: b""], ids=["cut", "empty"])
def test_what_cannot_be_read_is_not_clean(models: Path, damage: object) -> None:
    assert callable(damage)
    (models / "good.pkl").write_bytes(damage(pickle.dumps(list(range(1000)))))
    assert bartizan("scan", models) == 1


def test_a_path_that_leads_nowhere_is_an_error_of_that_path(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("scan", models, models / "gone") == 1
    assert "ERROR   " in capsys.readouterr().out


def test_nothing_to_scan_is_wrong_input() -> None:
    assert bartizan("scan") == 2


def test_the_form_follows_the_files_ending(models: Path, tmp_path: Path) -> None:
    (models / "bad.pt").write_bytes(pickle.dumps(Calls()))
    assert bartizan("scan", models, "-o", tmp_path / "out.sarif") == 1
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"
    assert bartizan("scan", models, "-o", tmp_path / "out.json") == 1
    made = json.loads((tmp_path / "out.json").read_text())
    assert [one["verdict"] for one in made["files"]] == ["DETECT", "CLEAN"]
    assert all(len(one["sha256"]) == 64 for one in made["files"])
    assert bartizan("scan", models, "-o", tmp_path / "out.txt") == 1
    assert "DETECT" in (tmp_path / "out.txt").read_text()


def _evidence(file: Path) -> list[tuple[str, str, bool | None, int | None, int | None]]:
    found = read_results(file, load_catalog(), None).observations
    return [(one.control, one.threat, one.passed, one.hits, one.trials) for one in found]


def test_evidence_of_clean_files_passes_the_control_and_says_nothing_of_the_threat(
    models: Path, tmp_path: Path
) -> None:
    assert bartizan("scan", models, "--evidence", tmp_path / "e.json", "--at", "model", "--today", "2026-11-23") == 0
    assert _evidence(tmp_path / "e.json") == [("supply_chain_manage", "", True, None, None)]


def test_evidence_of_a_trap_fails_the_control_and_hits_the_threat(models: Path, tmp_path: Path) -> None:
    (models / "bad.pt").write_bytes(pickle.dumps(Calls()))
    assert bartizan("scan", models, "--evidence", tmp_path / "e.json", "--at", "model") == 1
    assert _evidence(tmp_path / "e.json") == [
        ("supply_chain_manage", "", False, None, None),
        ("", "supply_model_poison", None, 1, 2),
    ]


def test_what_a_person_must_look_at_makes_no_evidence(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (models / "odd").write_bytes(b"\xf0\x0d\xba\xbe" * 9)
    assert bartizan("scan", models, "--evidence", tmp_path / "e.json", "--at", "model") == 1
    assert "no observation" in capsys.readouterr().err
    assert json.loads((tmp_path / "e.json").read_text()).get("observations", []) == []


def test_a_second_opinion_is_asked_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.pkl").write_bytes(pickle.dumps([1, 2]))
    assert bartizan("scan", tmp_path, "--second-opinion") == 0
    assert "picklescan beside it, 1 file: 1 nothing found" in capsys.readouterr().err
