"""An abstract machine for pickles: it does what a pickle says with values that are numbers, and tells a witness what
a real one would import, call and change.

Python runs a pickle up to the place where it breaks, so everything before counts. Where Python would raise for the
stack or the memo, the machine notes it and goes on: what another implementation allows is seen as well.
"""

from __future__ import annotations

import abc
import codecs
import re
from array import array
from collections.abc import Callable
from typing import Final

from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.pickles import opcodes as op
from bartizan.supply.scan.pickles.values import MISSING, UNKNOWN, Extension, Global, Nameless, Result, Thing, Things
from bartizan.supply.scan.pickles.window import Window

_STACK: Final = 2_000_000
_MARKS: Final = 250_000
_MEMO: Final = 12_000_000
_SPARSE: Final = 100_000
_GAP: Final = 65_536
_WIDTH: Final = 64
_RECENT: Final = 2_000
_NAME: Final = 512
"""Longer names name nothing, or go around in circles: os.path.os.path..."""
_TEXT: Final = 1 << 20
_LARGE: Final = 32 << 20
_CONSTANTS: Final = re.compile(rb"(?:K.|M..|J....|G.{8}|[N\x88\x89]){24,}", re.DOTALL)
_CONSTANT: Final = re.compile(rb"K.|M..|J....|G.{8}|[N\x88\x89]", re.DOTALL)
_SHOWN: Final = 8
_EMPTY: Final = frozenset({op.EMPTY_TUPLE, op.EMPTY_LIST, op.EMPTY_DICT})
_NUMBER: Final = re.compile(rb"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9_]+)")
_DECIMAL: Final = re.compile(rb"[-+]?(?:[0-9_.]+(?:e[-+]?[0-9]+)?|inf|nan|infinity)", re.IGNORECASE)
_NUMBERS: Final = {op.INT: _NUMBER, op.LONG: _NUMBER, op.FLOAT: _DECIMAL}


class Witness(abc.ABC):
    """Who is told what a pickle does."""

    @abc.abstractmethod
    def imported(self, machine: Machine, thing: Global | Extension | Nameless, at: int) -> None:
        """A global is looked up."""

    @abc.abstractmethod
    def called(self, machine: Machine, what: int, arguments: tuple[int, ...] | None, at: int) -> int | None:
        """A value is called; None: nobody knows with what. Returns the result where it is a special value."""

    @abc.abstractmethod
    def built(self, machine: Machine, what: int, state: int, at: int) -> int:
        """A value gets a state. Returns the place at which the stream goes on."""

    @abc.abstractmethod
    def persistent(self, machine: Machine, value: int | None, at: int) -> int:
        """An object is taken from elsewhere by its id; None: by a line of text. Returns what stands for it."""

    @abc.abstractmethod
    def noted(self, kind: str, what: str, at: int) -> None:
        """Something else: "buffer" or "frames"."""


