"""`bartizan rights` as a privacy officer uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.rights.places import Places
from tests.cli.running import bartizan
from tests.rights.bank import PLACES, bank

KEY = "0123456789abcdef" * 4
KEYED = ("--key-env", "KEY")
CONSENT = """
purposes:
  training:
    title: We train our credit score on your loan.
    basis: consent
    data: [loan]
    wordings:
      - {version: "1", language: en, text: May we use your loan to train our credit score?}
  fraud: {title: We look for fraud., basis: legitimate_interests, data: [loan], why: test of 2026-03-01}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEY", KEY)
    monkeypatch.setenv("BARTIZAN_BY", "ann")
    monkeypatch.setenv("BANK_URL", "")
    found = bank(
        tmp_path, f"sqlite:///{tmp_path / 'bank.db'}", PLACES.replace("sources:", "consent: consent.db\nsources:", 1)
    )
    asked = ("--controller", "Harbor Bank", "--contact", "privacy@harbor.example", *KEYED)
    Path("purposes.yaml").write_text(CONSENT)
    assert bartizan("consent", "open", *asked) == 0
    assert bartizan("consent", "declare", "purposes.yaml") == 0
    return found


def _open(right: str, person: str = "anna", *more: str) -> None:
    assert bartizan("rights", "open", person, right, "--how", "letter", *KEYED, *more) == 0


