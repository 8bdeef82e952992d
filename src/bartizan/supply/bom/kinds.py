"""What a file is, by its content: a model, data, or something that lies beside them.

The formats are the scanner's; nothing is looked for in them here. Names of files only tell kinds of plain text apart,
for a table in text is a text like any other.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zipfile
import zlib
from typing import IO, Final, Literal, TypeAlias

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.formats import FORMATS
from bartizan.supply.scan.limits import Unreadable

Kind: TypeAlias = Literal["model", "data", "media", "packages", "file"]
HEAD: Final = 4096
_MODELS: Final = frozenset(
    {
        "pickle", "pickle without a mark", "safetensors", "GGUF", "GGML", "ONNX", "ORT", "HDF5", "CatBoost", "UBJSON",
        "MLIR", "XGBoost before 1.0", "TensorFlow saved model", "TensorFlow graph", "TensorFlow graph with signatures",
        "TensorFlow graph as text", "TensorFlow Lite", "TensorFlow checkpoint data", "TensorFlow checkpoint index",
        "PyTorch", "TorchScript", "skops", "Keras", "compressed pickle", "XGBoost", "LightGBM", "PMML",
    }
)  # fmt: skip
_DATA: Final = frozenset({"Parquet", "Arrow", "Feather", "Avro", "SQLite", "NumPy array", "NumPy arrays", "table"})
_MEDIA: Final = frozenset({"PNG", "JPEG", "GIF", "TIFF", "WebP", "WAV", "MP4", "MP3", "FLAC", "OGG"})
_TABLES: Final = (".csv", ".tsv", ".jsonl", ".ndjson")
_TEXTS: Final = frozenset({"text", "JSON", "list of packages", "Jinja template", "Python code"})
_LOCKS: Final = frozenset({"pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "pipfile.lock"})
_PACKAGES: Final = re.compile(r"(?:.*[-_.])?requirements(?:[-_.].*)?\.(?:txt|in)|constraints.*\.txt")
_NOT_DATA: Final = frozenset({"pickle"})
MOST_MEMBERS: Final = 100_000
_MOST_DIRECTORY: Final = 64 << 20


def formats_of(blob: Blob, file: IO[bytes]) -> tuple[str, ...]:
    """What a file is, as the scanner tells formats; zip archives by what lies in them. Raises Unreadable."""
    if not blob.size:
        return ()
    head = blob.read(0, HEAD)
    if named := _marked(head):
        return (named,)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return (_archive(blob, file),)
    found = tuple(one.name for one in FORMATS if not one.is_guess and one.fits(head, blob))
    if found:
        return found
    guess = next((one.name for one in FORMATS if one.is_guess and one.fits(head, blob)), "")
    return (_closer(guess, head),) if guess else ()


def kind_of(path: str, formats: tuple[str, ...]) -> Kind:
    """What a file of these formats is."""
    name = path.rpartition("/")[2].lower()
    if name in _LOCKS or _PACKAGES.fullmatch(name):
        return "packages"
    if any(one in _MODELS for one in formats):
        return "model"
    if any(one in _DATA for one in formats) or (name.endswith(_TABLES) and _TEXTS.issuperset(formats)):
        return "data"
    if any(one in _MEDIA for one in formats):
        return "media"
    return "packages" if formats == ("list of packages",) and name.endswith(".txt") else "file"


def _marked(head: bytes) -> str:
    if head[:6] == b"\x93NUMPY":
        return "NumPy array"
    if head.startswith((b"tree\nversion=", b"tree\r\nversion=")):
        return "LightGBM"
    return "compressed pickle" if re.match(rb"\x80[\x02-\x05]", _unpacked(head)) else ""


def _unpacked(head: bytes) -> bytes:
    """The first bytes that come out of a compressed stream, as joblib writes it; b"" where it is none."""
    try:
        if head[:2] == b"\x1f\x8b" or (head[:1] == b"\x78" and int.from_bytes(head[:2], "big") % 31 == 0):
            return zlib.decompressobj(wbits=47).decompress(head, 16)
        if head[:3] == b"BZh":
            return bz2.BZ2Decompressor().decompress(head, 16)
        if head[:6] == b"\xfd7zXZ\0" or head[:3] == b"\x5d\0\0":
            return lzma.LZMADecompressor(memlimit=64 << 20).decompress(head, 16)
    except (zlib.error, OSError, ValueError, EOFError, lzma.LZMAError):
        return b""
    return b""


def _closer(guess: str, head: bytes) -> str:
    if guess == "JSON" and re.match(rb'\s*\{\s*"learner"\s*:', head):
        return "XGBoost"
    return "PMML" if guess == "XML" and b"<PMML" in head else guess


def names_in(blob: Blob, file: IO[bytes]) -> tuple[str, ...]:
    """Names of what lies in a zip archive, nothing unpacked. Raises Unreadable for a broken or huge directory."""
    tail = blob.read(max(0, blob.size - 65_557), 65_557)
    at = tail.rfind(b"PK\x05\x06")
    size = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    if _MOST_DIRECTORY < size < 0xFFFF_FFFF:
        raise Unreadable(f"its directory of {size:,} bytes is too large")
    if size == 0xFFFF_FFFF and blob.size > 16 * _MOST_DIRECTORY and b"PK\x06\x06" not in tail:
        raise Unreadable("its directory is not found")
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, IndexError) as error:
        raise Unreadable(f"no sound zip archive: {error}") from None
    if len(names) > MOST_MEMBERS:
        raise Unreadable(f"more than {MOST_MEMBERS:,} files within it")
    return tuple(names)


def _archive(blob: Blob, file: IO[bytes]) -> str:
    try:
        names = names_in(blob, file)
    except Unreadable:
        return "zip archive"
    ends = {name.partition("/")[2] or name for name in names}
    if "data.pkl" in ends:
        return "TorchScript" if "constants.pkl" in ends else "PyTorch"
    if "schema.json" in names:
        return "skops"
    if "metadata.json" in names and "config.json" in names:
        return "Keras"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy arrays"
    return "zip archive"
