"""`bartizan serve` as a person starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.running import bartizan

_PATIENCE_S = 30


def test_other_machines_are_not_served_without_tls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "risk.example.org"):
        assert bartizan("serve", "--register", tmp_path / "r.db", "--host", host) == 2
        said = capsys.readouterr().err
        assert "does not speak TLS" in said
        assert "--behind-proxy" in said
    assert not (tmp_path / "r.db").exists()


def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert bartizan("serve", "--register", tmp_path / "r.db", "--port", port) == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


def test_what_the_web_application_is_made_of_may_be_missing(tmp_path: Path) -> None:
    absent = "import sys; sys.modules['uvicorn'] = None; from bartizan.cli.main import run; run(sys.argv[1:])"
    words = [sys.executable, "-c", absent, "serve", "--register", str(tmp_path / "r.db")]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "pip install 'bartizan[web]'" in ran.stderr


def test_a_wrong_identity_provider_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BARTIZAN_OIDC_ISSUER", "http://id.example.org")
    assert bartizan("serve", "--register", tmp_path / "r.db") == 2
    assert "BARTIZAN_OIDC_ISSUER" in capsys.readouterr().err
    assert not (tmp_path / "r.db").exists()


def test_a_newcomer_gets_an_address_and_a_link_and_no_secret_is_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "bartizan", "serve", "--register", str(tmp_path / "r.db"), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            text=True,
        )
    try:
        assert process.stdout is not None
        said = ""
        while "Stop it" not in said:
            line = process.stdout.readline()
            assert line, log.read_text()
            said += line
        link = re.search(r"(http://127\.0\.0\.1:\d+)/link#([\w-]{43})", said)
        assert link is not None
        with httpx.Client(base_url=link[1], timeout=_PATIENCE_S) as client:
            page = client.get(f"/link?code={link[2]}")
            csrf = re.search(r'name="csrf" value="(\w+)"', page.text)
            assert csrf is not None
            form = {"csrf": csrf[1], "code": link[2]}
            assert client.post("/link", data=form).status_code == 200
            password = {"password": "four random words here", "again": "four random words here"}
            made = client.post("/link/first", data={**form, "name": "ada", "shown": "", **password})
            assert made.status_code == 303
            assert client.get("/account").status_code == 200
            assert "uvicorn" not in str(page.headers)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_PATIENCE_S)
        process.stdout.close()  # type: ignore[union-attr]
    told = log.read_text()
    assert "POST /link/first 303" in told
    assert link[2] not in told
    assert "four random words" not in told
    assert "Traceback" not in told
