"""What was found is still found when a stranger writes something behind it, before it or around it.

The bytes of an input choose a pickle that calls `os.system`, and what is done to it; whoever loads the result in the
ordinary way runs the call. So none of them may be clean, whatever the bytes are.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Final

import atheris
import lz4.frame

from fuzz.scanned import verdict

_CALLS: Final = (
    b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x06echo x\x85R.",
    b"\x80\x02cposix\nsystem\n(X\x06\x00\x00\x00echo xtR.",
    b"cposix\nsystem\n(S'echo x'\ntR.",
    b"(S'echo x'\niposix\nsystem\n.",
    b"(cposix\nsystem\nS'echo x'\no.",
    b"\x80\x04\x95\x19\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93\x8c\x06echo x\x85R.",
)


def check(data: bytes) -> None:
    """Make a dangerous file of these bytes. Raises AssertionError where it is clean."""
    given = atheris.FuzzedDataProvider(data)
    call = _CALLS[given.ConsumeIntInRange(0, len(_CALLS) - 1)]
    way = _WAYS[given.ConsumeIntInRange(0, len(_WAYS) - 1)]
    made = way(call, given)
    if verdict(made) == "clean":
        raise AssertionError(f"clean, {way.__name__}: {made[:600]!r}")


def _behind(call: bytes, given: atheris.FuzzedDataProvider) -> bytes:
    return call + given.ConsumeBytes(300)


def _after_others(call: bytes, given: atheris.FuzzedDataProvider) -> bytes:
    """Operations before the call that leave the stack as it was."""
    mark = call[:2] if call.startswith(b"\x80") else b""
    made = bytearray(mark)
    while given.remaining_bytes() > 1 and len(made) < 400:
        made += _NEUTRAL[given.ConsumeIntInRange(0, len(_NEUTRAL) - 1)](given)
    return bytes(made) + call[len(mark) :]


def _number(given: atheris.FuzzedDataProvider) -> bytes:
    return b"J" + given.ConsumeBytes(4).ljust(4, b"\0")


def _short(given: atheris.FuzzedDataProvider) -> bytes:
    text = given.ConsumeUnicodeNoSurrogates(20).encode()
    return b"\x8c" + bytes([len(text)]) + text


def _held(given: atheris.FuzzedDataProvider) -> bytes:
    content = given.ConsumeBytes(40)
    return b"C" + bytes([len(content)]) + content


def _place(given: atheris.FuzzedDataProvider) -> bytes:
    return bytes([given.ConsumeIntInRange(0, 255)])


_NEUTRAL: Final[tuple[Callable[[atheris.FuzzedDataProvider], bytes], ...]] = (
    lambda given: _number(given) + b"0",
    lambda given: _short(given) + b"0",
    lambda given: _held(given) + b"0",
    lambda given: _short(given) + b"q" + _place(given) + b"0",
    lambda given: b"]" + _number(given) + b"a0",
    lambda given: b"}" + _short(given) + _number(given) + b"s0",
    lambda given: b"(" + _short(given) + _number(given) + b"1",
    lambda given: b"(" + _short(given) + b"t0",
    lambda given: b"(" + _number(given) + b"l0",
    lambda given: b"N2" + b"00",
    lambda given: pickle.dumps(given.ConsumeInt(9), 0)[:-1] + b"0",
    lambda given: b"\x8f(" + _number(given) + b"\x90" + b"0",
    lambda given: b"\x80" + bytes([given.ConsumeIntInRange(0, 5)]),
    lambda given: b"ccollections\nOrderedDict\n)R0",
    lambda given: b"X" + len(text := given.ConsumeBytes(9).hex().encode()).to_bytes(4, "little") + text + b"\x940",
)


def _name(given: atheris.FuzzedDataProvider) -> str:
    return given.ConsumeUnicodeNoSurrogates(20).replace("\0", "") or "x"


def _zipped(call: bytes, given: atheris.FuzzedDataProvider) -> bytes:
    method = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)[
        given.ConsumeIntInRange(0, 3)
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        if given.ConsumeBool():
            archive.writestr(f"{_name(given)}.a", given.ConsumeBytes(60))
        archive.writestr(_name(given), call)
        archive.comment = given.ConsumeBytes(30)
    return given.ConsumeBytes(60) + out.getvalue()


def _tarred(call: bytes, given: atheris.FuzzedDataProvider) -> bytes:
    out = io.BytesIO()
    kind = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)[given.ConsumeIntInRange(0, 2)]
    with tarfile.open(fileobj=out, mode="w", format=kind, errors="replace") as archive:
        for name, content in ((_name(given), given.ConsumeBytes(60)), (_name(given), call)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.uid = given.ConsumeIntInRange(0, 1 << 20)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue() + given.ConsumeBytes(60)


def _compressed(call: bytes, given: atheris.FuzzedDataProvider) -> bytes:
    pack = _PACKERS[given.ConsumeIntInRange(0, len(_PACKERS) - 1)]
    before = pack(b"") if given.ConsumeBool() and pack is not zlib.compress else b""
    return before + pack(call) + given.ConsumeBytes(60)


_PACKERS: Final[tuple[Callable[[bytes], bytes], ...]] = (
    lambda data: gzip.compress(data, mtime=0),
    zlib.compress,
    bz2.compress,
    lzma.compress,
    lambda data: bytes(lz4.frame.compress(data)),
)


def _as_objects(call: bytes, given: atheris.FuzzedDataProvider) -> bytes:
    header = (
        f"{{'descr': '|O', 'fortran_order': {given.ConsumeBool()}, 'shape': ({given.ConsumeIntInRange(0, 99)},), }}"
    )
    padded = header.encode() + b" " * given.ConsumeIntInRange(0, 60) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded + call + given.ConsumeBytes(60)


_WAYS: Final = (_behind, _after_others, _zipped, _tarred, _compressed, _as_objects)
