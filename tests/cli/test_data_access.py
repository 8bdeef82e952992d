"""`bartizan data access` against real modes, groups and access lists."""

from __future__ import annotations

import grp
import json
import os
import pwd
import struct
from pathlib import Path

import pytest

from bartizan.tables.access import checking, modes
from bartizan.tables.access.modes import READ, WRITE, reach
from tests.cli.running import bartizan

ME = pwd.getpwuid(os.getuid()).pw_name
_NOBODY = 0xFFFFFFFF
MINE = grp.getgrgid(os.getgid()).gr_name


def _manifest(text: str) -> None:
    Path("m.yaml").write_text(text.replace("ME", ME))


def _access(*words: object) -> int:
    return bartizan("data", "access", "m.yaml", "--today", "2026-11-23", *words)


PLAIN = """
data:
  - {name: training, files: ["data/train/*"], read: {users: [ME]}, write: {users: [ME]}}
  - {name: test, files: ["data/test.csv"], read: {users: [ME]}, write: {users: [ME]}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("data/train").mkdir(parents=True)
    for name in ("data/train/a.csv", "data/train/b.csv", "data/test.csv"):
        Path(name).write_text("x\n")
        Path(name).chmod(0o600)
    monkeypatch.setattr(checking, "is_closed_above", lambda _: False)  # pytest's own folders keep others out
    monkeypatch.setattr(checking, "is_swappable", lambda path: modes.is_swappable(path) if "open" in str(path) else "")
    _manifest(PLAIN)
    return tmp_path


def test_files_that_only_their_people_reach_pass(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _access("--evidence", "e.json", "--at", "loan-history") == 0
    assert "3 files: as the manifest says" in capsys.readouterr().out
    (seen,) = json.loads(Path("e.json").read_text())["observations"]
    assert (seen["control"], seen["passed"]) == ("segregate_data", True)


def test_who_reaches_a_file_and_should_not_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data/train/a.csv").chmod(0o604)
    Path("data/train/b.csv").chmod(0o602)
    assert _access("--evidence", "e.json", "-o", "r.json") == 1
    found = {(one["rule"], one["file"]): one["what"] for one in json.loads(Path("r.json").read_text())["findings"]}
    assert found == {
        ("read", "data/train/a.csv"): "everybody on this machine can read it",
        ("write", "data/train/b.csv"): "everybody on this machine can change it",
    }
    (seen,) = json.loads(Path("e.json").read_text())["observations"]
    assert seen["passed"] is False


def test_a_group_counts_by_who_is_in_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data/train/a.csv").chmod(0o640)
    monkeypatch.setattr(checking, "members", lambda group: frozenset({ME, "eve"}) if group == MINE else frozenset())
    assert _access("-o", "r.json") == 1
    (found,) = json.loads(Path("r.json").read_text())["findings"]
    assert found["what"] == f"group {MINE} (eve) can read it"
    Path("data/train/b.csv").chmod(0o640)
    _manifest(PLAIN.replace("read: {users: [ME]}", f"read: {{groups: [{MINE}]}}", 1))
    assert _access() == 0


def test_access_lists_count_and_their_mask_takes_away(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [(0x01, 6, _NOBODY), (0x02, 6, 12345), (0x04, 0, _NOBODY), (0x08, 4, 54321), (0x10, 4, _NOBODY)]
    raw = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in (*entries, (0x20, 0, _NOBODY)))
    try:
        os.setxattr("data/train/a.csv", "system.posix_acl_access", raw)
    except OSError:  # a file system without access lists: what the kernel would give back is given
        monkeypatch.setattr(os, "getxattr", lambda *_: raw)
    found = reach(Path("data/train/a.csv"), READ)
    assert found.users == {ME, "12345"}
    assert found.groups == {"54321"}
    assert reach(Path("data/train/a.csv"), WRITE).users == {ME}


def test_data_sets_that_are_kept_apart_have_no_reader_in_common(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("data/train/a.csv", "data/train/b.csv", "data/test.csv"):
        Path(name).chmod(0o604)
    open_ = PLAIN.replace("read: {users: [ME]}", "read: {everybody: true}")
    _manifest(open_ + "apart: [[training, test]]\n")
    assert _access() == 1
    assert "can read both training and test" in capsys.readouterr().out
    accepted = "accepted: [{file: 'training, test', rule: apart, until: 2026-12-31, why: small team}]\n"
    _manifest(open_ + "apart: [[training, test]]\n" + accepted)
    assert _access() == 0
    assert "accepted  apart" in capsys.readouterr().out
    assert bartizan("data", "access", "m.yaml", "--today", "2027-01-01") == 1


def test_only_who_reads_files_of_both_reads_both(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("data/train/a.csv", "data/train/b.csv"):
        Path(name).chmod(0o604)
    none = PLAIN.replace("read: {users: [ME]}", "read: {everybody: true}", 1).replace("data/test.csv", "data/none.csv")
    _manifest(none + "apart: [[training, test]]\n")
    assert _access() == 1
    said = capsys.readouterr().out
    assert "apart" not in said
    assert "UNKNOWN   unknown test: no file is called data/none.csv" in said


def test_a_folder_where_anybody_writes_lets_anybody_swap_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("open").mkdir()
    Path("open/x.csv").write_text("x")
    Path("open/x.csv").chmod(0o600)
    Path("open").chmod(0o777)
    _manifest("data: [{name: d, files: [open/*], read: {users: [ME]}, write: {users: [ME]}}]\n")
    assert _access() == 1
    assert "swap    d: open/x.csv: everybody may write in" in capsys.readouterr().out
    Path("open").chmod(0o1777)
    assert _access() == 0


def test_what_cannot_be_told_is_unknown_and_a_bad_manifest_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("data/train/gone.csv").symlink_to("nowhere")
    _manifest(PLAIN + "  - {name: more, files: [more/*]}\n")
    assert _access("--evidence", "e.json") == 1
    said = capsys.readouterr().out
    assert "UNKNOWN   unknown training: data/train/gone.csv: its mode cannot be read" in said
    assert "UNKNOWN   unknown more:: no file is called more/*" in said or "no file is called more/*" in said
    assert json.loads(Path("e.json").read_text())["observations"] == []
    _manifest(
        "data: [{name: a, files: ['../x']}, {name: a, files: []}]\napart: [[a, b], [a, a]]\n"
        "accepted: [{file: x, rule: reed, until: never, why: ' '}]\n"
    )
    assert _access() == 2
    said = capsys.readouterr().err
    for part in ("two data sets are called 'a'", "'../x' is no pattern", "no file is named", "no data set 'b'",
                 "kept apart from itself", "no rule 'reed'", "'never' is no day", "needs a reason"):  # fmt: skip
        assert part in said, part
