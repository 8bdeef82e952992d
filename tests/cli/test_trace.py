"""`bartizan trace` as an application and a person who reviews use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import bartizan

KEYED = ("--key-env", "KEY")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEY", "0123456789abcdef" * 4)
    monkeypatch.setenv("BARTIZAN_BY", "ann")
    Path("loan.json").write_text('{"income": 42000, "town": "Ulm"}')
    assert bartizan("trace", "open", "--controller", "Harbor Bank", *KEYED) == 0


def _record(person: str = "anna") -> int:
    told = ("--input", "loan.json", "--outcome", "refused", "--model", "score", "--version", "3f0a")
    why = ("--explanation", "Your income is low for this loan.", "--score", "0.31")
    return bartizan("trace", "record", person, *told, *why, *KEYED)


def test_a_decision_is_recorded_found_reviewed_and_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    assert _record() == 0
    assert bartizan("trace", "review", "1", "--outcome", "granted", "--why", "income was out of date", *KEYED) == 0
    capsys.readouterr()
    assert bartizan("trace", "show", "--person", "anna", *KEYED) == 0
    shown = capsys.readouterr().out
    assert "score (3f0a): refused, 0.31" in shown
    assert "Your income is low for this loan." in shown
    assert "by ann: granted, income was out of date" in shown
    assert bartizan("trace", "show", "-o", "found.json", *KEYED) == 0
    (found,) = json.loads(Path("found.json").read_text())["decisions"]
    assert (found["outcome"], found["details"]["outcome"]) == ("granted", "refused")
    assert bartizan("trace", "forget", "--person", "anna", "--why", "erasure, request 1", *KEYED) == 0
    assert "deleted the details of 1 decision" in capsys.readouterr().out
    assert bartizan("trace", "show", "--person", "anna", *KEYED) == 0
    assert bartizan("trace", "show", "--model", "score", *KEYED) == 0
    assert capsys.readouterr().out.splitlines()[:1] == ["nothing found"]
    assert bartizan("trace", "verify", *KEYED) == 0
    assert "sound, 3 entries" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show",), "no key makes them"),
        (("show", "--since", "monday", *KEYED), "'monday' is no moment"),
        (("review", "7", "--outcome", "a", "--why", "b", *KEYED), "there is no decision 7"),
        (("forget", "--why", "a", *KEYED), "name a person or a moment"),
        (("open", "--controller", "A", *KEYED), "trace.db"),
    ],
)
def test_what_is_wrong_is_said(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("trace", *words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[]", '{"a": {}}', '{"a": 1, "a": 2}', "{", '{"a": NaN}'])
def test_an_input_that_is_no_plain_object_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("loan.json").write_text(text)
    assert _record() == 2
    assert "loan.json" in capsys.readouterr().err
