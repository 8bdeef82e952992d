"""Arrays within streams: joblib, and torch before its files were zip archives."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import pytest

from tests.supply.scan.pickles.building import call, found, levels, rules, said, whole


def dumped(thing: object) -> bytes:
    file = io.BytesIO()
    joblib.dump(thing, file)
    return file.getvalue()


ARRAYS: dict[str, Any] = {
    "floats": np.arange(1000.0).reshape(10, 100),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "one number": np.array(3.0),
    "none": np.zeros((0, 3)),
    "large": np.ones((300, 1000)),
    "all types": [np.zeros(3, one) for one in "?bBhHiIlLqQefdgFDG"],
    "text": np.array(["abc", "de"]),
    "bytes": np.array([b"abc"]),
    "times": np.array(["2020-01-01"], dtype="M8[ns]"),
    "objects": np.array(["a", None, {"x": 1}], dtype=object),
    "fields": np.zeros(2, [("a", "f4", (2,)), ("b", "U3")]),
    "fields with objects": np.array([(1, "a")], dtype=[("x", "i4"), ("y", "O")]),
    "mixed": [np.zeros(3), np.array(["a"], dtype=object), np.ones(2), {"k": np.arange(3)}],
    "strings of any length": np.array(["a", "bcd"], dtype=np.dtypes.StringDType()),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_joblib_are_skipped(name: str) -> None:
    data = dumped(ARRAYS[name])
    assert not found(data), said(data)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_in_plain_pickles_are_clean(name: str, protocol: int) -> None:
    data = pickle.dumps(ARRAYS[name], protocol)
    assert not found(data), said(data)


@pytest.mark.parametrize("version", ["0.10.0", "0.11.0"])
def test_old_joblib_without_padding_is_skipped(version: str) -> None:
    for file in (Path(joblib.__file__).parent / "test" / "data").glob(f"joblib_{version}_pickle_*.pkl"):
        assert not found(file.read_bytes()), said(file.read_bytes())


def test_arrays_in_files_beside_are_for_review() -> None:
    for file in (Path(joblib.__file__).parent / "test" / "data").glob("joblib_0.9.2_pickle_*np1?.pkl"):
        assert levels(file.read_bytes()) == {"review"}


def test_what_follows_an_array_is_seen() -> None:
    data = dumped([np.arange(100.0), "marker"])
    payload = call("os", "system") + b"0"
    at = data.index(b"\x8c\x06marker")
    frame = data.rindex(b"\x95", 0, at)
    without_frame = data[:frame] + data[frame + 9 : at] + payload + data[at:]
    assert "os.system('echo x')" in said(without_frame)


def test_an_array_of_objects_is_looked_into() -> None:
    data = dumped([np.array(["x", None], dtype=object)])
    inner = pickle.dumps(np.array(["x", None], dtype=object), 2)
    place = data.index(b"\x80", 2)
    hostile = data[:place] + whole(call("os", "system")) + data[place + len(inner) :]
    assert "os.system('echo x')" in said(hostile)


def test_instructions_in_place_of_an_array_are_seen() -> None:
    data = dumped(np.arange(100.0))
    start = data.index(b"K\x10ub") + 4
    hostile = data[:start] + b"0" + call("os", "system") + b"." + data[start + 40 :]
    assert "pickle.disguised" in rules(hostile)


@pytest.mark.parametrize("end", [300, 500, 900])
def test_an_array_that_is_cut_off_is_an_error(end: int) -> None:
    assert levels(dumped(np.arange(100.0))[:end]) == {"error"}


def test_an_array_that_says_too_much_is_an_error() -> None:
    data = dumped(np.arange(100.0))
    assert levels(data.replace(b"Kd\x85", b"K\xff\x85")) == {"error"}


def test_torch_before_zip_is_clean() -> None:
    torch = pytest.importorskip("torch")
    layers = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    for thing in (layers.state_dict(), {"a": torch.zeros(3, dtype=torch.bfloat16), "b": [torch.ones(2, 2)]}, layers, 5):
        file = io.BytesIO()
        torch.save(thing, file, _use_new_zipfile_serialization=False)
        assert not found(file.getvalue()), said(file.getvalue())


def test_torch_before_zip_with_bytes_that_do_not_fit_is_no_clean_file() -> None:
    torch = pytest.importorskip("torch")
    file = io.BytesIO()
    torch.save(torch.arange(10), file, _use_new_zipfile_serialization=False)
    data = file.getvalue()
    assert levels(data[:-3]) == {"error"}
    assert "review" in levels(data + b"more")


@pytest.mark.parametrize("protocol", range(2, 6))
def test_tensors_in_plain_pickles_are_clean(protocol: int) -> None:
    torch = pytest.importorskip("torch")
    data = pickle.dumps({"w": torch.arange(300.0)}, protocol)
    assert not found(data), said(data)
