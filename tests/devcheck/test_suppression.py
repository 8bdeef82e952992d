"""What somebody allowed: with a reason, for one rule, and no longer than said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.devcheck.checking import KNOWN, RULES, check
from bartizan.devcheck.suppression import pattern_of, read_ignores
from tests.devcheck.repositories import GITHUB, repository, rules_of

LOAD = "import pickle\npickle.load(f)"


def test_a_comment_with_a_reason_allows_one_finding_and_is_listed(tmp_path: Path) -> None:
    code = f"{LOAD}  # bartizan: allow load.pickle because we wrote it\npickle.load(g)\n"
    checked = check(repository(tmp_path, {"a.py": code}, git=False))
    assert [(one.line, one.waived, one.waived_by) for one in checked.waived] == [(2, "we wrote it", "a.py:2")]
    assert [one.line for one in checked.open if one.rule.id == "load.pickle"] == [3]
    assert checked.allowed == 1


def test_a_comment_alone_allows_what_is_on_the_next_line(tmp_path: Path) -> None:
    code = "import pickle\n# bartizan: allow load.pickle because we wrote it\npickle.load(f)\n"
    assert rules_of(tmp_path, {"a.py": code}, "a.py") == []


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# bartizan: allow load.pickle", "because of what"),
        ("# bartizan: allow load.pikle because x", "did you mean 'load.pickle'?"),
        ("# bartizan: allow", "names no rule"),
    ],
)
def test_a_wrong_comment_allows_nothing_and_is_told_with_its_line(tmp_path: Path, comment: str, said: str) -> None:
    checked = check(repository(tmp_path, {"a.py": f"{LOAD}  {comment}\n"}, git=False))
    assert {one.rule.id for one in checked.open if one.path} == {"load.pickle", "allow.wrong"}
    assert any(said in one.what and one.line == 2 for one in checked.open)


def test_a_text_that_speaks_of_such_a_comment_is_none(tmp_path: Path) -> None:
    code = f"doc = '# bartizan: allow x because y'\n{LOAD}\n"
    assert rules_of(tmp_path, {"a.py": code}, "a.py") == [("medium", "load.pickle", 3)]


def test_comments_count_in_shell_scripts_and_settings(tmp_path: Path) -> None:
    text = f"key: {GITHUB} # bartizan: allow secret.token because it is revoked\n"
    assert rules_of(tmp_path, {"a.yaml": text}, "a.yaml") == []


def ignore(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "ignore.yaml"
    file.write_text(text)
    return file


ENTRY = "ignore:\n  - rule: load.pickle\n    path: old/**\n    reason: it goes in May\n    until: 2027-05-01\n"


def test_an_ignore_file_allows_by_rule_and_path_until_its_day(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {"old/x/a.py": LOAD, "b.py": LOAD}, git=False)
    allowed, lapsed = read_ignores(ignore(tmp_path, ENTRY), KNOWN, "2027-05-01")
    checked = check(root, allowed=allowed)
    assert [one.path for one in checked.open if one.rule.id == "load.pickle"] == ["b.py"]
    assert [one.waived for one in checked.waived] == ["it goes in May (until 2027-05-01)"]
    assert lapsed == ()


def test_an_entry_lapses_after_its_day_and_says_so(tmp_path: Path) -> None:
    allowed, lapsed = read_ignores(ignore(tmp_path, ENTRY), KNOWN, "2027-05-02")
    assert allowed == ()
    assert "'load.pickle' was allowed until 2027-05-01" in lapsed[0]


def test_everything_that_is_wrong_is_told_at_once_with_line_and_nearest(tmp_path: Path) -> None:
    text = ENTRY + "  - rule: load.pikle\n    path: x\n    reason: ''\n    until: soon\n    why: x\n  - 3\nother: 1\n"
    with pytest.raises(InputError) as caught:
        read_ignores(ignore(tmp_path, text), KNOWN, "2026-11-23")
    said = str(caught.value)
    assert ":6: there is no rule 'load.pikle'; did you mean 'load.pickle'?" in said
    assert ":8: 'reason' is missing" in said
    assert ":9: 'soon' is no date" in said
    assert ":10: unknown key 'why'" in said
    assert "unknown key 'other'" in said
    assert len(caught.value.problems) == 6


@pytest.mark.parametrize("text", ["", "3", "ignore: 3", "a: b", "- x"])
def test_a_file_of_another_shape_is_wrong_input(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read_ignores(ignore(tmp_path, text), KNOWN, "2026-11-23")


@pytest.mark.parametrize(
    ("glob", "fits", "fails"),
    [
        ("tests/**", ("tests/a.py", "tests/x/y.py"), ("a.py", "mytests/a.py")),
        ("**/*.ipynb", ("a.ipynb", "x/y/b.ipynb"), ("a.ipynb.py",)),
        ("src/*.py", ("src/a.py",), ("src/x/a.py",)),
        ("data", ("data/x.csv", "data"), ("database",)),
        ("a?c.py", ("abc.py",), ("a/c.py", "ac.py")),
        ("a+b(1).py", ("a+b(1).py",), ("aab1.py",)),
    ],
)
def test_a_pattern_stands_for_whole_paths(glob: str, fits: tuple[str, ...], fails: tuple[str, ...]) -> None:
    assert all(pattern_of(glob).fullmatch(one) for one in fits)
    assert not any(pattern_of(glob).fullmatch(one) for one in fails)


@given(st.lists(st.text("abc.", min_size=1, max_size=5), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_every_path_fits_itself_and_all_below_its_folders(parts: list[str]) -> None:
    path = "/".join(parts)
    if path.startswith("./") or path == ".":
        return
    assert pattern_of(path).fullmatch(path)
    assert pattern_of("**").fullmatch(path)


def test_every_rule_says_what_why_and_how_to_mend_it_once() -> None:
    assert len({one.id for one in RULES}) == len(RULES)
    for one in RULES:
        assert one.title
        assert one.why.endswith(".")
        assert one.fix.endswith(".")
        assert one.controls
        assert one.level != "unknown"
