"""The text of a file, if it is one: read once, bounded, and told apart from what is binary."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import tokenize
from typing import Final

import msgspec

from bartizan.devcheck.files import File
from bartizan.devcheck.limits import Limits
from bartizan.devcheck.rule import CONTROLS, Rule

UNREAD: Final = Rule(
    id="file.unread",
    level="low",
    title="A file could not be read",
    why="What was not read may hold anything that is looked for here.",
    fix="Make it readable for whoever runs the check, or split it.",
    controls=CONTROLS,
)
RULES: Final = (UNREAD,)

_BINARY: Final = frozenset(
    """
    .png .jpg .jpeg .gif .bmp .ico .webp .tif .tiff .pdf .zip .gz .bz2 .xz .7z .tar .tgz .whl .so .dll .dylib .exe .o .a
    .pyc .pyd .class .jar .woff .woff2 .ttf .otf .eot .mp3 .mp4 .wav .flac .ogg .avi .mov .mkv .psd .svgz .db .sqlite
    .sqlite3 .duckdb .npy .npz .pkl .pickle .joblib .pt .pth .ckpt .onnx .safetensors .gguf .h5 .hdf5 .keras .pb .tflite
    .parquet .feather .arrow .avro .orc .xlsx .xls .docx .pptx .mat .rds .rdata .bin .model .msgpack .tfrecord .lz4 .zst
    """.split()  # noqa: SIM905  words are read best as text
)
"""Endings of what is not opened as a text, whatever is in it."""
TABLES: Final = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".arff", ".libsvm", ".svmlight"})
"""Endings of tables as text: data, of which the beginning is looked at elsewhere."""
_HEAD: Final = 8_192
_COOKIE: Final = re.compile(rb"coding[:=]")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a file; ``text`` is None where it is none, or could not be read."""

    text: str | None = None
    raw: bytes = b""
    why: str = ""
    """Why it is unknown what is in it; empty: it was read, or is binary."""


def text_of(file: File, limits: Limits) -> Text:
    """The text of a file, in UTF-8 or what its first lines name; what does not decode is replaced."""
    if file.suffix in _BINARY or file.suffix in TABLES:
        return Text()
    most = limits.notebook if file.suffix == ".ipynb" else limits.text
    try:
        raw = read(file, most + 1)
    except OSError as error:
        return Text(why=error.strerror or type(error).__name__)
    if b"\0" in raw[:_HEAD]:
        return Text()
    if len(raw) > most:
        return Text(why=f"a text of {file.size:,} bytes, more than {most:,}")
    return Text(text=_decoded(raw, file.suffix), raw=raw)


def read(file: File, most: int) -> bytes:
    """The first bytes of a file. Links are not followed, and what waits is not waited for. Raises OSError."""
    number = os.open(file.full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(number, "rb") as stream:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(0, "it is no file any more")
        return stream.read(most)


def _decoded(raw: bytes, suffix: str) -> str:
    encoding = "utf-8-sig"
    if suffix in (".py", ".pyw") and _COOKIE.search(raw[:500]):
        try:
            encoding = tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
        except (SyntaxError, UnicodeDecodeError):
            encoding = "utf-8-sig"
    text = raw.decode(encoding, "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def json_of(text: str) -> object:
    """A JSON document. Raises ValueError for what is none, or is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
