"""Engines as processes: a stand-in program that writes a report as garak does, run for real."""

from __future__ import annotations

import contextlib
import datetime
import json
import sqlite3
import stat
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bartizan.core.errors import InputError, NotFound, Refused, Unreachable
from bartizan.targets.permission import Permission
from bartizan.workflows.engines import EngineEnd, EngineRun, run_engine
from tests.cli.running import bartizan

TODAY = datetime.date(2026, 11, 22)
KEY = "sk-a-key-that-nobody-may-see-7431"

STAND_IN = """\
import json, os, socket, subprocess, sys, time, urllib.request
words = sys.argv[1:]
if words[0] == "-c":
    print("0.17.1") if {installed} else sys.exit(1)
    sys.exit()
given = dict(zip(words[2::2], words[3::2]))
options = json.load(open(given["--generator_option_file"]))["openai"]["OpenAICompatible"]
key = os.environ["OPENAICOMPATIBLE_API_KEY"]
def tried(act):
    try:
        act()
    except Exception as error:
        return type(error).__name__
    return "came through"
seen = {{
    "words": words,
    "options": options,
    "others": sorted(name for name in os.environ if "SECRET" in name),
    "offline": os.environ["HF_HUB_OFFLINE"],
    "endpoint": tried(lambda: urllib.request.urlopen(options["uri"])),
    "other_port": tried(lambda: socket.create_connection(("127.0.0.1", {other}), timeout=2)),
    "other_name": tried(lambda: socket.getaddrinfo("elsewhere.example", 80)),
    "datagram": tried(lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {other}))),
}}
print("using", key, flush=True)
entry = {{"entry_type": "eval", "probe": "promptinject.Hijack", "detector": "a.B", "passed": 3, "fails": 7,
         "total_evaluated": 10, "said": key}}
with open(given["--report_prefix"] + ".report.jsonl", "w") as report:
    begun = {{"garak_version": "0.17.1", "start_time": "2026-11-22T10:00:00"}}
    print(json.dumps({{"entry_type": "init", **begun}}), file=report)
    print(json.dumps({{"entry_type": "seen", **seen}}), file=report)
    print(json.dumps(entry), file=report)
{then}
"""


class Quiet(BaseHTTPRequestHandler):
    """Answers everything with nothing."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Quiet) for _ in range(2)]
    for one in servers:
        threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield servers[0].server_port, servers[1].server_port
    for one in servers:
        one.shutdown()
        one.server_close()


def python(folder: Path, other: int = 9, *, then: str = "", installed: bool = True) -> Path:
    """A program in the place of an environment's Python, in which garak is a stand-in."""
    script = folder / "stand_in.py"
    script.write_text(STAND_IN.format(other=other, then=then, installed=installed))
    program = folder / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def run(program: Path, out: Path, port: int = 9, **more: Any) -> EngineEnd:
    url = f"http://127.0.0.1:{port}/v1"
    told = more.pop("told", lambda _: None)
    permission = more.pop("permission", Permission(target=url, granted_by="Ann", until=TODAY))
    given = {"engine": "garak", "model": "m", "probes": ("promptinject",), "minutes": 0.5, **more}
    return run_engine(EngineRun(python=program, url=url, out=out, **given), permission, TODAY, told)


def entries(report: Path) -> dict[str, Any]:
    return {one["entry_type"]: one for one in map(json.loads, report.read_text().splitlines())}


