"""Streams of pickles: one after another, with the tensors of older torch behind them."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles import opcodes as op
from bartizan.supply.scan.pickles.machine import Machine
from bartizan.supply.scan.pickles.reporting import Listener, Reporter
from bartizan.supply.scan.pickles.window import CHUNK, Window

_MAGIC: Final = 0x1950A86A20F9469CFC6C
"""With which torch began its files before they were zip archives."""
_MOST_STREAMS: Final = 200
_KEYS: Final = 1 << 20
_ITEMS: Final = {
    "BoolStorage": 1,
    "ByteStorage": 1,
    "CharStorage": 1,
    "QInt8Storage": 1,
    "QUInt8Storage": 1,
    "QUInt4x2Storage": 1,
    "QUInt2x4Storage": 1,
    "UntypedStorage": 1,
    "ShortStorage": 2,
    "HalfStorage": 2,
    "BFloat16Storage": 2,
    "IntStorage": 4,
    "FloatStorage": 4,
    "QInt32Storage": 4,
    "LongStorage": 8,
    "DoubleStorage": 8,
    "ComplexFloatStorage": 8,
    "ComplexDoubleStorage": 16,
}


class _Enough(Exception):
    """So much of it runs that it is a pickle."""


class _Stream:
    """What is left of a stream that was run."""

    def __init__(self, machine: Machine, reporter: Reporter, end: int) -> None:
        self.machine, self.reporter, self.end = machine, reporter, end

    @property
    def top(self) -> int:
        """The value that it gives."""
        return self.machine.stack[-1] if self.machine.stack else -1


def scan_stream(blob: Blob, look: Look, at: int = 0) -> int:
    """Look at the pickle that begins there, and at those that follow at once.

    Returns the place behind the last one, and behind what belongs to it.

    Raises Unreadable where one breaks; what it does up to there has been reported.
    """
    window = Window(blob)
    first = _run(window, look, at)
    trouble = first.machine.trouble
    if first.machine.number(first.top) == _MAGIC and first.end < blob.size:
        end = _torch(window, look, first.end)
    else:
        end = first.end
        while end < blob.size and _is_another(window, end):
            stream = _run(window, look, end)
            end, trouble = stream.end, trouble or stream.machine.trouble
    if trouble:
        raise trouble
    return end


def is_zero(blob: Blob, at: int) -> bool:
    """Whether nothing but zeros, or a last newline, follows."""
    if blob.size - at == 1 and blob.read(at, 1) == b"\n":
        return True
    return not any(block.count(0) < len(block) for block in blob.blocks(at))


def runs(blob: Blob, at: int = 0) -> str:
    """What is there, as a pickle without a mark: "calls", "ends" (it runs to its STOP) or "" (it is none)."""
    for _ in range(_MOST_STREAMS):
        found, at = _runs(blob, at)
        if found != "goes on":
            return found
    return "ends"


def _runs(blob: Blob, at: int) -> tuple[str, int]:
    listener = Listener()
    moves = 0

    def spend(steps: int) -> None:
        nonlocal moves
        moves += 1
        if moves > 1 and steps > 64:
            raise _Enough

    machine = Machine(Window(blob), listener, spend, is_strict=True)
    try:
        end = machine.run(at)
    except _Enough:
        return "calls" if listener.globals else "ends", at
    except Unreadable:
        return "calls" if listener.calls else "", at
    if listener.globals:
        return "calls", end
    return "ends" if end == blob.size or is_zero(blob, end) else "goes on", end


def is_marked(head: bytes) -> bool:
    """Whether it begins with PROTO, as all do since protocol 2, and goes on with what may be an operation.

    Nobody reads anything of one that does not: a length that looks like PROTO begins safetensors of a small header.
    """
    return (
        len(head) >= 2
        and head[0] == op.PROTO
        and head[1] <= op.HIGHEST
        and (len(head) == 2 or op.MARK <= head[2] <= op.READONLY_BUFFER)
    )


def _is_another(window: Window, at: int) -> bool:
    if is_marked(window.read(at, 3)):
        return True
    return window.size - at <= 2 * CHUNK and bool(runs(window.blob, at))


def _run(window: Window, look: Look, at: int, width: int = 64) -> _Stream:
    reporter = Reporter(look, window)
    machine = Machine(window, reporter, look.spend, width=width)
    try:
        return _Stream(machine, reporter, machine.run(at))
    finally:
        reporter.flush()


def _torch(window: Window, look: Look, at: int) -> int:
    """The version, the system and the object, each a pickle; then the keys of tensors, and their bytes."""
    version = _run(window, look, at)
    system = _run(window, look, version.end)
    model = _run(window, look, system.end)
    keys = _run(window, look, model.end, _KEYS)
    trouble = next((one.machine.trouble for one in (version, system, model, keys) if one.machine.trouble), None)
    if trouble:
        raise trouble
    order = keys.machine.items(keys.top)
    if order is None:
        raise Unreadable("the tensors of torch have no keys", model.end)
    end = keys.end
    for number, one in enumerate(order):
        name, count = model.reporter.storages.get(keys.machine.text(one) or "", ("", 0))
        if name not in _ITEMS:
            raise Unreadable("a tensor of torch that is not in the model", end)
        if int.from_bytes(window.blob.exactly(end, 8), "little") != count:
            raise Unreadable("a tensor of torch with another length than the model says", end)
        end += 8 + count * _ITEMS[name]
        if end > window.size or count < 0:
            raise Unreadable("the tensors of torch end too early", window.size)
        if number % 4096 == 0:
            look.spend(4096)
    return end
