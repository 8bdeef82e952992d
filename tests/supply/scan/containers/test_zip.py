"""Zip archives: ordinary ones give nothing by themselves, and whatever lies in a lying one is found."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bartizan.supply.scan import texts
from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.containers.zip import ZIP
from bartizan.supply.scan.finding import Finding
from bartizan.supply.scan.limits import Limits
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.format import PICKLE, PICKLE_TEXT
from tests.supply.corpus.archives import BAD, GOOD, zipped

FORMATS = (ZIP, PICKLE, PICKLE_TEXT, *texts.FORMATS)


def found(data: bytes, limits: Limits | None = None) -> list[Finding]:
    look = Look(FORMATS, limits)
    look.at(Held(data))
    return look.findings


def rules(data: bytes) -> set[str]:
    return {one.rule.id for one in found(data)}


def levels(data: bytes) -> set[str]:
    return {one.level for one in found(data)}


TEXT = b"some words, and a few more of them\n" * 50


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=str
)
def test_what_lies_in_an_ordinary_archive_is_looked_at_and_nothing_else_is_said(method: int) -> None:
    assert found(zipped(("a/data.pkl", GOOD), ("a/b.txt", TEXT), ("a/empty", b""), method=method)) == []
    bad = found(zipped(("a/data.pkl", BAD), ("a/b.txt", TEXT), method=method))
    assert {one.level for one in bad} == {"detect"}
    assert {one.member for one in bad} == {"a/data.pkl"}


class Pipe(io.RawIOBase):
    """Where nothing can be written again: headers without sizes, which follow the data."""

    def __init__(self) -> None:
        super().__init__()
        self.held = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        more = bytes(data)  # type: ignore[call-overload]
        self.held += more
        return len(more)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=str)
def test_sizes_may_follow_the_data(method: int) -> None:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", method) as archive:
        archive.writestr("a.txt", TEXT)
        archive.writestr("b.pkl", BAD)
        with archive.open("c.txt", "w", force_zip64=True) as file:
            file.write(TEXT)
    assert {one.member for one in found(pipe.held)} == {"b.pkl"}
    assert levels(pipe.held) == {"detect"}
    start = pipe.held.rfind(b"PK\x01\x02", 0, pipe.held.find(b"PK\x01\x02") + 1)
    assert "detect" in levels(pipe.held[:start])


def test_files_of_torch_are_quiet_and_their_numbers_are_not_taken_for_files() -> None:
    out = io.BytesIO()
    torch.save({"w": torch.tensor(list(BAD + b"PK\x03\x04"), dtype=torch.uint8)}, out)
    assert found(out.getvalue()) == []


def test_a_program_for_torch_is_for_a_person_to_read() -> None:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), out)
    assert "torch.script" in rules(out.getvalue())
    assert levels(out.getvalue()) == {"review"}


def test_numbers_count_as_numbers_only_beside_the_pickle_that_names_them() -> None:
    assert "detect" in levels(zipped(("archive/data/0", BAD)))
    assert "detect" in levels(zipped(("other/data.pkl", GOOD), ("archive/data/0", BAD)))
    assert "detect" in levels(zipped(("a/data.pkl", GOOD), ("a/data/0", BAD), method=zipfile.ZIP_DEFLATED))


def central_at(data: bytes) -> int:
    return data.rfind(b"PK\x01\x02", 0, data.rfind(b"PK\x05\x06"))


def changed(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


ONE = zipped(("data.pkl", BAD))


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (changed(ONE, central_at(ONE) + 10, b"\x08\0"), "zip.differs"),
        (changed(ONE, 8, b"\x08\0"), "zip.differs"),
        (changed(ONE, central_at(ONE) + 8, b"\x01\0"), "zip.differs"),
        (changed(ONE, 6, b"\x01\0"), "zip.differs"),
        (changed(ONE, 18, struct.pack("<I", 3)), "zip.differs"),
        (changed(ONE, central_at(ONE) + 42, struct.pack("<I", 5)), "zip.missing"),
        (changed(changed(ONE, 14, b"abcd"), central_at(ONE) + 16, b"abcd"), "zip.crc"),
        (changed(changed(ONE, 8, b"\x62\0"), central_at(ONE) + 10, b"\x62\0"), "zip.method"),
        (b"#!/bin/sh\necho x\n" + ONE, "zip.before"),
        (ONE + b"more", "zip.behind"),
        (ONE[:-10], "zip.no-end"),
        (zipped(("../x.pkl", BAD)), "zip.escapes"),
        (zipped(("/etc/x", b"text here")), "zip.escapes"),
        (zipped(("C:/x", b"text here")), "zip.escapes"),
        (zipped(("a\\b", b"text here")), "zip.name"),
    ],
)
def test_each_lie_is_named_and_what_lies_in_it_is_not_clean(data: bytes, rule: str) -> None:
    assert rule in rules(data)


@pytest.mark.parametrize("flags", [b"\x01\0", b"\x09\x08"])
def test_a_file_that_only_says_that_it_is_encrypted_is_read(flags: bytes) -> None:
    data = changed(changed(ONE, 6, flags), central_at(ONE) + 8, flags)
    assert {"zip.not-encrypted"} < rules(data)
    assert "posix.system" in "".join(str(one) for one in found(data))


def test_a_file_that_is_encrypted_cannot_be_told() -> None:
    data = changed(
        changed(zipped(("a", bytes(range(99)))), 6, b"\x01\0"),
        central_at(zipped(("a", bytes(range(99))))) + 8,
        b"\x01\0",
    )
    data = changed(data, 31, b"\xff\xee\xdd")
    assert rules(data) == {"zip.encrypted"}


def test_a_file_before_the_archive_or_between_its_files_is_found() -> None:
    hidden = ONE[: ONE.find(b"PK\x01\x02")]
    calm = zipped(("data.pkl", GOOD))
    assert {"zip.hidden"} <= rules(hidden + calm)
    assert "detect" in levels(b"\0" * 100 + hidden + calm)


def test_two_files_of_one_name_are_both_read() -> None:
    data = zipped(("a.pkl", GOOD), ("b.pkl", BAD)).replace(b"b.pkl", b"a.pkl")
    assert {"zip.twice"} < rules(data)
    assert "zip.twice-alike" in rules(zipped(("a.txt", TEXT), ("b.txt", TEXT)).replace(b"b.txt", b"a.txt"))


def test_links_are_told() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("weights")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "zip.link-out" in rules(out.getvalue())


def test_files_that_share_their_bytes_are_a_bomb() -> None:
    data = zipped(("a", TEXT), ("b", TEXT))
    second = data.rfind(b"PK\x01\x02")
    assert "zip.overlap" in rules(changed(data, second + 42, struct.pack("<I", 0)))


def test_an_archive_in_the_comment_of_another_is_found_by_both_ends() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("data.pkl", GOOD)
        archive.comment = ONE
    assert "zip.several-ends" in rules(out.getvalue())
    assert "detect" in levels(out.getvalue())
    assert found(zipped(("inner.zip", zipped(("a.txt", TEXT))))) == []


def test_what_unpacks_to_too_much_is_an_error_and_nothing_is_kept() -> None:
    bomb = zipped(("a", bytes(60_000_000)), method=zipfile.ZIP_DEFLATED)
    limits = Limits(ratio=10)
    assert {one.rule.id for one in found(bomb, limits)} == {"file.limit"}


def test_places_of_64_bits_are_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("data.pkl", "w", force_zip64=True) as file:
        file.write(BAD)
    data = out.getvalue()
    assert levels(data) == {"detect"}
    end = data.rfind(b"PK\x05\x06")
    first, size = data.find(b"PK\x01\x02"), end - data.find(b"PK\x01\x02")
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, first)
    wide = data[:end] + end64 + struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1) + data[end : end + 8]
    wide += struct.pack("<2H2IH", 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    with zipfile.ZipFile(io.BytesIO(wide)) as archive:
        assert archive.namelist() == ["data.pkl"]
    assert levels(wide) == {"detect"}


def test_an_empty_archive_is_quiet() -> None:
    assert found(zipped()) == []


def test_arrays_in_an_archive_are_gone_into() -> None:
    out = io.BytesIO()
    np.savez(out, x=np.arange(3))
    assert rules(out.getvalue()) == {"file.unknown"}, "NPY is not among the formats here"


SEEDS = [
    zipped(("a/data.pkl", BAD), ("a/version", b"3\n")),
    zipped(("a/data.pkl", BAD), ("b.txt", TEXT), method=zipfile.ZIP_DEFLATED),
]


@given(st.data(), st.sampled_from(SEEDS))
def test_a_damaged_archive_never_makes_the_scanner_fail(data: st.DataObject, seed: bytes) -> None:
    damaged = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(seed) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(1, len(seed)))])
    assert "scanner.failed" not in rules(cut)


@given(st.data())
def test_no_single_change_around_a_stored_call_hides_it(data: st.DataObject) -> None:
    seed = SEEDS[0]
    inside = range(seed.find(BAD), seed.find(BAD) + len(BAD))
    at = data.draw(st.integers(0, len(seed) - 1).filter(lambda one: one not in inside))
    assert found(changed(seed, at, bytes([data.draw(st.integers(0, 255).filter(lambda one: one != seed[at]))])))


@given(st.data())
def test_a_cut_archive_with_a_call_is_never_clean(data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(SEEDS))
    assert found(seed[: data.draw(st.integers(4, len(seed) - 1))])


def test_a_checksum_is_that_of_the_content() -> None:
    assert zlib.crc32(BAD) == struct.unpack_from("<I", ONE, 14)[0]
