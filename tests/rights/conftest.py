"""The bank of the tests, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from bartizan.rights.places import Places
from tests.register.databases import Server
from tests.rights.bank import bank


@pytest.fixture
def sqlite_bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """In a file."""
    monkeypatch.setenv("BANK_URL", "")
    return bank(tmp_path, f"sqlite:///{tmp_path / 'bank.db'}")


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """On both databases, one after the other."""
    monkeypatch.setenv("BANK_URL", "")
    kind: Literal["sqlite", "postgresql"] = request.param
    if kind == "sqlite":
        yield bank(tmp_path, f"sqlite:///{tmp_path / 'bank.db'}")
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.empty()
    yield bank(tmp_path, url)
    server.drop(url)
