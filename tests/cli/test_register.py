"""The register at the command line: what people type, what they read, and what they get when it is wrong."""

from __future__ import annotations

import datetime
import json
import re
import shlex
from pathlib import Path

import pytest

from bartizan.core.source import write_atomic
from bartizan.register.audit.verifying import verify
from bartizan.register.opening import open_register
from tests.cli.running import bartizan
from tests.contracts.test_docs import ROOT
from tests.register.desks import NAME, TEXT, with_digest
from tests.register.seeds import whole

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])

GUIDE = ROOT / "docs" / "guide" / "register.md"
LATER = (datetime.date.today() + datetime.timedelta(days=90)).isoformat()


@pytest.fixture
def place(empty_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """A register with one system, where the commands look by themselves."""
    monkeypatch.setenv("BARTIZAN_REGISTER", empty_place)
    monkeypatch.setenv("BARTIZAN_BY", "anna")
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(tmp_path)
    write_atomic(tmp_path / "system.yaml", TEXT)
    assert bartizan("register", "add", "system.yaml") == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"{NAME}: new, version 1; 18 risks")
    assert said.err == ""
    return empty_place


def everything(place: str) -> object:
    register = open_register(place)
    try:
        return whole(register)
    finally:
        register.close()


def says(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """What a command prints; it succeeds and complains of nothing."""
    assert bartizan(*words) == 0
    return capsys.readouterr().out


def refuses(capsys: pytest.CaptureFixture[str], place: str, *words: object) -> str:
    """What a command complains of; it changes nothing."""
    before = everything(place)
    assert bartizan(*words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert "defect" not in said.err
    assert everything(place) == before
    return said.err


def test_from_a_request_to_an_acceptance_by_two_people(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = says(capsys, "decide", NAME, "R-1", "accept", "--reason", "small", "--until", LATER)
    assert asked == f"D-1: asks to accept R-1 until {LATER}\n"
    assert "anna asked for this acceptance" in refuses(capsys, place, "approve", NAME, "D-1")
    held = says(capsys, "approve", NAME, "d-1", "--by", "ben")
    assert held == f"D-1: R-1 is accepted until {LATER}, approved by ben\n"
    shown = json.loads(says(capsys, "register", "show", NAME, "R-1", "--json"))
    assert shown["decisions"][0]["state"] == "held"
    assert shown["rating"]["decision"]["by"] == "ben"
    page = says(capsys, "register", "show", NAME, "R-1")
    for word in ("R-1 of executive-mail-agent", "FACTORS", "CONTROLS", "DECISIONS", "acceptance.approve", "ben"):
        assert word in page


@pytest.mark.parametrize("name", ["", "  ", "an\x1b[31mna", "an\u200bna"])
def test_who_says_so_has_a_name_that_can_be_read(place: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("comment", "executive-mail-agent", "hm", "--by", name) == 2
    assert "--by" in capsys.readouterr().err


def test_what_lapses_by_a_command_is_told_by_it(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    says(capsys, "decide", NAME, "R-1", "accept", "--reason", "small", "--until", LATER)
    says(capsys, "approve", NAME, "D-1", "--by", "ben")
    off = says(capsys, "control", "set", NAME, "monitor_use", "not_started", "--at", "agent", "--reason", "off")
    assert "monitor_use at agent: not started" in off
    assert "lapsed: D-1 on R-1: the control monitor_use was implemented and is not started" in off


def test_a_renamed_component_takes_its_risks_along_and_the_difference_is_shown(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TEXT.replace("[agent]", "[helper]").replace("id: agent\n", "id: helper\n    renamed_from: [agent]\n")
    write_atomic("system.yaml", text)
    said = says(capsys, "register", "add", "system.yaml", "--note", "another name")
    assert "changed, version 2" in said
    assert "renamed: R-1 agent_escape@helper" in said
    assert "renamed from agent to helper" in says(capsys, "register", "diff", NAME, "1", "2")
    assert json.loads(says(capsys, "register", "diff", NAME, "1", "--json"))
    history = says(capsys, "register", "history", NAME)
    assert "another name" in history
    assert f"bartizan register diff {NAME} 1 2" in history


def test_risks_that_come_and_go_are_told_with_the_reason(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    less = TEXT.replace("tools: [send-mail, calendar, search]", "tools: [send-mail, calendar]")
    write_atomic("system.yaml", TEXT.replace("type: generative", "type: predictive"))
    said = says(capsys, "register", "add", "system.yaml")
    assert "no risk now: R-" in said
    write_atomic("system.yaml", less)
    assert "back again: R-" in says(capsys, "register", "add", "system.yaml")
    page = says(capsys, "register", "show", NAME)
    assert "RISKS" in page


def test_evidence_is_added_listed_attached_and_withdrawn(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_atomic("system.yaml", with_digest())
    says(capsys, "register", "add", "system.yaml")
    write_atomic("r.json", "{}")
    added = says(
        capsys, "evidence", "add", NAME, "--risk", "indirect_prompt_injection@agent", "--what", "2,000 prompts",
        "--on", "2026-11-20", "--hits", 0, "--trials", 2000, "--strong", "--digest", f"model={'a' * 64}",
        "--attach", "r.json", "--tool", "garak",
    )  # fmt: skip
    assert added.startswith("E-1: 2,000 prompts\n")
    assert "lowers: succeeded in 0 of 2000 attempts" in added
    (one,) = json.loads(says(capsys, "evidence", "list", NAME, "--json"))
    assert one["attachments"][0]["name"] == "r.json"
    assert "0 of 2000: 0% (0%–0.2%)" in says(capsys, "evidence", "list", NAME)
    assert "sha256:" in says(capsys, "evidence", "attach", NAME, "E-1", "system.yaml")
    assert (
        says(capsys, "evidence", "withdraw", NAME, "E-1", "--reason", "wrong")
        == "E-1 is withdrawn and counts no more\n"
    )
    assert "withdrawn already" in refuses(capsys, place, "evidence", "withdraw", NAME, "E-1", "--reason", "wrong")


def test_results_of_a_tool_are_shown_before_they_are_added(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    results = {
        "bartizan_evidence": 1,
        "tool": "our lab",
        "held_on": "2026-11-20",
        "observations": [
            {"threat": "indirect_prompt_injection", "what": "mails", "hits": 3, "trials": 200, "kind": "test"},
            {"threat": "evasion", "what": "noise", "hits": 1, "trials": 100, "kind": "test"},
        ],
    }
    write_atomic("results.json", json.dumps(results))
    before = everything(place)
    assert bartizan("evidence", "import", NAME, "results.json") == 0
    shown = capsys.readouterr()
    assert everything(place) == before
    assert "indirect_prompt_injection: mails: 3 of 200" in shown.out
    assert "no risk of this system has a place for: evasion: noise" in shown.out
    assert "1 to add at agent; nothing is changed yet: add --apply" in shown.err
    assert "E-1: mails" in says(capsys, "evidence", "import", NAME, "results.json", "--apply")
    (one,) = json.loads(says(capsys, "evidence", "list", NAME, "--json"))
    assert one["evidence"]["held_on"] == "2026-11-20"


def test_reports_come_from_the_register_with_its_decisions(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says(capsys, "decide", NAME, "R-1", "avoid", "--reason", "we leave it out")
    assert bartizan("register", "report", NAME, "-o", tmp_path / "out", "-f", "all") == 0
    assert "report.html" in capsys.readouterr().err
    assert "we leave it out" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert len(list((tmp_path / "out").iterdir())) >= 7
    assert "we leave it out" in says(capsys, "register", "report", NAME, "-f", "markdown")
    refuses(capsys, place, "register", "report", NAME)
    refuses(capsys, place, "register", "report", NAME, "-f", "xlsx")


def test_a_folder_is_kept_as_far_as_it_is_right(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "many"
    for name in ("one", "two"):
        (folder / name).mkdir(parents=True)
        write_atomic(folder / name / "system.yaml", TEXT.replace("Executive mail agent", f"Agent {name}"))
    (folder / "three").mkdir()
    write_atomic(folder / "three" / "system.yaml", "name: x\ncomponents: 7\n")
    assert bartizan("register", "add", folder) == 2
    said = capsys.readouterr()
    assert "agent-one: new" in said.out
    assert "agent-two: new" in said.out
    assert "three/system.yaml" in said.err
    assert len(json.loads(says(capsys, "register", "list", "--json"))) == 3


def test_a_system_is_put_away_and_taken_out(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    says(capsys, "register", "archive", NAME)
    assert json.loads(says(capsys, "register", "list", "--json")) == []
    assert "Nothing is kept yet" in says(capsys, "register", "list")
    assert "(archived)" in says(capsys, "register", "list", "--archived")
    says(capsys, "register", "restore", "Executive mail agent")
    assert len(json.loads(says(capsys, "register", "list", "--json"))) == 1


def test_hostile_texts_reach_no_screen_as_they_are(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[31mred\x1b[0m \u202e <b>"
    says(capsys, "comment", NAME, hostile, "--risk", "R-1")
    says(capsys, "decide", NAME, "R-1", "avoid", "--reason", hostile)
    says(capsys, "control", "set", NAME, "oversight", "not_applicable", "--reason", hostile)
    pages = [
        says(capsys, "register", "show", NAME, "R-1"),
        says(capsys, "register", "history", NAME),
        says(capsys, "control", "list", NAME),
    ]
    for page in pages:
        assert "<b>" in page
        assert "\x1b" not in page
        assert "\u202e" not in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("register", "show", "nothing"), "no system 'nothing'"),
        (("register", "show", NAME, "R-99"), "no risk 99"),
        (("register", "diff", NAME, "1", "7"), "no version 7"),
        (("register", "add", "missing.yaml"), "no such file"),
        (("register", "add", ".", "--system", "x"), "--system is for one description"),
        (("decide", NAME, "R-1", "accept", "--reason", "r"), "an acceptance without an end"),
        (("decide", NAME, "R-1", "mitigate"), "no reason is given"),
        (("decide", NAME, "R-1", "hope", "--reason", "r"), "hope"),
        (("approve", NAME, "D-9"), "no decision 9"),
        (("approve", NAME, "E-9"), "write it as D-3"),
        (("withdraw", NAME, "D-1", "--reason", " "), "nothing is written here"),
        (("comment", NAME, ""), "nothing is written here"),
        (("comment", "x\0y", "text"), "no system"),
        (("control", "set", NAME, "monitor_use", "verified"), "nothing proves"),
        (("control", "set", NAME, "monitr_use", "planned"), "monitor_use"),
        (("evidence", "add", NAME, "--what", "w", "--on", "2026-11-20"), "one risk or one control"),
        (("evidence", "add", NAME, "--what", "w", "--on", "2026-11-20", "--digest", "x"), "write it as model="),
        (("evidence", "import", NAME, "system.yaml"), "system.yaml"),
        (("evidence", "import", NAME, "system.yaml", "--at", "agnt"), "no component 'agnt'"),
        (("evidence", "attach", NAME, "E-9", "system.yaml"), "no evidence E-9"),
    ],
    ids=lambda v: " ".join(v[:3]) if isinstance(v, tuple) else "",
)
def test_what_is_wrong_is_answered_with_what_is_right(
    words: tuple[str, ...], said: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refuses(capsys, place, *words)


def test_where_there_is_no_register_reading_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert bartizan("register", "list") == 2
    assert "bartizan register add system.yaml" in capsys.readouterr().err
    assert kind
    assert not list(tmp_path.iterdir())


def test_the_walk_of_the_guide_works_as_it_stands(place: str, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    page = GUIDE.read_text(encoding="utf-8")
    walk = page.partition("## A walk")[2].partition("## What an acceptance")[0]
    commands = re.findall(r"^\$ bartizan (.*)$", walk, re.MULTILINE)
    assert len(commands) > 10
    for line in commands:
        text = re.sub(r"2027-\d\d-\d\d", LATER, line).replace("examples/", f"{ROOT}/examples/")
        words = shlex.split(text)
        assert bartizan(*words) == 0, (kind, line, capsys.readouterr().err)
    assert Path("report.html").stat().st_size > 10_000
    assert Path("register.xlsx").stat().st_size > 1_000
    register = open_register(place)
    assert verify(register).sound
    register.close()
