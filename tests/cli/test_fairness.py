"""`bartizan fairness measure`: on the screen, as documents, as a gate, as evidence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars
import pytest
import yaml

from bartizan.core.digest import sha256_of
from tests.cli.running import bartizan

CREDIT = Path(__file__).parents[2] / "examples" / "consumer-credit-scoring" / "system.yaml"
_ASK = ("--attribute", "sex", "--decision", "granted", "--truth", "repaid", "--favourable", "yes")


@pytest.fixture
def loans(tmp_path: Path) -> Path:
    rng = np.random.default_rng(8)
    sex = rng.choice(["female", "male"], 4000)
    repaid = rng.random(4000) < np.where(sex == "male", 0.7, 0.6)
    granted = rng.random(4000) < np.where(repaid, 0.8, 0.3)
    yes = {True: "yes", False: "no"}
    file = tmp_path / "loans.csv"
    columns = {"sex": sex, "repaid": [yes[bool(one)] for one in repaid], "granted": [yes[bool(one)] for one in granted]}
    polars.DataFrame(columns).write_csv(file)
    return file


def test_the_answer_comes_first_and_the_exit_code_says_whether_limits_are_kept(
    loans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("fairness", "measure", loans, *_ASK) == 0
    told = capsys.readouterr().out
    assert "No limit was set" in told.splitlines()[0]
    assert "Groups by sex differ in the truth itself" in told
    assert bartizan("fairness", "measure", loans, *_ASK, "--limit", "equal_opportunity", "0.2") == 0
    assert "The limit is kept." in capsys.readouterr().out.splitlines()[0]
    assert bartizan("fairness", "measure", loans, *_ASK, "--limit", "demographic_parity", "0.01") == 1
    assert "1 BROKEN" in capsys.readouterr().out.splitlines()[0]


@pytest.mark.parametrize("ending", ["md", "html", "json", "docx"])
def test_it_is_written_in_the_form_that_the_ending_names(loans: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"report.{ending}"
    assert bartizan("fairness", "measure", loans, *_ASK, "--limit", "equal_opportunity", "0.2", "-o", out) == 0
    assert out.stat().st_size > 1000
    if ending == "json":
        found = json.loads(out.read_text())
        assert found["bartizan_fairness"] == 1
        assert found["asked"]["seed"] == 0
        assert found["found"]["groupings"][0]["metrics"][0]["estimate"].keys() == {"value", "low", "high"}
    elif ending != "docx":
        assert "Equal opportunity" in out.read_text()


def test_limits_become_evidence_of_unwanted_bias_testing(loans: Path, tmp_path: Path) -> None:
    out = tmp_path / "evidence.json"
    limits = ("--limit", "equal_opportunity", "0.2", "--limit", "demographic_parity", "0.01")
    words = ("--evidence", out, "--at", "score-model", "--today", "2026-11-24")
    assert bartizan("fairness", "measure", loans, *_ASK, *limits, *words) == 1
    kept, broken = sorted(json.loads(out.read_text())["observations"], key=lambda one: not one["passed"])
    assert (kept["control"], kept["passed"], broken["passed"]) == ("unwanted_bias_testing", True, False)
    assert "1,000 bootstraps, seed 0" in kept["note"]
    assert kept.get("digests", {}) == {}
    model = tmp_path / "model.bin"
    model.write_bytes(b"weights")
    assert bartizan("fairness", "measure", loans, *_ASK, *limits, *words, "--model", model) == 1
    assert json.loads(out.read_text())["observations"][0]["digests"] == {"model": sha256_of(model)}


def _stands(system: Path, out: Path, *more: object) -> dict[str, str]:
    """Where each duty of privacy stands in an assessment."""
    assert bartizan("assess", system, "--today", "2026-11-24", "-o", out, *more) == 0
    privacy = json.loads(out.read_text())["assessment"]["privacy"]
    return {one["duty"]: one["stand"] for one in privacy["verdicts"] if one["place"] == "system"}


@pytest.mark.parametrize(("limit", "code", "stand"), [("0.2", 0, "met"), ("0.01", 1, "not_met")])
def test_evidence_of_a_control_that_is_declared_decides_duties_of_fairness(
    loans: Path, tmp_path: Path, limit: str, code: int, stand: str
) -> None:
    described = yaml.safe_load(CREDIT.read_text())
    described["controls"].append({"control": "unwanted_bias_testing", "status": "implemented", "at": ["score-model"]})
    system, out, evidence = tmp_path / "system.yaml", tmp_path / "assessment.json", tmp_path / "evidence.json"
    system.write_text(yaml.safe_dump(described))
    assert _stands(system, out)["fa3"] == "claimed"
    words = ("--limit", "equal_opportunity", limit, "--evidence", evidence, "--at", "score-model")
    assert bartizan("fairness", "measure", loans, *_ASK, *words, "--today", "2026-11-24") == code
    stands = _stands(system, out, "--evidence", evidence)
    assert (stands["fa3"], stands["fa4"]) == (stand, stand)


def test_evidence_without_a_limit_is_refused(loans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("fairness", "measure", loans, *_ASK, "--evidence", tmp_path / "e.json") == 2
    assert "nothing passes or fails" in capsys.readouterr().err
    assert not (tmp_path / "e.json").exists()


def test_names_of_groups_cannot_become_markup_or_steer_a_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "loans.parquet", tmp_path / "report.html"
    hostile = ["<script>alert(1)</script>", "\x1b[31mred"] * 60
    polars.DataFrame({"sex": hostile, "granted": ["yes", "no", "yes"] * 40}).write_parquet(file)
    asked = ("--attribute", "sex", "--decision", "granted", "--favourable", "yes")
    assert bartizan("fairness", "measure", file, *asked, "-o", out) == 0
    assert "<script>alert" not in out.read_text()
    assert bartizan("fairness", "measure", file, *asked) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cut", "sex", "a,b"), "no numbers to cut"),
        (("--cross", "sex", "sex"), "cannot be crossed with itself"),
        (("--limit", "equal_opportunity", "3"), "3"),
        (("--score", "nothing"), "no column 'nothing'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    loans: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("fairness", "measure", loans, *_ASK, *words) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("fairness", "measure", tmp_path / "none.csv", *_ASK) == 2
    assert "none.csv" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["md", "html", "json", "docx"])
def test_what_would_mend_it_is_told_before_and_after(
    loans: Path, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (
        "--attribute",
        "sex",
        "--truth",
        "repaid",
        "--favourable",
        "yes",
        "--feature",
        "sex",
        "--feature",
        "granted",
    )
    out = tmp_path / f"report.{ending}"
    assert bartizan("fairness", "mitigate", loans, *asked, "--method", "reweighing") == 0
    told = capsys.readouterr().out
    assert "Demographic parity: " in told.splitlines()[0]
    assert "accuracy changes by" in told.splitlines()[0]
    assert "! It changes what a model learns from" in told
    assert bartizan("fairness", "mitigate", loans, *asked, "--method", "reweighing", "-o", out) == 0
    assert out.stat().st_size > 1000


def test_a_mitigation_without_what_it_needs_is_refused(loans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--attribute", "sex", "--truth", "repaid", "--favourable", "yes")
    assert bartizan("fairness", "mitigate", loans, *asked, "--method", "thresholds") == 2
    assert "thresholds need scores" in capsys.readouterr().err


def test_a_change_over_time_is_an_alert_an_event_and_evidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(4)
    month = np.repeat(np.arange(1, 7), 1500)
    sex = rng.choice(["female", "male"], len(month))
    worse = (sex == "female") & (month == 6)
    granted = rng.random(len(month)) < np.where(worse, 0.3, 0.6)
    file, events, evidence = tmp_path / "t.csv", tmp_path / "alerts.jsonl", tmp_path / "e.json"
    polars.DataFrame(
        {
            "day": [f"2026-{m:02d}-15" for m in month],
            "sex": sex,
            "repaid": ["yes" if one else "no" for one in rng.random(len(month)) < 0.5],
            "granted": ["yes" if one else "no" for one in granted],
        }
    ).write_csv(file)
    watch = ("fairness", "watch", file, "--day", "day", *_ASK)
    out = ("--events", events, "--evidence", evidence, "--at", "scoring-model", "--today", "2026-11-24")
    assert bartizan(*watch, *out) == 1
    told = capsys.readouterr().out
    assert "of one group alone" in told.splitlines()[0]
    assert "trace of poisoned data" in told
    alerts = [json.loads(line) for line in events.read_text().splitlines()]
    assert {one["event"] for one in alerts} == {"fairness.alert"}
    assert any(one["segment"] == "sex: female" and one["alone"] for one in alerts)
    observations = json.loads(evidence.read_text())["observations"]
    assert [(one["control"], one["passed"]) for one in observations] == [
        ("continuous_validation", False),
        ("unwanted_bias_testing", False),
    ]
    for ending in ("md", "html", "json", "docx"):
        assert bartizan(*watch, "-o", tmp_path / f"report.{ending}") == 1
    assert json.loads((tmp_path / "report.json").read_text())["alerts"] == len(alerts)


def test_nothing_that_moved_is_no_alert_and_passes(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = 12_000
    file, evidence = tmp_path / "t.parquet", tmp_path / "e.json"
    columns = {
        "day": [f"2026-{1 + i % 6:02d}-15" for i in range(rows)],
        "sex": rng.choice(["f", "m"], rows),
        "repaid": rng.choice(["yes", "no"], rows),
        "granted": rng.choice(["yes", "no"], rows),
    }
    polars.DataFrame(columns).write_parquet(file)
    assert bartizan("fairness", "watch", file, "--day", "day", *_ASK, "--evidence", evidence, "--at", "x") == 0
    assert all(one["passed"] for one in json.loads(evidence.read_text())["observations"])
