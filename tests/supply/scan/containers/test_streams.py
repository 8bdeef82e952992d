"""Compressed streams: what comes out is looked at, also of one that breaks."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import lz4.frame
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier

from bartizan.supply.scan import texts
from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.containers import npy, streams, streams_lz4, streams_members, tar
from bartizan.supply.scan.finding import Finding
from bartizan.supply.scan.limits import Limits, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.format import PICKLE, PICKLE_TEXT
from tests.supply.scan.pickles.building import call, whole

FORMATS = (*streams.FORMATS, npy.NPY, tar.TAR, PICKLE, PICKLE_TEXT, *texts.FORMATS)
METHODS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zlib without compression": lambda data: zlib.compress(data, 0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "LZ4": lz4.frame.compress,
}
NOISE = np.random.default_rng(1).bytes(200_000)


def looked(data: bytes, limits: Limits | None = None) -> Look:
    look = Look(FORMATS, limits)
    look.at(Held(data))
    return look


def found(data: bytes) -> list[Finding]:
    return looked(data).findings


def rules(data: bytes) -> set[str]:
    return {one.rule.id for one in found(data)}


def levels(data: bytes) -> set[str]:
    return {one.level for one in found(data)}


def said(data: bytes) -> str:
    return "\n".join(map(str, found(data)))


def hostile(before: bytes = b"") -> bytes:
    return whole(before + call("os", "system"))


class Runs:
    """Never loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo x",)


def dumped(thing: object, how: str) -> bytes:
    file = io.BytesIO()
    joblib.dump(thing, file, compress=(how, 3))
    return file.getvalue()


JOBLIB = ("zlib", "gzip", "bz2", "lzma", "xz", "lz4")


@pytest.mark.parametrize("how", JOBLIB)
def test_ordinary_compressed_files_of_joblib_are_clean(how: str) -> None:
    thing = {"a": np.random.default_rng(0).normal(size=50_000), "b": np.zeros((30, 7), order="F"), "c": ["x"] * 9}
    data = dumped(thing, how)
    assert not found(data), said(data)


@pytest.mark.parametrize("how", JOBLIB)
def test_compressed_models_of_sklearn_are_clean(how: str) -> None:
    features = np.random.default_rng(0).normal(size=(60, 4))
    data = dumped(RandomForestClassifier(3).fit(features, features[:, 0] > 0), how)
    assert not found(data), said(data)