def test_the_engine_is_asked_for_the_probes_at_the_address_and_may_call_no_other(
    tmp_path: Path, ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_KEY", KEY)
    monkeypatch.setenv("MY_SECRET", "x")
    lines: list[str] = []
    out = tmp_path / "report.jsonl"
    program = python(tmp_path, ports[1])
    ended = run(program, out, ports[0], token_env="ENGINE_KEY", generations=4, told=lines.append)
    assert ended == EngineEnd(version="0.17.1", is_whole=True)
    seen = entries(out)["seen"]
    words = " ".join(seen["words"])
    assert "-m garak --target_type openai.OpenAICompatible --target_name m" in words
    assert "--spec probes.promptinject --generations 4" in words
    assert seen["options"]["uri"] == f"http://127.0.0.1:{ports[0]}/v1/"
    assert "temperature" in seen["options"]["suppressed_params"]
    assert (seen["others"], seen["offline"]) == ([], "1")
    assert seen["endpoint"] == "came through"
    assert [seen[one] for one in ("other_port", "other_name", "datagram")] == ["PermissionError"] * 3
    assert KEY not in words + out.read_text() + "".join(lines)
    assert lines == ["using [secret]"]


DATABASE = """\
import json, os, sqlite3, sys
if sys.argv[1] == "-c":
    print("1.1.0")
    sys.exit()
compile(open(sys.argv[1]).read(), "driver.py", "exec")
asked = json.load(open(sys.argv[2]))
with sqlite3.connect(asked["database"]) as base:
    base.execute("create table said (text)")
    base.executemany("insert into said values (?)", [(os.environ["BARTIZAN_ENGINE_KEY"],), (json.dumps(asked),)])
"""


def test_pyrit_leaves_a_database_without_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_KEY", KEY)
    program = python(tmp_path)
    (tmp_path / "stand_in.py").write_text(DATABASE)
    out = tmp_path / "run.db"
    run(program, out, engine="pyrit", probes=("garak.Encoding",), token_env="ENGINE_KEY")
    with contextlib.closing(sqlite3.connect(out)) as base:
        (key,), (asked,) = base.execute("select text from said").fetchall()
    assert key == "*" * len(KEY)
    assert json.loads(asked)["probes"] == ["garak.Encoding"]
    with pytest.raises(InputError, match="PyRIT has no generations"):
        run(program, out, engine="pyrit", generations=2)


def test_without_a_permission_nothing_is_started(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="needs a permission"):
        run(python(tmp_path), tmp_path / "r.jsonl", permission=None)
    assert not (tmp_path / "r.jsonl").exists()


def test_a_python_without_the_engine_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"pip install garak==0\.17\.1"):
        run(python(tmp_path, installed=False), tmp_path / "r.jsonl")


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        run(tmp_path / "none", tmp_path / "no" / "r.jsonl", probes=("a b", "--x"), token_env="NOT_SET_ANYWHERE")
    said = str(caught.value)
    for part in (
        "there is no program",
        "'a b' is no name",
        "'--x' is no name",
        "NOT_SET_ANYWHERE",
        "there is no folder",
    ):
        assert part in said


def test_an_engine_that_does_not_end_is_ended_with_all_that_it_started_and_its_report_is_kept(tmp_path: Path) -> None:
    then = f"child = subprocess.Popen(['sleep', '60']); open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
    began = time.monotonic()
    ended = run(python(tmp_path, then=then + "time.sleep(60)"), tmp_path / "r.jsonl", minutes=0.05)
    assert not ended.is_whole
    assert time.monotonic() - began < 20
    assert entries(tmp_path / "r.jsonl")["eval"]["fails"] == 7
    status = Path(f"/proc/{(tmp_path / 'pid').read_text()}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


def test_an_engine_that_breaks_is_no_result_and_its_last_words_are_told(tmp_path: Path) -> None:
    then = "os.remove(given['--report_prefix'] + '.report.jsonl'); sys.exit('no such probe')"
    with pytest.raises(Unreachable, match=r"status 1; it said: .*no such probe"):
        run(python(tmp_path, then=then), tmp_path / "r.jsonl")
    assert not (tmp_path / "r.jsonl").exists()


def test_the_command_keeps_a_report_that_an_assessment_reads(
    tmp_path: Path, ports: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{ports[0]}/v1"
    out, system = tmp_path / "r.jsonl", tmp_path / "system.yaml"
    system.write_text(
        "schema: 1\nname: Desk\ncomponents:\n  - {id: desk, kind: model, name: Desk, type: generative,\n"
        "     trained_by: supplier, run_by: us}\n"
    )
    leave = ("--granted-for", url, "--granted-by", "Ann", "--granted-until", "2026-12-31", "--today", "2026-11-22")
    words = ("--python", python(tmp_path), "--url", url, "--model", "m", "--probes", "promptinject")
    assert bartizan("lab", "engine", "garak", *words, "-o", out, *leave) == 0
    assert "Next: bartizan assess system.yaml --evidence" in capsys.readouterr().out
    assert bartizan("assess", system, "--evidence", out, "--today", "2026-11-22") == 0
    assert bartizan("lab", "engine", "garak", *words, "-o", out) == 2
    assert "needs a permission" in capsys.readouterr().err
