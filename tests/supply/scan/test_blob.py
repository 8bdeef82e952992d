"""Bytes that can be read anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.supply.scan.blob import BLOCK, Filed, Held, gathered
from bartizan.supply.scan.limits import Unreadable


@given(st.binary(max_size=200), st.data())
def test_a_part_of_a_part_reads_as_the_bytes_do(raw: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw)))
    size = data.draw(st.integers(0, len(raw) - start))
    inner = data.draw(st.integers(0, size))
    at, count = data.draw(st.integers(0, 250)), data.draw(st.integers(0, 250))
    part = Held(raw).part(start, size).part(inner)
    assert part.read(at, count) == raw[start : start + size][inner:][at : at + count]


@pytest.mark.parametrize(("start", "size"), [(-1, 1), (0, 4), (4, 0), (2, -1), (3, 1)])
def test_no_part_lies_outside(start: int, size: int) -> None:
    with pytest.raises(Unreadable):
        Held(b"abc").part(start, size)
    with pytest.raises(Unreadable):
        Held(b"xabcx").part(1, 3).part(start, size)


def test_what_ends_too_early_says_where() -> None:
    with pytest.raises(Unreadable) as error:
        Held(b"abc").exactly(1, 5)
    assert error.value.at == 3


def test_a_file_is_read_in_any_order(tmp_path: Path) -> None:
    raw = bytes(range(256)) * 9_000
    (tmp_path / "f").write_bytes(raw)
    with open(tmp_path / "f", "rb") as file:
        blob = Filed(file)
        for at, count in ((0, 10), (5, 3), (BLOCK - 2, 5), (len(raw) - 3, 10), (7, BLOCK + 9), (len(raw), 1), (-1, 2)):
            assert blob.read(at, count) == (raw[at : at + count] if at >= 0 else b"")
        assert b"".join(blob.blocks()) == raw


def test_a_file_that_shrinks_ends_early_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(bytes(3 * BLOCK))
    with open(tmp_path / "f", "r+b") as file:
        blob = Filed(file)
        file.truncate(10)
        assert blob.read(BLOCK, 10) == b""
        with pytest.raises(Unreadable):
            blob.exactly(5, 10)


def test_a_needle_is_found_across_blocks() -> None:
    blob = Held(bytes(BLOCK - 2) + b"needle" + bytes(10))
    assert blob.find(b"needle") == BLOCK - 2
    assert blob.find(b"needle", 0, BLOCK + 3) == -1
    assert blob.find(b"needle", BLOCK) == -1


def test_what_is_gathered_is_the_pieces_however_many_there_are() -> None:
    few, many = gathered([b"ab", b"", b"c"]), gathered(bytes([n]) * BLOCK for n in range(12))
    assert few.read(0, 10) == b"abc"
    assert many.size == 12 * BLOCK
    assert many.read(7 * BLOCK - 1, 2) == b"\x06\x07"
