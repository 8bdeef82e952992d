"""Secrets in the history, and a git that is told to run nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.devcheck.checking import check
from bartizan.devcheck.limits import Limits
from tests.devcheck.repositories import AWS, GITHUB, commit, repository, rules_at, run, write


@pytest.fixture
def past(tmp_path: Path) -> Path:
    root = repository(tmp_path / "r", {"a.py": "x = 1\n", "LICENSE": "MIT License", ".gitignore": "data/\n"})
    write(root, {"a.py": f"x = 1\ny = 2\ntoken = '{GITHUB}'\n"})
    commit(root, "oops")
    write(root, {"a.py": "x = 1\n"})
    commit(root, "gone")
    return root


def test_a_secret_that_is_gone_from_the_files_is_found_with_its_commit(past: Path) -> None:
    checked = check(past)
    (one,) = checked.open
    assert (one.rule.id, one.path, one.line) == ("history.token", "a.py", 3)
    assert len(one.commit) == 40
    assert (checked.commits, checked.history_note) == (3, "")


def test_a_secret_that_is_still_there_is_told_once(past: Path) -> None:
    write(past, {"b.py": f"\ntoken = '{GITHUB}'\n"})
    commit(past, "moved")
    assert rules_at(check(past)) == [("high", "secret.token", 2)]


def test_other_branches_merges_and_strange_names_are_read_too(past: Path) -> None:
    run(past, "checkout", "-q", "-b", "side")
    write(past, {'odd "näme\t.py': f"\n\nk = '{AWS}'\n"})
    commit(past, "side")
    run(past, "checkout", "-q", "main")
    assert {(one.path, one.line) for one in check(past).open} == {("a.py", 3), ('odd "näme\t.py', 3)}


def test_a_line_that_only_a_merge_brings_is_found(past: Path) -> None:
    run(past, "checkout", "-q", "-b", "side")
    write(past, {"c.py": "left\n"})
    commit(past, "left")
    run(past, "checkout", "-q", "main")
    write(past, {"d.py": "right\n"})
    commit(past, "right")
    run(past, "merge", "-q", "--no-commit", "side")
    write(past, {"c.py": f"left\nk = '{AWS}'\n"})
    commit(past, "evil merge")
    write(past, {"c.py": "left\n"})
    commit(past, "hidden")
    assert ("c.py", 2) in {(one.path, one.line) for one in check(past).open}


def test_a_history_that_is_cut_says_so(past: Path) -> None:
    checked = check(past, limits=Limits(commits=1))
    assert checked.open == ()
    assert checked.history_note == "the newest 1 of 3 commits were read"
    assert "after 10 bytes" in check(past, limits=Limits(history_bytes=10)).history_note
    assert check(past, with_history=False).commits is None


def test_attributes_do_not_hide_what_was_added(past: Path) -> None:
    write(past, {".gitattributes": "*.py binary -diff\n"})
    commit(past, "hide")
    assert [one.rule.id for one in check(past).open] == ["history.token"]


def test_a_comment_in_the_line_of_then_allows_it(tmp_path: Path) -> None:
    root = repository(
        tmp_path / "r", {"a.py": f"t = '{GITHUB}'  # bartizan: allow secret.token because it is revoked\n"}
    )
    write(root, {"a.py": "t = 1\n"})
    commit(root, "gone")
    (one,) = check(root).waived
    assert (one.rule.id, one.waived) == ("history.token", "it is revoked")


def test_nothing_that_the_repository_names_is_run(past: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    program = tmp_path / "evil.sh"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    hook = past / ".git" / "hooks" / "post-index-change"
    hook.write_text(program.read_text())
    hook.chmod(0o755)
    write(past, {".gitattributes": "*.py diff=evil filter=evil\n"})
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "diff.evil.textconv",
                "diff.evil.command", "filter.evil.clean", "filter.evil.smudge", "gpg.program", "core.askPass",
                "remote.origin.uploadpack", "core.editor"):  # fmt: skip
        run(past, "config", key, str(program))
    run(past, "config", "log.showSignature", "true")
    run(past, "config", "remote.origin.url", f"ext::{program}")
    run(past, "config", "extensions.partialClone", "origin")
    run(past, "config", "remote.origin.promisor", "true")
    run(past, "config", "core.worktree", "/")
    checked = check(past)
    assert "history.token" in {one.rule.id for one in checked.open}
    assert checked.files == 4
    assert not mark.exists()


def test_a_missing_object_of_a_partial_clone_is_not_fetched(past: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    run(past, "config", "extensions.partialClone", "origin")
    run(past, "config", "remote.origin.promisor", "true")
    run(past, "config", "protocol.ext.allow", "always")
    run(past, "config", "remote.origin.url", f"ext::sh -c touch% {mark}")
    for file in (past / ".git" / "objects").glob("??/*"):
        file.unlink()
    checked = check(past)
    assert not mark.exists()
    assert checked.history_note
