"""`bartizan consent` as a person and an application use it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.cli.running import bartizan

KEY = "0123456789abcdef" * 4
PURPOSES = """
purposes:
  training:
    title: We train our credit score on your loan.
    basis: consent
    data: [loan]
    wordings:
      - {version: "1", language: en, text: May we use your loan to train our credit score?}
  fraud: {title: We look for fraud., basis: legitimate_interests, data: [loan], why: test of 2026-03-01}
"""
HOW = ("--how", "app", "--by", "ann", "--key-env", "KEY")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEY", KEY)
    Path("purposes.yaml").write_text(PURPOSES)
    asked = ("--controller", "Harbor Bank", "--contact", "privacy@harbor.example", "--key-env", "KEY")
    assert bartizan("consent", "open", *asked) == 0
    assert bartizan("consent", "declare", "purposes.yaml", "--by", "ann") == 0
    return tmp_path


def test_consent_is_given_used_and_withdrawn(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("consent", "give", "anna", "training", "--wording", "1", "--at", "2026-11-20T10:00:00Z", *HOW) == 0
    Path("loans.csv").write_text("customer,amount\nanna,100\nben,200\n")
    asked = ("consent", "filter", "loans.csv", "--purpose", "training", "--person", "customer", "--key-env", "KEY")
    assert bartizan(*asked) == 1
    told = ("-o", "usable.csv", "--manifest", "m.json", "--evidence", "e.json", "--at", "data", "--by", "ann")
    assert bartizan(*asked, *told) == 0
    assert Path("usable.csv").read_text() == "customer,amount\nanna,100\n"
    manifest = json.loads(Path("m.json").read_text())
    assert manifest["reasons"] == [{"purpose": "training", "reason": "they never agreed", "rows": 1}]
    assert bartizan("consent", "trained", "score-1", "--on", "usable.csv", "--file", "usable.csv", "--by", "ann") == 0
    capsys.readouterr()
    assert bartizan("consent", "withdraw", "anna", "training", *HOW) == 0
    shown = capsys.readouterr().out
    assert "training: withdrew" in shown
    assert "data set usable.csv: 1 rows, for training" in shown
    assert "model score-1: learned from usable.csv, sha256" in shown
    assert bartizan(*asked, "-o", "again.csv", "--by", "ann") == 0
    assert Path("again.csv").read_text() == "customer,amount\n"
    assert bartizan("consent", "verify") == 0
    assert "sound, 8 entries" in capsys.readouterr().out


def test_what_is_given_behind_a_withdrawal_says_that_it_does_not_hold(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("consent", "withdraw", "anna", "training", "--at", "2026-11-20T11:00:00Z", *HOW) == 0
    earlier = ("--wording", "1", "--at", "2026-11-20T10:00:00Z")
    assert bartizan("consent", "give", "anna", "training", *earlier, *HOW) == 1
    assert bartizan("consent", "give", "anna", "training", *earlier, *HOW) == 1
    shown = capsys.readouterr().out
    assert "entered as entry 5; training: withdrew, 20 Nov 2026, 11:00 UTC" in shown
    assert "was there already as entry 5" in shown


def test_another_key_is_refused_and_says_which_is_wanted(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER", "fedcba9876543210" * 4)
    words = ("consent", "give", "anna", "training", "--wording", "1", "--how", "app", "--by", "ann")
    assert bartizan(*words, "--key-env", "OTHER") == 2
    assert "without that key nobody in it can be found again" in capsys.readouterr().err
    assert bartizan(*words) == 2
    assert "no key makes them; give one of: --key-env" in capsys.readouterr().err
    assert bartizan("consent", "show") == 0
    assert bartizan("consent", "verify") == 0


def test_a_person_is_read_from_standard_input_and_stands_nowhere_in_the_ledger(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("anna@example.org\n"))
    assert bartizan("consent", "give", "-", "training", "--wording", "1", *HOW) == 0
    assert b"anna" not in b"".join(path.read_bytes() for path in here.glob("consent.db*"))
    capsys.readouterr()
    assert bartizan("consent", "show", "anna@example.org", "--key-env", "KEY") == 0
    assert "training: agrees" in capsys.readouterr().out
    assert bartizan("consent", "show", "anna@example.org", "--key-env", "KEY", "-o", "anna.json") == 0
    found = json.loads(Path("anna.json").read_text())
    assert found["purposes"]["training"]["situation"] == "agreed"
    assert KEY not in str(found)


def test_many_acts_come_from_a_file_all_or_none_and_may_be_sent_twice(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "{},training,given,2026-11-20T10:00:00Z,1,app\n"
    header = "person,purpose,act,at,wording,how\n"
    Path("acts.csv").write_text(header + line.format("anna") + line.format("ben") + line.format("anna"))
    for words in ("2 given, 1 there already", "3 there already"):
        assert bartizan("consent", "import", "acts.csv", "--by", "ann", "--key-env", "KEY") == 0
        assert f"entered {words}" in capsys.readouterr().out
    Path("acts.csv").write_text(header + line.format("carl") + line.format("dora").replace(",1,", ",9,"))
    assert bartizan("consent", "import", "acts.csv", "--by", "ann", "--key-env", "KEY") == 2
    assert "acts.csv:3: there is no wording of 'training' '9'" in capsys.readouterr().err
    bartizan("consent", "show", "carl", "--key-env", "KEY")
    assert "training: said nothing" in capsys.readouterr().out


def test_an_objection_and_a_receipt(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("consent", "object", "anna", "fraud", *HOW) == 0
    assert "fraud: objected" in capsys.readouterr().out
    assert bartizan("consent", "receipt", "anna", "training", "--key-env", "KEY") == 2
    assert "they never agreed to this purpose" in capsys.readouterr().err
    assert bartizan("consent", "give", "anna", "training", "--wording", "1", "--until", "2027-01-01", *HOW) == 0
    assert bartizan("consent", "receipt", "anna", "training", "--key-env", "KEY", "-o", "r.json") == 0
    found = json.loads(Path("r.json").read_text())
    assert found["event"][0]["validity_duration"] == "until 2027-01-01"
    assert found["pii_processing"]["purposes"][0]["withdrawal_method"] == "privacy@harbor.example"


@pytest.mark.parametrize(
    ("words", "finding"),
    [
        (("give", "anna", "trainin", "--wording", "1"), "there is no purpose 'trainin'; did you mean 'training'?"),
        (("give", "anna", "training", "--wording", "1", "--at", "now"), "--at: 'now' is no moment; write it in UTC"),
        (("give", "anna", "training", "--wording", "1", "--until", "x"), "'x' is no day; write it as 2026-11-22"),
        (("give", " ", "training", "--wording", "1"), "nobody is named"),
        (("withdraw", "anna", "fraud"), "does not rest on consent, but on legitimate_interests; to end it, object"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], finding: str
) -> None:
    before = Path("consent.db").read_bytes()
    assert bartizan("consent", *words, *HOW) == 2
    assert finding in capsys.readouterr().err
    assert Path("consent.db").read_bytes() == before


def test_a_ledger_is_never_begun_over_another_and_a_missing_one_says_how_to_begin(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--controller", "Harbor Bank", "--contact", "x", "--key-env", "KEY")
    assert bartizan("consent", "open", *asked) == 2
    assert "exists already" in capsys.readouterr().err
    assert (
        bartizan("consent", "open", "--ledger", "n.db", "--controller", " ", "--contact", "x", "--key-env", "KEY") == 2
    )
    assert "--controller: nobody is named" in capsys.readouterr().err
    assert bartizan("consent", "verify", "--ledger", "none.db") == 2
    assert "none.db: there is no such file; bartizan consent open makes one" in capsys.readouterr().err


def test_a_ledger_that_was_changed_is_not_sound(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("consent.db")
    path.write_bytes(path.read_bytes().replace(b"We train our", b"We sell  our"))
    assert bartizan("consent", "verify") == 2
    assert "entry 1: it, or one before it, is not as it was written" in capsys.readouterr().err
    assert bartizan("consent", "verify", "--head", "0" * 64) == 2
