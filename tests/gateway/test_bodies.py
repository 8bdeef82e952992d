"""What is read of a body is what every reader of JSON would read."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.gateway.bodies import encode, parse, read
from bartizan.gateway.wire.wire import Malformed

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
_WORDS = ["{", "}", "[", "]", '"a"', '"b"', ":", ",", "1", "-0", "1e5", "1e400", "NaN", "null", " ", "'", "\x00"]
PIECES = st.sampled_from([*_WORDS, '"\\ud800"', '"\\u00e9"'])


@settings(max_examples=200, deadline=None)
@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_json_is_read_as_the_standard_library_reads_it(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    raw = json.dumps({"x": value}, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    try:
        found = parse(raw)
    except Malformed:
        with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
            msgspec.json.decode(raw)
        return
    assert found == json.loads(raw) == msgspec.json.decode(raw)
    assert parse(encode(found)) == found


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_what_is_read_of_rubbish_all_readers_agree_on(pieces: list[str]) -> None:
    raw = "".join(pieces).encode()
    try:
        found = read(raw)
    except Malformed:
        return
    twins: list[bool] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twins.append(len(dict(pairs)) < len(pairs))
        return dict(pairs)

    assert found == msgspec.json.decode(raw)
    assert found == json.loads(raw, object_pairs_hook=keep)
    assert not any(twins)


@pytest.mark.parametrize(
    ("raw", "finding"),
    [
        (b'{"a":1,"a":2}', "twice"),
        (b'{"a":1,"\\u0061":2}', "twice"),
        (b'{"x":[{"a":1, "a":1}]}', "twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "Infinity"),
        (b'{"a":1e400}', "out of range"),
        (b'{"a":' + b"1" * 5000 + b"}", "out of range"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "UTF-8"),
        (b'\xef\xbb\xbf{"a":1}', "not JSON"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "deeper than 64"),
        (b"[" * 1_000_000, "deeper than 64"),
        (b"[1]", "not a JSON object"),
        (b"", "not JSON"),
        (b'{"a":1} x', "not JSON"),
        ('{"a":1}'.encode("utf-16"), "UTF-8"),
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(raw: bytes, finding: str) -> None:
    with pytest.raises(Malformed, match=finding):
        parse(raw)


def test_nesting_of_64_is_read() -> None:
    assert parse(b'{"a":' * 64 + b"1" + b"}" * 64)


@pytest.mark.parametrize("unit", [b'{"a":[]},', b"[],", b'"\\u0041",', b"1e-7,", b'{"b":1 },'])
def test_a_megabyte_of_the_dearest_json_is_read_in_bounded_time(unit: bytes) -> None:
    raw = b'{"x":[' + unit * (1_000_000 // len(unit)) + b"0]}"
    began = time.process_time()
    parse(raw)
    assert time.process_time() - began < 10.0
