"""`bartizan data protect`, `reveal` and `anonymity` as a person and a pipeline use them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bartizan.catalog.load import load_catalog
from bartizan.register.intake.formats import read_results
from tests.cli.running import bartizan
from tests.tables.protect.tables import KEY, OTHER

PLAN = """
columns:
  customer: {do: pseudonym, group: person}
  card: token
  mail: {do: mask, keep_last: 3}
  illness: keep
anonymise:
  quasi: [age, city]
  k: 10
  sensitive: illness
  l: 2
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TABLE_KEY", KEY.secret.hex())
    monkeypatch.setenv("OLD_KEY", OTHER.secret.hex())
    rng = np.random.default_rng(5)
    pl.DataFrame(
        {
            "customer": [f"C{number:05d}" for number in range(600)],
            "card": [str(number) for number in rng.integers(4 * 10**15, 5 * 10**15, 600)],
            "mail": [f"someone{number}@example.org" for number in range(600)],
            "age": rng.integers(18, 90, 600),
            "city": rng.choice(["Rome", "Oslo", "Lyon"], 600),
            "illness": rng.choice(["flu", "gout", "cold"], 600),
        }
    ).write_csv("people.csv")
    Path("plan.yaml").write_text(PLAN)
    return tmp_path


def _protect(*words: object) -> int:
    return bartizan("data", "protect", "people.csv", "--plan", "plan.yaml", "--key-env", "TABLE_KEY", *words)


def test_a_table_is_protected_measured_again_and_turned_back_by_the_key(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        _protect("-o", "safe.parquet", "--record", "record.json", "--evidence", "e.json", "--at", "loan-history") == 0
    )
    said = capsys.readouterr().out
    assert "600 of 600 rows" in said
    assert "measured in what was written, by age, city:" in said
    assert "of what the values said (normalised certainty penalty); 0 of 600 rows left out" in said
    record = json.loads(Path("record.json").read_text())
    assert record["anonymity"]["k"] >= 10
    assert record["key"] == KEY.id
    (seen,) = json.loads(Path("e.json").read_text())["observations"]
    assert (seen["control"], seen["passed"], seen["digests"]["data"]) == (
        "obfuscate_training_data", True, record["digests"]["output"],
    )  # fmt: skip
    assert read_results(Path("e.json"), load_catalog(), None).observations
    assert (
        bartizan("data", "reveal", "safe.parquet", "--plan", "plan.yaml", "--key-env", "TABLE_KEY", "-o", "b.csv") == 0
    )
    assert pl.read_csv("b.csv")["card"].to_list() == pl.read_csv("people.csv")["card"].to_list()
    quasi = ("--quasi", "age", "--quasi", "city", "--sensitive", "illness", "--k", "10", "--l", "2")
    assert bartizan("data", "anonymity", "safe.parquet", *quasi) == 0
    assert "reached: k of 10, distinct l of 2" in capsys.readouterr().out


def test_the_key_and_the_values_are_in_nothing_that_is_written_or_said(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _protect("--old-key-env", "OLD_KEY", "--renames", "names.csv", "-o", "safe.csv", "--record", "r.json") == 0
    said = "".join(capfd.readouterr())
    for key in (KEY, OTHER):
        secrets = (key.secret.hex(), key.secret.hex()[:16], key.derived("pseudonym", "person").hex()[:16])
        files = "".join(Path(name).read_text() for name in ("safe.csv", "r.json", "names.csv"))
        assert not [one for one in secrets if one in said + files]
    values = pl.read_csv("people.csv", infer_schema=False)
    shown = Path("safe.csv").read_text() + Path("r.json").read_text() + said
    assert not [one for name in ("customer", "card", "mail") for one in values[name] if one in shown]
    assert "1,200 names; it is as secret as the keys" in said


def test_what_is_not_anonymous_exits_with_one_and_says_what_is_lacking(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quasi = ("--quasi", "age", "--quasi", "city", "--sensitive", "illness", "--t", "0.1")
    assert bartizan("data", "anonymity", "people.csv", *quasi, "--evidence", "e.json", "-o", "r.json") == 1
    found = json.loads(Path("r.json").read_text())
    assert found["found"]["k"] < 5
    assert len(found["not_reached"]) == 2
    (seen,) = json.loads(Path("e.json").read_text())["observations"]
    assert seen["passed"] is False
    assert bartizan("data", "anonymity", "people.csv", *quasi) == 1
    said = capsys.readouterr().out
    assert "NOT REACHED: k is" in said
    assert "the smallest classes, covered:" in said
    assert "city=R***" in said or "city=O***" in said or "city=L***" in said


def test_nothing_is_written_where_something_is_wrong(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(one.name for one in here.iterdir())
    assert bartizan("data", "protect", "people.csv", "--plan", "plan.yaml", "-o", "x.csv") == 2
    assert "this needs a key, and none was given" in capsys.readouterr().err
    assert _protect("-o", "people.csv") == 2
    assert "exists already" in capsys.readouterr().err
    assert _protect("-o", "x.xlsx") == 2
    assert "a table cannot be written as '.xlsx'" in capsys.readouterr().err
    assert _protect("-o", "x.csv", "--renames", "n.csv") == 2
    assert "an old key and --renames go together" in capsys.readouterr().err
    Path("plan.yaml").write_text(PLAN.replace("k: 10", "k: 601"))
    assert _protect("-o", "x.csv") == 2
    assert "k = 601 cannot be reached: the table has 600 rows; 1 more are needed" in capsys.readouterr().err
    Path("plan.yaml").write_text(
        PLAN.partition("anonymise")[0].replace("illness: keep", "illness: keep\n  age: keep\n  city: keep")
    )
    assert _protect("-o", "x.csv", "--evidence", "e.json") == 2
    assert "the plan asks for no anonymity" in capsys.readouterr().err
    assert bartizan("data", "anonymity", "people.csv", "--quasi", "agee") == 2
    assert "it has no column 'agee'" in capsys.readouterr().err
    assert sorted(one.name for one in here.iterdir()) == before


def test_hostile_names_do_not_reach_the_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pl.DataFrame({"a\x1b[31m\n": ["1", "2"] * 5, "b": ["x"] * 10}).write_csv("bad.csv")
    Path("p.yaml").write_text('columns: {"a\\e[31m\\n": keep, b: keep}\nanonymise: {quasi: [b], k: 2}\n')
    assert bartizan("data", "protect", "bad.csv", "--plan", "p.yaml", "-o", "y.csv") == 0
    assert bartizan("data", "anonymity", "bad.csv", "--quasi", "a\x1b[31m\n", "--k", "6") == 1
    assert "\x1b" not in capsys.readouterr().out
