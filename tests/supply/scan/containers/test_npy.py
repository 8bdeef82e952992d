"""Arrays of numpy: ordinary ones are quiet, objects are looked at, and headers are plain values."""

from __future__ import annotations

import io
import os
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.scan import texts
from bartizan.supply.scan.blob import Blob, Held
from bartizan.supply.scan.containers import npy
from bartizan.supply.scan.containers.npy_header import Header
from bartizan.supply.scan.containers.npy_types import Types
from bartizan.supply.scan.finding import Finding
from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.format import PICKLE, PICKLE_TEXT
from tests.supply.scan.pickles.building import call, whole

FORMATS = (npy.NPY, PICKLE, PICKLE_TEXT, *texts.FORMATS)
HOSTILE = whole(call("os", "system"))


class Runs:
    """Never loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo x",)


def found(data: bytes) -> list[Finding]:
    look = Look(FORMATS)
    look.at(Held(data))
    return look.findings


def rules(data: bytes) -> set[str]:
    return {one.rule.id for one in found(data)}


def levels(data: bytes) -> set[str]:
    return {one.level for one in found(data)}


def said(data: bytes) -> str:
    return "\n".join(map(str, found(data)))


def saved(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def written(header: str | bytes, rest: bytes = b"", version: int = 1) -> bytes:
    """An array with this header, written by hand."""
    text = header if isinstance(header, bytes) else header.encode("utf-8" if version == 3 else "latin-1")
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2 if version == 1 else 4, "little") + text + rest


def described(descr: str, rest: bytes = b"", shape: str = "(1,)", version: int = 1) -> bytes:
    return written(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n", rest, version)


ARRAYS: dict[str, Any] = {
    "floats": np.arange(1000.0).reshape(10, 100),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "one number": np.array(3.0),
    "none": np.zeros((0, 3)),
    "none of nothing": np.zeros((2, 0, 3), "V0"),
    "big-endian": np.arange(5, dtype=">i4"),
    "text": np.array(["abc", "de"]),
    "text without length": np.array([""], dtype="U0"),
    "bytes": np.array([b"abc"]),
    "void": np.zeros(3, "V7"),
    "times": np.array(["2020-01-01"], dtype="M8[ns]"),
    "times of several units": np.array([1, 2], dtype="m8[25s]"),
    "times without unit": np.array(["NaT"], dtype="M8"),
    "fields": np.zeros(2, [("a", "f4", (2,)), ("b", "U3"), ("c", [("d", "?"), ("e", "c16", (2, 2))])]),
    "fields with gaps": np.zeros(2, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    "fields with titles": np.zeros(2, [(("A title", "a"), "i4")]),
    "fields with names from far away": np.zeros(2, [("größe", "i4"), ("大きさ", "i4")]),
    "fields with quotes": np.zeros(2, [('it\'s "so" \\ \n', "i4")]),
    "objects": np.array([1, "a", None], dtype=object),
    "fields with objects": np.zeros(2, [("a", "i4"), ("b", "O")]),
    "an object alone": np.array({"a": np.arange(3)}, dtype=object),
    "ragged": np.array([np.zeros(2), np.zeros(3)], dtype=object),
    "wide": np.zeros(1, [(f"field_{number}", "f8") for number in range(4000)]),
    **{f"type {one}": np.zeros(3, one) for one in "?bBhHiIlLqQefdgFDG"},
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.filterwarnings("ignore:Stored array in format")
def test_ordinary_arrays_are_clean(name: str) -> None:
    data = saved(ARRAYS[name])
    assert not found(data), said(data)


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.filterwarnings("ignore:Stored array in format")
def test_an_array_cut_off_anywhere_is_never_clean(name: str) -> None:
    data = saved(ARRAYS[name])
    for size in {*range(8, min(len(data), 400)), len(data) - 1} - {len(data)}:
        assert levels(data[:size]), size


def test_several_arrays_in_a_file_are_looked_at_one_by_one() -> None:
    data = b"".join(saved(one) for one in (np.ones(3), np.array([None]), np.zeros((2, 2))))
    assert not found(data), said(data)
    assert "system('echo x')" in said(data + saved(np.array([Runs()])) + saved(np.ones(2)))


def test_an_array_of_objects_is_a_pickle_that_is_looked_at() -> None:
    for array in (np.array([Runs()]), np.array([(1, Runs())], dtype=[("a", "i4"), ("b", "O")])):
        assert "system('echo x')" in said(saved(array))


@pytest.mark.parametrize(
    "descr",
    [
        "'O'",
        "'|O'",
        "'|O8'",
        "'>O'",
        '"O"',
        "u'O'",
        "'\\x4f'",
        "('O')",
        "('O', (2,))",
        "('|O', 3)",
        "[('a', '<f8'), ('b', 'O')]",
        "[('a', [('b', [('c', '|O', (2, 2))])])]",
        "[(('t', 'a'), 'O')]",
        "[('a', ('O', (2,)))]",
        "'object'",
        "'object_'",
        "'i4,O'",
        "'(2,)O'",
        "'O4, i8'",
        "['ab', 'cO']",
        "{'names': ['a'], 'formats': ['O']}",
        "'O' 'bject'",
        "b'O'",
    ],
)
def test_objects_are_looked_at_however_their_type_is_written(descr: str) -> None:
    for version in (1, 2, 3):
        data = described(descr, HOSTILE, version=version)
        assert "os.system('echo x')" in said(data)


@pytest.mark.parametrize(
    "shape", ["(1,)", "()", "(0,)", "(-1,)", "1", "[1]", "None", "(True,)", "(9999999999999999999999,)"]
)
def test_objects_are_looked_at_whatever_shape_they_are_said_to_have(shape: str) -> None:
    assert "os.system('echo x')" in said(described("'O'", HOSTILE, shape))


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': 'O', 'fortran_order': False}",
        "{'descr': 'O', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': 'O', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'descr': 'O'}",
        "{'descr': 'O', 'fortran_order': False, 'shape': (1,)",
        "{'descr': 'O', 'fortran_order': False, 'shape': (1,)} #",
        "('descr', 'O')",
        "",
        "\0\0\0",
    ],
)
def test_odd_headers_hide_no_pickle(header: str) -> None:
    data = written(header, HOSTILE)
    assert levels(data) >= {"detect"}
    assert levels(data) & {"review", "error"}
    assert "os.system('echo x')" in said(data)


def test_whole_numbers_of_python_2_are_read() -> None:
    assert not found(described("'<f8'", bytes(48), "(2L, 3L)"))


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': __import__('os').system('echo x'), 'fortran_order': False, 'shape': (1,)}",
        "__import__('os').system('echo x')",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}['descr'].join(('a', 'b'))",
        "{'descr': [f('id') for f in [eval]], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': (lambda: eval('1'))(), 'shape': (1,)}",
        "{'descr': '<f8'.__class__, 'fortran_order': False, 'shape': (1,)}",
    ],
)
def test_a_header_that_calls_something_is_code(header: str) -> None:
    assert {"npy.code", "file.broken"} <= rules(written(header, bytes(8)))


@pytest.mark.parametrize(
    "descr", ["f8", "'<f8' + ''", "nan", "1.5", "{", "[(", "'a", "'\\q'", "'\\U00ffffff'", "[1 2]", "[,]"]
)
def test_a_header_that_is_no_value_is_an_error(descr: str) -> None:
    assert "error" in levels(described(descr, bytes(8)))


@pytest.mark.parametrize(
    "descr", ["'<f3'", "'float64'", "'T16'", "5", "()", "('<f8',)", "[('a',)]", "[(1, '<f8')]", "'M8[parsec]'"]
)
def test_a_type_that_numpy_does_not_write_is_never_clean(descr: str) -> None:
    assert levels(described(descr, bytes(8)))


@pytest.mark.parametrize("shape", ["(-1,)", "[1]", "1", "('a',)", "(4294967296, 4294967296)", "(1,) * 2"])
def test_a_shape_that_cannot_be_is_an_error(shape: str) -> None:
    assert "error" in levels(described("'<f8'", bytes(8), shape))


def test_what_follows_an_array_is_told_and_looked_at() -> None:
    data = saved(np.arange(3.0)) + HOSTILE
    assert "npy.behind" in rules(data)
    assert "os.system('echo x')" in said(data)
    assert levels(saved(np.arange(3.0)) + bytes(8)) == {"review"}


def test_a_version_that_there_is_not_is_an_error() -> None:
    data = bytearray(saved(np.arange(3.0)))
    for version, minor in ((0, 0), (1, 1), (4, 0), (255, 255)):
        data[6:8] = bytes([version, minor])
        assert levels(bytes(data)) == {"error"}


def test_a_header_that_is_longer_than_any_is_an_error() -> None:
    assert "file.limit" in rules(written(" " * (1 << 21), version=2))


def test_deep_headers_are_errors() -> None:
    for text in ("[" * 50_000, "(" * 50_000, "{'a':" * 9_000):
        assert "error" in levels(written(text, version=2))


class Counting(Held):
    """Counts the bytes that are read."""

    def __init__(self, held: bytes) -> None:
        super().__init__(held)
        self.count = 0

    def read(self, at: int, count: int) -> bytes:
        found = super().read(at, count)
        self.count += len(found)
        return found


def test_the_bytes_of_an_array_are_not_read() -> None:
    blob: Blob = Counting(saved(np.ones(3_000_000)))
    assert isinstance(blob, Counting)
    look = Look((npy.NPY,))
    look.at(blob)
    assert not look.findings
    assert blob.count < 10_000


# Hostile

LITERALS = st.recursive(
    st.one_of(st.integers(-10, 1 << 70), st.booleans(), st.none(), st.text(st.characters(exclude_categories=["Cs"]))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(tuple), st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=5), LITERALS, max_size=4))
def test_plain_values_are_read_as_python_writes_them(value: dict[str, Any]) -> None:
    assert Header(repr(value) + "   \n").read() == value


@st.composite
def types(draw: st.DrawFn, depth: int = 2) -> Any:
    if depth and draw(st.booleans()):
        count = draw(st.integers(1, 4))
        return [
            (f"f{number}", draw(types(depth=depth - 1)), *draw(st.sampled_from([(), ((2,),), ((3, 2),)])))
            for number in range(count)
        ]
    return draw(
        st.sampled_from(["<f8", ">i2", "|b1", "S5", "<U3", "V9", "<M8[ns]", "<m8[D]", "<c8", "<f2", "|u1", "O"])
    )


@settings(max_examples=150, deadline=None)
@given(types())
def test_types_have_the_size_that_numpy_gives_them(described: Any) -> None:
    real = np.dtype(described)
    header = Header(repr({"descr": np.lib.format.dtype_to_descr(real)})).read()
    mine = Types().type(header["descr"])
    assert (mine.size, mine.has_objects) == (real.itemsize, real.hasobject)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_change_crashes(data: st.DataObject) -> None:
    source = bytearray(saved(np.array([Runs()])) if data.draw(st.booleans()) else saved(ARRAYS["fields"]))
    for _ in range(data.draw(st.integers(1, 4))):
        source[data.draw(st.integers(6, len(source) - 1))] = data.draw(st.integers(0, 255))
    assert "scanner.failed" not in rules(bytes(source))


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("{}[]()'\"\\,: 0129LxuTrueFalsdcO<fpb_."), max_size=60), st.binary(max_size=40))
def test_no_header_crashes(text: str, rest: bytes) -> None:
    assert "scanner.failed" not in rules(written(text, rest))
    assert found(written(text, rest))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_behind_the_mark_crash(rest: bytes) -> None:
    assert "scanner.failed" not in rules(b"\x93NUMPY" + rest)


def test_a_header_breaks_with_its_place() -> None:
    with pytest.raises(Unreadable, match="breaks at '@'"):
        Header("{'a': @").read()


def test_objects_cut_off_are_never_clean() -> None:
    data = saved(np.array([Runs(), "x" * 50]))
    start = data.index(b"\n") + 1
    for size in range(start, len(data)):
        assert levels(data[:size])
    at = data.index(b"\x85", data.index(b"system")) + 5
    assert "detect" in levels(data[:at])
    assert pickle.PROTO in data[start : start + 1]
