"""Malicious archives, compressed streams and arrays: a pickle that calls, where scanners do not look."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

import lz4.frame
import numpy as np

from tests.supply.corpus.case import Case
from tests.supply.corpus.pickles import SHELL
from tests.supply.scan.pickles.building import whole

BAD = whole(SHELL)
GOOD = whole(b"]")


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """An ordinary archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def tarred(*members: tuple[str, bytes], format: int = tarfile.USTAR_FORMAT) -> bytes:
    """An ordinary tar of these members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def npy(descr: str, shape: tuple[int, ...], content: bytes, version: int = 1) -> bytes:
    """An array file, header by hand."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    width = "<H" if version == 1 else "<I"
    start = 8 + struct.calcsize(width)
    header += b" " * (-(start + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(width, len(header)) + header + content


TORCH = (("archive/data.pkl", BAD), ("archive/byteorder", b"little"), ("archive/version", b"3\n"))


def _patched(data: bytes, mark: bytes, at: int, new: bytes, *, last: bool = False) -> bytes:
    place = (data.rfind(mark) if last else data.find(mark)) + at
    return data[:place] + new + data[place + len(new) :]


def _flagged_central() -> bytes:
    return _patched(zipped(*TORCH), b"PK\x01\x02", 8, b"\x01\x00")


def _flagged_local() -> bytes:
    return _patched(zipped(*TORCH), b"PK\x03\x04", 6, b"\x01\x00")


def _wrong_crc() -> bytes:
    return _patched(zipped(*TORCH), b"PK\x01\x02", 16, b"\x00\x00\x00\x00")


def _other_name_locally() -> bytes:
    data = zipped(*TORCH)
    return data.replace(b"archive/data.pkl", b"archive/data.txt", 1)


def _twice() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", BAD)
        archive.writestr("archive/data.pkX", GOOD)
    return out.getvalue().replace(b"archive/data.pkX", b"archive/data.pkl")


def _hidden_entry() -> bytes:
    """The central directory does not name the bad one."""
    bad, good = zipped(("data.pkl", BAD)), zipped(("data.pkl", GOOD))
    entry = bad[: bad.find(b"PK\x01\x02")]
    start = good.find(b"PK\x01\x02")
    moved = bytearray(good)
    end = moved.rfind(b"PK\x05\x06")
    moved[end + 16 : end + 20] = struct.pack("<I", start + len(entry))
    moved[start + 42 : start + 46] = struct.pack("<I", len(entry))
    return entry + bytes(moved)


def _no_end() -> bytes:
    data = zipped(*TORCH)
    return data[: data.rfind(b"PK\x05\x06")]


def _prefixed() -> bytes:
    return BAD + zipped(("data.pkl", GOOD))


def _appended() -> bytes:
    return zipped(("data.pkl", GOOD)) + BAD


def _in_the_comment() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("data.pkl", GOOD)
        archive.comment = zipped(("data.pkl", BAD))
    return out.getvalue()


def _nested() -> bytes:
    data = BAD
    for n in range(4):
        data = zipped((f"inner{n}.zip", data))
    return data


def _bomb() -> bytes:
    return gzip.compress(gzip.compress(bytes(200_000_000)))


def _encrypted_7z() -> bytes:
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(24) + BAD


def _torch_old_tar() -> bytes:
    return tarred(("sys_info", GOOD), ("pickle", BAD), ("tensors", whole(b"K\x00")), ("storages", whole(b"K\x00")))


def _second_member_of_gzip() -> bytes:
    return gzip.compress(GOOD) + gzip.compress(BAD)


def _cut(data: bytes) -> bytes:
    return data[:-8]


def _npz() -> bytes:
    return zipped(("weights.npy", npy("'<f8'", (1,), bytes(8))), ("extra.npy", npy("'|O'", (1,), BAD)))


def _objects_in_fields() -> bytes:
    return npy("[('a', '<f8'), ('b', [('c', '|O')])]", (1,), BAD)


def _npy_that_calls() -> bytes:
    return npy("__import__('os').system('echo x')", (1,), bytes(8))


def _npy_with_more() -> bytes:
    return npy("'<f8'", (1,), bytes(8)) + BAD


def _real_objects() -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": "|O", "fortran_order": False, "shape": (2,)})
    return out.getvalue() + BAD


ARCHIVES: tuple[Case, ...] = (
    Case("torch: a call in data.pkl", "model.pt", lambda: zipped(*TORCH)),
    Case("torch: deflated", "model.bin", lambda: zipped(*TORCH, method=zipfile.ZIP_DEFLATED)),
    Case("torch: lzma inside zip", "model.pth", lambda: zipped(*TORCH, method=zipfile.ZIP_LZMA)),
    Case("torch: bzip2 inside zip", "model.ckpt", lambda: zipped(*TORCH, method=zipfile.ZIP_BZIP2)),
    Case("torch: a pickle called otherwise", "model.pt", lambda: zipped(("archive/config", BAD))),
    Case("zip: encrypted says the central directory only", "model.pt", _flagged_central),
    Case("zip: encrypted says the local header only", "model.pt", _flagged_local),
    Case("zip: a wrong checksum", "model.pt", _wrong_crc),
    Case("zip: another name in the local header", "model.pt", _other_name_locally),
    Case("zip: one name twice", "model.pt", _twice),
    Case("zip: a member that the directory does not name", "model.pt", _hidden_entry),
    Case("zip: no end", "model.pt", _no_end),
    Case("zip: a pickle before it", "model.pt", _prefixed),
    Case("zip: a pickle behind it", "model.pt", _appended),
    Case("zip: a zip in the comment", "model.pt", _in_the_comment),
    Case("zip: five deep", "model.zip", _nested),
    Case("zip: a name that climbs", "model.zip", lambda: zipped(("../../home/x/.bashrc", b"echo x\n"))),
    Case("zip: a pickle in a wheel", "x-1-py3-none-any.whl", lambda: zipped(("x/__init__.py", b""), ("x/m.pkl", BAD))),
    Case("skops: a pickle in it", "model.skops", lambda: zipped(("schema.json", b"{}"), ("model.pkl", BAD))),
    Case("npz: an array of objects", "data.npz", _npz),
    Case("npy: an array of objects", "data.npy", _real_objects),
    Case("npy: objects in a field of a field", "data.npy", _objects_in_fields),
    Case("npy: version 3 with objects", "data.npy", lambda: npy("'|O'", (1,), BAD, version=3)),
    Case("npy: a header that calls", "data.npy", _npy_that_calls),
    Case("npy: a pickle behind it", "data.npy", _npy_with_more),
    Case("gzip", "model.joblib", lambda: gzip.compress(BAD)),
    Case("gzip: the second member", "model.joblib", _second_member_of_gzip),
    Case("gzip: cut off", "model.joblib", lambda: _cut(gzip.compress(BAD))),
    Case("gzip: a bomb in a bomb", "model.joblib", _bomb),
    Case("zlib", "model.joblib", lambda: zlib.compress(BAD)),
    Case("bzip2", "model.joblib", lambda: bz2.compress(BAD)),
    Case("xz", "model.joblib", lambda: lzma.compress(BAD)),
    Case("lzma", "model.joblib", lambda: lzma.compress(BAD, lzma.FORMAT_ALONE)),
    Case("lz4", "model.joblib", lambda: bytes(lz4.frame.compress(BAD))),
    Case("7z", "model.7z", _encrypted_7z),
    Case(
        "zstd",
        "model.pkl",
        lambda: b"\x28\xb5\x2f\xfd\x20" + bytes([len(BAD)]) + bytes([len(BAD) << 3 | 1, 0, 0]) + BAD,
    ),
    Case("tar", "model.tar", lambda: tarred(("model.pkl", BAD))),
    Case("tar: long names", "model.tar", lambda: tarred(("d" * 120 + "/m.pkl", BAD), format=tarfile.GNU_FORMAT)),
    Case("tar: pax", "model.tar", lambda: tarred(("é" * 90 + ".pkl", BAD), format=tarfile.PAX_FORMAT)),
    Case("tar: gzip", "model.tar.gz", lambda: gzip.compress(tarred(("model.pkl", BAD)))),
    Case("tar: a name that climbs", "model.tar", lambda: tarred(("../../.ssh/authorized_keys", b"ssh-ed25519 x"))),
    Case("tar: torch of long ago", "model.pt", _torch_old_tar),
)
