"""Bartizan as people use it: `bartizan serve` as a process of its own, and Debian's Chromium in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.process import Serving, running
from tests.e2e.windows import Look, opened
from tests.web.browsing import browser  # noqa: F401  a fixture


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the register is."""
    return tmp_path / "bartizan.db"


@pytest.fixture
def serving(place: Path) -> Iterator[Serving]:
    """`bartizan serve` over that register."""
    with running(place) as process:
        yield process


@pytest.fixture
def window(browser: Browser, serving: Serving) -> Iterator[Callable[[], Page]]:  # noqa: F811
    """Opens windows of different people: each has cookies of its own, and fails the test where its page complained."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(opened(browser, serving.address, Look()))