@pytest.mark.parametrize("how", JOBLIB)
def test_a_payload_behind_an_array_of_joblib_is_seen(how: str) -> None:
    data = dumped([np.random.default_rng(0).normal(size=20_000), Runs()], how)
    assert "system('echo x')" in said(data)
    for size in (len(data) - 1, len(data) - 100, len(data) // 2, 1000):
        assert "error" in levels(data[:size])


@pytest.mark.parametrize("method", METHODS)
def test_what_comes_out_is_looked_at(method: str) -> None:
    data = METHODS[method](hostile())
    assert "os.system('echo x')" in said(data)
    assert {one.member for one in found(data)} == {"unpacked"}


@pytest.mark.parametrize("method", METHODS)
def test_a_harmless_pickle_in_a_stream_is_clean(method: str) -> None:
    assert not found(METHODS[method](pickle.dumps({"a": NOISE, "b": "x" * 100_000})))


@pytest.mark.parametrize("method", METHODS)
def test_a_stream_cut_off_anywhere_is_never_clean(method: str) -> None:
    packed = METHODS[method](hostile(b"\x8c\x40" + b"y" * 64 + b"0"))
    for size in range(11, len(packed)):
        data = packed[:size]
        assert levels(data) & {"error", "review", "detect"}, size
        assert "scanner.failed" not in rules(data)


@pytest.mark.parametrize("method", METHODS)
def test_what_came_out_before_the_cut_is_looked_at(method: str) -> None:
    packed = METHODS[method](hostile() + NOISE * 20)
    assert {"detect", "error"} <= levels(packed[: len(packed) // 2])


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_sum_does_not_hide_what_came_out(method: str) -> None:
    packed = bytearray(METHODS[method](hostile()))
    packed[-2 if method in ("gzip", "xz", "bzip2") else -1] ^= 1
    assert "os.system('echo x')" in said(bytes(packed))
    assert levels(bytes(packed)) & {"error"}


@pytest.mark.parametrize("method", ["gzip", "bzip2", "xz", "lzma", "LZ4"])
def test_streams_one_after_another_are_one_content(method: str) -> None:
    pack = METHODS[method]
    payload = hostile()
    assert "os.system('echo x')" in said(pack(payload[:7]) + pack(payload[7:20]) + pack(payload[20:]))
    clean = pickle.dumps([NOISE, 1])
    assert not found(pack(clean[:100]) + pack(clean[100:]))


def test_old_lzma_may_be_followed_by_xz() -> None:
    payload = hostile()
    assert "os.system" in said(METHODS["lzma"](payload[:7]) + lzma.compress(payload[7:]))


@pytest.mark.parametrize("method", METHODS)
def test_what_follows_a_stream_is_told_and_looked_at(method: str) -> None:
    data = METHODS[method](pickle.dumps([1])) + hostile()
    assert "packed.behind" in rules(data)
    assert "os.system('echo x')" in said(data)


def test_another_zlib_stream_behind_the_first_is_looked_at_too() -> None:
    data = zlib.compress(pickle.dumps([1])) + zlib.compress(hostile())
    assert "packed.behind" in rules(data)
    assert "os.system('echo x')" in said(data)


@pytest.mark.parametrize("method", METHODS)
def test_zeros_behind_a_stream_are_no_finding(method: str) -> None:
    assert not found(METHODS[method](pickle.dumps([1])) + bytes(512))


@pytest.mark.parametrize("method", METHODS)
def test_streams_in_streams_are_gone_into(method: str) -> None:
    data = METHODS[method](gzip.compress(METHODS[method](hostile())))
    assert "os.system('echo x') in unpacked!/unpacked!/unpacked" in said(data)


def test_the_header_of_gzip_may_have_all_that_it_can_have() -> None:
    body = gzip.compress(hostile())[10:]
    for flags, more in ((4, b"\x05\0extra"), (8, b"name\0"), (16, b"a comment\0"), (2, b"\0\0"), (1, b"")):
        assert "os.system" in said(b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + more + body), flags
    every = b"\x1f\x8b\x08\x1f" + bytes(6) + b"\x02\0ab" + b"name\0" + b"comment\0" + b"\0\0"
    assert "os.system" in said(every + body)


def test_flags_of_gzip_that_python_does_not_look_at_hide_nothing() -> None:
    data = bytearray(gzip.compress(hostile()))
    data[3] |= 0x40
    assert "os.system" in said(bytes(data))


def test_gzip_with_a_wrong_length_is_an_error() -> None:
    data = gzip.compress(pickle.dumps([1]))
    assert rules(data[:-1] + b"\x09") == {"packed.sum"}
    assert levels(data[:2] + b"\x07" + data[3:]) == {"error"}


def test_many_small_streams_of_gzip_take_linear_time() -> None:
    one = gzip.compress(b"")
    assert levels(one * 20_000) == {"review"}


def test_an_empty_stream_is_for_review() -> None:
    for method in METHODS.values():
        assert rules(method(b"")) == {"file.empty"}


def test_zlib_with_a_smaller_window_is_told() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 9)
    data = packer.compress(hostile(b"\x8c\xff" + NOISE[:255].hex().encode()[:255] + b"0")) + packer.flush()
    assert data[0] != 0x78
    assert "os.system" in said(data)


@pytest.mark.parametrize(
    "text",
    [b"x^2 + y^2 = z^2", b"x^ and more", b"8O is a face", b"(S", b"hC of pots", b"X\tY\n1\t2\n3\t4\n", b"x\x01\x02"],
)
def test_text_that_begins_as_zlib_does_is_no_zlib(text: bytes) -> None:
    assert "zlib" not in Look(FORMATS).at(Held(text))


def test_zlib_of_nothing_but_text_that_is_cut_off_is_not_taken_for_text() -> None:
    packer = zlib.compressobj(0)
    data = packer.compress(hostile()) + packer.flush()
    assert Look(FORMATS).at(Held(data[:40])) == ("zlib",)


def test_joblib_before_0_9_3_is_unpacked() -> None:
    payload = hostile()
    length = hex(len(payload)).encode().ljust(19)
    assert "os.system" in said(b"ZF" + length + zlib.compress(payload))
    assert "os.system" in said(b"ZF" + length + b" " + zlib.compress(payload))
    assert "packed.sum" in rules(b"ZF" + b"0x1".ljust(19) + zlib.compress(payload))
    assert levels(b"ZF0xzz".ljust(21) + zlib.compress(payload)) == {"error"}


def test_the_old_files_that_joblib_brings_along_are_never_of_an_unknown_format() -> None:
    for file in (Path(joblib.__file__).parent / "test" / "data").glob("joblib_0.*compressed*.gz"):
        data = file.read_bytes()
        assert not {"file.unknown", "scanner.failed", "pickle.dangerous"} & rules(data), (file.name, said(data))


def test_a_bomb_is_an_error_and_its_beginning_is_looked_at() -> None:
    data = bz2.compress(hostile() + bytes(40_000_000))
    assert {"file.limit", "pickle.dangerous"} <= rules(data)


def test_a_dictionary_of_lzma_that_takes_too_much_memory_is_an_error() -> None:
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 0, "dict_size": 1 << 20}]
    data = bytearray(lzma.compress(hostile(), lzma.FORMAT_ALONE, filters=filters))
    data[1:5] = (1 << 30).to_bytes(4, "little")
    assert rules(bytes(data)) == {"file.limit"}


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("Zstandard", b"\x28\xb5\x2f\xfd"),
        ("7z", b"7z\xbc\xaf\x27\x1c"),
        ("RAR", b"Rar!\x1a\x07\x01\0"),
        ("RAR", b"Rar!\x1a\x07\0"),
        ("lzip", b"LZIP\x01"),
        ("Snappy", b"\xff\x06\0\0sNaPpY"),
        ("cabinet", b"MSCF\0\0\0\0"),
        ("compress", b"\x1f\x9d\x90"),
        ("lzop", b"\x89LZO\0\r\n\x1a\n"),
        ("LZ4 before", b"\x02\x21\x4c\x18"),
        ("LHA", b"\x20\x20-lh5-"),
        ("cpio", b"070701" + b"0" * 104),
        ("image of a disk", bytes(32_769) + b"CD001\x01\0"),
    ],
)
def test_what_cannot_be_unpacked_is_an_error_that_names_it(name: str, mark: bytes) -> None:
    data = mark + bytes(200)
    assert "error" in levels(data)
    assert name in said(data)


