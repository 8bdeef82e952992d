"""`bartizan devcheck` as a person and a pipeline use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.register.intake.formats import read_results
from tests.cli.running import bartizan
from tests.devcheck.repositories import GITHUB, repository, run, write

QUIET = {"a.py": "x = 1\n", "LICENSE": "MIT License", ".gitignore": "*.log\n"}
LOAD = "import pickle\npickle.load(f)\n"


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    return repository(tmp_path / "r", QUIET)


def test_a_quiet_repository_passes(quiet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("devcheck", quiet) == 0
    said = capsys.readouterr().out
    assert said.startswith("nothing found\n3 files with ")
    assert "1 commits of the history, which is all of it" in said


def test_a_finding_fails_with_place_why_fix_and_reference(quiet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(quiet, {"b.py": LOAD})
    assert bartizan("devcheck", quiet) == 1
    said = capsys.readouterr().out
    assert "MEDIUM  It loads a pickle  [load.pickle]\n        b.py:2: pickle.load(f)\n        why: " in said
    assert "CWE-502" in said
    assert "control dev_security" in said


def test_from_which_level_on_it_fails_can_be_said(quiet: Path) -> None:
    write(quiet, {"b.py": LOAD})
    assert bartizan("devcheck", quiet, "--fail-on", "high") == 0
    write(quiet, {"b.py": "import torch\ntorch.load(f, weights_only=flag)\n"})
    assert bartizan("devcheck", quiet) == 0
    assert bartizan("devcheck", quiet, "--fail-on", "unknown") == 1


def test_wrong_input_is_two(quiet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("devcheck") == 2
    assert bartizan("devcheck", tmp_path / "gone") == 2
    assert bartizan("devcheck", quiet, "--fail-on", "bad") == 2
    (tmp_path / "i.yaml").write_text(
        "ignore:\n  - rule: load.pikle\n    path: x\n    reason: y\n    until: 2027-01-01\n"
    )
    assert bartizan("devcheck", quiet, "--ignore", tmp_path / "i.yaml") == 2
    assert "i.yaml:2: there is no rule 'load.pikle'; did you mean 'load.pickle'?" in capsys.readouterr().err


def test_an_ignore_file_lets_it_pass_until_its_day(
    quiet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(quiet, {"b.py": LOAD})
    (tmp_path / "i.yaml").write_text("ignore:\n- {rule: load.pickle, path: b.py, reason: ours, until: 2027-01-01}\n")
    assert bartizan("devcheck", quiet, "--ignore", tmp_path / "i.yaml", "--today", "2027-01-01") == 0
    assert "ALLOWED b.py:2: load.pickle because ours (until 2027-01-01)" in capsys.readouterr().out
    assert bartizan("devcheck", quiet, "--ignore", tmp_path / "i.yaml", "--today", "2027-01-02") == 1
    assert "LAPSED" in capsys.readouterr().out


def test_the_form_follows_the_files_ending(quiet: Path, tmp_path: Path) -> None:
    write(quiet, {"b.py": LOAD, "c.py": f"t = '{GITHUB}'\n"})
    for name in ("o.json", "o.sarif", "o.txt"):
        assert bartizan("devcheck", quiet, "-o", tmp_path / name) == 1
        assert GITHUB not in (tmp_path / name).read_text()
    made = json.loads((tmp_path / "o.json").read_text())
    assert [(one["level"], one["path"], one["line"]) for one in made["findings"]] == [
        ("high", "c.py", 1),
        ("medium", "b.py", 2),
    ]
    assert json.loads((tmp_path / "o.sarif").read_text())["version"] == "2.1.0"


def _evidence(file: Path) -> list[tuple[str, bool | None]]:
    return [(one.control, one.passed) for one in read_results(file, load_catalog(), None).observations]


def test_evidence_passes_three_controls_where_all_was_looked_at(quiet: Path, tmp_path: Path) -> None:
    assert bartizan("devcheck", quiet, "--evidence", tmp_path / "e.json", "--at", "env", "--today", "2026-11-23") == 0
    assert _evidence(tmp_path / "e.json") == [("dev_security", True), ("discrete", True), ("segregate_data", True)]


def test_evidence_fails_the_controls_that_a_finding_is_about(quiet: Path, tmp_path: Path) -> None:
    write(quiet, {"b.py": LOAD})
    assert bartizan("devcheck", quiet, "--evidence", tmp_path / "e.json") == 1
    assert _evidence(tmp_path / "e.json") == [("dev_security", False), ("discrete", True), ("segregate_data", True)]


@pytest.mark.parametrize("how", ["cut", "off", "no git", "unknown"])
def test_what_was_not_looked_at_never_passes(
    quiet: Path, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options: list[object] = []
    left = [("segregate_data", True)]
    if how == "cut":
        run(quiet, "commit", "-q", "--allow-empty", "-m", "second")
        options = ["--history", 1]
    elif how == "off":
        options = ["--history", 0]
    elif how == "no git":
        quiet = repository(tmp_path / "plain", QUIET, git=False)
        left = []
    else:
        write(quiet, {"b.py": "import pickle\nprint 'x'\n"})
        left = [("discrete", True), ("segregate_data", True)]
    assert bartizan("devcheck", quiet, "--evidence", tmp_path / "e.json", *options) == 0
    assert (_evidence(tmp_path / "e.json") if left else []) == left
    assert left or json.loads((tmp_path / "e.json").read_text())["observations"] == []
    assert "nothing about dev_security: " in capsys.readouterr().err
