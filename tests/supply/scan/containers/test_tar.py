"""Tar archives: every file is looked at, whichever way a reader takes through them."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.scan import texts
from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.containers import npy, streams, tar
from bartizan.supply.scan.finding import Finding
from bartizan.supply.scan.limits import Limits
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.format import PICKLE, PICKLE_TEXT
from tests.supply.scan.pickles.building import call, stack_global, whole

FORMATS = (*streams.FORMATS, npy.NPY, tar.TAR, PICKLE, PICKLE_TEXT, *texts.FORMATS)
HOSTILE = whole(call("os", "system"))
CALM = pickle.dumps({"a": 1, "b": [1.5, "x"]})
END = bytes(1024)


class Runs:
    """Never loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo x",)


def looked(data: bytes) -> tuple[tuple[str, ...], Look]:
    look = Look(FORMATS)
    return look.at(Held(data)), look


def found(data: bytes) -> list[Finding]:
    return looked(data)[1].findings


def rules(data: bytes) -> set[str]:
    return {one.rule.id for one in found(data)}


def levels(data: bytes) -> set[str]:
    return {one.level for one in found(data)}


def said(data: bytes) -> str:
    return "\n".join(map(str, found(data)))


def block(
    name: bytes,
    size: int | bytes = 0,
    kind: bytes = b"0",
    link: bytes = b"",
    *,
    magic: bytes = b"ustar\x0000",
    prefix: bytes = b"",
    is_signed: bool = False,
) -> bytes:
    """A header, byte by byte."""
    field = size if isinstance(size, bytes) else b"%011o\0" % size
    parts = (
        name.ljust(100, b"\0"),
        b"0000644\0" * 3,
        field,
        b"00000000000\0",
        b" " * 8,
        kind,
        link.ljust(100, b"\0"),
        magic.ljust(8, b"\0"),
        bytes(80),
        prefix.ljust(155, b"\0"),
    )
    head = b"".join(parts).ljust(512, b"\0")
    total = sum(struct.unpack("512b" if is_signed else "512B", head))
    return head[:148] + b"%06o\0 " % total + head[156:]


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def file(name: bytes, data: bytes, **how: Any) -> bytes:
    return block(name, len(data), **how) + padded(data)


def pax(records: dict[str, str], kind: bytes = b"x") -> bytes:
    text = b""
    for key, value in records.items():
        rest = f" {key}={value}\n".encode()
        length = len(rest) + len(str(len(rest)))
        length += len(str(length)) > len(str(len(rest)))
        text += str(length).encode() + rest
    return file(b"./PaxHeaders/x", text, kind=kind)


def packed(members: Sequence[tuple[str, bytes]], format: int = tarfile.PAX_FORMAT) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=format) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


