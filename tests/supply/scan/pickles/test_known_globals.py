"""The lists of known globals hold what the installed libraries write."""

from __future__ import annotations

import importlib.util
import pickle
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.supply.scan.pickles.building import found, said


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).parents[4] / "scripts" / "known_globals.py"
    spec = importlib.util.spec_from_file_location("known_globals", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["known_globals"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("source", ["of_numpy", "of_pandas", "of_boosting"])
def test_nothing_that_a_library_writes_is_missing(script: ModuleType, source: str) -> None:
    used = {one for thing in getattr(script, source)() for one in script.recorded(thing)}
    assert script.missing(used) == []


def test_a_sample_of_estimators_is_clean(script: ModuleType) -> None:
    for thing in script.of_sklearn(limit=12):
        assert script.missing(script.recorded(thing)) == []
        for protocol in (0, 2, 5):
            try:
                data = pickle.dumps(thing, protocol)
            except Exception:
                continue
            assert not found(data), said(data)


def test_a_list_begins_with_what_it_is_of(script: ModuleType) -> None:
    files = sorted(script.KNOWN.glob("*.txt"))
    assert {"numpy.txt", "sklearn.txt", "torch.txt", "python-by-hand.txt"} <= {file.name for file in files}
    for file in files:
        assert file.read_text(encoding="utf-8").startswith("# ")
