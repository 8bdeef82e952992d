"""`bartizan gate` as pipelines call it: its exit codes, its files, its hooks."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
import yaml

from bartizan.cli.main import main
from bartizan.register.opening import open_register
from tests.cli.running import bartizan
from tests.report.dossiers import AGENT, NO_RISKS
from tests.workflows.desks import desk_with

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BARTIZAN_REGISTER", raising=False)
    Path("system.yaml").write_text(AGENT, encoding="utf-8")
    Path("empty.yaml").write_text(NO_RISKS, encoding="utf-8")


def test_exit_codes_say_whether_it_may_pass() -> None:
    assert bartizan("gate", "system.yaml") == 1
    assert bartizan("gate", "system.yaml", "--allow", "untreated,unknown") == 0
    assert bartizan("gate", "empty.yaml") in {0, 1}
    assert bartizan("gate", "empty.yaml", "system.yaml", "--allow", "untreated, unknown") == 0
    assert bartizan("gate", "empty.yaml", "--require", "stale") == 1


def test_wrong_input_is_no_failed_gate(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["nowhere.yaml"], [], ["system.yaml", "--all"], ["system.yaml", "--allow", "untreeted"], ["agent"]):
        assert bartizan("gate", *words) == 2
    assert "did you mean 'untreated'" in capsys.readouterr().err


def test_a_system_of_the_register_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    register = open_register("bartizan.db")
    desk_with(register)
    register.close()
    assert bartizan("gate", "agent") == 1
    assert "Control without proof" in capsys.readouterr().out
    assert bartizan("gate", "--all", "-f", "json") == 1
    assert json.loads(capsys.readouterr().out)["systems"][0]["system"] == "agent"
    assert bartizan("gate", "system.yaml", "--register", "bartizan.db", "--allow", "untreated,unproved,unknown") == 0
    assert bartizan("gate", "another") == 2


def test_an_empty_register_has_nothing_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    open_register("bartizan.db").close()
    assert bartizan("gate", "--all") == 0
    assert "no system to judge" in capsys.readouterr().out


def test_a_baseline_is_written_and_kept_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("gate", "system.yaml", "--write-baseline", "baseline.json") == 0
    assert bartizan("gate", "system.yaml", "--baseline", "baseline.json") == 0
    assert "in the baseline" in capsys.readouterr().out
    Path("baseline.json").write_text("{}", encoding="utf-8")
    assert bartizan("gate", "system.yaml", "--baseline", "baseline.json") == 1
    assert bartizan("gate", "system.yaml", "--baseline", "no.json") == 2


@pytest.mark.parametrize("name", ["gate.sarif", "gate.json", "gate.md", "gate.txt"])
def test_the_ending_of_a_file_names_the_form(name: str) -> None:
    assert bartizan("gate", "system.yaml", "-o", name) == 1
    text = Path(name).read_text(encoding="utf-8")
    assert text.startswith({"gate.sarif": "{", "gate.json": "{", "gate.md": "# Gate", "gate.txt": "Mail agent"}[name])


def test_a_broken_file_is_wrong_input_and_leaves_no_report() -> None:
    Path("system.yaml").write_text("name: [", encoding="utf-8")
    assert bartizan("gate", "empty.yaml", "system.yaml", "-o", "gate.json") == 2
    assert not Path("gate.json").exists()


def test_the_hooks_for_pre_commit_run_commands_that_exist() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["bartizan-assess", "bartizan-gate", "bartizan-scan"]
    for hook in hooks:
        assert {"id", "name", "entry", "language", "files"} <= hook.keys()
        program, name, *words = hook["entry"].split()
        command = main.get_command(click.Context(main), name)
        assert program == "bartizan"
        assert command is not None
        command.make_context(name, [*words, *hook.get("args", []), "system.yaml", "more/system.yaml"])


def test_the_workflow_in_the_guide_is_valid_and_its_commands_exist() -> None:
    page = (ROOT / "docs" / "guide" / "gate.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
    (workflow,) = [found for found in map(yaml.safe_load, blocks) if isinstance(found, dict) and "jobs" in found]
    assert workflow["permissions"] == {"contents": "read", "security-events": "write"}
    steps = workflow["jobs"]["gate"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    assert any(run.startswith("bartizan gate ") for run in runs)
    for run in runs:
        if run.startswith("bartizan "):
            _, name, *words = run.split()
            command = main.get_command(click.Context(main), name)
            assert command is not None
            command.make_context(name, words)
