"""Parts of the tar archives of PyTorch before 0.2, which torch still reads: pickles with plain bytes between them.

`storages` has a number, as many pickles with the bytes of a storage behind each, and a list of views. `tensors` has a
number, and as many pickles with a shape behind each. Source: `torch.serialization._legacy_load`.
"""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles import rules
from bartizan.supply.scan.pickles.machine import Machine
from bartizan.supply.scan.pickles.reporting import Reporter
from bartizan.supply.scan.pickles.streams import is_zero
from bartizan.supply.scan.pickles.values import Global
from bartizan.supply.scan.pickles.window import Window

STORAGES, TENSORS = "storages", "tensors"
_SIZES: Final = {
    **dict.fromkeys(("ByteStorage", "CharStorage", "BoolStorage", "UntypedStorage"), 1),
    **dict.fromkeys(("ShortStorage", "HalfStorage", "BFloat16Storage"), 2),
    **dict.fromkeys(("IntStorage", "FloatStorage"), 4),
    **dict.fromkeys(("LongStorage", "DoubleStorage", "ComplexFloatStorage"), 8),
    "ComplexDoubleStorage": 16,
}
_MOST_SIDES: Final = 1 << 16


class _Reader:
    def __init__(self, blob: Blob, look: Look) -> None:
        self.blob, self.look = blob, look
        self.end = 0
        self._window = Window(blob)

    def value(self) -> tuple[Machine, int]:
        """The next pickle: its machine, and what it gives. Raises Unreadable where it breaks."""
        reporter = Reporter(self.look, self._window)
        machine = Machine(self._window, reporter, self.look.spend)
        try:
            self.end = machine.run(self.end)
        finally:
            reporter.flush()
        if machine.trouble:
            raise machine.trouble
        return machine, machine.stack[-1] if machine.stack else -1

    def skip(self, count: int) -> None:
        """Go past plain bytes. Raises Unreadable where there are fewer."""
        if count < 0 or self.end + count > self.blob.size:
            raise Unreadable(f"{count:,} bytes of a tensor are said to follow, and do not", self.end)
        self.end += count

    def number(self, size: int) -> int:
        """A number among plain bytes."""
        found = int.from_bytes(self.blob.exactly(self.end, size), "little", signed=True)
        self.end += size
        return found


def look_at(name: str, blob: Blob, look: Look) -> None:
    """Look at a part of such an archive, or at whatever it is instead. Raises Unreadable."""
    reader, before = _Reader(blob, look), len(look.findings)
    try:
        machine, value = reader.value()
        count = machine.number(value)
    except Unreadable:
        if len(look.findings) > before:
            raise
        count = None
    if count is None:
        look.at(blob)
        return
    for _ in range(count):
        (_storage if name == STORAGES else _tensor)(reader)
        look.spend(16)
    if name == STORAGES:
        reader.value()
    if reader.end < blob.size and not is_zero(blob, reader.end):
        look.found(rules.TRAILING, f"{blob.size - reader.end:,} bytes", reader.end)
        look.into(f"behind {reader.end}", blob.part(reader.end))


def _storage(reader: _Reader) -> None:
    machine, value = reader.value()
    items = machine.items(value)
    kind = machine.thing(items[2]) if items is not None and len(items) == 3 else None
    if not isinstance(kind, Global) or kind.name not in _SIZES:
        raise Unreadable("a storage of a type that is not clear", reader.end)
    count = reader.number(8)
    reader.skip(count * _SIZES[kind.name])


def _tensor(reader: _Reader) -> None:
    reader.value()
    sides = reader.number(4)
    if not 0 <= sides < _MOST_SIDES:
        raise Unreadable(f"a tensor of {sides:,} sides", reader.end)
    reader.skip(4 + 16 * sides + 8)
