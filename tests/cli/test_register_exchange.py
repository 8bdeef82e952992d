"""`bartizan register export` and `import`: from the command line, as a person would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.register.opening import Register
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import keep, look
from tests.cli.running import bartizan
from tests.report.dossiers import AGENT

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.fixture
def desk(register: Register, monkeypatch: pytest.MonkeyPatch, register_place: str) -> Desk:
    """A register with the mail agent in it, which the commands find."""
    monkeypatch.setenv("BARTIZAN_REGISTER", register_place)
    made = Desk(register)
    keep(made, AGENT, file="system.yaml", by="ann")
    return made


def owners(desk: Desk) -> set[str]:
    return {risk.owner for risk in look(desk, "mail-agent").holding.risks}


def test_a_register_is_exported_edited_looked_at_and_imported(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "risks.csv"
    assert bartizan("register", "export", "Mail agent", "-o", file) == 0
    text = file.read_text(encoding="utf-8")
    assert bartizan("register", "import", file) == 0
    assert "0 cells would change." in capsys.readouterr().out
    head = text.splitlines()[0]
    file.write_text(f"{head}\r\nmail-agent/R-1{',' * 8}\x1b[31mEve\r\n", encoding="utf-8")
    assert bartizan("register", "import", file, "--by", "eve") == 0
    told = capsys.readouterr().out
    assert "mail-agent/R-1  owner: (empty) -> [31mEve" in told
    assert "\x1b" not in told
    assert "Nothing was changed. Do it with --apply." in told
    assert owners(desk) == {""}
    assert bartizan("register", "import", file, "--apply", "--by", "eve") == 0
    assert "1 cell changed:" in capsys.readouterr().out
    assert owners(desk) == {"", "[31mEve"}


def test_what_is_wrong_exits_with_2_and_changes_nothing(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "risks.csv"
    file.write_text("id,owner,notes,threat\r\nmail-agent/R-1,Eve,x,y\r\nmail-agent/R-99,Eve,,\r\n", encoding="utf-8")
    assert bartizan("register", "import", file, "--apply") == 2
    told = capsys.readouterr().out
    assert "risks.csv:3: there is no 'mail-agent/R-99' in the register" in told
    assert "1 cell ignored, since the register works them out: threat" in told
    assert "Not read: notes" in told
    assert owners(desk) == {""}
    assert bartizan("register", "import", file, "--json") == 2
    said = json.loads(capsys.readouterr().out)
    assert (said["applies"], said["applied"], len(said["problems"])) == (False, False, 1)
    assert bartizan("register", "import", tmp_path / "nowhere.csv") == 2
    assert "nowhere.csv: no such file" in capsys.readouterr().err


def test_a_conflict_exits_with_2_and_says_both_values(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "risks.csv"
    file.write_text("id,owner,revision\r\nmail-agent/R-1,Eve,r000000000000\r\n", encoding="utf-8")
    assert bartizan("register", "import", file, "--apply") == 2
    told = capsys.readouterr().out
    assert "1 conflict, changed in the register since:" in told
    assert "owner: (empty) -> Eve" in told
    assert owners(desk) == {""}


def test_forms_of_one_file_a_system_go_into_a_folder(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(desk, AGENT.replace("Mail agent", "Other"), file="system.yaml", by="ann")
    assert bartizan("register", "export", "--all", "-f", "oscal-poam", "-o", tmp_path / "out") == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"mail-agent.oscal-poam.json", "other.oscal-poam.json"}
    assert bartizan("register", "export", "--all", "-f", "xlsx", "-o", tmp_path) == 0
    assert (tmp_path / "register.xlsx").read_bytes().startswith(b"PK")
    assert bartizan("register", "import", tmp_path / "register.xlsx") == 0
    capsys.readouterr()
    assert bartizan("register", "export", "other", "-f", "navigator") == 0
    assert json.loads(capsys.readouterr().out)["domain"] == "atlas-atlas"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name one or several systems, or say --all"),
        (("mail-agent", "--all"), "name one or several systems, or say --all"),
        (("mail-agent", "-f", "xlsx"), "this cannot go to the screen; name a file with -o"),
        (("--all", "-f", "vex"), "this cannot go to the screen; name a folder with -o"),
        (("mail-agent", "-f", "json", "--table", "controls"), "leave --table and --bom out, or say -f csv"),
        (("nowhere",), "nowhere"),
    ],
)
def test_an_export_that_cannot_be_says_why(
    desk: Desk, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("register", "export", *words) == 2
    assert said in capsys.readouterr().err
