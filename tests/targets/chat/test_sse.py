from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.targets.chat.sse import Event, Events, Lines, events_of, lines_of

_DATA = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=8)
_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
_SAID = st.tuples(st.sampled_from(["", "delta", "stop"]), st.lists(_DATA, min_size=1, max_size=3), _ENDS)


def _written(said: list[tuple[str, list[str], str]]) -> bytes:
    text = ""
    for kind, data, end in said:
        lines = ([f"event: {kind}"] if kind else []) + [f"data: {one}" for one in data] + [": a comment", ""]
        text += "".join(line + end for line in lines)
    return text.encode()


def _fed(pieces: list[bytes]) -> list[Event]:
    parser = Events()
    found = [event for piece in pieces for event in parser.feed(piece)]
    return found + parser.end()


@settings(max_examples=150, deadline=None)
@given(st.lists(_SAID, max_size=4), st.data())
def test_events_are_the_same_however_the_network_cuts_them(
    said: list[tuple[str, list[str], str]], data: st.DataObject
) -> None:
    raw = _written(said)
    expected = [Event(kind or "message", "\n".join(texts).encode()) for kind, texts, _ in said]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert _fed(pieces) == expected
    assert _fed([raw[i : i + 1] for i in range(len(raw))]) == expected


def test_a_stream_that_ends_within_an_event_has_not_said_it() -> None:
    assert _fed([b"data: whole\n\ndata: half\n"]) == [Event("message", b"whole")]
    assert _fed([b"data: whole\n\ndata: ha"]) == [Event("message", b"whole")]


def test_an_end_of_lone_carriage_returns_completes_its_event() -> None:
    assert _fed([b"data: one\r\r"]) == [Event("message", b"one")]


def test_a_byte_order_mark_and_unknown_fields_say_nothing() -> None:
    assert _fed([b"\xef\xbb\xbfdata:1\nid: 7\nretry: 9\ndata\n\n"]) == [Event("message", b"1\n")]


def test_a_character_cut_in_two_stays_whole() -> None:
    raw = "data: für\n\n".encode()
    assert _fed([raw[:8], raw[8:]])[0].data.decode() == "für"


def test_a_long_line_in_small_pieces_takes_time_in_proportion() -> None:
    lines = Lines()
    for _ in range(40_000):
        assert lines.feed(b"x" * 50) == []
    assert lines.feed(b"\n") == [b"x" * 2_000_000]


def test_streams_are_read_as_they_arrive() -> None:
    async def pieces(*given: bytes) -> AsyncIterator[bytes]:
        for one in given:
            yield one

    async def read() -> tuple[list[bytes], list[Event]]:
        lines = [line async for line in lines_of(pieces(b'{"a":', b"1}\n\n{", b"}"))]
        return lines, [event async for event in events_of(pieces(b"data: a\r", b"\n\r\nda", b"ta: b\n\n"))]

    lines, events = asyncio.run(read())
    assert lines == [b'{"a":1}', b"{}"]
    assert [event.data for event in events] == [b"a", b"b"]
