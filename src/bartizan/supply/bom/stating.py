"""What a model file says of itself in its header: name, architecture, licence, the library that wrote it.

Only settings are read, never tensors, and none of it is believed to be true: it is what the file says. Sources: GGUF
specification (general.*), safetensors `__metadata__` with the keys of Stability's ModelSpec, ONNX `ModelProto`.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any, Final

from bartizan.supply.bom.texts import line
from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.limits import Unreadable

_MOST_HEADER: Final = 16 << 20
_MOST_SCHEMA: Final = 8 << 20
_MOST_SETTINGS: Final = 2_000
_SIZES: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_TEXT: Final = 8
_WRITTEN_BY: Final = (
    (
        re.compile(rb"_sklearn_version(?:\x94|q.|r.{4})?(?:\x8c.|X.{4})(\d+\.\d+(?:\.\w{1,10}){0,2})", re.DOTALL),
        "scikit-learn",
    ),
)
_SEARCHED: Final = 32 << 20
"""Bytes of a pickle, at its end, in which the version of a library is looked for."""


def stated(formats: tuple[str, ...], blob: Blob, file: IO[bytes]) -> dict[str, str]:
    """What a file says, by these keys: name, about, architecture, licence, author, version, base, link, library,
    library_version. Nothing is raised: what cannot be read says nothing.
    """
    found: dict[str, str] = {}
    for name in formats:
        reader = _READERS.get(name)
        if reader is None:
            continue
        try:
            for key, value in reader(blob, file):
                if text := line(value):
                    found.setdefault(key, text)
        except (Unreadable, OSError, ValueError, RecursionError, zipfile.BadZipFile, NotImplementedError, EOFError):
            continue
    return found


Stated = Iterator[tuple[str, Any]]


def _gguf(blob: Blob, file: IO[bytes]) -> Stated:
    version = int.from_bytes(blob.exactly(4, 4), "little")
    if version not in (1, 2, 3):
        return
    wide = 4 if version == 1 else 8
    count = int.from_bytes(blob.exactly(8 + wide, wide), "little")
    at = 8 + 2 * wide
    for _ in range(min(count, _MOST_SETTINGS)):
        key, at = _gguf_text(blob, at, wide, 256)
        kind = int.from_bytes(blob.exactly(at, 4), "little")
        at += 4
        if kind == _TEXT:
            value, at = _gguf_text(blob, at, wide, 4096)
            if key in _GGUF_KEYS:
                yield _GGUF_KEYS[key], value
        elif kind in _SIZES:
            at += _SIZES[kind]
        else:
            each = _SIZES.get(int.from_bytes(blob.exactly(at, 4), "little"))
            if each is None:
                return  # words of a tokenizer: what is general stands before them
            at += 4 + wide + each * int.from_bytes(blob.exactly(at + 4, wide), "little")


def _gguf_text(blob: Blob, at: int, wide: int, longest: int) -> tuple[str, int]:
    """A text, cut at ``longest``, and where it ends."""
    size = int.from_bytes(blob.exactly(at, wide), "little")
    if size > blob.size - at - wide:
        raise Unreadable("a text ends beyond the end", at)
    return blob.read(at + wide, min(size, longest)).decode("utf-8", "replace"), at + wide + size


_GGUF_KEYS: Final = {
    "general.name": "name",
    "general.description": "about",
    "general.architecture": "architecture",
    "general.license": "licence",
    "general.author": "author",
    "general.organization": "author",
    "general.version": "version",
    "general.base_model.0.name": "base",
    "general.url": "link",
    "general.source.url": "link",
}
_SAFETENSORS_KEYS: Final = {
    "modelspec.title": "name",
    "modelspec.description": "about",
    "modelspec.architecture": "architecture",
    "modelspec.license": "licence",
    "modelspec.author": "author",
    "license": "licence",
    "author": "author",
    "title": "name",
}


def _safetensors(blob: Blob, file: IO[bytes]) -> Stated:
    length = int.from_bytes(blob.exactly(0, 8), "little")
    if length > min(_MOST_HEADER, blob.size - 8):
        return
    header = json.loads(blob.exactly(8, length).decode("utf-8"))
    held = header.get("__metadata__") if isinstance(header, dict) else None
    if isinstance(held, dict):
        yield from ((_SAFETENSORS_KEYS[key], held[key]) for key in _SAFETENSORS_KEYS if key in held)


def _onnx(blob: Blob, file: IO[bytes]) -> Stated:
    at, tool = 0, {}
    for _ in range(_MOST_SETTINGS):
        if at >= blob.size:
            break
        tag, at = _varint(blob, at)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            number, at = _varint(blob, at)
            if field == 5 and number:
                yield "version", str(number)
        elif wire == 2:
            size, at = _varint(blob, at)
            if field in (2, 3, 6):
                tool[field] = blob.read(at, min(size, 4096)).decode("utf-8", "replace")
            at += size
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        else:
            raise Unreadable("no field of this kind", at)
    yield "about", tool.get(6, "")
    if tool.get(2) and tool.get(3):
        yield "library", tool[2]
        yield "library_version", tool[3]


def _varint(blob: Blob, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = blob.exactly(at, 1)[0]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise Unreadable("a number without end", at)


def _member(file: IO[bytes], name: str) -> Any:
    """A small JSON document in an archive; None where it is too large for what it should be."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive, archive.open(name) as member:
        raw = member.read(_MOST_SCHEMA + 1)
    return json.loads(raw.decode("utf-8")) if len(raw) <= _MOST_SCHEMA else None


def _skops(blob: Blob, file: IO[bytes]) -> Stated:
    schema = _member(file, "schema.json")
    if isinstance(schema, dict):
        yield "library", "skops"
        yield "library_version", schema.get("_skops_version")
        yield "architecture", schema.get("__class__")


def _keras(blob: Blob, file: IO[bytes]) -> Stated:
    held = _member(file, "metadata.json")
    if isinstance(held, dict):
        yield "library", "keras"
        yield "library_version", held.get("keras_version")
    settings = _member(file, "config.json")
    if isinstance(settings, dict):
        yield "architecture", settings.get("class_name")


def _pickle(blob: Blob, file: IO[bytes]) -> Stated:
    tail = blob.read(max(0, blob.size - _SEARCHED), _SEARCHED)
    for pattern, library in _WRITTEN_BY:
        if found := pattern.search(tail):
            yield "library", library
            yield "library_version", found[1].decode("ascii")


_READERS: Final = {
    "GGUF": _gguf,
    "safetensors": _safetensors,
    "ONNX": _onnx,
    "skops": _skops,
    "Keras": _keras,
    "pickle": _pickle,
}
"""By the name of the format."""
