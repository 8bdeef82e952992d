"""Run the command line in the test's own process."""

from __future__ import annotations

import pytest

from bartizan.cli.main import run


def bartizan(*words: object) -> int:
    """The exit code of `bartizan` with these words."""
    with pytest.raises(SystemExit) as stop:
        run([str(word) for word in words])
    assert isinstance(stop.value.code, int)
    return stop.value.code
