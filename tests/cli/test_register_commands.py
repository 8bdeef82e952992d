"""`bartizan review`, `supplier` and `portfolio` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.register.opening import open_register
from tests.cli.running import bartizan
from tests.report.dossiers import AGENT
from tests.workflows.desks import desk_with


@pytest.fixture(autouse=True)
def in_a_folder_with_a_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BARTIZAN_REGISTER", raising=False)
    monkeypatch.setenv("BARTIZAN_BY", "anna")
    register = open_register("bartizan.db")
    desk_with(register)
    register.close()


def out_of(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    assert bartizan(*words) == 0
    return capsys.readouterr().out


def test_a_question_is_sent_answered_and_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert "20 open" in out_of(capsys, "supplier", "list") or "open" in out_of(capsys, "supplier", "list")
    (asked,) = json.loads(out_of(capsys, "supplier", "show", "agent", "--json"))
    control = asked["answers"][0]["answer"]["control"]
    assert bartizan("supplier", "send", "agent", "Northwind AI", "-o", "questions.md") == 0
    assert "Northwind AI" in Path("questions.md").read_text(encoding="utf-8")
    assert bartizan("supplier", "send", "agent", "Northwind AI", "-o", "again.md") == 2
    assert not Path("again.md").exists()
    assert "answered" in out_of(capsys, "supplier", "answer", "agent", "northwind-ai", control, "We do.")
    assert "verified" in out_of(capsys, "supplier", "verify", "agent", "northwind-ai", control)
    assert "meanwhile" not in out_of(capsys, "supplier", "show", "agent")
    other = asked["answers"][1]["answer"]["control"]
    assert bartizan("supplier", "meanwhile", "agent", "northwind-ai", other, "accept") == 2
    assert bartizan("supplier", "meanwhile", "agent", "northwind-ai", other, "accept", "--why", "a pilot") == 0
    assert "meanwhile accept: a pilot" in out_of(capsys, "supplier", "show", "agent")
    assert "refused" in out_of(capsys, "supplier", "refuse", "agent", "northwind-ai", other, "--why", "no")


def test_a_questionnaire_that_cannot_be_written_is_not_marked_as_sent(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("supplier", "send", "agent", "Northwind AI", "-o", "bartizan.db/questions.md") == 2
    assert bartizan("supplier", "send", "agent", "Northwind AI", "-o", "questions.pdf") == 2
    assert "sent" not in out_of(capsys, "supplier", "list")


def test_what_is_due_is_listed_and_a_review_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert "looked at again" in out_of(capsys, "review", "--today", "2099-01-01")
    listed = json.loads(out_of(capsys, "review", "--system", "agent", "--today", "2099-01-01", "--json"))
    assert "review" in {one["kind"] for one in listed}
    assert "the next is due" in out_of(capsys, "review", "done", "agent", "--outcome", "fine")
    assert bartizan("review", "done", "agent", "--outcome", " ") == 2
    assert bartizan("review", "--system", "nothing") == 2


def test_systems_are_assessed_anew(capsys: pytest.CaptureFixture[str]) -> None:
    assert "agent: " in out_of(capsys, "review", "refresh", "agent")
    assert out_of(capsys, "review", "refresh", "--all") == ""
    assert bartizan("review", "refresh") == 2
    assert bartizan("review", "refresh", "agent", "--all") == 2
    assert bartizan("review", "refresh", "nothing") == 2


def test_events_come_from_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("e.jsonl").write_text('{"kind": "blocked", "at": "2026-11-22T09:00:00Z", "count": 3}\n', encoding="utf-8")
    assert "1 event added" in out_of(capsys, "review", "events", "e.jsonl", "--system", "agent")
    assert "blocked, 3 times" in out_of(capsys, "review")
    assert "1 event seen" in out_of(capsys, "review", "seen", "agent")
    assert bartizan("review", "events", "none.jsonl", "--system", "agent") == 2


def test_the_portfolio_is_listed_searched_and_upgraded(capsys: pytest.CaptureFixture[str]) -> None:
    assert "1 system, " in out_of(capsys, "portfolio")
    assert json.loads(out_of(capsys, "portfolio", "--json"))["page"]["total"] == 1
    assert "0 systems" in out_of(capsys, "portfolio", "--text", "nothing is called so")
    assert "agent R-" in out_of(capsys, "portfolio", "risks", "--text", "injection")
    assert json.loads(out_of(capsys, "portfolio", "risks", "--state", "any", "--json"))["items"]
    assert "Northwind AI" in out_of(capsys, "portfolio", "shared", "--least", "1")
    (line,) = out_of(capsys, "portfolio", "upgrade", "--edition", "2025", "--json").splitlines()
    assert json.loads(line)["after"] == 2025
    assert bartizan("portfolio", "upgrade", "--edition", "1999") == 2


def test_without_a_register_they_say_so(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none.db")
    for words in (["review"], ["portfolio"], ["supplier", "list"]):
        assert bartizan(*words, "--register", nowhere) == 2
    assert not Path(nowhere).exists()


def test_a_hostile_name_shows_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    register = open_register("bartizan.db")
    name = json.dumps("\u001b[31mred\u202e")
    desk_with(register, AGENT.replace("name: Mail agent", f"name: {name}"), name="hostile")
    register.close()
    for words in (["portfolio"], ["review", "--today", "2099-01-01"], ["gate", "--all", "--allow", "untreated"]):
        capsys.readouterr()
        bartizan(*words)
        assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())


def test_nobody_to_tell_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert out_of(capsys, "review", "notify") == "0 new, 0 sent, 0 failed\n"
