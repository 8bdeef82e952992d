"""Descriptions of Keras models as files: the config.json of a .keras file, or what `to_json` writes."""

from __future__ import annotations

import json
import re
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.tensors.json_values import text_of
from bartizan.supply.scan.tensors.keras import judge_text
from bartizan.supply.scan.texts.json_files import JSON

_TOP: Final = frozenset(
    [
        "module",
        "class_name",
        "config",
        "registered_name",
        "build_config",
        "compile_config",
        "keras_version",
        "backend",
        "name",
        "shared_object_id",
        "trainable",
        "batch_input_shape",
        "dtype",
        "model_config",
        "training_config",
        "inbound_nodes",
    ]
)
_MARKS: Final = frozenset({"module", "config", "registered_name"})
_WORD: Final = re.compile(r'\s*+(?:("(?:[^"\\]++|\\.)*+")|([{}\[\]:,])|([^\s"{}\[\]:,]++))', re.DOTALL)
_ESCAPED: Final = re.compile(rb"\\u00(?:[46][0-9a-fA-F]|[57][0-9aA]|5[fF])")
"""Letters that nothing writes so, unless a word is to be hidden."""
_SPACE: Final = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
_LONGEST: Final = 8 << 20


def _fits(head: bytes, blob: Blob) -> bool:
    at = _begins(head, blob)
    if blob.read(at, 1) != b"{":
        return False
    encoding = json.detect_encoding(head)
    start = blob.read(at - (1 if encoding.endswith("be") else 0) * (_wide(encoding) - 1), len(head))
    keys, is_whole = _keys(start.decode(encoding, "replace").lstrip("\ufeff"))
    if "class_name" in keys and keys & _MARKS:
        return True
    if is_whole or blob.size <= len(head):
        return False
    return blob.find(b'"class_name"') >= 0 or any(_ESCAPED.search(block) for block in blob.blocks())


def _begins(head: bytes, blob: Blob) -> int:
    """Where the first sign stands that is no space."""
    at, block = 0, head
    while block and not block.lstrip(_SPACE) and at < _LONGEST:
        at += len(block)
        block = blob.read(at, 1 << 16)
    return at + len(block) - len(block.lstrip(_SPACE))


def _wide(encoding: str) -> int:
    return 4 if "32" in encoding else 2 if "16" in encoding else 1


def _keys(text: str) -> tuple[set[str], bool]:
    """The outermost keys of an object, as far as the text goes, and whether its end is there."""
    found: set[str] = set()
    depth, at, key = 0, 0, ""
    while (word := _WORD.match(text, at)) is not None:
        at = word.end()
        string, sign, _ = word.groups()
        if sign in ("{", "["):
            depth += 1
            key = ""
        elif sign in ("}", "]"):
            depth -= 1
            if depth <= 0:
                return found, True
        elif sign == ":" and depth == 1 and key:
            found.add(key)
        elif string is not None:
            key = _meaning(string)
    return found, False


def _meaning(string: str) -> str:
    try:
        return str(json.loads(string))
    except ValueError:
        return string


def _look(blob: Blob, look: Look) -> None:
    if blob.size > _LONGEST:
        raise TooMuch(f"a description of {blob.size:,} bytes")
    text = text_of(blob.read(0, blob.size))
    is_model = "class_name" in _keys(text)[0]
    value = judge_text(text, look, is_strict=is_model)
    if not is_model or value.keys() - _TOP:
        JSON.look(blob, look)


KERAS_CONFIG: Final = Format(name="Keras model description", fits=_fits, look=_look)
"""The config.json of a .keras file, or what `to_json` writes."""
