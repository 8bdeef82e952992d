"""The same from the command line: describe, decide, approve by another, out to a spreadsheet and back, gate, audit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import bartizan
from tests.e2e.seeds import UNTIL, add_mail_agent
from tests.e2e.sheets import edit_workbook


def test_all_of_it_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    add_mail_agent(tmp_path / "bartizan.db")
    assert bartizan("register", "list") == 0
    assert bartizan("register", "show", "mail-agent", "R-8") == 0
    only = ("gate", "mail-agent", "--require", "untreated,lapsed")
    assert bartizan(*only) == 1

    accept = ("decide", "mail-agent", "R-8", "accept", "--reason", "A pilot", "--until", UNTIL)
    assert bartizan(*accept, "--by", "anna") == 0
    assert bartizan("approve", "mail-agent", "D-1", "--by", "anna") == 2
    assert "somebody else must approve it" in capsys.readouterr().err
    assert bartizan("approve", "mail-agent", "D-1", "--by", "ben") == 0

    book = tmp_path / "register.xlsx"
    assert bartizan("register", "export", "mail-agent", "-f", "xlsx", "-o", book) == 0
    for number in (*range(1, 8), *range(9, 17)):
        cells = {"owner": "Grace", "treatment": "mitigate", "reason": "Planned", "due": UNTIL}
        edit_workbook(book, "Risks", f"mail-agent/R-{number}", cells)
    capsys.readouterr()
    assert bartizan("register", "import", book, "--by", "carl") == 0
    assert "Nothing was changed. Do it with --apply." in capsys.readouterr().out
    assert bartizan("register", "import", book, "--apply", "--by", "carl") == 0
    assert bartizan("register", "show", "mail-agent", "R-1") == 0
    assert "Grace" in capsys.readouterr().out
    assert bartizan(*only) == 0

    description = tmp_path / "system.yaml"
    description.write_text(description.read_text().replace("status: implemented", "status: planned"))
    capsys.readouterr()
    assert bartizan("register", "add", description, "--by", "anna") == 0
    assert bartizan(*only) == 1
    assert "the control oversight was implemented and is planned" in capsys.readouterr().out
    assert bartizan("register", "report", "mail-agent", "-o", "report.html") == 0
    assert bartizan("audit", "verify") == 0
