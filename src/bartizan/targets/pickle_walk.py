"""Reads a pickle as a machine that does nothing: which names it would use, and whether it does only what models need.

Nothing is imported and nothing called. The machine knows the operations that saved models use; any other is refused,
and so is every way to call or to change what is not a fresh object made from a plain name. Arrays that joblib lays
between the operations are stepped over, as joblib's own reader would.

Source: the operations are those of Python's pickletools; the layout of arrays is joblib's numpy_pickle (1.6).
"""

from __future__ import annotations

import io
import math
import pickletools
import re
from collections.abc import Callable
from typing import Any

import msgspec

from bartizan.targets.pickle_names import may_name, modern


class NotPlain(Exception):
    """The pickle does what no saved model needs to do; its text says what."""


class Name(msgspec.Struct, frozen=True):
    """A global that the pickle asks for."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class _Made:
    """An object that a call would have made; its state as far as it is known."""

    def __init__(self, by: Name, args: object) -> None:
        self.by, self.args = by, args
        self.state: dict[object, object] = {}
        self.flags: object = 0


_MARK, _OTHER = object(), object()
_ARRAYS = Name("joblib.numpy_pickle", "NumpyArrayWrapper")
_DTYPE = re.compile(r"[<>=|]?([biufcSUVOmM])(\d{1,6})?")
_LITERALS = frozenset(
    re.findall(
        r"\w+",
        """
    NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING
    UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8
    """,
    )
)
_MOST_OPERATIONS = 20_000_000


def names_in(raw: bytes, *, tensors: bool = False) -> frozenset[Name]:
    """The names that the pickle asks for, all of them allowed. Raises NotPlain, which names what is not.

    ``tensors``: whether it is the index of a PyTorch archive, which refers to tensors beside it.
    """
    stream = io.BytesIO(raw)
    walk = _Walk(stream, tensors=tensors, arrays=not tensors)
    walk.run()
    if stream.tell() != len(raw):
        raise NotPlain(f"{len(raw) - stream.tell()} bytes follow after its end")
    return frozenset(walk.names)


class _Walk:
    def __init__(self, stream: io.BytesIO, *, tensors: bool, arrays: bool = True) -> None:
        self.stream, self.tensors, self.arrays = stream, tensors, arrays
        self.names: set[Name] = set()
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.frame_end = 0

    def run(self) -> None:
        try:
            for count, (operation, argument, _) in enumerate(pickletools.genops(self.stream)):
                if count > _MOST_OPERATIONS:
                    raise NotPlain(f"it has more than {_MOST_OPERATIONS:,} operations")
                self.step(operation.name, argument)
        except NotPlain:
            raise
        except (ValueError, IndexError, KeyError, TypeError, UnicodeError, OverflowError) as error:
            raise NotPlain(f"it is no sound pickle: {type(error).__name__}: {error}") from None

    def step(self, operation: str, argument: Any) -> None:
        if operation in _LITERALS:
            self.stack.append(argument)
            return
        act = _ACTS.get(operation)
        if act is None:
            raise NotPlain(f"it uses the operation {operation}, which no saved model needs")
        act(self, argument)

    def pop(self) -> Any:
        value = self.stack.pop()
        if value is _MARK:
            raise NotPlain("it is no sound pickle: a mark where a value belongs")
        return value

    def pop_to_mark(self) -> list[Any]:
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:  # an IndexError where there is none
            at -= 1
            if at < 0:
                raise NotPlain("it is no sound pickle: a mark is missing")
        values = self.stack[at + 1 :]
        del self.stack[at:]
        return values

    def name(self, module: object, name: object) -> None:
        if not (isinstance(module, str) and isinstance(name, str)):
            raise NotPlain("it makes up a name as it goes")
        if not may_name(module, name):
            raise NotPlain(f"it uses {module}.{name}, which is not on the list of what models need")
        self.names.add(Name(module, name))
        self.stack.append(Name(modern(module), name))

    def make(self, by: object, args: object) -> None:
        if not isinstance(by, Name):
            raise NotPlain("it calls something that is no plain name")
        self.stack.append(_Made(by, args))

    def build(self) -> None:
        state, made = self.pop(), self.pop()
        if not isinstance(made, _Made):
            raise NotPlain("it changes something that it did not make")
        if isinstance(state, dict):
            made.state.update(state)
        elif isinstance(state, tuple) and len(state) > 7:
            made.flags = state[7]
        self.stack.append(made)
        if made.by == _ARRAYS:
            self.skip_array(made)
            self.stack[-1] = _OTHER

    def skip_array(self, wrapper: _Made) -> None:
        """Past an array that joblib wrote here; one of objects is a pickle of its own."""
        if not self.arrays or self.stream.tell() < self.frame_end:
            raise NotPlain("an array begins where none can be")
        shape = wrapper.state.get("shape")
        if not (isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)):
            raise NotPlain("an array has no shape")
        size = _item_size(wrapper.state.get("dtype"))
        if size is None:
            inner = _Walk(self.stream, tensors=False, arrays=False)
            inner.run()
            self.names |= inner.names
            return
        if wrapper.state.get("numpy_array_alignment_bytes") is not None:
            self.stream.seek(self.taken(1)[0], io.SEEK_CUR)
        self.skip(math.prod(shape) * size)

    def taken(self, n: int) -> bytes:
        got = self.stream.read(n)
        if len(got) != n:
            raise NotPlain("it ends too early")
        return got

    def skip(self, n: int) -> None:
        if n > self.stream.getbuffer().nbytes - self.stream.tell():
            raise NotPlain("it ends too early")
        self.stream.seek(n, io.SEEK_CUR)

    def add(self, pairs: list[Any]) -> None:
        """Keys and values, one after the other, to the dictionary on top of the stack."""
        held = self.stack[-1]
        if isinstance(held, Name):
            raise NotPlain("it changes something that it did not make")
        if isinstance(held, dict):
            held.update({k: v for k, v in zip(pairs[::2], pairs[1::2], strict=True) if isinstance(k, str)})

    def tensor(self) -> None:
        if not self.tensors:
            raise NotPlain("it refers to something outside of itself")
        self.pop()
        self.stack.append(_OTHER)


def _item_size(dtype: object) -> int | None:
    """Bytes of one item; None for objects, which joblib writes as a pickle."""
    if not (isinstance(dtype, _Made) and dtype.by == Name("numpy", "dtype") and isinstance(dtype.args, tuple)):
        raise NotPlain("an array has no plain type")
    known = _DTYPE.fullmatch(dtype.args[0]) if dtype.args and isinstance(dtype.args[0], str) else None
    if known is None or (known[1] != "O" and not known[2]):
        raise NotPlain("an array has no plain type")
    if known[1] == "O":
        return None
    if not isinstance(dtype.flags, int) or dtype.flags & 1:
        raise NotPlain("an array has rows with objects in them")
    return int(known[2]) * (4 if known[1] == "U" else 1)


def _drop(count: int) -> Callable[[_Walk, Any], None]:
    def act(walk: _Walk, _: Any) -> None:
        for _i in range(count):
            walk.pop()
        if isinstance(walk.stack[-1], Name):
            raise NotPlain("it changes something that it did not make")

    return act


def _some(walk: _Walk, _: Any) -> None:
    walk.pop_to_mark()
    if isinstance(walk.stack[-1], Name):
        raise NotPlain("it changes something that it did not make")


def _tuple(count: int) -> Callable[[_Walk, Any], None]:
    def act(walk: _Walk, _: Any) -> None:
        walk.stack.append(tuple(reversed([walk.pop() for _ in range(count)])))

    return act


def _from_mark(make: Callable[[list[Any]], Any]) -> Callable[[_Walk, Any], None]:
    return lambda walk, _: walk.stack.append(make(walk.pop_to_mark()))


def _put(walk: _Walk, at: Any) -> None:
    walk.memo[len(walk.memo) if at is None else at] = walk.stack[-1]


def _call(walk: _Walk, _: Any) -> None:
    args, by = walk.pop(), walk.pop()
    walk.make(by, args)


def _call_with_keywords(walk: _Walk, _: Any) -> None:
    walk.pop()
    _call(walk, None)


def _stack_global(walk: _Walk, _: Any) -> None:
    name, module = walk.pop(), walk.pop()
    walk.name(module, name)


def _pair(walk: _Walk, _: Any) -> None:
    value, key = walk.pop(), walk.pop()
    walk.add([key, value])


def _dict(values: list[Any]) -> dict[str, Any]:
    return {k: v for k, v in zip(values[::2], values[1::2], strict=True) if isinstance(k, str)}


def _frame(walk: _Walk, size: Any) -> None:
    walk.frame_end = walk.stream.tell() + int(size)


_ACTS: dict[str, Callable[[_Walk, Any], Any]] = {
    "PROTO": lambda walk, _: None,
    "FRAME": _frame,
    "STOP": lambda walk, _: walk.pop(),
    "MARK": lambda walk, _: walk.stack.append(_MARK),
    "POP": lambda walk, _: walk.stack.pop(),
    "POP_MARK": lambda walk, _: walk.pop_to_mark(),
    "DUP": lambda walk, _: walk.stack.append(walk.stack[-1]),
    "EMPTY_LIST": lambda walk, _: walk.stack.append(_OTHER),
    "EMPTY_SET": lambda walk, _: walk.stack.append(_OTHER),
    "EMPTY_TUPLE": _tuple(0),
    "EMPTY_DICT": lambda walk, _: walk.stack.append({}),
    "LIST": _from_mark(lambda values: _OTHER),
    "FROZENSET": _from_mark(lambda values: _OTHER),
    "TUPLE": _from_mark(tuple),
    "DICT": _from_mark(_dict),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "APPEND": _drop(1),
    "APPENDS": _some,
    "ADDITEMS": _some,
    "SETITEM": _pair,
    "SETITEMS": lambda walk, _: walk.add(walk.pop_to_mark()),
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": _put,
    "GET": lambda walk, at: walk.stack.append(walk.memo[at]),
    "BINGET": lambda walk, at: walk.stack.append(walk.memo[at]),
    "LONG_BINGET": lambda walk, at: walk.stack.append(walk.memo[at]),
    "GLOBAL": lambda walk, argument: walk.name(*str(argument).split(" ", 1)),
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _call,
    "NEWOBJ": _call,
    "NEWOBJ_EX": _call_with_keywords,
    "BUILD": lambda walk, _: walk.build(),
    "BINPERSID": lambda walk, _: walk.tensor(),
}