# LZ4

SOURCES = st.one_of(
    st.binary(max_size=3000),
    st.lists(st.sampled_from([b"abc", b"\0", b"x" * 40, b"na", NOISE[:500]]), max_size=400).map(b"".join),
)


def unpacked(data: bytes) -> bytes:
    return b"".join(streams_lz4.Frame(Held(data), 0, lambda steps: None).pieces())


@settings(max_examples=150, deadline=None)
@given(
    SOURCES, st.booleans(), st.sampled_from([0, 4, 5, 6, 7]), st.sampled_from([0, 3, 12]), st.booleans(), st.booleans()
)
def test_lz4_gives_what_the_library_gives(
    source: bytes, is_linked: bool, size: int, level: int, has_sums: bool, has_size: bool
) -> None:
    packed = lz4.frame.compress(
        source,
        block_size=size,
        block_linked=is_linked,
        compression_level=level,
        content_checksum=has_sums,
        block_checksum=has_sums,
        store_size=has_size,
    )
    assert unpacked(packed) == source


@pytest.mark.parametrize("is_linked", [True, False])
def test_lz4_of_many_blocks_gives_what_the_library_gives(is_linked: bool) -> None:
    source = (NOISE[:70_000] + b"abcd" * 5_000) * 3 + NOISE[:1000] * 100
    packed = lz4.frame.compress(source, block_size=4, block_linked=is_linked)
    assert unpacked(packed) == source


def test_parts_of_lz4_to_skip_are_told_and_looked_at() -> None:
    payload = hostile()
    skipped = b"\x53\x2a\x4d\x18" + len(payload).to_bytes(4, "little") + payload
    data = skipped + lz4.frame.compress(pickle.dumps([1]))
    assert "packed.aside" in rules(data)
    assert "os.system" in said(data)


def test_lz4_that_needs_a_dictionary_is_an_error() -> None:
    described = b"\x61\x40\x01\0\0\0"
    head = b"\x04\x22\x4d\x18" + described + bytes([streams_lz4.short_xxh32(described) >> 8 & 255])
    assert levels(head + bytes(4)) == {"error"}


# Hostile


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(list(METHODS)), st.data())
def test_no_change_to_a_stream_crashes(method: str, data: st.DataObject) -> None:
    packed = bytearray(METHODS[method](hostile(b"\x8c\x20" + NOISE[:16].hex().encode() + b"0")))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    assert "scanner.failed" not in rules(bytes(packed))
    assert found(bytes(packed))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [b"\x1f\x8b\x08\0", b"x\x9c", b"BZh91AY&SY", b"\xfd7zXZ\0\0\4", b"]\0\0\x80\0", b"\x04\x22\x4d\x18\x40\x40\xc0"]
    ),
    st.binary(max_size=300),
)
def test_no_bytes_behind_a_mark_crash(mark: bytes, rest: bytes) -> None:
    assert "scanner.failed" not in rules(mark + rest)
    assert found(mark + rest)


@pytest.mark.parametrize("method", ["gzip", "zlib", "bzip2", "xz", "lzma"])
def test_all_that_a_broken_stream_gives_is_kept(method: str) -> None:
    """One byte less than Python gives in the smallest steps at most."""
    make = {
        "gzip": streams_members.raw_deflate,
        "zlib": streams_members.with_header,
        "bzip2": streams_members.bzip2,
    }.get(method, streams_members.any_lzma)
    source = NOISE[:3000].hex().encode()
    packed = bytearray(METHODS[method](source))
    packed[-40] ^= 0x10
    start = 10 if method == "gzip" else 0
    given_out, decoder, expected = bytearray(), make(), bytearray()
    member = streams_members.Member(Held(bytes(packed)), start, make, lambda steps: None)
    with contextlib.suppress(Unreadable):
        for piece in member.pieces():
            given_out += piece
    at = start
    with contextlib.suppress(zlib.error, OSError, lzma.LZMAError):
        while not decoder.eof and (at < len(packed) or not decoder.needs_input):
            piece = bytes(packed[at : at + 1]) if decoder.needs_input else b""
            at += len(piece)
            expected += decoder.decompress(piece, 1)
    assert bytes(given_out) == bytes(expected)
