"""`bartizan data retain` as a person and a pipeline use it."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.chain_lines import read_lines
from bartizan.tables.keeping import deleting
from bartizan.tables.keeping.judging import Judged
from bartizan.tables.keeping.rules import Rule
from tests.cli.running import bartizan

RULES = """
folders: [data]
rules:
  - {name: exports, files: ["data/export-*.csv"], keep: 90 days, since: name}
  - {name: visits, files: ["data/visits.*"], keep: 2 years, since: rows, column: visited_on}
  - {name: logs, files: ["data/**/*.log"], keep: 1 month, since: changed}
  - {name: case, files: ["data/case.txt"], keep: 1 month, since: changed, hold_until: 2027-06-30, why: lawsuit 4711}
"""
DAY = "2026-11-23"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("data/deep").mkdir(parents=True)
    Path("rules.yaml").write_text(RULES)
    Path("data/export-2026-01-01.csv").write_text("a\n")
    Path("data/export-20261101.csv").write_text("a\n")
    Path("data/visits.csv").write_text(
        "who;visited_on\na;2020-01-02\nb;2026-01-02 10:00:00\nc;2024-11-22\nd;2024-11-23\n"
    )
    for name, day in (
        ("data/deep/old.log", "2026-10-01"),
        ("data/new.log", "2026-11-20"),
        ("data/case.txt", "2025-01-01"),
    ):
        Path(name).write_text("x\n")
        moment = datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp()
        os.utime(name, (moment, moment))
    return tmp_path


def _retain(*words: object, day: str = DAY) -> int:
    return bartizan("data", "retain", "rules.yaml", "--today", day, *words)


def _delete(*words: object) -> int:
    return _retain("--delete", "--log", "log.jsonl", "--by", "Ann", *words)


def test_what_is_over_is_told_and_nothing_is_changed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert _retain("--evidence", "e.json", "--at", "loan-history") == 1
    said = capsys.readouterr().out
    assert "OVER     data/export-2026-01-01.csv (exports, due 2026-04-01): 236 days over" in said
    assert "OVER     data/visits.csv (visits, due 2022-01-02): 2 of 4 rows are over" in said
    assert "OVER     data/deep/old.log (logs, due 2026-11-01): 22 days over" in said
    assert (
        "held     data/case.txt (case, due 2025-02-01): 660 days over, and held until 2027-06-30: lawsuit 4711" in said
    )
    assert "6 files on 2026-11-23: 3 over, 1 held, 2 kept" in said
    assert all(path.read_bytes() == raw for path, raw in before.items())
    (seen,) = json.loads(Path("e.json").read_text())["observations"]
    assert (seen["control"], seen["passed"], seen["note"]) == ("short_retain", False, "1 held")


def test_what_is_over_goes_with_a_log_and_then_the_evidence_passes(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("data/visits.csv").chmod(0o640)
    assert _delete("--evidence", "e.json", "--at", "x") == 0
    assert sorted(str(path) for path in Path("data").rglob("*.*")) == [
        "data/case.txt", "data/export-20261101.csv", "data/new.log", "data/visits.csv",
    ]  # fmt: skip
    assert Path("data/visits.csv").read_text() == "who;visited_on\nb;2026-01-02 10:00:00\nd;2024-11-23\n"
    assert Path("data/visits.csv").stat().st_mode & 0o777 == 0o640
    bodies = [json.loads(body) for body in read_lines(Path("log.jsonl").read_bytes()).bodies]
    assert [one["do"] for one in bodies] == ["delete", "done"] * 3
    assert bodies[0]["by"] == "Ann"
    assert len(bodies[0]["sha256"]) == 64
    (seen,) = json.loads(Path("e.json").read_text())["observations"]
    assert seen["passed"] is True
    assert "deleted 2 rows of data/visits.csv" in capsys.readouterr().err


def test_what_has_no_date_no_rule_or_leads_elsewhere_is_unknown_and_stays(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _delete()
    Path("data/export-final.csv").write_text("x")
    Path("data/export-20991231.csv").write_text("x")
    Path("data/loose.bin").write_text("x")
    outside = here / "outside.log"
    outside.write_text("x")
    os.utime(outside, (0, 0))
    Path("data/link.log").symlink_to(outside)
    Path("data/visits.csv").write_text("who,visited_on\na,long ago\n")
    Path("data/visits.parquet").write_bytes(b"PAR1 no")
    capsys.readouterr()
    assert _delete("--evidence", "e.json") == 1
    said = capsys.readouterr().out
    for line in (
        "data/export-final.csv (exports): there is no date in its name",
        "data/export-20991231.csv (exports): its date, 2099-12-31, is still to come",
        "data/loose.bin: no rule says how long it may be kept",
        "data/link.log (logs): a link, or no file: what it leads to has a rule of its own",
        "data/visits.csv (visits): 1 of 1 rows have no date",
        "data/visits.parquet (visits): it cannot be read as a table",
    ):
        assert f"UNKNOWN  {line}" in said, line
    assert outside.exists()
    assert len(list(Path("data").rglob("*.*"))) == 9
    assert json.loads(Path("e.json").read_text())["observations"] == []


def test_what_changes_has_two_names_or_cannot_be_written_stays(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.link("data/deep/old.log", "data/deep/same.log")
    real = deleting._changed

    def busy(path: Path, one: Judged) -> str:
        if path.name.startswith("export"):
            path.write_text("somebody writes meanwhile")
        return real(path, one)

    with patch.object(deleting, "_changed", busy):
        assert _delete() == 1
    said = capsys.readouterr().err
    assert "not deleted: data/export-2026-01-01.csv: it changed since it was judged, and stays" in said
    assert "not deleted: data/deep/old.log: it has another name on this disk (a hard link)" in said
    Path("data/visits.csv").unlink()
    Path("data/visits.txt").write_text("who,visited_on\na,2020-01-01\n")
    assert _delete() == 1
    assert "not deleted: data/visits.txt: " in capsys.readouterr().err
    assert Path("data/visits.txt").exists()
    bodies = [json.loads(body) for body in read_lines(Path("log.jsonl").read_bytes()).bodies]
    assert bodies[-1]["do"] == "failed"


def test_a_run_that_is_cut_off_is_done_by_the_next_and_the_log_goes_on(here: Path) -> None:
    with patch.object(deleting, "_gone", side_effect=KeyboardInterrupt):
        bartizan("data", "retain", "rules.yaml", "--today", DAY, "--delete", "--log", "log.jsonl")
    assert Path("data/export-2026-01-01.csv").exists()
    with Path("log.jsonl").open("ab") as file:
        file.write(b'{"body":{"do":"del')
    assert _delete() == 0
    bodies = [json.loads(body)["do"] for body in read_lines(Path("log.jsonl").read_bytes()).bodies]
    assert bodies == ["delete", *["delete", "done"] * 3]


def test_a_log_that_was_changed_and_options_that_do_not_go_together_delete_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _retain("--delete") == 2
    assert "--delete and --log go together" in capsys.readouterr().err
    assert _retain("--delete", "--log", "log.jsonl", day="2099-01-01") == 2
    assert "it is not 2099-01-01 yet" in capsys.readouterr().err
    Path("log.jsonl").write_text('{"body":{},"hash":"0"}\n')
    assert _delete() == 2
    assert "nothing is deleted on a log that cannot be trusted" in capsys.readouterr().err
    Path("rules.yaml").write_text(
        "rules:\n- {name: a, files: [../x, /y], keep: long, since: name, column: c}\n"
        "- {name: a, files: [], keep: 0 days, since: rows, hold_until: x}\n"
    )
    assert _retain() == 2
    said = capsys.readouterr().err
    for part in (
        "'../x' does not stay below",
        "'/y' does not stay",
        "'long' is no span",
        "'0 days' is no span",
        "two rules are called 'a'",
        "no file is named",
        "a column goes with",
        "'x' is no day",
        "a hold needs",
    ):
        assert part in said, part
    assert len(list(Path("data").rglob("*.*"))) == 6


@given(
    st.dates(min_value=datetime.date(1900, 1, 1)),
    st.integers(1, 400),
    st.sampled_from(["day", "week", "month", "year"]),
)
def test_a_span_ends_after_it_begins_and_longer_ones_later(since: datetime.date, count: int, unit: str) -> None:
    def due(number: int) -> datetime.date:
        return Rule(name="a", files=("a",), keep=f"{number} {unit}s", since="changed").due(since)

    assert since < due(count) or due(count) == datetime.date.max
    assert due(count) <= due(count + 1)
    if unit == "month" and due(count) < datetime.date(9000, 1, 1):
        assert due(count).day <= since.day


def test_parquet_keeps_its_types(here: Path) -> None:
    days = [datetime.date(2020, 1, 1), datetime.date(2026, 1, 1)]
    pl.DataFrame({"visited_on": days, "n": [1, 2]}).write_parquet("data/visits.parquet")
    assert _delete() == 0
    assert pl.read_parquet("data/visits.parquet").rows() == [(datetime.date(2026, 1, 1), 2)]
