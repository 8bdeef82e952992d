"""From paths to what was found: folders, links, what is no file, what cannot be read, what changes meanwhile."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from bartizan.supply.scan import scanning
from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.scanning import scan, scan_all


@pytest.fixture(autouse=True)
def one_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that begin with ok are clean; all else is unknown."""
    ok = Format(name="ok", fits=lambda head, blob: head.startswith(b"ok"), look=lambda blob, look: None)
    monkeypatch.setattr(scanning, "FORMATS", (ok,))


def told(*paths: Path) -> dict[str, tuple[str, ...]]:
    return {Path(one.path).name: tuple(f.rule.id for f in one.findings) for one in scan_all(paths)}


def test_every_file_of_a_folder_is_looked_at_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "good").write_bytes(b"ok")
    (tmp_path / "odd").write_bytes(b"??")
    (tmp_path / "again").symlink_to(tmp_path / "odd")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    found = list(scan_all([tmp_path, tmp_path / "odd"]))
    assert sorted((one.verdict, os.path.realpath(one.path)) for one in found) == [
        ("CLEAN", str(tmp_path / "a" / "good")),
        ("REVIEW", str(tmp_path / "odd")),
    ]


def test_folders_of_version_control_are_left_out_and_said_so(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x").write_bytes(b"??")
    assert [one.formats for one in scan_all([tmp_path])] == [("skipped",)]
    assert told(tmp_path / ".git") == {"x": ("file.unknown",)}


def test_what_is_no_file_is_told_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "socket"))
        assert told(tmp_path, Path("/dev/zero"), tmp_path / "missing") == {
            "pipe": ("file.unread",),
            "gone": ("file.unread",),
            "socket": ("file.unread",),
            "zero": ("file.unread",),
            "missing": ("file.unread",),
        }


def test_a_file_that_may_not_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f").write_bytes(b"ok")

    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refused)
    assert [(one.rule.id, one.what) for one in scan(tmp_path)] == [("file.unread", "Permission denied")]


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"ok")

    def grows(blob: Blob, look: Look) -> None:
        file.write_bytes(b"ok and more")

    monkeypatch.setattr(scanning, "FORMATS", (Format(name="x", fits=lambda head, blob: True, look=grows),))
    assert [one.rule.id for one in scan(file)] == ["file.changed"]


def test_digests_are_those_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"ok")
    one = next(iter(scan_all([tmp_path], digests=True)))
    assert one.sha256 == "2689367b205c16ce32ed4200942b8b8b1e262dfc70d9bc9fbc77c49699a4f1df"
    assert next(iter(scan_all([tmp_path]))).sha256 == ""
