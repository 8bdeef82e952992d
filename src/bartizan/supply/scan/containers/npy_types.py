"""Types of the items of arrays, as NPY describes them: how many bytes, and whether there are objects in them."""

from __future__ import annotations

import math
import re
from typing import Final

import msgspec

from bartizan.supply.scan.containers.npy_header import Value
from bartizan.supply.scan.limits import Unreadable

_PLAIN: Final = re.compile(r"[<>=|]?(?:([biufc])([0-9]{1,2})|([?bBhHiIlLqQefdgFDGpP])|([SaUV])([0-9]{0,10})|(O)[48]?)")
_TIME: Final = re.compile(
    r"[<>=|]?[mM]8(?:\[(?:[0-9]{0,9}(?:Y|M|W|D|h|m|s|ms|us|μs|ns|ps|fs|as)(?:/[0-9]{1,9})?|generic)\])?"
)
_SIZES: Final = {
    "b": (1,),
    "i": (1, 2, 4, 8),
    "u": (1, 2, 4, 8),
    "f": (2, 4, 8, 10, 12, 16),
    "c": (8, 16, 20, 24, 32),
}
_LETTERS: Final = {
    **dict.fromkeys("?bB", 1),
    **dict.fromkeys("hHe", 2),
    **dict.fromkeys("iIf", 4),
    **dict.fromkeys("lLqQdFpP", 8),
    **dict.fromkeys("gD", 16),
    "G": 32,
}
_MOST_FIELDS: Final = 100_000
_MOST_BYTES: Final = 1 << 62


class Unclear(Unreadable):
    """A type that this reader does not know, and numpy may."""


class Type(msgspec.Struct, frozen=True):
    """What an item is."""

    size: int
    has_objects: bool = False


class Types:
    """Reads the description of one header."""

    def __init__(self) -> None:
        self._fields = 0

    def type(self, described: Value) -> Type:
        """The type that is described. Raises Unreadable for what is none, and Unclear."""
        if isinstance(described, str):
            return _plain(described)
        if isinstance(described, tuple):
            if len(described) != 2:
                raise Unclear(f"a type of {len(described)} parts")
            return self._times(self.type(described[0]), described[1])
        if isinstance(described, list):
            return self._record(described)
        raise Unclear(f"{described!r:.60} is no type")

    def _record(self, fields: list[Value]) -> Type:
        self._fields += len(fields)
        if self._fields > _MOST_FIELDS:
            raise Unreadable(f"a type of more than {_MOST_FIELDS:,} fields")
        size, has_objects = 0, False
        for field in fields:
            if not isinstance(field, tuple) or len(field) not in (2, 3) or not _is_name(field[0]):
                raise Unclear(f"{field!r:.60} is no field")
            one = self.type(field[1])
            if len(field) == 3:
                one = self._times(one, field[2])
            size += one.size
            has_objects = has_objects or one.has_objects
        return Type(_checked(size), has_objects)

    def _times(self, one: Type, shape: Value) -> Type:
        sides = (shape,) if isinstance(shape, int) else shape
        return Type(_checked(one.size * count(sides)), one.has_objects)


def count(shape: Value) -> int:
    """How many items an array of this shape has. Raises Unreadable for what is no shape."""
    if not isinstance(shape, tuple) or len(shape) > 64:
        raise Unreadable(f"{shape!r:.60} is no shape")
    sides = [int(one) for one in shape if isinstance(one, int) and one >= 0]
    if len(sides) < len(shape):
        raise Unreadable(f"{shape!r:.60} is no shape")
    return _checked(math.prod(sides))


def _checked(size: int) -> int:
    if size > _MOST_BYTES:
        raise Unreadable("an array that is larger than there is room in any computer")
    return size


def _is_name(name: Value) -> bool:
    """A name, or a title and a name."""
    if isinstance(name, tuple):
        return len(name) == 2 and all(isinstance(one, str) for one in name)
    return isinstance(name, str)


def _plain(text: str) -> Type:
    if _TIME.fullmatch(text):
        return Type(8)
    found = _PLAIN.fullmatch(text)
    if found is None:
        raise Unclear(f"{text!r:.60} is no type that numpy writes")
    if found[6]:
        return Type(8, has_objects=True)
    if found[3]:
        return Type(_LETTERS[found[3]])
    if found[4]:
        return Type(int(found[5] or 0) * (4 if found[4] == "U" else 1))
    size = int(found[2])
    if size not in _SIZES[found[1]]:
        raise Unclear(f"{text!r:.60} is no type that there is")
    return Type(size)