def test_somebody_is_erased_with_a_plan_and_a_proof(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    del here
    assert bartizan("consent", "give", "anna", "training", "--wording", "1", "--how", "app", *KEYED) == 0
    filtered = ("--purpose", "training", "--person", "customer", "-o", "usable.csv", *KEYED)
    assert bartizan("consent", "filter", "data/loans.csv", *filtered) == 0
    assert bartizan("consent", "trained", "score-1", "--on", "usable.csv") == 0
    _open("erasure")
    capsys.readouterr()
    assert bartizan("rights", "erase", "1", "anna", *KEYED) == 1
    plan = capsys.readouterr().out
    assert "erase      customers" in plan
    assert "BY HAND    usable.csv" in plan
    assert "stays      ledger of consent" in plan
    assert bartizan("rights", "erase", "1", "anna", "--do", "-o", "proof.json", *KEYED) == 2
    assert "nobody made sure that it is the person who asks in request 1" in capsys.readouterr().err
    assert bartizan("rights", "identified", "1", "--how", "passport seen") == 0
    assert bartizan("rights", "erase", "1", "anna", "--do", "-o", "proof.json", *KEYED) == 1
    assert "no proof yet" in capsys.readouterr().err
    for place in ("score", "score-1", "usable.csv"):
        assert bartizan("rights", "confirm", "1", place, "--how", "made anew without them") == 0
    assert bartizan("rights", "erase", "1", "anna", "--do", "-o", "proof.json", *KEYED) == 0
    assert bartizan("rights", "verify", "--proof", "proof.json") == 0
    assert "of request 1, erasure, unchanged" in capsys.readouterr().out
    Path("proof.json").write_text(Path("proof.json").read_text().replace("score-1", "score-2"))
    assert bartizan("rights", "verify", "--proof", "proof.json") == 2
    assert "the log knows no such proof" in capsys.readouterr().err
    assert bartizan("rights", "list", "1") == 0
    shown = capsys.readouterr().out
    assert "customers: changed (1)" in shown
    assert "anna" not in shown.replace("ann:", "")


def test_access_writes_a_file_that_machines_read(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    del here
    _open("access")
    assert bartizan("rights", "identified", "1", "--how", "passport seen") == 0
    assert bartizan("rights", "access", "1", "ben", "-o", "out.json", *KEYED) == 2
    assert "request 1 is not of this person" in capsys.readouterr().err
    assert bartizan("rights", "access", "1", "anna", "-o", "out.json", *KEYED) == 0
    sources = json.loads(Path("out.json").read_text())["sources"]
    assert [one["rows"][0]["name"] for one in sources if one["source"] == "customers"] == ["Anna A"]
    assert bartizan("rights", "verify", "--proof", "out.json") == 0
    assert bartizan("rights", "access", "1", "anna", "-o", "again.json", *KEYED) == 2


def test_data_is_put_right(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    del here
    _open("correction")
    wanted = ("rights", "correct", "1", "anna", "--set", "customers.income=42000", *KEYED)
    assert bartizan(*wanted) == 1
    assert "correct    customers.income" in capsys.readouterr().out
    assert bartizan("rights", "identified", "1", "--how", "passport seen") == 0
    assert bartizan(*wanted, "--do") == 1
    for place in ("loans", "score"):
        assert bartizan("rights", "confirm", "1", place, "--how", "made anew") == 0
    assert bartizan(*wanted, "--do") == 0


def test_an_objection_leaves_rows_out_of_data_sets_until_it_is_lifted(
    here: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    del here
    for name in ("anna", "ben"):
        assert bartizan("consent", "give", name, "training", "--wording", "1", "--how", "app", *KEYED) == 0
    _open("objection", "anna", "--purpose", "fraud")
    _open("restriction", "ben")
    for number in ("1", "2"):
        assert bartizan("rights", "identified", number, "--how", "passport seen") == 0
    assert bartizan("rights", "restrict", "1", "--places", "places.yaml") == 0
    assert "entered as an objection in the ledger" in capsys.readouterr().out
    assert bartizan("rights", "restrict", "2") == 0
    asked = ("consent", "filter", "data/loans.csv", "--person", "customer", *KEYED, "--rights", "rights.jsonl")
    assert bartizan(*asked, "--purpose", "training", "-o", "usable.csv", "--manifest", "left.json") == 0
    assert Path("usable.csv").read_text() == "customer,amount,repaid\nanna,100,yes\nanna,300,no\n"
    manifest = json.loads(Path("left.json").read_text())
    assert manifest["reasons"] == [{"purpose": "training", "reason": "they asked for no use of it", "rows": 1}]
    assert len(manifest["rights"]) == 64
    assert bartizan(*asked, "--purpose", "fraud", "--collected-for", "fraud") == 1
    assert bartizan("rights", "lift", "2", "--why", "the data was corrected") == 0
    assert bartizan(*asked, "--purpose", "training") == 0


def test_requests_are_listed_and_late_ones_fail(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    del here
    _open("erasure", "anna", "--received", "2026-01-05")
    assert "to be answered by 5 Feb 2026" in capsys.readouterr().out
    assert bartizan("rights", "list", "--today", "2026-02-05") == 0
    assert "identity not checked; by 5 Feb 2026: due today" in capsys.readouterr().out
    assert bartizan("rights", "list", "--today", "2026-02-06") == 1
    assert "1 day LATE" in capsys.readouterr().out
    assert bartizan("rights", "list", "-f", "json", "--today", "2026-02-01") == 0
    assert json.loads(capsys.readouterr().out)["requests"][0]["deadline"] == "2026-02-05"
    assert bartizan("rights", "decline", "1", "--why", "we hold no data of them") == 0
    assert bartizan("rights", "list", "--open") == 0
    assert capsys.readouterr().out.endswith("no requests\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("open", "anna", "objection", "--how", "a", *KEYED), "an objection names a purpose"),
        (("open", "anna", "erasure", "--how", " ", *KEYED), "nothing is said"),
        (("open", "anna", "erasure", "--how", "a"), "no key makes them"),
        (("open", "anna", "erasure", "--how", "a", "--received", "2999-01-01", *KEYED), "it is not 2999-01-01 yet"),
        (("open", "anna", "erasure", "--how", "a", "--received", "soon", *KEYED), "'soon' is no day"),
        (("list",), "there is no such log"),
        (("erase", "1", "anna", "--do", *KEYED), "--do and -o go together"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    here: Places, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("rights", *words) == 2
    assert said in capsys.readouterr().err
    assert not (here.folder / "rights.jsonl").exists()
