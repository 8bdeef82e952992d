"""safetensors files: the header and what it promises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.supply.scan.tensors.building import damaged, formats, found, levels, looked


def built(header: Any, data: bytes = b"", *, length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(raw) if length is None else length).to_bytes(8, "little") + raw + data


def tensor(start: int, end: int, *shape: int, kind: str = "F32", **more: Any) -> dict[str, Any]:
    return {"dtype": kind, "shape": list(shape), "data_offsets": [start, end], **more}


GOOD = built({"__metadata__": {"format": "pt"}, "a": tensor(0, 16, 4), "b": tensor(16, 24, 1, kind="I64")}, bytes(24))


def test_ordinary_files_are_quiet() -> None:
    assert looked(GOOD) == (("safetensors",), [])
    assert looked(built({})) == (("safetensors",), [])
    padded = json.dumps({"a": tensor(0, 3, 3, kind="U8"), "s": tensor(3, 5, kind="BF16")}).encode() + b"   "
    assert found(built(padded, b"abcde")) == []
    assert found(built({"e": tensor(0, 0, 0, 4), "f4": tensor(0, 2, 4, kind="F4")}, b"ab")) == []


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (built({"a": tensor(0, 4, 1)}, bytes(4), length=10_000), "file.broken"),
        (built({"a": tensor(0, 4, 1)}, bytes(4), length=9), "file.broken"),
        (built(b"{nonsense}  "), "file.unknown"),
        (built(b'{"a" nonsense}'), "file.broken"),
        (built(b'{"a": {"dtype": "F32", "shape": [1]}}', bytes(4)), "file.broken"),
        (built(b'{"a": 1}'), "file.broken"),
        (built(b'{"\xff": 1}'), "file.broken"),
        (built(b'{"a": ' + b"[" * 100_000), "file.limit"),
        (built(b'{"__metadata__": {"a": "' + b"x" * (33 << 20) + b'"}}'), "file.limit"),
        (built({"a": tensor(0, 400, 100)}, bytes(4)), "file.broken"),
        (built({"a": tensor(0, 8, 1)}, bytes(8)), "safetensors.lies"),
        (built({"a": tensor(4, 0, 1)}, bytes(4)), "safetensors.lies"),
        (built({"a": tensor(0, 4, -1)}, bytes(4)), "safetensors.lies"),
        (built({"a": tensor(0, 4, 2**32, 2**32, 2**32)}, bytes(4)), "safetensors.lies"),
        (built({"a": tensor(0, 4, 1, kind="X9")}, bytes(4)), "safetensors.header"),
        (built({"a": tensor(0, 4, 1, code="x")}, bytes(4)), "safetensors.header"),
        (built({"a": tensor(0, 8, 2), "b": tensor(4, 12, 2)}, bytes(12)), "safetensors.overlap"),
        (built({"a": tensor(0, 8, 2), "b": tensor(0, 8, 2)}, bytes(8)), "safetensors.overlap"),
        (built({"a": tensor(0, 4, 1), "b": tensor(8, 12, 1)}, bytes(12)), "safetensors.hole"),
        (built({"a": tensor(0, 4, 1)}, bytes(4) + b"PK\3\4more"), "safetensors.hole"),
        (built({"__metadata__": {"a": 1}}), "safetensors.header"),
        (built({"__metadata__": "a"}), "safetensors.header"),
        (built(b'{"a": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}, "a": 1}'), "safetensors.double-key"),
        (built(b'  {"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'), "safetensors.header"),
    ],
)
def test_what_the_header_says_must_be_so(data: bytes, rule: str) -> None:
    assert rule in found(data)


def test_what_lies_behind_the_tensors_is_looked_at() -> None:
    _, findings = looked(built({"a": tensor(0, 4, 1)}, bytes(4) + b"\x7fELF" + bytes(60)))
    assert [one.member for one in findings if one.rule.id == "marked.program"] == ["bytes at 73"]


def test_a_header_that_lies_about_its_length_is_still_one() -> None:
    assert formats(built({"a": tensor(0, 4, 1)}, length=1 << 50)) == ("safetensors",)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_changed_files_never_fail(data: st.DataObject) -> None:
    assert "scanner.failed" not in found(damaged(data, GOOD))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_never_fail(data: bytes) -> None:
    assert "scanner.failed" not in found((20).to_bytes(8, "little") + b'{"' + data)


def test_a_file_cut_off_is_never_clean() -> None:
    assert all("error" in levels(GOOD[:end]) or "review" in levels(GOOD[:end]) for end in range(5, len(GOOD)))
