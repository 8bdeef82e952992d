"""`bartizan data allowed` as a person and a pipeline use it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.tables.allowed.asking import asked, rows_allowed
from bartizan.tables.allowed.rules import Purpose, Rows, read_allowed
from bartizan.tables.reading import opened
from tests.cli.running import bartizan

RULES = """
data: customers
licence: CC-BY-NC-4.0
forbids: [advertising]
never: [religion]
purposes:
  fraud-detection: {basis: legitimate_interests, columns: [id, amount], why: DPIA 12}
  newsletter:
    basis: consent
    columns: [mail]
    rows: {column: consent, values: [yes], until: consent_until}
    until: 2026-12-31
  advertising: {basis: consent, columns: [mail], rows: {column: consent, values: [yes]}}
"""
TABLE = """id,amount,mail,consent,consent_until,religion,note
1,10,a@x.org,yes,2027-01-01,x,n
2,20,b@x.org,no,2027-01-01,x,n
3,30,c@x.org,,2027-01-01,x,n
4,40,d@x.org,yes,2026-01-01,x,n
5,50,e@x.org,yes,,x,n
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("rules.yaml").write_text(RULES.replace("[yes]", '["yes"]'))
    Path("t.csv").write_text(TABLE)
    return tmp_path


def _ask(purpose: str, *words: object, day: str = "2026-11-23") -> int:
    return bartizan("data", "allowed", "t.csv", "--rules", "rules.yaml", "--purpose", purpose, "--today", day, *words)


def test_only_columns_and_rows_that_are_allowed_are_written_and_the_rest_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _ask("newsletter") == 1
    said = capsys.readouterr().out
    assert "t.csv for newsletter on 2026-11-23, basis: consent: NOT ALLOWED" in said
    assert "not allowed religion: it may never be used" in said
    assert "not allowed amount: it is declared for other purposes" in said
    assert "unknown     note: nothing is declared of it" in said
    assert "rows: 1 of 5 allowed, 2 not, 2 unknown, which are not used" in said
    words = ("-o", "use.csv", "--manifest", "left-out.json", "--evidence", "e.json", "--at", "loan-history")
    assert _ask("newsletter", *words) == 0
    assert Path("use.csv").read_text() == "mail\na@x.org\n"
    manifest = json.loads(Path("left-out.json").read_text())
    assert (manifest["answer"]["refused"], manifest["answer"]["unknown"]) == (2, 2)
    (seen,) = json.loads(Path("e.json").read_text())["observations"]
    assert (seen["control"], seen["passed"]) == ("allowed_data", True)
    assert "2 rows not allowed and 2 unknown were left out of t.csv" in seen["note"]


def test_what_is_not_declared_forbidden_or_over_is_never_used(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ask("newsleter", "-o", "use.csv", "--evidence", "e.json") == 1
    said = capsys.readouterr().out
    assert "UNKNOWN" in said
    assert "the purpose 'newsleter' is not declared of customers; did you mean 'newsletter'?" in said
    assert json.loads(Path("e.json").read_text())["observations"] == []
    assert _ask("advertising", "-o", "use.csv") == 1
    assert "its licence, CC-BY-NC-4.0, does not allow this" in capsys.readouterr().out
    assert _ask("newsletter", "-o", "use.csv", day="2027-01-01") == 1
    assert "it might be used until 2026-12-31" in capsys.readouterr().out
    assert not Path("use.csv").exists()


def test_a_table_of_what_is_allowed_only_passes(here: Path) -> None:
    pl.read_csv("t.csv").select("id", "amount").write_csv("s.csv")
    words = ("--rules", "rules.yaml", "--purpose", "fraud-detection", "--evidence", "e.json", "--at", "x")
    assert bartizan("data", "allowed", "s.csv", *words) == 0
    (seen,) = json.loads(Path("e.json").read_text())["observations"]
    assert seen["passed"] is True
    assert bartizan("data", "allowed", "t.csv", *words[:4], "--evidence", "f.json") == 1
    (seen,) = json.loads(Path("f.json").read_text())["observations"]
    assert seen["passed"] is False


def test_rules_that_contradict_themselves_or_lack_a_reason_are_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rules.yaml").write_text(
        "data: d\nnever: [a]\nforbids: [x]\npurposes:\n"
        "  Bad Name: {basis: contract, columns: [a], until: soon}\n"
        "  mail: {basis: consent, columns: []}\n"
        "  fraud: {basis: legitimate_interests, columns: []}\n"
    )
    assert _ask("mail") == 2
    said = capsys.readouterr().err
    for part in ("'Bad Name' is no name", "'soon' is no day", "'a' may never be used", "nothing tells who gave it",
                 "need a balancing test", "whose licence forbids this"):  # fmt: skip
        assert part in said
    Path("rules.yaml").write_text(RULES.replace("[yes]", '["yes"]').replace("column: consent,", "column: consnt,"))
    assert _ask("newsletter") == 2
    assert "the table has no column 'consnt'" in capsys.readouterr().err


_DAY = st.sampled_from([None, "2026-01-01", "2026-11-22", "2026-11-23", "2027-01-01", "soon", ""])


@given(st.lists(st.tuples(st.sampled_from([None, "yes", "no", "YES", " yes", ""]), _DAY), max_size=12))
def test_no_row_passes_without_its_value_and_within_its_days(rows: list[tuple[str | None, str | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"consent": pl.String, "until": pl.String}, orient="row")
    purpose = Purpose(basis="consent", columns=(), rows=Rows(column="consent", values=("yes",), until="until"))
    yes, unknown = rows_allowed(frame, purpose, "2026-11-23")
    for (consent, until), is_allowed, is_unknown in zip(rows, yes, unknown, strict=True):
        assert is_allowed == (consent == "yes" and until in ("2026-11-23", "2027-01-01"))
        assert is_unknown == (consent is None or (consent == "yes" and until in (None, "soon", "")))


def test_the_same_holds_for_tables_of_many_batches(here: Path) -> None:
    pl.DataFrame(
        {
            "consent": ["yes", "no", None, "yes"] * 40_000,
            "mail": ["m"] * 160_000,
            "consent_until": ["2027-01-01"] * 160_000,
        }
    ).write_parquet("big.parquet")
    answer = asked(opened(Path("big.parquet")), read_allowed(Path("rules.yaml")), "newsletter", "2026-11-23")
    assert (answer.rows, answer.allowed, answer.refused, answer.unknown) == (160_000, 80_000, 40_000, 40_000)
