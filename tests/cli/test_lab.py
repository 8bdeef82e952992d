"""The lab's commands as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.cli.lab_output import chat_lines
from tests.cli.running import bartizan

EXPERIMENT = """\
bartizan_experiment: 1
target: {rig: "bartizan.lab.reference.rigs:tumours"}
attacks: [pgd, {attack: square, steps: 40}]
controls: [[], [{control: obscure_confidence/label_only}]]
limit: {norm: linf, radius: 0.05}
samples: 20
"""


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    file = tmp_path / "experiment.yaml"
    file.write_text(EXPERIMENT)
    return file


def test_a_grid_is_run_kept_and_told_with_what_each_control_bought(
    experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "all.json"
    assert bartizan("lab", "run", experiment, "--store", tmp_path / "s", "-o", out) == 0
    said = capsys.readouterr().out
    assert "PGD" in said
    assert "does not apply" in said
    measured = json.loads(out.read_text())
    assert len(measured) == 4
    assert [run.get("outcome", "measured") for run in measured].count("not_applicable") == 2


def test_every_problem_of_an_experiment_is_told_at_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "experiment.yaml"
    file.write_text(
        "bartizan_experiment: 1\n"
        'target: {rig: "bartizan.lab.reference.rigs:tumours"}\n'
        "attacks:\n"
        "  - sqare\n"
        "  - {attack: pgd, stepps: 3}\n"
        "controls: [[rate_limt]]\n"
        "seeds: [0, 0]\n"
        "samples: 0\n"
    )
    assert bartizan("lab", "run", file, "--store", tmp_path / "s") == 2
    said = capsys.readouterr().err
    for place in (":4: no attack 'sqare'; did you mean 'square'?", ":5: attack 'pgd':", ":6: no code for a control"):
        assert place in said
    assert "a seed is named twice" in said
    assert "samples: 0" in said
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("name", ["square", "rate_limit"])
def test_an_attack_or_control_is_shown_with_its_parameters(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("lab", "show", name) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{name}: ")
    assert "parameters:" in said


def test_everything_with_code_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("lab", "list") == 0
    said = capsys.readouterr().out
    assert "hop_skip_jump" in said
    assert "train_adversarial/pgd" in said


def test_what_chat_targets_are_tested_with_is_listed_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("lab", "list", "variations", "detectors") == 0
    said = capsys.readouterr().out
    assert "  rot13 " in said
    assert "  tool_call " in said
    assert "hop_skip_jump" not in said
    assert bartizan("lab", "list") == 0
    every = capsys.readouterr().out
    assert all(f"  {name} " in every for name in ("crescendo", "rot13", "canary", "order_handed_on", "square"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("crescendo", "attack on chat targets, several turns"),
        ("rot13", "(variation, effort"),
        ("tool_call", "(detector)"),
        ("rendering", "(detector, needs a browser)"),
        ("order_handed_on", "pursued by: propagation"),
    ],
)
def test_what_chat_targets_are_tested_with_is_shown(name: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("lab", "show", name) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{name}: ")
    assert told in said


def test_everything_that_is_listed_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("lab", "list", "chat-attacks", "variations", "detectors", "cases") == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert len(names) > 200
    for name in names:
        assert any(line.startswith(f"{name}: ") for line in chat_lines(name)), name


def test_a_misspelt_name_gets_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("lab", "show", "hop_skip_jmp") == 2
    assert "did you mean 'hop_skip_jump'?" in capsys.readouterr().err


def test_tuning_recommends_a_setting_that_meets_what_was_stated_and_says_when_none_does(
    experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["lab", "tune", experiment, "--control", "obscure_confidence", "--sweep", "digits=1,2"]
    words += ["--store", tmp_path / "s"]
    out = tmp_path / "front.json"
    assert bartizan(*words, "--most-success", "100", "-o", out) == 0
    assert "Take " in capsys.readouterr().out
    front = json.loads(out.read_text())
    assert [setting["label"] for setting in front["settings"]] == ["without", "digits=1", "digits=2"]
    assert bartizan(*words, "--most-success", "0") == 1
    assert "Nothing is recommended" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ("digits", "names no values"),
        ("decimal=1", "'decimal' is no parameter of obscure_confidence"),
        ("digits=some", "Expected"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused_before_anything_runs(
    sweep: str, said: str, experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("lab", "tune", experiment, "--control", "obscure_confidence", "--sweep", sweep, "--store", tmp_path / "s")
    assert bartizan(*words) == 2
    assert said in capsys.readouterr().err