FORMS = {"ustar": tarfile.USTAR_FORMAT, "GNU": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
LONG = "folder/" * 30 + "x" * 99


@pytest.mark.parametrize("form", FORMS)
def test_ordinary_archives_of_python_are_clean(form: str) -> None:
    names = ["model.pkl", "a/größe.pkl", "b" * 100]
    members = [(name, CALM) for name in names] + [("empty", b"")]
    if form != "ustar":
        members.append((LONG, CALM))
    formats, look = looked(packed(members, FORMS[form]))
    assert formats == ("tar",)
    assert not look.findings, list(map(str, look.findings))
    assert look.members == len(members) - 1


@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_ordinary_archives_of_the_command_are_clean(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "model.pkl").write_bytes(CALM)
    np.save(folder / "weights.npy", np.arange(1000.0))
    (folder / "readme.txt").write_text("A model.\n")
    (folder / "link.txt").symlink_to("readme.txt")
    os.link(folder / "readme.txt", folder / "same.txt")
    if form in ("gnu", "posix"):
        (folder / ("y" * 120)).write_bytes(CALM)
        (folder / "long-link").symlink_to("y" * 120)
    for flag in ("-cf", "-czf"):
        subprocess.run(["tar", f"--format={form}", flag, tmp_path / "it.tar", "-C", tmp_path, "model"], check=True)
        data = (tmp_path / "it.tar").read_bytes()
        assert not found(data), said(data)
        (folder / "sub" / "bad.pkl").write_bytes(HOSTILE)
        subprocess.run(["tar", f"--format={form}", flag, tmp_path / "it.tar", "-C", tmp_path, "model"], check=True)
        assert "os.system('echo x')" in said((tmp_path / "it.tar").read_bytes())
        (folder / "sub" / "bad.pkl").unlink()


@pytest.mark.parametrize("form", FORMS)
def test_every_file_is_looked_at(form: str) -> None:
    data = packed([("a", CALM), ("deep/b.bin", HOSTILE), ("c", CALM)], FORMS[form])
    assert "os.system('echo x') in deep/b.bin" in said(data)
    assert "os.system('echo x') in unpacked!/deep/b.bin" in said(gzip.compress(data))


def test_archives_in_archives_are_gone_into() -> None:
    data = packed([("a.tar", packed([("b.tar.gz", gzip.compress(packed([("c", HOSTILE)])))]))])
    assert "in a.tar!/b.tar.gz!/unpacked!/c" in said(data)


def test_v7_archives_are_told_by_their_sum() -> None:
    data = file(b"a.pkl", HOSTILE, magic=b"") + END
    assert looked(data)[0] == ("tar",)
    assert "os.system" in said(data)
    assert not found(file(b"a.pkl", CALM, magic=b"", kind=b"\0") + END)


def test_sums_of_bytes_with_a_sign_are_right_too() -> None:
    data = file("größe.pkl".encode(), HOSTILE, is_signed=True, magic=b"") + END
    assert "os.system" in said(data)
    assert "tar.broken" not in rules(data)


@pytest.mark.parametrize("field", [b"%07o\0    ", b"       %04o ", b"%011o ", b"%011o\0", b"   %o \0\0\0\0"])
def test_sizes_are_read_as_they_are_written(field: bytes) -> None:
    data = block(b"a", (field % len(CALM)).ljust(12, b"\0")) + padded(CALM) + file(b"b", HOSTILE) + END
    assert rules(data) == {"pickle.dangerous"}


def test_sizes_of_base_256_are_read() -> None:
    size = b"\x80" + len(CALM).to_bytes(11, "big")
    data = block(b"a", size) + padded(CALM) + file(b"b", HOSTILE) + END
    assert rules(data) == {"pickle.dangerous"}


@pytest.mark.parametrize("field", [b"0o%o", b"+%o", b" \t%o\n"])
def test_sizes_that_only_python_reads_are_told(field: bytes) -> None:
    data = block(b"a", (field % len(CALM)).ljust(12, b"\0")) + padded(CALM) + file(b"b", HOSTILE) + END
    assert {"tar.header", "pickle.dangerous"} <= rules(data)


@pytest.mark.parametrize("field", [b"99999999999\0", b"zzz".ljust(12, b"\0"), b"--1".ljust(12, b"\0")])
def test_sizes_that_are_none_are_errors_and_what_follows_is_looked_at(field: bytes) -> None:
    data = block(b"a", field) + padded(HOSTILE) + file(b"b", CALM) + END
    assert "tar.broken" in rules(data)
    assert "os.system" in said(data)


def test_sizes_below_zero_are_lies() -> None:
    data = file(b"x", CALM) + block(b"a", b"\xff" * 10 + b"\xfc\x00") + file(b"b", HOSTILE) + END
    assert {"tar.lies", "pickle.dangerous"} <= rules(data)
    data = block(b"a", b"\xff" * 10 + b"\xfc\x00", b"x") + file(b"b", HOSTILE) + END
    assert {"tar.lies", "pickle.dangerous"} <= rules(data)


def test_an_archive_cut_off_anywhere_is_never_clean() -> None:
    data = packed([("a", CALM), ("b", HOSTILE)])[:2560]
    for size in range(5, 2048):  # four bytes are a text in UTF-32
        assert levels(data[:size]), size
    assert "os.system" in said(data[: 1536 + len(HOSTILE)])
    assert {"tar.cut", "pickle.dangerous"} <= rules(data[: 1536 + len(HOSTILE) - 1])


def test_a_missing_end_is_for_review() -> None:
    assert rules(file(b"a", CALM)) == {"tar.no-end"}
    assert rules(file(b"a", CALM) + bytes(512)) == set()


def test_what_follows_the_end_is_told_and_looked_at() -> None:
    first = file(b"a", CALM)
    for ending in (bytes(512), END, bytes(10240)):
        for behind in (file(b"b", HOSTILE) + END, HOSTILE + bytes(600)):
            data = first + ending + behind
            assert "tar.behind" in rules(data)
            assert "os.system('echo x')" in said(data)


def test_many_archives_one_after_another_are_all_looked_at() -> None:
    data = (file(b"a", CALM) + END) * 50 + file(b"b", HOSTILE) + END
    assert "os.system('echo x') in b" in said(data)
    assert "file.limit" not in rules(data)


def test_what_follows_a_broken_header_is_looked_at() -> None:
    broken = bytearray(block(b"b", 10))
    broken[0] ^= 1
    data = file(b"a", CALM) + bytes(broken) + padded(b"x") + file(b"c", HOSTILE) + END
    assert {"tar.broken", "pickle.dangerous"} <= rules(data)
    assert "os.system" in said(file(b"a", CALM) + bytes(broken) + padded(HOSTILE))


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "a/../../x",
        "a/b/../../../x",
        "C:\\x",
        "C:x",
        "..\\x",
        "a\\..\\..\\x",
        "\\\\server\\x",
        "./../x",
    ],
)
def test_names_that_lead_out_are_found(name: str) -> None:
    assert "tar.escape" in rules(file(name.encode(), CALM) + END)
    assert "tar.escape" in rules(pax({"path": name}) + file(b"calm", CALM) + END)
    assert "tar.escape" in rules(file(b"././@LongLink", name.encode() + b"\0", kind=b"L") + file(b"calm", CALM) + END)
    assert "tar.escape" in rules(file(b"c", CALM, prefix=name.encode()) + END) or "/" not in name


