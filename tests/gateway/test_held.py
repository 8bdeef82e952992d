"""Streams that are edited or stopped on their way out, cut anywhere, in every format that streams."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Segment
from bartizan.controls.chat.guard import Progress, StreamGuard
from bartizan.controls.chat.pipeline import Blocked
from bartizan.controls.chat.verdict import Edit
from bartizan.gateway import held as held_module
from bartizan.gateway.frames import Cutter
from bartizan.gateway.whole import judge_whole
from bartizan.gateway.wire.routes import ROUTES
from bartizan.gateway.wire.wire import Malformed, Wire
from tests.gateway.wire.guards import LEFT, SECRET, Masking, Recording, Stopping, framed, streamed, watch

WIRES = {one.wire.name: one.wire for one in ROUTES}
STREAMING = [
    "openai.chat",
    "openai.completions",
    "openai.responses",
    "anthropic.messages",
    "ollama.chat",
    "ollama.generate",
]
WORDS = st.lists(
    st.sampled_from(["s3cr3t", "s3c", "r3t", "ttt", " and ", "\u00e9\u2028", "x", "3cr3"]), min_size=1, max_size=12
)


def _events(name: str, pieces: list[str], calls: list[str]) -> list[Any]:
    """A stream that says these pieces, then asks for a call with these pieces of arguments."""
    text, arguments = "".join(pieces), "".join(calls)
    said: list[Any]
    asked: list[Any]
    whole: Any
    if name == "openai.chat":
        said = [{"choices": [{"index": 0, "delta": {"content": one}}]} for one in pieces]
        asked = [
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": one}}]}}]}
            for one in calls
        ]
        asked[0]["choices"][0]["delta"]["tool_calls"][0] |= {"id": "k"}
        # Some servers send no reason: what says that it is over is then the mark alone.
        return [*said, *asked, "[DONE]"]
    if name == "openai.completions":
        said = [{"choices": [{"index": 0, "text": one}]} for one in pieces]
        return [*said, "[DONE]"]
    if name == "openai.responses":
        message = {"type": "message", "content": [{"type": "output_text", "text": text}]}
        call = {"type": "function_call", "call_id": "k", "name": "f", "arguments": arguments}
        return [
            *(
                {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": one}
                for one in pieces
            ),
            {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": text},
            {"type": "response.output_item.done", "output_index": 0, "item": message},
            *({"type": "response.function_call_arguments.delta", "output_index": 1, "delta": one} for one in calls),
            {"type": "response.output_item.done", "output_index": 1, "item": call},
            {"type": "response.completed", "response": {"output": [message, call]}},
        ]
    if name == "anthropic.messages":
        said = [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}} for one in pieces
        ]
        tool = {"type": "tool_use", "id": "k", "name": "f", "input": {}}
        asked = [{"type": "content_block_delta", "index": 1, "delta": {"partial_json": one}} for one in calls]
        start = {"type": "content_block_start", "index": 1, "content_block": tool}
        return [*said, {"type": "content_block_stop", "index": 0}, start, *asked, {"type": "message_stop"}]
    if name == "ollama.chat":
        said = [{"message": {"content": one}, "done": False} for one in pieces]
        whole = {"message": {"tool_calls": [{"function": {"name": "f", "arguments": msgspec.json.decode(arguments)}}]}}
        return [*said, whole, {"message": {"content": ""}, "done": True}]
    return [*({"response": one, "done": False} for one in pieces), {"response": "", "done": True}]


def _said(wire: Wire, raw: bytes) -> tuple[str, str, list[str]]:
    """(text, arguments, summaries) as a client puts them together."""
    text, arguments, summaries = "", "", []
    cutter = Cutter(wire.framing)
    for frame in [*cutter.feed(raw), *cutter.finish()]:
        data: Any = frame.data or {}
        kind = data.get("type", "")
        delta = (data.get("choices") or [{}])[0].get("delta", {})
        text += (
            delta.get("content", "") + (data.get("choices") or [{}])[0].get("text", "") + data.get("response", "")
            if (not isinstance(data.get("response"), dict))
            else ""
        )
        for call in delta.get("tool_calls", []):
            arguments += call["function"].get("arguments", "")
        for call in data.get("message", {}).get("tool_calls", []):
            arguments += msgspec.json.encode(call["function"]["arguments"]).decode()
        text += data.get("message", {}).get("content", "")
        if kind == "response.output_text.delta":
            text += data["delta"]
        elif kind == "response.function_call_arguments.delta":
            arguments += data["delta"]
        elif kind == "content_block_delta":
            text += data["delta"].get("text", "")
            arguments += data["delta"].get("partial_json", "")
        items = data.get("response", {}).get("output", []) if isinstance(data.get("response"), dict) else []
        for item in [*items, data.get("item", {})]:
            summaries += [part["text"] for part in item.get("content", [])] + [item.get("arguments", "")]
        summaries.append(data.get("text", ""))
    return text, arguments, [one for one in summaries if one]


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(STREAMING), WORDS, WORDS, st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_an_edited_stream_says_the_edited_whole_text_however_it_is_cut(
    name: str, words: list[str], more: list[str], cuts: list[int]
) -> None:
    wire = WIRES[name]
    calls = ['{"q": "', *more, '"}']
    raw = framed(_events(name, words, calls), wire.framing)
    pieces: list[bytes] = []
    at = 0
    while at < len(raw):
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(raw[at : at + size])
        at += size
    left, exchange = streamed(wire, pieces, Masking())
    text, arguments, summaries = _said(wire, left)
    wanted = SECRET.sub("[gone]", "".join(words))
    assert text == wanted
    if name not in {"openai.completions", "ollama.generate"}:
        assert msgspec.json.decode(arguments) == {"q": SECRET.sub("[gone]", "".join(more))}
    assert all(one in {wanted, arguments} for one in summaries)
    assert [one.text for one in exchange.answer if one.part == "answer"] == ([wanted] if "".join(words) else [])
    if not SECRET.search("".join(words) + "\n" + "".join(more)):
        assert left == raw


@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_with_what_is_forbidden_ends_before_the_mark_of_completion(name: str) -> None:
    wire = WIRES[name]
    for pieces, calls in ((["for", "bidden"], ['{"q": ', '"x"}']), (["fine"], ['{"q": "for', 'bidden"}'])):
        if name in {"openai.completions", "ollama.generate"} and pieces == ["fine"]:
            continue
        with pytest.raises(Blocked):
            streamed(wire, [framed(_events(name, pieces, calls), wire.framing)], Stopping())
        left = b"".join(LEFT)
        assert not any(one in left for one in (b"[DONE]", b"message_stop", b"response.completed", b'"done":true'))
        assert b"bidden" not in left


def _chat(*deltas: dict[str, Any], finish: int | None = None) -> bytes:
    events: list[Any] = [{"choices": [{"index": 0, "delta": one}]} for one in deltas]
    if finish is not None:
        events.insert(finish, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return framed([*events, "[DONE]"], "sse")


def _call(**more: Any) -> dict[str, Any]:
    return {"tool_calls": [more]}


@pytest.mark.parametrize(
    "raw",
    [
        _chat({"content": "a"}, {"content": "b"}, finish=1),
        _chat(
            _call(index=0, id="a", function={"name": "f", "arguments": "{}"}),
            _call(index=0, id="b", function={"name": "g"}),
        ),
        _chat(_call(index=0, function={"name": "send_"}), _call(index=0, function={"name": "mail"})),
        _chat(_call(index="0", function={"name": "f"})),
        _chat(_call(index=0, function={"name": "f", "arguments": {"q": 1}})),
        framed([{"choices": [{"index": 0, "delta": {"content": "a"}}]}, "[DONE]"], "sse")
        + framed([{"choices": [{"index": 0, "delta": {"content": "b"}}]}], "sse"),
        b'data: "only a text"\n\ndata: [DONE]\n\n',
        b'data: {"choices": [], "choices": [{"delta": {"content": "x"}}]}\n\ndata: [DONE]\n\n',
        b'text: {"choices": []}\n\ndata: [DONE]\n\n',
    ],
    ids=["after finish", "id", "name in pieces", "index", "arguments", "after done", "text", "twins", "line"],
)
def test_what_clients_could_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        streamed(WIRES["openai.chat"], [raw], Recording())


def test_the_name_of_a_call_may_come_late_and_is_judged() -> None:
    raw = _chat(
        _call(index=0, id="k"), _call(index=0, function={"arguments": "{}"}), _call(index=0, function={"name": "f"})
    )
    left, exchange = streamed(WIRES["openai.chat"], [raw], Recording())
    assert left == raw
    assert [(one.name, one.call, one.text) for one in exchange.answer] == [("f", "k", "{}")]
    late = raw.replace(b'"name":"f"', b'"name":"forbidden"')
    with pytest.raises(Blocked):
        streamed(WIRES["openai.chat"], [late], Stopping())


def test_choices_that_come_interleaved_are_judged_apart_and_leave_in_order() -> None:
    events: list[Any] = []
    for i in range(6):
        events += [{"choices": [{"index": one, "delta": {"content": f"{'s3cr3t'[i]}"}}]} for one in (0, 1)]
    left, exchange = streamed(WIRES["openai.chat"], [framed([*events, "[DONE]"], "sse")], Masking())
    assert [one.text for one in exchange.answer] == ["[gone]", "[gone]"]
    assert b'"s"' not in left


def test_chances_of_tokens_go_with_the_text_that_they_repeat() -> None:
    def chunk(text: str) -> dict[str, Any]:
        return {"choices": [{"index": 0, "delta": {"content": text}, "logprobs": {"content": [{"token": text}]}}]}

    raw = framed([chunk("a fine "), chunk("s3cr3t"), chunk(" text, it is"), "[DONE]"], "sse")
    left, _ = streamed(WIRES["openai.chat"], [raw], Masking())
    assert b"s3cr3t" not in left
    assert b"a fine " in left.split(b"\n\n")[0]
    body = {"choices": [{"message": {"content": "s3cr3t"}, "logprobs": {"content": [{"token": "s3cr3t"}]}}]}
    assert asyncio.run(judge_whole(watch(Masking()), body, WIRES["openai.chat"].read_answer(body)))
    assert body["choices"][0]["logprobs"] is None
    tokens = framed([{"response": "s3cr3t"}, {"response": "", "done": True, "context": [1, 2]}], "lines")
    assert b"[1,2]" not in streamed(WIRES["ollama.generate"], [tokens], Masking())[0]


def test_memory_for_frames_that_wait_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_module, "MOST_BYTES", 100_000)
    first = _call(index=0, function={"name": "f", "arguments": "{"})
    raw = _chat(first, *[_call(index=0, function={"arguments": "x"})] * 300)
    with pytest.raises(Blocked, match="too large"):
        streamed(WIRES["openai.chat"], [raw], Recording())
    events = [{"choices": [{"index": i, "delta": {"content": "x"}}]} for i in range(300)]
    with pytest.raises(Blocked, match="too many parts"):
        streamed(WIRES["openai.chat"], [framed(events, "sse")], Recording())


def test_many_tiny_pieces_of_a_call_take_time_in_step_with_their_number() -> None:
    def seconds(count: int) -> float:
        raw = _chat(_call(index=0, function={"name": "f"}), *[_call(index=0, function={"arguments": "x" * 9})] * count)
        began = time.process_time()
        streamed(WIRES["openai.chat"], [raw], Masking())
        return time.process_time() - began

    seconds(100)
    assert seconds(8000) < 40 * seconds(800) + 0.2


class _Signer(StreamGuard):
    """Puts something behind the text when all of it has left."""

    def __init__(self) -> None:
        self._at = 0

    def feed(self, text: str) -> Progress:
        self._at += len(text)
        return Progress(cleared=self._at)

    def flush(self) -> Progress:
        return Progress(cleared=self._at, edits=(Edit(start=self._at, end=self._at, text=" -- signed"),))


class Signing(Masking, frozen=True, kw_only=True):
    """A guard that signs answers."""

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard:
        return _Signer()


def test_what_a_guard_puts_behind_a_text_that_has_left_is_refused_whole_and_streamed_alike() -> None:
    body: Any = {"choices": [{"message": {"content": "hello"}}]}
    with pytest.raises(Blocked):
        asyncio.run(judge_whole(watch(Signing()), body, WIRES["openai.chat"].read_answer(body)))
    with pytest.raises(Blocked):
        streamed(WIRES["openai.chat"], [_chat({"content": "hello"})], Signing())


def test_many_edits_in_a_text_that_was_held_back_take_bounded_time() -> None:
    pieces = [{"choices": [{"index": 0, "delta": {"content": "s3cr3t "[i % 7]}}]} for i in range(14_000)]
    began = time.process_time()
    _, exchange = streamed(WIRES["openai.chat"], [framed([*pieces, "[DONE]"], "sse")], Masking())
    assert exchange.answer[0].text == "[gone] " * 2000
    assert time.process_time() - began < 5.0
