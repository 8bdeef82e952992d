"""A register with one system in it, made once and copied for each test. Import the fixtures where they are wanted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bartizan.register import systems
from bartizan.register.opening import Register, open_register
from bartizan.workflows import keeping
from bartizan.workflows.desk import Desk
from tests.register.databases import Clock
from tests.report.dossiers import AGENT, HOSTILE

NAME = "mail-agent"
WORST = [name for name in HOSTILE if set(name) & set('<"&{\x1b\u202e') or "javascript" in name or len(name) > 100]
"""Names of strangers that mean something in a page."""


@pytest.fixture(scope="session")
def register_of_one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a register with the mail agent, and another system that grants can be on."""
    place: Path = tmp_path_factory.mktemp("one") / "register.db"
    opened = open_register(place, clock=Clock())
    keeping.keep(Desk(opened), AGENT, file="system.yaml", by="asa", note="first")
    with opened.change("asa") as change:
        systems.add(change, name="Another")
    opened.close()
    return place


@pytest.fixture
def register(register_of_one: Path, tmp_path: Path, clock: Clock) -> Iterator[Register]:
    """A copy of it, open."""
    place = tmp_path / "register.db"
    shutil.copyfile(register_of_one, place)
    opened = open_register(place, clock=clock)
    yield opened
    opened.close()