@pytest.mark.parametrize("name", ["a..b/..c", "./a/./b", "a//b", "...", "a/b/../c", "a\\b", "été:x"])
def test_names_that_stay_are_quiet(name: str) -> None:
    assert not found(file(name.encode(), CALM) + END)


def test_names_that_come_twice_are_told_and_both_are_looked_at() -> None:
    data = file(b"model.pkl", HOSTILE) + file(b"./model.pkl", CALM) + END
    assert {"tar.twice", "pickle.dangerous"} <= rules(data)
    data = file(b"model.pkl", CALM) + file(b"model.pkl", HOSTILE) + END
    assert {"tar.twice", "pickle.dangerous"} <= rules(data)


def test_links_that_stay_are_quiet() -> None:
    data = file(b"a/model", CALM) + block(b"b/link", kind=b"2", link=b"../a/model") + END
    assert not found(data)
    assert not found(file(b"a/model", CALM) + block(b"b/same", kind=b"1", link=b"a/model") + END)
    assert not found(block(b"snap/link", kind=b"2", link=b"../blobs") + file(b"blobs/x", CALM) + END)


@pytest.mark.parametrize("target", [b"/etc/passwd", b"../../x", b"missing"])
def test_links_that_lead_elsewhere_are_for_review(target: bytes) -> None:
    assert rules(file(b"x", CALM) + block(b"a/link", kind=b"2", link=target) + END) == {"tar.link"}


@pytest.mark.parametrize("target", [b"/etc/passwd", b"../x", b"a/../../x"])
def test_hard_links_to_what_lies_outside_are_found(target: bytes) -> None:
    assert "tar.escape" in rules(block(b"a", kind=b"1", link=target) + END)


def test_files_behind_a_link_are_found() -> None:
    link = block(b"out", kind=b"2", link=b"/tmp")
    for name in (b"out/x", b"./out/deep/x", b"a/../out/x", b"out"):
        assert "tar.through-link" in rules(link + file(name, CALM) + END), name


@pytest.mark.parametrize("kind", [b"3", b"4", b"6", b"V", b"M", b"D", b"?", b"\xff"])
def test_what_is_neither_file_nor_folder_is_told(kind: bytes) -> None:
    assert rules(block(b"a", kind=kind) + file(b"b", CALM) + END) == {"tar.special"}


def test_files_of_unknown_kinds_are_looked_at() -> None:
    for kind in (b"7", b"?", b"D", b"\xff"):
        assert "os.system" in said(file(b"a", HOSTILE, kind=kind) + END)


def test_files_with_holes_are_errors_and_looked_at() -> None:
    assert {"tar.sparse", "pickle.dangerous"} <= rules(file(b"a", HOSTILE, kind=b"S") + END)
    data = pax({"GNU.sparse.major": "1", "GNU.sparse.name": "x"}) + file(b"a", HOSTILE) + END
    assert {"tar.sparse", "pickle.dangerous"} <= rules(data)


