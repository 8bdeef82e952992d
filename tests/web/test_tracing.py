"""The trace over HTTP, as a serving application calls it: a process of its own, and real requests."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bartizan.core.errors import InputError
from bartizan.trace.trace import Trace, create
from bartizan.web.tracing import LARGEST, Service
from bartizan.workflows.pseudonyms import pseudonyms_from

TOKEN = "t" * 40
TOLD = {"person": "anna", "input": {"income": 42000}, "outcome": "refused", "model": "score", "version": "3f0a"}


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEY", "0123456789abcdef" * 4)
    create(tmp_path / "trace.db", pseudonyms_from(env="KEY"), "Harbor Bank")
    return tmp_path / "trace.db"


@pytest.fixture
def address(trace: Path) -> Iterator[str]:
    program = [sys.executable, "-c", "from bartizan.cli.main import run; run()", "trace", "serve", "--port", "0"]
    told = ["--trace", str(trace), "--key-env", "KEY", "--token-env", "TOKEN"]
    process = subprocess.Popen(
        [*program, *told], env={**os.environ, "TOKEN": TOKEN}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    assert found is not None, process.communicate(timeout=20)
    yield found[0]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def _ask(address: str, path: str, value: Any = None, *, token: str = TOKEN, media: str = "application/json") -> Any:
    """Status and answer; a value is sent as JSON, bytes as they are."""
    body = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
    try:
        with urllib.request.urlopen(urllib.request.Request(address + path, body, headers), timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_an_application_records_reads_reviews_and_searches(address: str, trace: Path) -> None:
    assert _ask(address, "/v1/decisions", TOLD) == (201, {"decision": 1})
    found = {"outcome": "granted", "why": "income was out of date", "by": "ann"}
    assert _ask(address, "/v1/decisions/1/reviews", found) == (201, {"entry": 2})
    status, one = _ask(address, "/v1/decisions/1")
    assert (status, one["outcome"], one["details"]["outcome"]) == (200, "granted", "refused")
    status, searched = _ask(address, "/v1/search", {"person": "anna"})
    assert (status, [each["number"] for each in searched["decisions"]]) == (200, [1])
    assert _ask(address, "/v1/search", {"person": "ben"}) == (200, {"decisions": []})
    with Trace(trace, pseudonyms_from(env="KEY")) as read:
        assert read.verify() == 2


def test_what_is_wrong_is_told_and_nothing_is_recorded(address: str, trace: Path) -> None:
    assert _ask(address, "/v1/decisions", TOLD, token="x" * 40)[0] == 401
    assert _ask(address, "/v1/decisions", TOLD, media="text/plain")[0] == 415
    assert _ask(address, "/v1/decisions", b" " * (LARGEST + 1))[0] == 413
    status, problem = _ask(address, "/v1/decisions", {**TOLD, "outcom": "x"})
    assert (status, "did you mean 'outcome'" in problem["detail"]) == (400, True)
    assert _ask(address, "/v1/decisions", b'{"person": "a", "person": "b"}')[0] == 400
    assert _ask(address, "/v1/decisions", {**TOLD, "model": ""})[0] == 400
    assert _ask(address, "/v1/decisions/1")[0] == 404
    assert _ask(address, "/v1/decisions/1/reviews", {"outcome": "a", "why": "b", "by": "c"})[0] == 404
    assert _ask(address, "/v1/decisions/0")[0] == 404
    assert _ask(address, "/v1/other", TOLD)[0] == 404
    with Trace(trace, pseudonyms_from(env="KEY")) as read:
        assert read.verify() == 0


def test_a_short_token_is_refused(trace: Path) -> None:
    with pytest.raises(InputError, match="too short to keep anybody out"):
        Service(trace, pseudonyms_from(env="KEY"), "secret")