class Machine:
    """Runs one stream. `run` may be called once; afterwards the values that it met can be asked for."""

    def __init__(
        self,
        window: Window,
        witness: Witness,
        spend: Callable[[int], None],
        *,
        is_strict: bool = False,
        width: int = _WIDTH,
    ) -> None:
        self.window = window
        self.things = Things()
        self.stack: list[int] = []
        self.marks: list[int] = []
        self.memo: array[int] = array("q")
        self.sparse: dict[int, int] = {}
        self.is_over = False
        """Whether the memo is another machine's, which is read and not changed."""
        self.holes = 0
        """Places of the memo that were jumped over."""
        self.trouble: Unreadable | None = None
        """The first thing for which Python would have stopped reading."""
        self.width = width
        """How many items of a tuple, list or dictionary are kept."""
        self.frame_end = 0
        self._witness, self._spend, self._is_strict = witness, spend, is_strict
        self._until = window.size
        self._parts: dict[int, list[int]] = {}
        self._older: dict[int, list[int]] = {}
        self._older_from = self._parts_from = 0
        """What was made before the one is forgotten; what was made before the other is in the older generation."""
        self._read = 0
        self._names: dict[int, str | None] = {}
        self._too_wide = [UNKNOWN] * (width + 1)

    def over(self, witness: Witness) -> Machine:
        """A machine that goes on from what this one holds, without changing it."""
        other = Machine(self.window, witness, self._spend)
        other.stack = self.stack[-_WIDTH:]
        other.things, other.memo, other.is_over = self.things, self.memo, True
        other.sparse = {-1: UNKNOWN, **self.sparse}
        return other

    # What values are

    def thing(self, value: int) -> Thing | None:
        """The global or result that a value is."""
        return self.things.thing(value)

    def text(self, value: int) -> str | None:
        """The string that a value is; None where it is none, or too long to be the name of anything."""
        if value < 0:
            return None
        if value not in self._names:
            if len(self._names) > 5_000:
                self._names.clear()
            found = self._read_text(value, _NAME + 1)
            self._names[value] = found if found is None or len(found) <= _NAME else None
        return self._names[value]

    def whole_text(self, value: int) -> str | None:
        """The string that a value is, however long. Raises Unreadable for one that is too long to look at."""
        found = self._read_text(value, _LARGE)
        if found is not None and len(found) >= _LARGE:
            raise Unreadable("a text that is too long to look at", value)
        return found

    def code(self, value: int) -> int:
        """The operation that pushed a constant; -1 for none."""
        found = self.window.read(value, 1) if value >= 0 else b""
        return found[0] if found else -1

    def items(self, value: int) -> list[int] | None:
        """What is in a tuple, list, or dictionary (key, value, key, ...); None where it was not kept."""
        if value < 0:
            return None
        found = self._parts.get(value)
        if found is None:
            found = self._older.get(value)
        if found is None and value >= self._older_from and self.code(value) in _EMPTY:
            return []
        return None if found is None or len(found) > self.width else found

    def span(self, value: int) -> tuple[int, int] | None:
        """Where the bytes of a constant lie, as place and size; None where it is none with a length."""
        code = self.code(value)
        if code in op.SHORT:
            return value + 2, self.window.read(value + 1, 1)[0]
        width = op.LENGTHS.get(code)
        if width is None:
            return None
        return value + 1 + width, int.from_bytes(self.window.read(value + 1, width), "little")

    def number(self, value: int) -> int | bool | None:
        """The whole number or boolean that a value is; None where it is none."""
        code = self.code(value)
        width = {op.BININT1: 1, op.BININT2: 2, op.BININT: 4}.get(code)
        if width:
            return int.from_bytes(self.window.read(value + 1, width), "little", signed=width == 4)
        if code in (op.NEWTRUE, op.NEWFALSE):
            return code == op.NEWTRUE
        if code == op.LONG1 and (span := self.span(value)):
            return int.from_bytes(self.window.read(*span), "little", signed=True)
        if code not in (op.INT, op.LONG):
            return None
        line = _before_nul(self.window.read(value + 1, 32).partition(b"\n")[0]).rstrip(b"L")
        if code == op.INT and line in (b"00", b"01"):
            return line == b"01"
        try:
            return int(line, 0)
        except ValueError:
            return None

    def shown(self, value: int, deep: int = 3) -> str:
        """A value as Python would write it, shortened."""
        thing = self.thing(value)
        if thing is not None or value < 0:
            return str(thing or "…")
        code = self.code(value)
        if code in op.TEXTS:
            found = self._read_text(value, 400)
            return repr(found) if found is not None else "'…'"
        if code in op.BYTES and (span := self.span(value)):
            return repr(self.window.read(span[0], min(span[1], 200)))
        if code == op.NONE:
            return "None"
        number = self.number(value)
        if number is not None:
            return str(number) if abs(number) < 10**30 else "a large number"
        items = self.items(value)
        if items is None or deep == 0:
            return "…"
        inside = [self.shown(one, deep - 1) for one in items[:_SHOWN]] + ["…"] * (len(items) > _SHOWN)
        if code in (op.EMPTY_DICT, op.DICT):
            pairs = zip(inside[::2], inside[1::2], strict=False)
            return "{" + ", ".join(f"{key}: {one}" for key, one in pairs) + "}"
        if code in (op.EMPTY_LIST, op.LIST):
            return "[" + ", ".join(inside) + "]"
        return "(" + ", ".join(inside) + ")"

    def _read_text(self, value: int, most: int) -> str | None:
        code = self.code(value)
        if code not in op.TEXTS:
            return None
        if code in (op.STRING, op.UNICODE):
            end = self.window.line_end(value + 1)
            held = self.window.read(value + 1, min(max(end - value - 1, 0), most))
            return _unquoted(held) if code == op.STRING else _unescaped(held)
        span = self.span(value)
        assert span is not None
        place, size = span
        if place + size > self.window.size:
            return None
        return self.window.read(place, min(size, most)).decode("utf-8", "surrogateescape")

    # Running

    def run(self, at: int = 0) -> int:
        """Run the stream that begins there. Returns the place behind its end.

        Raises Unreadable where it breaks: the witness has been told everything up to there.
        """
        at, code = self._loop(at)
        if at >= self._until:
            raise Unreadable("it ends without STOP", at)
        if code != op.STOP:
            raise Unreadable(f"0x{code:02x} is no operation of pickles", at)
        if self.frame_end > at + 1:
            self._witness.noted("frames", "it stops before its frame ends", at)
        if not self.stack:
            self._stumble("there is nothing on the stack at the end", at)
        self._spend(self._read // 4 + 1)
        return at + 1

    def _loop(self, at: int) -> tuple[int, int]:  # noqa: C901, PLR0912, PLR0915  the hot loop: calls would cost more than the work
        """Run operations up to STOP, or to what is none. Returns its place and code."""
        stack, marks, memo, width = self.stack, self.marks, self.memo, self.width
        push = stack.append
        kinds, sizes, slow = op.KINDS, op.SIZES, _SLOW.get
        window = self.window
        while True:
            buffer, base = window.held, window.start
            if at < base or (at >= base + len(buffer) - op.LONGEST and base + len(buffer) < self._until):
                self._tidy(at)
                buffer, base = window.move(at), at
            parts, parts_from = self._parts, self._parts_from
            is_last = base + len(buffer) >= self._until
            limit = self._until - base if is_last else len(buffer) - op.LONGEST
            end = len(buffer)
            p = first = at - base
            bulk = p
            while p < limit:
                code = buffer[p]
                kind = kinds[code]
                if kind == 0:  # one constant
                    if code == 0x4B and p >= bulk:
                        found = _CONSTANTS.match(buffer, p, limit)
                        if found:
                            stack.extend([UNKNOWN] * len(_CONSTANT.findall(buffer, p, found.end())))
                            p = bulk = found.end()
                            continue
                        bulk = p + 48
                    push(base + p)
                    p += sizes[code]
                elif kind == 1:  # with a byte for the length
                    push(base + p)
                    p += 2 + buffer[p + 1] if p + 1 < end else 2
                elif kind == 2:  # MEMOIZE
                    if self.holes or self.sparse or not stack:
                        self._memoize(base + p)
                    else:
                        memo.append(stack[-1])
                    p += 1
                elif kind == 3:  # GET
                    if code == 0x68:
                        index = buffer[p + 1] if p + 1 < end else 0
                        width_of = 2
                    else:
                        index = int.from_bytes(buffer[p + 1 : p + 5], "little")
                        width_of = 5
                    value = memo[index] if index < len(memo) else MISSING
                    if value == MISSING or self.sparse:
                        value = self._get(index, base + p)
                    push(value)
                    p += width_of
                elif kind == 4:  # PUT
                    if code == 0x71:
                        index = buffer[p + 1] if p + 1 < end else 0
                        width_of = 2
                    else:
                        index = int.from_bytes(buffer[p + 1 : p + 5], "little")
                        width_of = 5
                    if index == len(memo) and stack and not self.sparse:
                        memo.append(stack[-1])
                    else:
                        self._put(index, base + p)
                    p += width_of
                elif kind == 5:  # MARK
                    marks.append(len(stack))
                    p += 1
                elif kind == 6:  # APPENDS, SETITEMS, ADDITEMS
                    mark = marks.pop() if marks else self._unmarked(base + p)
                    if 0 < mark <= len(stack):
                        value = stack[mark - 1]
                        if len(stack) - mark > width:
                            parts[value] = self._too_wide
                        elif value >= parts_from and value not in parts:
                            parts[value] = stack[mark:]
                        else:
                            self._add(value, stack[mark:])
                        del stack[mark:]
                    else:
                        self._stumble("there is nothing to add to", base + p)
                    p += 1
                elif kind == 7:  # TUPLE1, TUPLE2, TUPLE3
                    count = code - 0x84
                    if len(stack) < count or (marks and len(stack) - count < marks[-1]):
                        self._lacking(count, base + p)
                    parts[base + p] = stack[-count:]
                    del stack[-count:]
                    push(base + p)
                    p += 1
                elif kind == 8:  # BINUNICODE, BINBYTES
                    push(base + p)
                    p += 5 + int.from_bytes(buffer[p + 1 : p + 5], "little")
                elif kind == 9:  # APPEND
                    if len(stack) < 2 or (marks and len(stack) - 1 <= marks[-1]):
                        self._lacking(2, base + p)
                    value = stack.pop()
                    self._add(stack[-1], [value])
                    p += 1
                else:
                    handler = slow(code)
                    if handler is None:
                        break
                    p = handler(self, base + p, code) - base
            at = base + p
            self._read += min(p, limit) - first
            if p < limit:
                return at, buffer[p]
            if at > self._until:
                raise Unreadable("it ends within an operation", self._until)
            if at == self._until:
                return at, 0

    def _tidy(self, at: int) -> None:
        self._spend(self._read // 4 + 1)
        self._read = 0
        if len(self.stack) > _STACK or len(self.marks) > _MARKS or len(self.memo) > _MEMO:
            raise TooMuch("a pickle that holds too many values at once")
        if len(self._parts) > _RECENT:
            self._older, self._parts = self._parts, {}
            self._older_from, self._parts_from = self._parts_from, at

    def _stumble(self, what: str, at: int) -> None:
        if self._is_strict:
            raise Unreadable(what, at)
        if self.trouble is None:
            self.trouble = Unreadable(what, at)

    def _lacking(self, count: int, at: int) -> None:
        """There are too few values above the mark: note it, and lay what is not known below."""
        self._stumble("the stack holds too little", at)
        floor = self.marks[-1] if self.marks else 0
        lacks = count - max(0, len(self.stack) - floor)
        if lacks > 0:
            where = min(floor, len(self.stack))
            self.stack[where:where] = [UNKNOWN] * lacks

    def _unmarked(self, at: int) -> int:
        self._stumble("there is no mark", at)
        return 0

    def _add(self, container: int, items: list[int]) -> None:
        """Keep what is added to a list or dictionary, as far as all of it is known."""
        if container < 0:
            return
        known = self._parts.get(container)
        if known is None:
            known = self._older.get(container)
            if known is not None:
                known = [*known, *items] if len(known) <= self.width else known
            else:
                known = items if container >= self._older_from else self._too_wide
            self._parts[container] = known
        elif len(known) <= self.width:
            known += items

    # The memo

    def _memoize(self, at: int) -> None:
        self._put(len(self.memo) - self.holes + len(self.sparse), at)

    def _put(self, index: int, at: int) -> None:
        if not self.stack:
            self._lacking(1, at)
        value = self.stack[-1]
        memo = self.memo
        if self.is_over:
            self._put_far(index, value)
        elif index < len(memo):
            self.holes -= memo[index] == MISSING
            memo[index] = value
        elif index - len(memo) <= _GAP and index < _MEMO and not self.sparse:
            self.holes += index - len(memo)
            memo.extend([MISSING] * (index - len(memo)))
            memo.append(value)
        else:
            self._put_far(index, value)

    def _put_far(self, index: int, value: int) -> None:
        self.sparse[index] = value
        if len(self.sparse) > _SPARSE:
            raise TooMuch("a memo with too many far indexes")

    def _get(self, index: int, at: int) -> int:
        value = self.memo[index] if index < len(self.memo) else MISSING
        value = self.sparse.get(index, value)
        if value == MISSING:
            self._stumble(f"nothing was put into the memo at {index}", at)
            return UNKNOWN
        return value

    # The other operations. Each gets its place and code and returns where the next one is.

    def pop(self, at: int) -> int:
        """The value on top; unknown, and noted, where there is none above the mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            self._stumble("the stack holds too little", at)
            return UNKNOWN
        return self.stack.pop()

    def pop_mark(self, at: int) -> list[int]:
        """All values above the last mark, which goes as well."""
        mark = min(self.marks.pop() if self.marks else self._unmarked(at), len(self.stack))
        found = self.stack[mark:]
        del self.stack[mark:]
        return found

    def _proto(self, at: int, code: int) -> int:
        found = self._exactly(at + 1, 1)
        if found[0] > op.HIGHEST:
            raise Unreadable(f"protocol {found[0]} is not known", at)
        return at + 2

    def _frame(self, at: int, code: int) -> int:
        size = int.from_bytes(self._exactly(at + 1, 8), "little")
        if self.frame_end > at:
            self._witness.noted("frames", "a frame begins before the last one has ended", at)
        self.frame_end = at + 9 + size
        if self.frame_end > self._until:
            self._stumble(f"a frame of {size:,} bytes reaches beyond the end", at)
        return at + 9

    def _line(self, at: int) -> tuple[bytes, int]:
        end = self.window.line_end(at)
        if not 0 <= end < self._until:
            raise Unreadable("it ends within a line", at)
        return self.window.read(at, min(end - at, _TEXT)), end + 1

    def _lined(self, at: int, code: int) -> int:
        line, after = self._line(at + 1)
        if code == op.STRING and not _is_quoted(line, after - at - 2):
            self._stumble("a string without its quotes", at)
        elif code in _NUMBERS and not _NUMBERS[code].fullmatch(_before_nul(line).removesuffix(b"L")):
            self._stumble("a number that is none", at)
        self.stack.append(at)
        return after

    def _lengthy(self, at: int, code: int) -> int:
        width = op.LENGTHS[code]
        size = int.from_bytes(self._exactly(at + 1, width), "little", signed=code in op.SIGNED)
        if size < 0:
            raise Unreadable("a length below zero", at)
        self.stack.append(at)
        after = at + 1 + width + size
        if after > self._until:
            raise Unreadable(f"{size:,} bytes are said to follow, and do not", at)
        return after

    def _pop(self, at: int, code: int) -> int:
        if self.marks and self.marks[-1] >= len(self.stack):
            self.marks.pop()
        else:
            self.pop(at)
        return at + 1

    def _pop_mark(self, at: int, code: int) -> int:
        self.pop_mark(at)
        return at + 1

    def _dup(self, at: int, code: int) -> int:
        value = self.pop(at)
        self.stack += [value, value]
        return at + 1

    def _collect(self, at: int, code: int) -> int:
        """TUPLE, LIST, DICT, FROZENSET: what is above the mark becomes one."""
        found = self.pop_mark(at)
        self._parts[at] = found if len(found) <= self.width else self._too_wide
        self.stack.append(at)
        return at + 1

    def _set_item(self, at: int, code: int) -> int:
        value, key = self.pop(at), self.pop(at)
        if not self.stack:
            self._lacking(1, at)
        self._add(self.stack[-1], [key, value])
        return at + 1

    def _get_line(self, at: int, code: int) -> int:
        line, after = self._line(at + 1)
        self.stack.append(self._get(self._index(line, at), at))
        return after

    def _put_line(self, at: int, code: int) -> int:
        line, after = self._line(at + 1)
        self._put(self._index(line, at), at)
        return after

    def _index(self, line: bytes, at: int) -> int:
        text = _before_nul(line)
        if not text.isdigit() or len(text) > 20:
            raise Unreadable("an index of the memo that is no number", at)
        return int(text)

    def _persistent(self, at: int, code: int) -> int:
        if code == op.BINPERSID:
            value = self.pop(at)
            self.stack.append(self._witness.persistent(self, value, at))
            return at + 1
        after = self._line(at + 1)[1]
        self.stack.append(self._witness.persistent(self, None, at))
        return after

    def _buffer(self, at: int, code: int) -> int:
        if code == op.NEXT_BUFFER:
            self._witness.noted("buffer", "bytes that are given beside the pickle", at)
            self.stack.append(UNKNOWN)
        elif not self.stack:
            self._lacking(1, at)
        return at + 1

    # Globals and calls

    def _find(self, module: str | None, name: str | None, at: int) -> int:
        thing = Global(module, name) if module is not None and name is not None else Nameless()
        self._witness.imported(self, thing, at)
        return self.things.number(thing)

    def _names_of(self, at: int) -> tuple[str | None, str | None, int]:
        module, middle = self._line(at)
        name, after = self._line(middle)
        if len(module) > _NAME or len(name) > _NAME:
            return None, None, after
        return module.decode("utf-8", "surrogateescape"), name.decode("utf-8", "surrogateescape"), after

    def _global(self, at: int, code: int) -> int:
        module, name, after = self._names_of(at + 1)
        self.stack.append(self._find(module, name, at))
        return after

    def _stack_global(self, at: int, code: int) -> int:
        name, module = self.pop(at), self.pop(at)
        self.stack.append(self._find(self.text(module), self.text(name), at))
        return at + 1

    def _extension(self, at: int, code: int) -> int:
        width = {op.EXT1: 1, op.EXT2: 2, op.EXT4: 4}[code]
        thing = Extension(int.from_bytes(self._exactly(at + 1, width), "little"))
        self._witness.imported(self, thing, at)
        self.stack.append(self.things.number(thing))
        return at + 1 + width

    def _inst(self, at: int, code: int) -> int:
        module, name, after = self._names_of(at + 1)
        arguments = tuple(self.pop_mark(at))
        self._call(self._find(module, name, at), arguments, at)
        return after

    def _obj(self, at: int, code: int) -> int:
        found = self.pop_mark(at)
        if not found:
            self._stumble("an object without a class", at)
            found = [UNKNOWN]
        self._call(found[0], tuple(found[1:]), at)
        return at + 1

    def _reduce(self, at: int, code: int) -> int:
        named = self.pop(at) if code == op.NEWOBJ_EX else None
        arguments = self.pop(at)
        what = self.pop(at)
        found = self.items(arguments)
        if found is not None and self.code(arguments) in (op.EMPTY_DICT, op.DICT):
            found = None
        if found is not None and named is not None:
            found = [*found, named]
        self._call(what, None if found is None else tuple(found), at)
        return at + 1

    def _call(self, what: int, arguments: tuple[int, ...] | None, at: int) -> None:
        result = self._witness.called(self, what, arguments, at)
        if result is None:
            thing = self.thing(what)
            result = self.things.number(Result(thing if isinstance(thing, Global) else None))
        self.stack.append(result)

    def _build(self, at: int, code: int) -> int:
        state = self.pop(at)
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            self._lacking(1, at)
        return self._witness.built(self, self.stack[-1], state, at)

    def _exactly(self, at: int, count: int) -> bytes:
        found = self.window.read(at, count)
        if len(found) < count or at + count > self._until:
            raise Unreadable("it ends within an operation", at)
        return found


def _before_nul(line: bytes) -> bytes:
    """What C reads of a line with a number: up to a zero byte."""
    return line.partition(b"\0")[0].strip()


def _is_quoted(line: bytes, size: int) -> bool:
    line = line.strip()
    return size > _TEXT or (len(line) >= 2 and line[:1] == line[-1:] and line[:1] in b"'\"")


def _unquoted(line: bytes) -> str | None:
    line = line.strip()
    if line[:1] in (b"'", b'"'):
        line = line[1:-1] if line[-1:] == line[:1] else line[1:]
    try:
        found: object = codecs.escape_decode(line)[0]
    except ValueError:
        return None
    return found.decode("utf-8", "surrogateescape") if isinstance(found, bytes) else None


def _unescaped(line: bytes) -> str | None:
    try:
        return line.decode("raw-unicode-escape")
    except ValueError:
        return None


_Handler = Callable[[Machine, int, int], int]


def _slow() -> dict[int, _Handler]:
    own = Machine
    handlers: dict[int, _Handler] = {
        op.PROTO: own._proto,
        op.FRAME: own._frame,
        op.POP: own._pop,
        op.POP_MARK: own._pop_mark,
        op.DUP: own._dup,
        op.SETITEM: own._set_item,
        op.GET: own._get_line,
        op.PUT: own._put_line,
        op.PERSID: own._persistent,
        op.BINPERSID: own._persistent,
        op.NEXT_BUFFER: own._buffer,
        op.READONLY_BUFFER: own._buffer,
        op.GLOBAL: own._global,
        op.STACK_GLOBAL: own._stack_global,
        op.INST: own._inst,
        op.OBJ: own._obj,
        op.BUILD: own._build,
    }
    handlers |= dict.fromkeys(op.LINES, own._lined)
    handlers |= dict.fromkeys(op.LENGTHS, own._lengthy)
    handlers |= dict.fromkeys((op.TUPLE, op.LIST, op.DICT, op.FROZENSET), own._collect)
    handlers |= dict.fromkeys((op.EXT1, op.EXT2, op.EXT4), own._extension)
    handlers |= dict.fromkeys((op.REDUCE, op.NEWOBJ, op.NEWOBJ_EX), own._reduce)
    return handlers


_SLOW: Final = _slow()
