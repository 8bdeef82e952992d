"""A check of a repository in each of its forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.devcheck.checking import check
from bartizan.devcheck.finding import Checked
from bartizan.report.devcheck.document import document
from bartizan.report.devcheck.lines import terminal
from bartizan.report.devcheck.sarif import sarif
from tests.devcheck.repositories import GITHUB, commit, repository, write
from tests.report.test_sarif import VALIDATOR


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    files = {
        "a b.py": "import pickle\npickle.load(f)\npickle.load(g)  # bartizan: allow load.pickle because ours\n",
        "odd\n\x1b.py": "import torch\ntorch.load(f, weights_only=flag)\n",
        "gone.py": f"\nt = '{GITHUB}'\n",
        ".gitignore": "x\n",
        "LICENSE": "MIT License",
    }
    root = repository(tmp_path / "r", files)
    write(root, {"gone.py": "t = 1\n"})
    commit(root, "gone")
    return check(root)


def test_the_screen_tells_the_worst_first_and_what_was_allowed(checked: Checked) -> None:
    lines = terminal(checked).split("\n")
    heads = [line for line in lines if line[:1].isupper()]
    assert [one.split()[0] for one in heads] == ["HIGH", "MEDIUM", "UNKNOWN", "ALLOWED"]
    assert any(line.strip().startswith("gone.py:2 in commit ") for line in lines)
    assert "1 high, 1 medium, 1 unknown; 1 allowed" in lines
    assert all(line.isprintable() for line in lines)


def test_json_holds_everything_with_levels_places_and_reasons(checked: Checked) -> None:
    made = json.loads(document(checked))
    assert [one["rule"] for one in made["findings"]] == ["history.token", "load.pickle", "load.torch"]
    assert made["allowed"][0]["because"] == "ours"
    assert made["allowed"][0]["allowed_at"] == "a b.py:3"
    assert made["commits"] == 2
    assert all(one["fix"] and one["why"] and one["controls"] for one in made["findings"])


def test_sarif_has_places_kinds_suppressions_and_stable_fingerprints(checked: Checked) -> None:
    log = json.loads(sarif(checked))
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    results = {one["ruleId"]: one for one in run["results"] if "suppressions" not in one}
    place = results["load.pickle"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.py"
    assert place["region"] == {"startLine": 2}
    assert results["load.torch"]["kind"] == "review"
    assert "region" not in results["history.token"]["locations"][0]["physicalLocation"]
    (allowed,) = [one for one in run["results"] if "suppressions" in one]
    assert allowed["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "ours"}]
    assert sarif(checked) == sarif(checked)
    assert [one["id"] for one in run["tool"]["driver"]["rules"]] == ["history.token", "load.pickle", "load.torch"]
