"""What the tests of the assessment share: the catalogue, and one system with a little of everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.assess.assessment import assess
from bartizan.catalog.entries import Catalog
from bartizan.catalog.load import load_catalog
from bartizan.core.records import Assessment
from bartizan.system.graph import System
from bartizan.system.reading import read_system

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def mail_agent() -> System:
    return read_system(EXAMPLES / "executive-mail-agent" / "system.yaml")


@pytest.fixture(scope="session")
def assessment(mail_agent: System, catalog: Catalog) -> Assessment:
    return assess(mail_agent, catalog, today="2026-11-22")
