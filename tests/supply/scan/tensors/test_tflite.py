"""Models of TensorFlow Lite, written byte by byte: the operators that they need."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.supply.scan.tensors.building import damaged, found, levels, looked


def code(name: str | None) -> bytes:
    """An operator, as a table with what it is called; None: one that is built in."""
    if name is None:
        return struct.pack("<HHH", 6, 8, 4) + bytes(2) + struct.pack("<i", 8) + bytes(4)
    raw = name.encode()
    names = struct.pack("<HHHH", 8, 8, 0, 4)
    return names + struct.pack("<iI", 8, 4) + struct.pack("<I", len(raw)) + raw + b"\0"


def model(*names: str | None) -> bytes:
    """A model with these operators."""
    names_of_model = struct.pack("<HHHH", 8, 12, 4, 8)
    head = struct.pack("<I", 16) + b"TFL3" + names_of_model
    table = struct.pack("<iII", 8, 3, 4)
    vector = len(head) + len(table)
    tables, places = b"", []
    start = vector + 4 + 4 * len(names)
    for name in names:
        made = code(name)
        places.append(start + len(tables) + 8)
        tables += made + bytes(-len(made) % 4)
    offsets = b"".join(struct.pack("<I", at - (vector + 4 + 4 * number)) for number, at in enumerate(places))
    return head + table + struct.pack("<I", len(names)) + offsets + tables


@pytest.mark.parametrize("names", [(), (None,), (None, None), ("TFLite_Detection_PostProcess",), ("FlexAddV2", None)])
def test_ordinary_models_are_quiet(names: tuple[str | None, ...]) -> None:
    assert looked(model(*names)) == (("TensorFlow Lite",), [])


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("FlexReadFile", "marked.reaching-operator"),
        ("FlexWriteFile", "marked.reaching-operator"),
        ("FlexPyFunc", "marked.reaching-operator"),
        ("FlexSaveV2", "marked.reaching-operator"),
        ("FlexTextLineDataset", "marked.custom-operator"),
        ("FlexNobodyKnowsThis", "marked.custom-operator"),
        ("MyVeryOwn", "marked.custom-operator"),
    ],
)
def test_operators_of_others_and_of_tensorflow_are_found(name: str, rule: str) -> None:
    assert found(model(None, name, name)) == [rule]


def test_offsets_that_lead_nowhere_are_an_error() -> None:
    whole = model("MyVeryOwn")
    assert found(struct.pack("<I", 1 << 30) + whole[4:]) == ["file.broken"]
    assert found(whole[:16] + struct.pack("<i", 1 << 20) + whole[20:]) == ["file.broken"]
    many = bytearray(whole)
    many[28:32] = struct.pack("<I", 1 << 31)
    assert found(bytes(many)) == ["file.broken"]


def test_a_model_cut_off_is_never_clean() -> None:
    whole = model("MyVeryOwn")
    assert all(levels(whole[:end]) for end in range(1, len(whole) - 4))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_changed_files_never_fail(data: st.DataObject) -> None:
    assert "scanner.failed" not in found(damaged(data, model("FlexReadFile", None, "MyVeryOwn")))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_never_fail(data: bytes) -> None:
    assert "scanner.failed" not in found(data[:4].ljust(4, b"\0") + b"TFL3" + data[4:])
