"""Graphs of TensorFlow as text, which it loads as well as those in bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.tensors import savedmodel_rules as rules
from bartizan.supply.scan.tensors.outside import leads_out

_LONGEST: Final = 24 << 20
_SPACE: Final = re.compile(rb"(?:[\s;,]++|#[^\n]*+(?:\n|\Z))*+")
_START: Final = re.compile(
    rb"saved_model_schema_version\s*+:|(?:version\s*+:\s*+\d++[\s;,]*+)?"
    rb"(?:(?:meta_graphs|graph_def|meta_info_def|versions|saver_def|collection_def|signature_def|asset_file_def"
    rb"|object_graph_def|debug_info)\s*+:?\s*+\[?\s*+[{<]"
    rb"|(?:node|library)\s*+:?\s*+\[?\s*+[{<]\s*+(?:#[^\n]*+\n\s*+)*+(?:name|op|input|device|attr|function|gradient)\b)"
)
_STEP: Final = 1 << 16
_TOKEN: Final = re.compile(
    r"\s*+(?:#[^\n]*+\n?|(\"(?:[^\"\\\n]++|\\.)*+\"|'(?:[^'\\\n]++|\\.)*+')|([A-Za-z_][\w.]*+)|(.))", re.DOTALL
)
_ESCAPE: Final = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(.))", re.DOTALL)


def _fits(head: bytes, blob: Blob) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf")
    match = _SPACE.match(start)
    if match is None or match.end() < len(start) or blob.size <= len(head):
        return _START.match(start, match.end() if match else 0) is not None
    return _START.match(blob.read(_first(blob), _STEP)) is not None


def _first(blob: Blob) -> int:
    """Where the first word stands, behind spaces and comments."""
    at = 3 if blob.read(0, 3) == b"\xef\xbb\xbf" else 0
    while at < min(blob.size, _LONGEST):
        block = blob.read(at, _STEP)
        match = _SPACE.match(block)
        end = match.end() if match else 0
        if end < len(block):
            return at + end
        line = block.rfind(b"\n") + 1
        is_cut = block.find(b"#", line) >= 0
        at += end
        if is_cut:
            after = blob.find(b"\n", at)
            at = after + 1 if after >= 0 else blob.size
    return at


def _meaning(text: str) -> str:
    def said(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 8) & 0xFF)
        return chr(int(found[2], 16)) if found[2] else found[3]

    return _ESCAPE.sub(said, text[1:-1])


def _values(text: str, look: Look) -> Iterator[tuple[str, str, int]]:
    """Each text with the name of the field that it is the value of."""
    name, value, at = "", "", -1
    for count, found in enumerate(_TOKEN.finditer(text)):
        if count & 0xFFF == 0:
            look.spend(0x1000)
        string, word, sign = found.groups()
        if string is not None:
            value, at = value + _meaning(string), found.start() if at < 0 else at
            continue
        if at >= 0:
            yield name, value, at
            value, at = "", -1
        if word is not None:
            name = word
        elif sign is not None and sign not in ":[,":
            name = ""
    if at >= 0:
        yield name, value, at


def _look(blob: Blob, look: Look) -> None:
    if blob.size > _LONGEST:
        raise TooMuch(f"a graph of {blob.size:,} bytes as text")
    said: set[str] = set()
    saving, places = -1, []
    for name, value, at in _values(blob.read(0, blob.size).decode("utf-8", "replace"), look):
        if name == "op" and value not in said:
            said.add(value)
            if rule := rules.OPERATORS.get(value):
                look.found(rule, value, at)
            elif value in rules.CHECKPOINTS:
                saving = at
        elif name in ("s", "string_val") and value.startswith(("file://", "grpc://")):
            look.found(rules.WRITES, value, at)
        elif name == "string_val" and leads_out(value):
            places.append(value)
    if saving >= 0 and places:
        look.found(rules.CHECKPOINT, ", ".join(map(repr, places[:5])), saving)


GRAPH_TEXT: Final = Format(name="TensorFlow graph as text", fits=_fits, look=_look)
