"""Protocol buffers, field by field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.tensors.protobuf import (
    BROKEN,
    BYTES,
    FIXED32,
    FIXED64,
    GROUP,
    VARINT,
    Message,
    Skim,
    glimpsed,
    signed,
)
from tests.supply.scan.tensors.building import held, number, varint


def read(data: bytes) -> list[tuple[int, int, int, bytes]]:
    return [
        (one.number, one.kind, one.value, data[one.start : one.end])
        for one in Message(Held(data), lambda _: None).fields()
    ]


def test_every_kind_of_field_is_told() -> None:
    data = number(1, 300) + varint(2 << 3 | 1) + bytes(8) + held(3, "abc") + varint(4 << 3 | 5) + b"\1\0\0\0"
    assert [one[:3] for one in read(data)] == [(1, VARINT, 300), (2, FIXED64, 0), (3, BYTES, 0), (4, FIXED32, 1)]
    assert read(data)[2][3] == b"abc"


def test_long_fields_are_passed_over_and_the_next_is_found() -> None:
    data = held(5, bytes(300_000)) + held(6, "x") + held(7, bytes(70_000)) + number(8, 1)
    assert [one[0] for one in read(data)] == [5, 6, 7, 8]


@pytest.mark.parametrize(
    "data", [b"\x0a", b"\x0a\x05abc", b"\x08" + b"\xff" * 11, b"\x0b", b"\x0f", b"\0\0", b"\x09abc", b"\x80"]
)
def test_what_is_broken_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)


def test_groups_are_passed_over() -> None:
    group = b"\x7b" + number(1, 5) + b"\x7b" + held(2, "abc") + b"\x7c\x7c"
    assert [one[:2] for one in read(number(1, 1) + group + number(2, 1))] == [(1, VARINT), (15, GROUP), (2, VARINT)]


def test_tags_are_read_as_libraries_read_them() -> None:
    assert [one[:3] for one in read(b"\x88\x80\x80\x80\x70\x05")] == [(1, VARINT, 5)]


@pytest.mark.parametrize("data", [b"\x7b", b"\x7c", b"\x7b\x84\x01", b"\x7b" * 200 + b"\x7c" * 200])
def test_groups_without_end_are_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)


def test_skimming_ends_in_time() -> None:
    skim = Skim(Held(b"\x08\x01" * 3_000_000))
    with pytest.raises(TooMuch):
        sum(1 for _ in range(3) for _ in skim())


def test_a_long_text_is_no_message_without_end() -> None:
    fields = list(Skim(Held(b"x" * 9_000_000))())
    assert fields[-1].kind == BROKEN


def test_texts_and_numbers_are_bounded() -> None:
    message = Message(Held(held(1, bytes(5_000))), lambda _: None)
    field = next(iter(message.fields()))
    with pytest.raises(TooMuch):
        message.text(field, 100)
    with pytest.raises(TooMuch):
        message.numbers(field, 100)
    assert signed((1 << 64) - 1) == -1


def test_a_glimpse_tells_a_message_that_is_cut_off_from_none() -> None:
    cut = glimpsed(Held(number(1, 8) + b"\x3a\xff\xff\x01abc"))
    assert cut is not None
    assert [one.number for one in cut] == [1, 7]
    assert glimpsed(Held(b"\x07 is no field")) is None
    assert glimpsed(Held(number(1, 8) + b"\0\0")) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        fields = read(data)
    except Unreadable:
        return
    assert sum(len(one[3]) for one in fields) <= len(data)
