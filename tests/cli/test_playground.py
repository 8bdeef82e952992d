"""`bartizan playground` as a person runs it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bartizan.cli.playground import playground
from bartizan.core.errors import BartizanError
from bartizan.playground.settings import read_switches
from bartizan.playground.weaknesses import ALL_ON, Switches
from tests.cli.running import bartizan


def _run(*words: Any) -> int:
    code = playground.main([str(word) for word in words], standalone_mode=False)
    return int(code or 0)


def test_the_list_names_every_weakness_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--list", "--off", "raw_output", "--folder", tmp_path / "new") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ALL_ON)
    assert re.search(r"○ off\s+raw_output", told)
    assert not (tmp_path / "new").exists()


def test_the_folder_is_written_can_be_assessed_and_follows_the_switches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("--no-serve", "--folder", tmp_path) == 0
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {"larch.py", "playground.yaml", "system.yaml", "desk-tasks.yaml", "agent-tasks.yaml"}
    assert bartizan("assess", tmp_path / "system.yaml") == 0
    assert _run("--no-serve", "--folder", tmp_path, "--off", "free_mail") == 0
    assert "Renewed" in capsys.readouterr().out
    assert read_switches(tmp_path) == Switches().without("free_mail")
    assert Switches().without("free_mail").digest in (tmp_path / "system.yaml").read_text("utf-8")
    _run("--no-serve", "--folder", tmp_path, "--only", "raw_output")
    assert read_switches(tmp_path).on == {"raw_output"}
    _run("--no-serve", "--folder", tmp_path, "--on", "all", "--off", "raw_output")
    assert read_switches(tmp_path).on == ALL_ON - {"raw_output"}


def test_wrong_words_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    for words in (
        ("--off", "raw_outptu"),
        ("--only", "nothing"),
        ("--on", "x"),
        ("--on", "raw_output", "--off", "raw_output"),
    ):
        with pytest.raises(BartizanError):
            _run("--no-serve", "--folder", tmp_path / "new", *words)
    assert not (tmp_path / "new").exists()


def test_a_changed_file_is_left_and_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run("--no-serve", "--folder", tmp_path)
    (tmp_path / "larch.py").write_text("# mine\n", encoding="utf-8")
    capsys.readouterr()
    _run("--no-serve", "--folder", tmp_path)
    assert "as you changed it" in capsys.readouterr().out
    assert (tmp_path / "larch.py").read_text("utf-8") == "# mine\n"


def test_it_serves_on_loopback_until_it_is_stopped(tmp_path: Path) -> None:
    code = "import sys; from bartizan.cli.playground import playground; playground.main(sys.argv[1:])"
    words = [sys.executable, "-u", "-c", code, "--folder", str(tmp_path), "--port", "0", "--off", "raw_output"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            line = next(one for one in process.stdout if one.startswith("Serving"))
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert address is not None
            with urllib.request.urlopen(f"{address[0]}about", timeout=20) as answer:
                assert json.load(answer)["weaknesses"]["raw_output"] is False
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            process.wait(20)
    assert "Traceback" not in rest
