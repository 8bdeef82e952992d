"""Frames are the same however the bytes were cut, and hold each byte."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bartizan.gateway.frames import LARGEST, Cutter, written
from bartizan.gateway.wire.wire import Frame, Framing, Malformed

_FIELDS = [b"data: {}", b'data:{"a":', b"data: 1}", b"event: e", b": a comment", b"id: 7", b"retry: 10", b""]
LINES = st.lists(st.sampled_from([*_FIELDS, b"data: [DONE]", b"data"]), max_size=10)
ENDS = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n"]), min_size=1, max_size=4)


def _cut(raw: bytes, sizes: list[int], framing: Framing = "sse") -> list[Frame] | str:
    cutter, frames, at, i = Cutter(framing), [], 0, 0
    try:
        while at < len(raw):
            frames += cutter.feed(raw[at : at + sizes[i % len(sizes)]])
            at, i = at + sizes[i % len(sizes)], i + 1
        return [*frames, *cutter.finish()]
    except Malformed as error:
        return str(error)


def _only(frames: list[Frame] | str) -> Frame:
    assert not isinstance(frames, str), frames
    assert len(frames) == 1
    return frames[0]


@settings(max_examples=300, deadline=None)
@given(LINES, ENDS, st.lists(st.integers(1, 9), min_size=1, max_size=4), st.booleans())
@example([b"data: {}", b"", b"data: {}"], [b"\r\n"], [1], True)
def test_any_cutting_gives_the_same_frames(lines: list[bytes], ends: list[bytes], sizes: list[int], bom: bool) -> None:
    raw = (b"\xef\xbb\xbf" if bom else b"") + b"".join(one + ends[i % len(ends)] for i, one in enumerate(lines))
    whole = _cut(raw, [len(raw) or 1])
    cut = _cut(raw, sizes)
    if isinstance(whole, str) or isinstance(cut, str):
        assert isinstance(whole, str) == isinstance(cut, str)
        return
    assert cut == whole
    assert b"".join(one.raw for one in whole) == raw


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([b'{"a":1}\n', b"\n", b'{"b":2}\r\n']), max_size=8), st.integers(1, 9))
def test_lines_are_the_same_however_they_were_cut(lines: list[bytes], size: int) -> None:
    raw = b"".join(lines)
    assert _cut(raw, [size], "lines") == _cut(raw, [len(raw) or 1], "lines")


def test_what_an_event_says_is_read_with_every_kind_of_line_end() -> None:
    for end in (b"\n", b"\r", b"\r\n"):
        raw = b": hi" + end + b"event: e" + end + b'data: {"a":' + end + b"data:1}" + end + end
        frame = _only(_cut(raw, [3]))
        assert (frame.data, frame.event, frame.raw) == ({"a": 1}, "e", raw)


def test_a_byte_order_mark_hides_no_data() -> None:
    frame = _only(_cut(b'\xef\xbb\xbfdata: {"a":1}\n\n', [2]))
    assert frame.data == {"a": 1}


BROKEN = [b"data: {", b"data: [1]", b'Data: {"a":1}', b' data: {"a":1}', b"data: [DONE] x", b'{"a":1}']


@pytest.mark.parametrize("raw", [one + b"\n\n" for one in BROKEN])
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    assert isinstance(_cut(raw, [100]), str)


def test_a_frame_with_other_data_keeps_its_name_id_comments_and_line_ends() -> None:
    raw = b": c\r\nid: 7\r\nevent: e\r\ndata: {\r\ndata: }\r\n\r\n"
    assert written(raw, {"a": 1}, "sse") == b': c\r\nid: 7\r\nevent: e\r\ndata: {"a":1}\r\n\r\n'
    assert written(b'{"b":2}\r\n', {"a": 1}, "lines") == b'{"a":1}\r\n'


def test_a_large_event_in_tiny_pieces_takes_time_in_step_with_its_length() -> None:
    raw = b'data: {"a":"' + b"x" * 400_000 + b'"}\n\n'
    began = time.process_time()
    assert len(_cut(raw, [3])) == 1
    assert time.process_time() - began < 10.0


def test_an_event_without_an_end_is_refused_in_bounded_memory() -> None:
    cutter = Cutter("sse")
    for _ in range(LARGEST // 65_536):
        cutter.feed(b"x" * 65_536)
    with pytest.raises(Malformed, match="too large"):
        cutter.feed(b"x")
