"""`bartizan questionnaire`, as a person runs it."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from bartizan.cli.main import run
from tests.report.dossiers import AGENT


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A description in a file."""
    file = tmp_path / "system.yaml"
    file.write_text(AGENT, encoding="utf-8")
    return file


def exit_code(*arguments: str | Path) -> int:
    """What the command exits with."""
    with pytest.raises(SystemExit) as stopped:
        run(["questionnaire", *map(str, arguments)])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_it_prints_markdown(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(system) == 0
    assert capsys.readouterr().out.startswith("# Questions on AI security: Mail agent\n")


def test_it_writes_markdown_or_a_workbook_by_the_ending(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, book = system.with_name("q.md"), system.with_name("q.xlsx")
    assert exit_code(system, "-o", text, "--supplier", "Northwind AI") == 0
    assert exit_code(system, "-o", book, "--edition", "2025") == 0
    assert "## Northwind AI" in text.read_text(encoding="utf-8")
    assert "Questions" in openpyxl.load_workbook(book).sheetnames
    assert "questions" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "q.pdf"), "end it with .md or .xlsx"),
        (("--supplier", "Nortwind AI"), "did you mean 'Northwind AI'?"),
        (("--edition", "2024"), "there is no edition '2024'"),
    ],
)
def test_wrong_input_is_one_message_and_writes_nothing(
    system: Path, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(system, *arguments) == 2
    assert said in capsys.readouterr().err
    assert [file.name for file in system.parent.iterdir()] == ["system.yaml"]