def test_files_with_holes_of_the_command_are_errors(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as holes:
        for place in range(0, 4_000_000, 100_000):
            holes.seek(place)
            holes.write(b"x" * 5000)
        holes.truncate(5_000_000)
    (tmp_path / "b").write_bytes(HOSTILE)
    for form in ("gnu", "posix"):
        archive = tmp_path / "it.tar"
        subprocess.run(["tar", f"--format={form}", "-S", "-cf", archive, "-C", tmp_path, "a", "b"], check=True)
        data = archive.read_bytes()
        assert len(data) < 1_000_000
        assert {"tar.sparse", "pickle.dangerous"} <= rules(data)
        assert "tar.broken" not in rules(data)


def test_a_size_of_pax_that_differs_shows_both_ways() -> None:
    inner = file(b"hidden", HOSTILE)
    data = pax({"size": "512"}) + block(b"a", 512 + len(inner)) + padded(b"x" * 512) + inner + file(b"z", CALM) + END
    assert {"tar.two-ways", "pickle.dangerous"} <= rules(data)
    data = pax({"size": str(len(inner))}) + block(b"a", 0) + inner + file(b"z", CALM) + END
    assert {"tar.two-ways", "pickle.dangerous"} <= rules(data)


def test_a_size_of_pax_that_has_no_room_elsewhere_is_no_finding_of_its_own() -> None:
    data = pax({"size": str(9 << 30)}) + block(b"a", 0) + CALM
    assert "tar.two-ways" not in rules(data)
    assert "tar.cut" in rules(data)


@pytest.mark.parametrize("size", ["-5", "1e3", "", "0x10", "１"])
def test_a_size_of_pax_that_is_none_is_told(size: str) -> None:
    data = pax({"size": size}) + file(b"a", HOSTILE) + END
    assert {"tar.header", "pickle.dangerous"} <= rules(data)


def test_pax_headers_for_all_files_may_only_say_harmless_things() -> None:
    assert not found(pax({"comment": "1234abcd", "mtime": "1"}, b"g") + file(b"a", CALM) + END)
    for key, value in (("path", "other"), ("size", "512"), ("linkpath", "x"), ("GNU.sparse.size", "1")):
        assert "tar.two-ways" in rules(pax({key: value}, b"g") + file(b"a", CALM) + file(b"b", CALM) + END)


def test_broken_pax_headers_are_errors() -> None:
    for text in (b"no length", b"99 path=x\n", b"3 a\n", b"10 path=abc", b"-1 path=x\n", b"0 a=b\n"):
        data = file(b"x", text, kind=b"x") + file(b"a", HOSTILE) + END
        assert {"tar.broken", "pickle.dangerous"} <= rules(data), text


def test_keys_of_pax_that_come_twice_are_told() -> None:
    data = file(b"x", b"9 path=a\n9 path=b\n", kind=b"x") + file(b"c", CALM) + END
    assert rules(data) == {"tar.header"}


def test_names_without_end_are_errors() -> None:
    data = block(b"././@LongLink", 2 << 20, b"L") + bytes(2 << 20) + file(b"a", HOSTILE) + END
    assert {"tar.broken", "pickle.dangerous"} <= rules(data)


@pytest.mark.parametrize("kind", [b"1", b"2", b"5"])
def test_a_link_or_folder_with_content_is_told_and_read_both_ways(kind: bytes) -> None:
    target = file(b"t", CALM)
    plain = target + block(b"a", 512, kind, b"t") + padded(HOSTILE) + file(b"z", CALM) + END
    assert {"tar.header", "pickle.dangerous"} <= rules(plain)
    hidden = file(b"hidden", HOSTILE)
    data = target + block(b"a", len(hidden), kind, b"t") + hidden + file(b"z", CALM) + END
    assert {"tar.two-ways", "pickle.dangerous"} <= rules(data)
    behind = block(b"decoy", 4096) + bytes(512)
    data = target + block(b"a", len(behind), kind, b"t") + behind + file(b"z", HOSTILE) + END
    assert "os.system('echo x') in z" in said(data)


def test_a_link_that_only_says_how_long_its_target_is_stays_readable() -> None:
    data = file(b"t", CALM) + block(b"a", 1, b"2", b"t") + file(b"z", HOSTILE) + END
    assert "os.system('echo x') in z" in said(data)
    assert "tar.two-ways" not in rules(data)


def test_archives_that_are_read_in_many_ways_end() -> None:
    one = pax({"size": "200000"}) + block(b"a", 0)
    look = Look(FORMATS, Limits(members=2000))
    look.at(Held(one * 300 + END))
    assert {"tar.two-ways", "file.limit"} <= {finding.rule.id for finding in look.findings}


# PyTorch before 0.2

FLOATS = np.arange(6, dtype="<f4")


def torch_archive(
    *,
    model: bytes | None = None,
    storages: bytes | None = None,
    tensors: bytes | None = None,
    system: bytes | None = None,
    dot: str = "",
) -> bytes:
    """As `torch.save` wrote it in version 0.1."""
    kept = whole(b"K\x05\x8c\x03cpu" + stack_global("torch", "FloatStorage") + b"\x87", 2)
    stored = pickle.dumps(1, 2) + kept + struct.pack("<q", 6) + FLOATS.tobytes() + pickle.dumps([], 2)
    viewed = whole(b"K\x07K\x05" + stack_global("torch", "FloatTensor") + b"\x87", 2)
    shaped = pickle.dumps(1, 2) + viewed + struct.pack("<i4x2q2qq", 2, 2, 3, 3, 1, 0)
    info = pickle.dumps({"protocol_version": 1000, "little_endian": True, "type_sizes": {"int": 4}}, 2)
    plain = whole(b"}\x8c\x01wK\x07Qs", 2)
    return packed(
        [
            (dot + "sys_info", system or info),
            (dot + "pickle", model or plain),
            (dot + "tensors", tensors or shaped),
            (dot + "storages", storages or stored),
        ]
    )


def test_ordinary_archives_of_old_pytorch_have_nothing_bad() -> None:
    data = torch_archive()
    assert levels(data) <= {"review"}, said(data)
    assert "pickle.trailing" not in rules(data)


def test_torch_itself_reads_the_archives_that_these_tests_write(tmp_path: Path) -> None:
    path = tmp_path / "it.pt"
    path.write_bytes(torch_archive())
    with torch.serialization.safe_globals([]):
        read = torch.load(path, weights_only=False)
    assert read["w"].tolist() == FLOATS.reshape(2, 3).tolist()


@pytest.mark.parametrize("part", ["system", "model", "storages", "tensors"])
@pytest.mark.parametrize("dot", ["", "./"])
def test_a_payload_in_any_part_of_old_pytorch_is_found(part: str, dot: str) -> None:
    assert "os.system('echo x')" in said(torch_archive(**{part: HOSTILE}, dot=dot))


def test_a_payload_behind_the_bytes_of_a_storage_is_found() -> None:
    for proto in (0, 2):
        kept = whole(b"K\x05\x8c\x03cpu" + stack_global("torch", "FloatStorage") + b"\x87", 2)
        start = pickle.dumps(1, proto) + kept + struct.pack("<q", 3000) + np.ones(3000, "<f4").tobytes()
        assert "os.system('echo x')" in said(torch_archive(storages=start + HOSTILE))
        assert "error" in levels(torch_archive(storages=start[:-1]))


def test_a_payload_behind_the_shape_of_a_tensor_is_found() -> None:
    viewed = whole(b"K\x07K\x05" + stack_global("torch", "FloatTensor") + b"\x87", 2)
    start = pickle.dumps(2, 2) + viewed + struct.pack("<i4x2q2qq", 2, 2, 3, 3, 1, 0)
    assert "os.system('echo x')" in said(torch_archive(tensors=start + HOSTILE))
    assert "error" in levels(torch_archive(tensors=start))


def test_other_files_of_these_names_are_looked_at_as_what_they_are() -> None:
    assert not found(packed([("storages", b"just text\n"), ("tensors", gzip.compress(CALM))]))
    assert "os.system" in said(packed([("tensors", gzip.compress(HOSTILE))]))


# Hostile


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_change_crashes(data: st.DataObject) -> None:
    start = pax({"path": "a/b", "mtime": "1.5"}) + file(b"x", HOSTILE) + block(b"l", 0, b"2", b"x")
    source = bytearray(start + file(b"././@LongLink", b"y" * 120, kind=b"L") + file(b"z", CALM) + END)
    for _ in range(data.draw(st.integers(1, 6))):
        source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    found_now = rules(bytes(source))
    assert "scanner.failed" not in found_now
    assert found_now


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_change_to_old_pytorch_crashes(data: st.DataObject) -> None:
    source = bytearray(torch_archive())
    for _ in range(data.draw(st.integers(1, 6))):
        source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    assert "scanner.failed" not in rules(bytes(source))


KINDS = st.sampled_from([b"0", b"\0", b"1", b"2", b"5", b"7", b"L", b"K", b"x", b"g", b"S", b"?"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"a", b"b/", b"a/b", b"..", b""]), st.integers(0, 1500), KINDS, st.binary(max_size=30)
        ),
        max_size=12,
    )
)
def test_no_headers_crash(heads: list[tuple[bytes, int, bytes, bytes]]) -> None:
    data = b"".join(block(name, size, kind, b"a") + padded(rest) for name, size, kind, rest in heads)
    assert "scanner.failed" not in rules(data + END)


def test_a_header_that_announces_a_file_that_does_not_follow_is_an_error() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("d" * 120))
    announced = out.getvalue()[:1024] + END
    with pytest.raises(tarfile.ReadError):
        tarfile.TarFile(fileobj=io.BytesIO(announced)).getmembers()
    assert {one.level for one in found(announced)} == {"error"}
    assert not found(out.getvalue())
