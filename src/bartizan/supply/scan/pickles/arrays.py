"""Arrays of joblib: their bytes lie in the stream behind the object that describes them."""

from __future__ import annotations

import math
import re
from typing import Final

import msgspec

from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.pickles import opcodes as op
from bartizan.supply.scan.pickles.machine import Machine
from bartizan.supply.scan.pickles.values import Global, Result

_WRAPPER: Final = re.compile(r"(?:sklearn\.externals\.)?joblib\.numpy_pickle\.NumpyArrayWrapper")
_BESIDE: Final = re.compile(r"(?:sklearn\.externals\.)?joblib\.(?:numpy_pickle|numpy_pickle_compat)\.Z?NDArrayWrapper")
_DTYPE: Final = re.compile(r"[<>=|]?([a-zA-Z?])([0-9]{1,9})")
_TYPES: Final = frozenset("biufcmMSUVO")
_OBJECTS: Final = 1
"""The flag of a type that says that there are objects in it."""
_STATE: Final = 8


class Array(msgspec.Struct, frozen=True):
    """What is said of an array."""

    size: int
    is_aligned: bool
    """Whether a byte with the length of a padding, and the padding, come before it."""
    has_objects: bool
    """Whether it is a pickle of its own, of a length that is not said."""


def is_wrapper(of: Global | None) -> bool:
    """Whether it describes an array whose bytes follow."""
    return of is not None and _WRAPPER.fullmatch(str(of)) is not None


def is_beside(of: Global | None) -> bool:
    """Whether it describes an array in a file of its own."""
    return of is not None and _BESIDE.fullmatch(str(of)) is not None


def is_dtype(of: Global | None) -> bool:
    """Whether calling it gives a type of numbers."""
    return of is not None and of.module in ("numpy", "numpy.core.multiarray") and of.name == "dtype"


def is_text_dtype(of: Global | None) -> bool:
    """Whether calling it gives the type of strings of any length, whose arrays are pickled."""
    return of is not None and of.module.endswith("core._internal") and of.name == "_convert_to_stringdtype_kwargs"


class DTypes:
    """The types of numbers of one stream. Whether one has objects in it stands only in its state."""

    def __init__(self) -> None:
        self._flagged: dict[str, int | None] = {}

    def made(self, machine: Machine, of: Global, arguments: tuple[int, ...] | None, at: int) -> Result:
        """What a call of `numpy.dtype` gives, told from others where its state will matter."""
        text = machine.text(arguments[0]) if arguments else None
        found = _DTYPE.fullmatch(text) if text else None
        if found is None or found[1] not in _TYPES:
            return Result(of)
        return Result(of, f"{found[0]}@{at}" if found[1] == "V" else found[0])

    def built(self, machine: Machine, made: Result, state: int) -> None:
        """It gets its state."""
        items = machine.items(state)
        flags = machine.number(items[_STATE - 1]) if items and len(items) >= _STATE else None
        if made.how and ("@" in made.how or flags is None or (flags & _OBJECTS and "O" not in made.how)):
            clear = made.how not in self._flagged
            self._flagged[made.how] = flags if clear else None

    def size(self, made: Result) -> tuple[int, bool]:
        """Bytes of one item, and whether it has objects. Raises Unreadable where that is not clear."""
        found = _DTYPE.fullmatch(made.how.partition("@")[0])
        flags = self._flagged.get(made.how, 0)
        if found is None or flags is None or ("@" not in made.how and flags):
            raise Unreadable("an array of a type that is not clear")
        return int(found[2]) * (4 if found[1] == "U" else 1), found[1] == "O" or bool(flags & _OBJECTS)


def described(machine: Machine, state: int, types: DTypes) -> Array:
    """The array that a wrapper with this state stands for. Raises Unreadable where it does not say."""
    items = machine.items(state)
    if items is None or machine.code(state) not in (op.EMPTY_DICT, op.DICT):
        raise Unreadable("an array of which nothing is said")
    told = {machine.text(key): value for key, value in zip(items[::2], items[1::2], strict=False)}
    made = machine.thing(told.get("dtype", -1))
    shape = machine.items(told.get("shape", -1))
    if isinstance(made, Result) and is_text_dtype(made.of):
        return Array(size=0, is_aligned=False, has_objects=True)
    if None in told or shape is None or not isinstance(made, Result) or not is_dtype(made.of):
        raise Unreadable("an array whose shape or type is not clear")
    sides = [machine.number(one) for one in shape]
    if any(one is None or one < 0 for one in sides):
        raise Unreadable("an array whose shape is not clear")
    each, has_objects = types.size(made)
    padding = told.get("numpy_array_alignment_bytes")
    return Array(
        size=math.prod(one for one in sides if one is not None) * each,
        is_aligned=padding is not None and machine.code(padding) != op.NONE,
        has_objects=has_objects,
    )
