"""The machine sees every global that Python would look up, whatever the operations. Nothing is imported: both of
Python's unpicklers get a `find_class` that only remembers.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.pickles.machine import Machine, Witness
from bartizan.supply.scan.pickles.values import UNKNOWN, Extension, Global, Nameless
from bartizan.supply.scan.pickles.window import Window
from tests.supply.scan.pickles.building import short


class Anything:
    """Stands for every class and function."""

    def __new__(cls, *arguments: object, **named: object) -> Anything:
        return object.__new__(cls)

    def __call__(self, *arguments: object, **named: object) -> Anything:
        return Anything()

    def __setstate__(self, state: object) -> None:
        """Takes any state."""

    def append(self, one: object) -> None:
        """Takes any item."""

    def extend(self, more: object) -> None:
        """Takes any items."""

    def __setitem__(self, key: object, value: object) -> None:
        """Takes any item."""


def _watching(base: Any) -> Any:
    class Watching(base):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> type[Anything]:
            self.seen.append((module, name))
            return Anything

        def persistent_load(self, value: object) -> Anything:
            return Anything()

    return Watching


class Noting(Witness):
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.is_nameless = False

    def imported(self, machine: Machine, thing: Global | Extension | Nameless, at: int) -> None:
        if isinstance(thing, Global):
            self.seen.append((thing.module, thing.name))
        self.is_nameless |= isinstance(thing, Nameless)

    def called(self, machine: Machine, what: int, arguments: tuple[int, ...] | None, at: int) -> int | None:
        return None

    def built(self, machine: Machine, what: int, state: int, at: int) -> int:
        return at + 1

    def persistent(self, machine: Machine, value: int | None, at: int) -> int:
        return UNKNOWN

    def noted(self, kind: str, what: str, at: int) -> None:
        pass


def by_python(base: Any, data: bytes) -> tuple[list[tuple[str, str]], bool]:
    reader = _watching(base)(io.BytesIO(data))
    reader.seen = []
    try:
        reader.load()
    except Exception:
        return reader.seen, False
    return reader.seen, True


def by_machine(data: bytes) -> tuple[Noting, bool]:
    noting = Noting()
    machine = Machine(Window(Held(data)), noting, lambda steps: None)
    try:
        machine.run()
    except Unreadable:
        return noting, False
    return noting, machine.trouble is None


PARTS = [
    b"N", b"K\x05", b"M\x01\x02", b"J\x01\0\0\0", b"\x88", b"I01\n", b"I7\n", b"L7L\n", b"F1.5\n", b"G" + bytes(8),
    b"]", b"}", b")", b"\x8f", b"(", b"0", b"1", b"2", b"t", b"\x85", b"\x86", b"\x87", b"l", b"d", b"\x91", b"a", b"e",
    b"s", b"u", b"\x90", b"\x94", b"q\x00", b"q\x03", b"p2\n", b"r\x05\0\0\0", b"h\x00", b"h\x01", b"h\x03", b"g2\n",
    b"j\x05\0\0\0", short("os"), short("system"), b"S'sys'\n", b"S'a\\x62'\n", b"Vexit\n", b"U\x03abc",
    b"X\x02\0\0\0xy",
    b"cmod\nname\n", b"iother\nthing\n", b"\x93", b"R", b"b", b"o", b"\x81", b"\x92", b"Q", b"Pid\n", b"B\x02\0\0\0xy",
    b"C\x01x", b"\x8a\x01\x05", b"\x8b\x01\0\0\0\x05", b"\x96\x01" + bytes(7) + b"x", b"\x80\x02", b"\x80\x04",
    short("m") + short("n") + b"\x93", b"K\x01" * 30, b"N\x94" * 3,
]  # fmt: skip


@settings(max_examples=600)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=40))
def test_every_global_that_python_looks_up_is_seen(parts: list[bytes]) -> None:
    data = b"".join(parts) + b"."
    noting, is_whole = by_machine(data)
    for base in (pickle.Unpickler, pickle._Unpickler):
        seen, is_read = by_python(base, data)
        missing = set(seen) - {*noting.seen}
        assert not missing or noting.is_nameless, (data, missing)
        if is_whole and is_read:
            assert [*map(tuple, noting.seen)] == seen or noting.is_nameless


@settings(max_examples=200)
@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    ),
    st.integers(0, 5),
)
def test_what_python_writes_is_read_to_its_end(thing: object, protocol: int) -> None:
    data = pickle.dumps(thing, protocol)
    noting = Noting()
    machine = Machine(Window(Held(data)), noting, lambda steps: None)
    assert machine.run() == len(data)
    assert machine.trouble is None


def test_a_window_boundary_changes_nothing() -> None:
    for before in range(262_144 - 300, 262_144 + 300, 7):
        noting = Noting()
        data = (
            b"\x80\x04B"
            + before.to_bytes(4, "little")
            + bytes(before)
            + b"0(K\x01\x8c\x03abcK\x02et"
            + b"N0" * 400
            + b"cos\nx\n."
        )
        data = b"(" + b"N0" * (before // 2) + short("os") + short("system") + b"\x93" + data[2:]
        machine = Machine(Window(Held(data)), noting, lambda steps: None)
        machine.run()
        assert noting.seen == [("os", "system"), ("os", "x")]


def test_what_is_added_in_several_steps_is_known_together() -> None:
    class Asking(Noting):
        def built(self, machine: Machine, what: int, state: int, at: int) -> int:
            self.state = machine.shown(state)
            return at + 1

    asking = Asking()
    data = b"\x80\x04cm\nn\n)R}" + short("a") + b"K\x01s(" + short("b") + b"K\x02u" + short("c") + b"K\x03sb."
    Machine(Window(Held(data)), asking, lambda steps: None).run()
    assert asking.state == "{'a': 1, 'b': 2, 'c': 3}"


def test_of_large_containers_nothing_is_claimed_to_be_known() -> None:
    class Asking(Noting):
        def built(self, machine: Machine, what: int, state: int, at: int) -> int:
            self.items = machine.items(state)
            return at + 1

    for data in (b"}(" + b"K\x01K\x02" * 33 + b"ub", b"}" + b"K\x01K\x02s" * 33 + b"b", b"(" + b"K\x01" * 65 + b"tb"):
        asking = Asking()
        Machine(Window(Held(b"\x80\x04N" + data + b".")), asking, lambda steps: None).run()
        assert asking.items is None
