"""Model files that are pickles: opened only by a digest that a person named, and after a look at what they would do.

The rule of the design: dangerous is hard to spell. There is no way to force it. A digest says *which* file, the walk
says *what* it would use, and the loader can find no other name even so.
"""

from __future__ import annotations

import bz2
import hashlib
import io
import lzma
import pickle
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bartizan.core.digest import sha256_in
from bartizan.core.errors import InputError, Problem
from bartizan.core.extras import need
from bartizan.core.source import read_bytes
from bartizan.targets.pickle_names import Unlisted, found
from bartizan.targets.pickle_walk import Name, NotPlain, names_in

LARGEST = 4_000_000_000
"""Bytes of a model file, and of what it unpacks to."""

_INSTEAD = "save the model in a format without code (ONNX, XGBoost JSON), or build it in Python and name it as a rig"


def read_allowed(file: Path, allow: str, named: str = "") -> bytes:
    """The file's bytes, if ``allow`` is their SHA-256. Raises InputError, which tells the digest to name."""
    raw = read_bytes(file, LARGEST)
    actual, wanted = hashlib.sha256(raw).hexdigest(), sha256_in(allow)
    place = named or str(file)
    if not allow:
        finding = "this model file is a pickle, and a pickle can run code when it is opened"
        raise _bad(place, finding, f"if you know where it comes from, allow it: 'allow: sha256:{actual}'")
    if wanted is None:
        raise _bad(place, f"'{allow}' is no SHA-256", f"the file's own is sha256:{actual}")
    if wanted != actual:
        raise _bad(place, f"its SHA-256 is {actual}, not the one that is allowed", "find out who changed the file")
    return raw


def load_pickle(file: Path, allow: str, named: str = "") -> Any:
    """The model in a pickle or joblib file, compressed or not. Raises InputError where it is not allowed, or not safe.

    ``named``: what messages call the file.
    """
    place = named or str(file)
    raw = unpacked(read_allowed(file, allow, named), place)
    names = _names(raw, place)
    try:
        for name in names:  # before anything is made: arrays of objects are read by a reader that does not ask us
            found(name.module, name.name)
        return _reader(raw).load()
    except Unlisted as error:
        raise _bad(place, f"it uses {error}, which is not on the list of what models need", _INSTEAD) from None
    except Exception as error:
        finding = f"cannot be opened: {type(error).__name__}: {error}"
        raise _bad(place, finding, "was it saved with other versions of its packages?") from None


def load_torch(file: Path, allow: str, device: str = "cpu", named: str = "") -> Any:
    """What torch.save wrote: weights by name, or a whole network of torch's own layers. Raises InputError.

    Read by torch's own restricted reader; a network's layers are allowed to it one by one, by name.
    """
    torch = need("torch")
    place = named or str(file)
    raw = read_allowed(file, allow, named)
    names = _names(_torch_index(raw, place), place, tensors=True)
    layers = [found(n.module, n.name) for n in names if n.module.startswith("torch.nn.") or n.module == "__builtin__"]
    try:
        with torch.serialization.safe_globals(layers):
            return torch.load(io.BytesIO(raw), weights_only=True, map_location=device)
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else ""
        raise _bad(place, f"cannot be opened: {type(error).__name__}: {first}", "save it again by torch.save") from None


def unpacked(raw: bytes, place: str, largest: int = LARGEST) -> bytes:
    """What is in a compressed file, told by its content; what is not compressed as it is. Raises InputError."""
    openers: tuple[tuple[tuple[bytes, ...], Callable[[], Any]], ...] = (
        ((b"\x1f\x8b",), lambda: zlib.decompressobj(31)),
        ((b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), zlib.decompressobj),
        ((b"BZh",), bz2.BZ2Decompressor),
        ((b"\xfd7zXZ", b"\x5d\x00\x00"), lzma.LZMADecompressor),
    )
    for signs, opener in openers:
        if raw.startswith(signs):
            return _inflated(raw, opener(), place, largest)
    if raw.startswith(b"\x04\x22\x4d\x18"):
        raise _bad(place, "it is compressed by LZ4, which is not read", "save it with joblib's compress='gzip'")
    return raw


def _inflated(raw: bytes, opened: Any, place: str, largest: int) -> bytes:
    try:
        content: bytes = opened.decompress(raw, largest + 1)
    except (zlib.error, OSError, EOFError, lzma.LZMAError) as error:
        raise _bad(place, f"its compression is damaged: {error}", "copy it again") from None
    if len(content) > largest:
        raise _bad(place, f"it unpacks to more than {largest // 1_000_000} MB", "save it without compression")
    if not opened.eof or opened.unused_data:
        raise _bad(place, "its compression is damaged: it ends too early, or something follows it", "copy it again")
    return content


def _names(raw: bytes, place: str, *, tensors: bool = False) -> frozenset[Name]:
    try:
        return names_in(raw, tensors=tensors)
    except NotPlain as error:
        raise _bad(place, f"refused: {error}", _INSTEAD) from None


def _reader(raw: bytes) -> pickle._Unpickler:  # joblib's reader is the one that knows its arrays
    joblib = need("joblib.numpy_pickle")

    reading: Any = joblib.NumpyUnpickler

    class Reader(reading):  # type: ignore[misc]  # its package has no types
        def find_class(self, module: str, name: str) -> Any:
            return found(module, name)

    reader: pickle._Unpickler = Reader("", io.BytesIO(raw), ensure_native_byte_order=True)
    return reader


def _torch_index(raw: bytes, place: str) -> bytes:
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        raise _bad(place, "no archive that torch.save writes today", "open it where it was made, and save it again")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = archive.namelist()
        index = [name for name in names if name.endswith("/data.pkl") and name.count("/") == 1]
        if any(name.endswith((".py", "/constants.pkl")) for name in names):
            raise _bad(place, "a TorchScript program, which is not opened", "export it to ONNX, and use 'kind: onnx'")
        if len(index) != 1 or len(set(names)) != len(names) or archive.getinfo(index[0]).file_size > LARGEST:
            raise _bad(place, "an archive with no index, or with more than one", "save it again by torch.save")
        return archive.read(index[0])


def _bad(place: str, finding: str, fix: str) -> InputError:
    return InputError([Problem(file=place, finding=finding, fix=fix)])
