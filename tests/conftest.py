"""What holds for all tests: no clock in examples or names, and nothing is written outside of the test's folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "bartizan",
    deadline=None,
    max_examples=200,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("bartizan")

pytest_plugins = ["tests.register.databases", "tests.register.authority"]


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Names binary cases by their argument: packed bytes hold the second in which they were packed.

    Workers that collect in different seconds would otherwise disagree about the names of the tests.
    """
    del config
    return argname if isinstance(val, bytes) and not (val.isascii() and len(val) < 80) else None


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> object:
    """The catalogue's cache goes to a folder of this run, so that a stale or hostile one cannot decide a test."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture
def write(tmp_path: Path) -> object:
    """Writes text or bytes to a file of the test and returns its path."""

    def to_file(content: str | bytes, name: str = "system.yaml") -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return to_file
