"""CODEOWNERS as GitHub reads it, over code that fits models."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.devcheck.checking import check
from bartizan.devcheck.owners import matching, owners_of, parse
from tests.devcheck.repositories import repository, rules_at

TRAIN = "from sklearn.svm import SVC\nmodel = SVC()\nmodel.fit(x, y)\n"
LOOP = "import torch\nfor x in data:\n    loss(x).backward()\n    optimizer.step()\n"


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        ("*", ("a.py", "x/y/a.py"), ()),
        ("*.py", ("a.py", "x/a.py"), ("a.pyc",)),
        ("/build/logs/", ("build/logs/a", "build/logs/x/a"), ("x/build/logs/a", "build/logs")),
        ("docs/*", ("docs/a.md",), ("docs/x/a.md", "x/docs/a.md")),
        ("apps/", ("apps/a", "x/apps/y/a"), ("apps", "myapps/a")),
        ("/apps", ("apps", "apps/a"), ("x/apps/a",)),
        ("**/logs", ("logs/a", "x/y/logs/a"), ("catalogs",)),
        ("src/**/train.py", ("src/train.py", "src/a/b/train.py"), ("train.py",)),
        ("train.py", ("train.py", "x/train.py"), ("retrain.py",)),
    ],
)
def test_a_pattern_fits_as_on_github(pattern: str, fits: tuple[str, ...], fails: tuple[str, ...]) -> None:
    assert [one for one in fits if not matching(pattern).fullmatch(one)] == []
    assert [one for one in fails if matching(pattern).fullmatch(one)] == []


def test_the_last_line_that_fits_counts_also_without_owners() -> None:
    lines, wrong = parse("# a comment\n* @all\n/src/ @org/team  # theirs\n/src/free\n")
    assert wrong == []
    assert owners_of("a.py", lines) == ("@all",)
    assert owners_of("src/a.py", lines) == ("@org/team",)
    assert owners_of("src/free/a.py", lines) == ()


def test_lines_that_count_for_nothing_are_told() -> None:
    _, wrong = parse("* @all\n!a.py @x\n[ab].py @x\n*.py nobody\n")
    assert [number for number, _ in wrong] == [2, 3, 4]


@pytest.mark.parametrize("code", [TRAIN, LOOP, "import lightgbm as lgb\nlgb.train(p, d)\n"])
def test_training_code_without_owners_is_found_at_its_line(tmp_path: Path, code: str) -> None:
    files = {"train.py": code, ".github/CODEOWNERS": "/other/ @x\n"}
    found = rules_at(check(repository(tmp_path, files, git=False)), "train.py")
    assert [(level, rule) for level, rule, _ in found] == [("low", "owners.none")]


def test_owned_training_code_and_other_code_are_not_told(tmp_path: Path) -> None:
    files = {
        "train.py": TRAIN,
        "app.py": "import torch\nmodel.train(True)\n",
        "suit.py": "tailor.fit(x)\n",
        "tests/test_a.py": TRAIN,
        "CODEOWNERS": "train.py @x\n",
    }
    assert [one for one in check(repository(tmp_path, files, git=False)).open if one.rule.id == "owners.none"] == []


def test_without_codeowners_one_finding_stands_for_all(tmp_path: Path) -> None:
    found = check(repository(tmp_path, {"a.py": TRAIN, "b.py": TRAIN}, git=False)).open
    assert [one.what for one in found if one.rule.id == "owners.none"] == ["there is no CODEOWNERS; 2 files fit models"]
