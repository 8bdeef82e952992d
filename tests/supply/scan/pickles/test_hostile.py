"""Whatever the bytes, the scanner neither fails nor calls a dangerous file clean."""

from __future__ import annotations

import pickle

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.limits import Limits
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.format import PICKLE, PICKLE_TEXT
from bartizan.supply.scan.pickles.machine import _SLOW
from bartizan.supply.scan.pickles.opcodes import KINDS
from tests.supply.scan.pickles.building import call, found, levels, rules, short, whole
from tests.supply.scan.pickles.test_arrays import dumped

OPERATIONS = bytes(code for code in range(256) if KINDS[code] != max(KINDS) or code in _SLOW)


def grown() -> bytes:
    return dumped([np.arange(20.0), np.array(["a", None], dtype=object), {"x": (1, "y")}])


SEEDS = [
    grown(),
    pickle.dumps({"a": [1, 2.5, "x"], "b": (None, b"y")}, 0),
    pickle.dumps({"a": [1, 2.5, "x"], "b": (None, b"y")}, 2),
    whole(call("os", "system")),
    b"(lp0\nI1\naS'x'\np1\nacos\nsystem\n(g1\ntR.",
]


@given(st.binary(max_size=300))
def test_random_bytes_never_fail(data: bytes) -> None:
    for head in (b"", b"\x80\x02", b"\x80\x04"):
        assert "scanner.failed" not in rules(head + data)


@given(
    st.lists(
        st.sampled_from([bytes([one]) for one in OPERATIONS] + [b"\0\0\0\0", b"\x01", b"os\n", b"1\n", short("os")]),
        max_size=60,
    )
)
def test_random_operations_never_fail(parts: list[bytes]) -> None:
    assert "scanner.failed" not in rules(b"\x80\x04" + b"".join(parts) + b".")


@settings(max_examples=300)
@given(st.sampled_from(SEEDS), st.data())
def test_changed_files_never_fail(seed: bytes, data: st.DataObject) -> None:
    changed = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(changed)))
    assert "scanner.failed" not in rules(bytes(changed[:cut]))


@given(
    st.lists(
        st.sampled_from([b"N0", b"K\x010", b"(1", b"]0", b"}0", b"N\x940", b"(lp5\n0", b"I01\n0", short("x") + b"0"]),
        max_size=30,
    )
)
def test_nothing_harmless_before_a_call_hides_it(parts: list[bytes]) -> None:
    assert "detect" in levels(b"".join(parts) + b"cos\nsystem\n(S'echo x'\ntR.")
    assert "detect" in levels(whole(b"".join(parts) + call("os", "system")))


def test_a_stack_without_end_is_an_error_in_bounded_memory() -> None:
    assert "file.limit" in rules(b"\x80\x02" + b")" * 4_000_000 + b".")


def test_marks_without_end_are_an_error() -> None:
    assert "file.limit" in rules(b"\x80\x02" + b"(" * 2_000_000 + b".")


def test_a_memo_with_far_indexes_without_end_is_an_error() -> None:
    puts = b"".join(b"r" + (one * 100_000).to_bytes(4, "little") for one in range(1, 40_000))
    assert "detect" in levels(b"\x80\x02N" + puts + b"0cos\nsystem\n)R.")


def test_time_and_steps_are_limited() -> None:
    look = Look((PICKLE, PICKLE_TEXT), Limits(steps=1000))
    look.at(Held(pickle.dumps(list(range(100_000)), 2)))
    assert [one.rule.id for one in look.findings] == ["file.limit"]


def test_many_calls_of_one_thing_are_few_findings() -> None:
    assert len(found(whole((call("os", "system") + b"0") * 500 + b"N"))) <= 21
