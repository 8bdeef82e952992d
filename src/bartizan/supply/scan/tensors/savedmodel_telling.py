"""How files of TensorFlow are told: protocol buffers have no mark, so that what they hold has to tell it."""

from __future__ import annotations

import re
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.tensors.protobuf import BROKEN, BYTES, VARINT, Field, Skim, glimpsed

_NAME: Final = re.compile(rb"[A-Za-z0-9_.\\/>-]{1,200}")
_OPERATOR: Final = re.compile(rb"[A-Za-z_][\w.>/-]{0,200}")
_GLIMPSED: Final = 64
"""Fields that are glimpsed at."""
_WITHOUT_NODES: Final = frozenset({(2, BYTES), (3, VARINT), (4, BYTES), (5, BYTES)})
_OPERATOR_TAG: Final = re.compile(rb"[\x12\x92]")
"""How a node says which operator it is."""


def _is_node(skim: Skim, field: Field) -> bool:
    size = field.end - field.start
    if size < 256 and not _OPERATOR_TAG.search(skim.blob.read(field.start, size)):
        return False
    held: dict[int, Field] = {}
    for one in skim(field):
        if one.kind == BROKEN:
            return False
        if one.kind == BYTES:
            held[one.number] = one
    if 1 not in held or 2 not in held:
        return False
    name, operator = (skim.blob.read(held[n].start, min(held[n].end - held[n].start, 201)) for n in (1, 2))
    return _NAME.fullmatch(name) is not None and _OPERATOR.fullmatch(operator) is not None


def _is_library(skim: Skim, field: Field) -> bool:
    return any(
        (inner.number, inner.kind) == (3, BYTES) and _is_node(skim, inner)
        for one in skim(field)
        if (one.number, one.kind) == (1, BYTES)
        for inner in skim(one)
    )


def _holds_nodes(skim: Skim, field: Field | None = None) -> bool:
    """Whether there is a node, or a function with one."""
    return any(
        one.kind == BYTES
        and ((one.number == 1 and _is_node(skim, one)) or (one.number == 2 and _is_library(skim, one)))
        for one in skim(field)
    )


def _is_graph(skim: Skim, field: Field) -> bool:
    """Whether it holds nodes, or all that a graph without nodes has."""
    if _holds_nodes(skim, field):
        return True
    fields = glimpsed(skim.blob, field.start, field.end)
    return bool(fields) and all((one.number, one.kind) in _WITHOUT_NODES for one in fields or [])


def _is_meta_graph(skim: Skim, field: Field) -> bool:
    fields = glimpsed(skim.blob, field.start, field.end)
    if fields is None:
        return False
    if any((one.number, one.kind) == (2, BYTES) and _is_graph(skim, one) for one in fields):
        return True
    if len(fields) == _GLIMPSED:
        return any((one.number, one.kind) == (2, BYTES) for one in skim(field))
    return any(one.number == 2 and one.start == one.end for one in fields) and fields[0].kind == BYTES


def fits_saved(head: bytes, blob: Blob) -> bool:
    """A graph with signatures, in a saved model. Raises TooMuch."""
    skim = Skim(blob)
    return any((one.number, one.kind) == (2, BYTES) and _is_meta_graph(skim, one) for one in skim())


def fits_graph(head: bytes, blob: Blob) -> bool:
    """Nodes, or functions with nodes. Raises TooMuch."""
    return _holds_nodes(Skim(blob))


def fits_meta(head: bytes, blob: Blob) -> bool:
    """A graph with signatures, alone. Raises TooMuch."""
    skim = Skim(blob)
    if not any((one.number, one.kind) == (2, BYTES) and _is_graph(skim, one) for one in skim()):
        return False
    return not fits_graph(head, blob) and not fits_saved(head, blob)


def fits_fingerprint(head: bytes, blob: Blob) -> bool:
    """Numbers that a saved model is told by."""
    if blob.size > 512 or head[:1] != b"\x08":
        return False
    fields = glimpsed(blob)
    kinds = [(one.number, one.kind) for one in fields or []]
    allowed = {*((number, VARINT) for number in range(1, 6)), (6, BYTES), (7, BYTES)}
    return len(kinds) >= 5 and set(kinds) <= allowed and {(1, VARINT), (2, VARINT), (3, VARINT)} <= set(kinds)


def fits_metadata(head: bytes, blob: Blob) -> bool:
    """Descriptions of layers, beside a saved model."""
    if head[:1] != b"\x0a":
        return False
    fields = glimpsed(blob, most=2)
    if not fields or (fields[0].number, fields[0].kind) != (1, BYTES):
        return False
    inner = {(one.number, one.kind): one for one in glimpsed(blob, fields[0].start, fields[0].end, 8) or []}
    held = inner.get((4, BYTES))
    return held is not None and blob.read(held.start, 5) == b"_tf_k"
