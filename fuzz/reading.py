"""A second opinion on what is clean: those who read such files read it whole, and it asks for nothing unknown.

Nothing is run: pickles are read with stubs in place of all globals.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import lzma
import pickle
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import safetensors

from bartizan.supply.scan.pickles.judging import judged
from bartizan.supply.scan.pickles.values import Global


def refused(formats: tuple[str, ...], data: bytes) -> str:
    """Why somebody cannot read a file that is of one format, or what it asks for; empty: all is well."""
    if len(formats) != 1 or formats[0] not in _READERS:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _READERS[formats[0]](data) or ""
    except Exception as error:  # whatever a reader raises, it does not read the file
        return f"{type(error).__name__}: {error}"


class _Stub:
    """Stands for everything that a pickle imports, and for what calling that gives."""

    def __new__(cls, *_: Any, **__: Any) -> _Stub:
        return object.__new__(cls)

    def __call__(self, *_: Any, **__: Any) -> _Stub:
        return _Stub()

    def __setstate__(self, _: Any) -> None: ...

    def __setitem__(self, _: Any, __: Any) -> None: ...

    def append(self, _: Any) -> None: ...

    def extend(self, _: Any) -> None: ...

    def add(self, _: Any) -> None: ...


class _Recording(pickle._Unpickler):  # type: ignore[misc, name-defined]  # the one in Python, whose memo is a table
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.asked: list[Global] = []
        self.persistent = False

    def find_class(self, module: str, name: str) -> type:
        self.asked.append(Global(str(module), str(name)))
        return _Stub

    def persistent_load(self, _: object) -> _Stub:
        self.persistent = True
        return _Stub()


def _pickle(data: bytes) -> str:
    reader = _Recording(io.BytesIO(data))
    with contextlib.suppress(Exception):  # stubs are not what it wants; what it asked for until then counts
        reader.load()
    if reader.persistent:
        return "it asks for a persistent id"
    return next((f"it imports {one}" for one in reader.asked if judged(one) is not None), "")


def _zip(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.testzip() or ""


def _tar(data: bytes) -> str:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for one in archive:
            if one.isfile():
                part = archive.extractfile(one)
                assert len(part.read() if part else b"") == one.size, "a member ends too early"
    return ""


def _npy(data: bytes) -> str:
    try:
        np.load(io.BytesIO(data), allow_pickle=False)
    except ValueError as error:
        if "Object arrays" not in str(error):
            raise
    return ""


def _zlib(data: bytes) -> str:
    reader = zlib.decompressobj()
    reader.decompress(data)
    return "" if reader.eof else "it ends too early"


def _safetensors(data: bytes) -> str:
    safetensors.deserialize(data)
    return ""


def _json(data: bytes) -> str:
    """A document, or several, each on lines of its own."""
    text, at, reader = data.decode("utf-8-sig"), 0, json.JSONDecoder()
    while rest := text[at:].lstrip(" \t\r\n"):
        gap = text[at : len(text) - len(rest)]
        if at and "\n" not in gap:
            return "more behind the end of a document"
        _, at = reader.raw_decode(text, len(text) - len(rest))
    return ""


_READERS: Final[dict[str, Callable[[bytes], object]]] = {
    "pickle": _pickle,
    "pickle without a mark": _pickle,
    "zip": _zip,
    "tar": _tar,
    "NPY": _npy,
    "gzip": lambda data: gzip.decompress(data) and "",
    "zlib": _zlib,
    "bzip2": lambda data: bz2.decompress(data) and "",
    "xz": lambda data: lzma.decompress(data, lzma.FORMAT_XZ) and "",
    "lzma": lambda data: lzma.decompress(data, lzma.FORMAT_ALONE) and "",
    "safetensors": _safetensors,
    "JSON": _json,
}
