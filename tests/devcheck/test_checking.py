"""A repository as a whole: what is looked at, what is not, and what that makes of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bartizan.core.errors import InputError
from bartizan.devcheck import loading
from bartizan.devcheck.checking import check
from bartizan.devcheck.limits import Limits
from tests.devcheck.repositories import GITHUB, repository, rules_at, rules_of, write
from tests.unprivileged import nobody, open_folder

QUIET = {"a.py": "x = 1\n", "LICENSE": "MIT License", ".gitignore": "*.log\n"}


def test_a_quiet_repository_has_nothing_and_says_what_was_looked_at(tmp_path: Path) -> None:
    checked = check(repository(tmp_path / "r", QUIET))
    assert checked.findings == ()
    assert (checked.files, checked.commits, checked.history_note) == (3, 1, "")
    assert len(checked.head) == 40
    assert len(checked.digest) == 64


def test_an_empty_folder_is_no_error(tmp_path: Path) -> None:
    checked = check(tmp_path)
    assert (checked.files, checked.findings, checked.commits) == (0, (), None)


@pytest.mark.parametrize("name", ["gone", "file"])
def test_what_is_no_folder_is_wrong_input(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError):
        check(tmp_path / name)


def test_files_that_git_ignores_are_not_read_and_others_are(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", QUIET)
    write(root, {"x.log": GITHUB, "new.py": f"t = '{GITHUB}'\n"})
    assert rules_at(check(root)) == [("high", "secret.token", 1)]


def test_a_folder_below_the_top_is_checked_alone(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {**QUIET, "in/b.py": f"t = '{GITHUB}'\n", "out/c.py": f"t = '{GITHUB}'\n"})
    found = [(one.path, one.rule.id) for one in check(root / "in").open if one.rule.id == "secret.token"]
    assert found == [("b.py", "secret.token")]


def test_a_folder_that_git_ignores_is_walked(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {**QUIET, ".gitignore": "lib/\n"})
    write(root, {"lib/b.py": f"t = '{GITHUB}'\n"})
    checked = check(root / "lib")
    assert ("high", "secret.token", 1) in rules_at(checked)
    assert checked.history_note == "git ignores this folder"


def test_links_are_not_followed_and_are_told(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "s.py").write_text(f"t = '{GITHUB}'\n")
    root = repository(tmp_path / "r", QUIET)
    (root / "link.py").symlink_to(tmp_path / "outside" / "s.py")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root / "loop")
    checked = check(root)
    assert checked.findings == ()
    assert checked.left_out == ("folder (a link)", "link.py (a link)", "loop (a link)")


def test_pipes_are_told_and_never_opened(tmp_path: Path) -> None:
    root = repository(tmp_path, QUIET, git=False)
    os.mkfifo(root / "pipe.py")
    assert rules_at(check(root)) == [("unknown", "file.unread", None)]


def test_what_may_not_be_read_is_a_message_each() -> None:
    with open_folder() as folder:
        root = repository(folder, {**QUIET, "closed.py": "x = 1\n", "shut/a.py": "x = 1\n"}, git=False)
        root.chmod(0o755)
        check(root)
        (root / "closed.py").chmod(0)
        (root / "shut").chmod(0)
        with nobody():
            found = [(one.path, one.level) for one in check(root).open]
    assert found == [("closed.py", "unknown"), ("shut", "unknown")]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\0\1\2" * 100, []),
        (b"", []),
        (b"\xff\xfe\xfd pickle.load(", [("unknown", "file.unparsed", 1)]),
        (b"# coding: latin-1\nx = '\xe9'\nimport pickle\npickle.load(f)\n", [("medium", "load.pickle", 4)]),
        (b"# coding: nonsense\nimport pickle\npickle.load(f)\n", [("medium", "load.pickle", 3)]),
        (b"\xef\xbb\xbfimport pickle\r\npickle.load(f)\r\n", [("medium", "load.pickle", 2)]),
        (b"load(" * 30_000, [("unknown", "file.unparsed", 1)]),
        (b"load" + b"(-" * 300 + b"1" + b")" * 300, [("unknown", "file.unparsed", 1)]),
    ],
)
def test_odd_contents_are_read_or_unknown(
    tmp_path: Path, content: bytes, found: list[tuple[str, str, int | None]]
) -> None:
    assert rules_of(tmp_path, {**QUIET, "b.py": content}, "b.py") == found


def test_what_is_over_a_limit_is_unknown_and_said(tmp_path: Path) -> None:
    root = repository(
        tmp_path, {**QUIET, "b.py": "# x\n" * 100, "c.py": "import pickle\n" + "pickle.load(f)\n" * 9}, git=False
    )
    assert rules_at(check(root, limits=Limits(text=300)), "b.py") == [("unknown", "file.unread", None)]
    assert ("unknown", "check.cut", None) in rules_at(check(root, limits=Limits(files=2)))
    assert ("unknown", "check.cut", None) in rules_at(check(root, limits=Limits(seconds=-1)))
    (*_, last) = check(root, limits=Limits(a_rule=3)).open
    assert last.what or last.rule.id
    assert "6 more of this kind in the file" in {one.what for one in check(root, limits=Limits(a_rule=3)).open}


def test_a_check_that_crashes_is_unknown_and_never_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(loading, "_is_round_trip", crash)
    assert rules_of(tmp_path, {"b.py": "import pickle\npickle.load(f)\n"}, "b.py") == [
        ("unknown", "check.failed", None)
    ]


def test_names_that_would_garble_a_terminal_are_escaped(tmp_path: Path) -> None:
    name = "a\x1b[31m\nb\u202e.py"
    checked = check(repository(tmp_path / "r", {**QUIET, name: "import pickle\npickle.load(f)\n"}))
    (one,) = checked.open
    assert one.path == name
    assert one.place.isprintable()
    assert one.what.isprintable()
