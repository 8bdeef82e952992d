"""What a run of the lab writes: a page, or a folder with all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import bartizan
from tests.workflows.attacked import DAY, folder_with

EXPERIMENT = """\
bartizan_experiment: 1
name: Tumours
target: {rig: "bartizan.lab.reference.rigs:tumours"}
attacks:
  - {attack: fgsm, limit: {norm: linf, radius: 0.02}}
  - {attack: fgsm, limit: {norm: linf, radius: 0.05}}
controls: [[], [input_distortion/noise]]
samples: 20
"""


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    file = tmp_path / "experiment.yaml"
    file.write_text(EXPERIMENT)
    return file


def test_a_folder_gets_the_page_the_numbers_and_the_robustness_curve(experiment: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert bartizan("lab", "run", experiment, "--store", tmp_path / "s", "-o", out) == 0
    names = {path.name for path in out.iterdir()}
    assert {"index.html", "measurements.json"} < names
    assert any(name.startswith("robustness-") and name.endswith(".png") for name in names)
    page = (out / "index.html").read_text()
    assert "What controls buy, and cost" in page
    assert "Tumours" in page


def test_an_ending_that_is_none_is_told_before_anything_runs(
    experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("lab", "run", experiment, "--store", tmp_path / "s", "-o", tmp_path / "out.pdf") == 2
    assert "no kind of file for measurements" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_an_attacked_system_gets_a_page_of_all_runs(tmp_path: Path) -> None:
    page = tmp_path / "runs.html"
    words = ("--samples", 10, "--budget", "200 queries", "--store", tmp_path / "s", "--today", DAY)
    assert bartizan("test", folder_with(tmp_path), *words, "--measurements", page) in (0, 1, 3)
    assert "Tumour triage under attack" in page.read_text()
    assert "What succeeded" in page.read_text()
