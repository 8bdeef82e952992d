"""`bartizan test` on the examples: what their models do moves a risk of their descriptions.

Few inputs and small budgets: enough to show that a number arrives. What costs minutes is left to who runs them whole.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.lab import suite
from tests.cli.running import bartizan
from tests.workflows.attacked import DAY

EXAMPLES = Path(__file__).parents[2] / "examples"

TRIED = {
    "consumer-credit-scoring": ({"backdoor", "square"}, "Supply chain data poisoning"),
    "nightly-spam-filter": ({"knockoff", "text_changes", "weight_tampering"}, "Direct runtime model poisoning"),
    "skin-image-classifier": ({"backdoor"}, "Data poisoning at Images from our clinics"),
}
"""Attacks that are quick, and a risk that they move."""


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An example, of whose attacks only a few are run."""
    some = tuple(attack for attack in suite.SUITE if attack.id in TRIED[request.param][0])
    defaults = suite.suite.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "attacks", some)
    monkeypatch.setenv("COLUMNS", "300")
    chosen: str = request.param
    return chosen


@pytest.mark.parametrize("few", TRIED, indirect=True)
def test_an_example_is_attacked_and_what_was_measured_moves_its_risks(
    few: str, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, evidence = EXAMPLES / few / "system.yaml", tmp_path / "evidence.json"
    words = ("--samples", 20, "--budget", "600 queries", "--store", store, "--today", DAY)
    assert bartizan("test", file, *words, "--evidence", evidence) == 0
    said = capsys.readouterr().out
    assert "failed:" not in said
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    bartizan("assess", file, "--today", DAY, "-o", before)
    bartizan("assess", file, "--today", DAY, "--evidence", evidence, "-o", after)
    was, now = levels(before), levels(after)
    assert was.keys() == now.keys()
    moved = {risk for risk in was if was[risk] != now[risk]}
    assert moved, said
    assert all(now[risk] > was[risk] for risk in moved)
    assert TRIED[few][1] in said
    assert "raises: succeeded in " in said


def levels(report: Path) -> dict[str, tuple[int, ...]]:
    """The level, the likelihood and all factors together of each risk."""
    risks = json.loads(report.read_text())["assessment"]["risks"]
    return {
        one["id"]: (one["current"]["level"], one["current"]["likelihood"], sum(f["score"] for f in one["factors"]))
        for one in risks
    }
