"""Reading a file of results that a test wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.core.errors import InputError
from bartizan.register.intake.formats import read_results
from bartizan.register.intake.values import Intake

Read: TypeAlias = Callable[..., Intake]
Problems: TypeAlias = Callable[..., str]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads this content as a file whose name says nothing."""

    def of(content: str | bytes | Path, **options: Any) -> Intake:
        file = content if isinstance(content, Path) else tmp_path / "results.bin"
        if not isinstance(content, Path):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        made = read_results(file, load_catalog(), **options)
        counted = sum(one.entries for one in made.observations)
        left = sum(one.count for one in made.unmapped) + sum(one.count for one in made.skipped)
        assert counted + left == made.total, "what was read is observed, unmapped or skipped, and nothing else"
        return made

    return of


@pytest.fixture
def problems(read: Read) -> Problems:
    """The text of the error with which this content is refused."""

    def of(content: str | bytes | Path, **options: Any) -> str:
        with pytest.raises(InputError) as caught:
            read(content, **options)
        return str(caught.value)

    return of
