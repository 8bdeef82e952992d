"""TensorFlow Lite: a flatbuffer. Of it only the operators are read, which may be of others or of TensorFlow itself."""

from __future__ import annotations

import struct
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.tensors import marked_rules as rules
from bartizan.supply.scan.tensors.savedmodel_rules import CHECKPOINTS, DATASET, KNOWN, OPERATORS

_MOST: Final = 100_000
_ORDINARY: Final = frozenset(
    {
        "TFLite_Detection_PostProcess",
        "Convolution2DTransposeBias",
        "MaxPoolingWithArgmax2D",
        "MaxUnpooling2D",
        "edgetpu-custom-op",
    }
)


def _fits(head: bytes, blob: Blob) -> bool:
    return head[4:8] == b"TFL3"


def _look(blob: Blob, look: Look) -> None:
    buffer = _Buffer(blob)
    model = buffer.number(0, "<I")
    codes = buffer.field(model, 1)
    if codes is None:
        return
    vector = codes + buffer.number(codes, "<I")
    count = buffer.number(vector, "<I")
    if count > _MOST:
        raise Unreadable(f"{count:,} kinds of operators", vector)
    look.spend(count + 1)
    said: set[str] = set()
    for number in range(count):
        at = vector + 4 + 4 * number
        code = at + buffer.number(at, "<I")
        custom = buffer.field(code, 1)
        if custom is None:
            continue
        name = buffer.text(custom)
        if name and name not in said:
            said.add(name)
            _judge(name, custom, look)


def _judge(name: str, at: int, look: Look) -> None:
    operator = name.removeprefix("Flex")
    if name.startswith("Flex"):
        rule = OPERATORS.get(operator)
        if rule is not None or operator in CHECKPOINTS:
            look.found(rules.OPERATOR if rule is DATASET else rules.REACHES, operator, at)
        elif operator not in KNOWN:
            look.found(rules.OPERATOR, name, at)
    elif name not in _ORDINARY:
        look.found(rules.OPERATOR, name, at)


class _Buffer:
    """Reads tables of a flatbuffer."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob

    def number(self, at: int, kind: str) -> int:
        """A number that stands there. Raises Unreadable."""
        if at < 0:
            raise Unreadable("an offset before the beginning", 0)
        return int(struct.unpack(kind, self._blob.exactly(at, struct.calcsize(kind)))[0])

    def field(self, table: int, number: int) -> int | None:
        """Where a field of a table lies; None: it has none. Raises Unreadable."""
        names = table - self.number(table, "<i")
        size = self.number(names, "<H")
        at = 4 + 2 * number
        if at + 2 > size:
            return None
        offset = self.number(names + at, "<H")
        return table + offset if offset else None

    def text(self, at: int) -> str:
        """The text that a field leads to."""
        start = at + self.number(at, "<I")
        size = self.number(start, "<I")
        if size > 4096:
            raise Unreadable(f"a name of {size:,} bytes", start)
        return self._blob.exactly(start + 4, size).decode("utf-8", "backslashreplace")


TFLITE: Final = Format(name="TensorFlow Lite", fits=_fits, look=_look)
