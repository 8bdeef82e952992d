"""Anthropic's messages, streamed: blocks that start, grow by deltas and stop.

A block may hold text when it starts, and a message blocks; both are judged. A delta of an unknown kind is a piece of
text in a channel of its own; an event of an unknown type is searched for texts, each judged by itself.
"""

from __future__ import annotations

from typing import Any

from bartizan.controls.chat.exchange import Segment
from bartizan.core.chat import Usage
from bartizan.gateway.wire.anthropic_blocks import PASSES, answered_block, call_of, is_call
from bartizan.gateway.wire.asking import listed, named, whole
from bartizan.gateway.wire.channels import ANSWER, REASONING, Channels, number
from bartizan.gateway.wire.loose import Place
from bartizan.gateway.wire.wire import Frame, Malformed, Seen, StreamReader

_NOTHING: frozenset[str] = frozenset()


class MessagesReader(StreamReader):
    """One answer."""

    def __init__(self) -> None:
        self._channels = Channels(PASSES)
        self._input = 0
        self._whole: set[int] = set()
        """Blocks whose call stood whole at their start."""

    def read(self, frame: Frame) -> Seen:
        """See `StreamReader.read`."""
        data, channels = frame.data, self._channels
        if data is None:
            return Seen(done=frame.mark == "[DONE]")
        kind, usage, model = named(data.get("type")), None, ""
        if kind == "content_block_delta":
            self._delta(data)
        elif kind == "content_block_start":
            self._start(data)
        elif kind == "content_block_stop":
            channels.end(f"{number(data.get('index'), 0)}/")
            channels.others(data, (), _NOTHING)
        elif kind == "message_start" and isinstance(data.get("message"), dict):
            message = data["message"]
            usage, model = usage_of(message.get("usage")), named(message.get("model"))
            self._input = usage.input_tokens if usage is not None else 0
            for i, block in enumerate(listed(message, "content")):
                self._judge(answered_block(block, ("message", "content", i)))
            channels.others(message, ("message",), frozenset({"content"}))
            channels.others(data, (), frozenset({"message"}))
        else:
            usage = usage_of(data.get("usage"), self._input)
            channels.others(data, (), _NOTHING)
        return channels.seen(usage=usage, model=model, done=kind in {"message_stop", "error"})

    def _judge(self, segments: list[Segment]) -> None:
        for one in segments:
            self._channels.whole(one)

    def _start(self, data: dict[str, Any]) -> None:
        channels, index, block = self._channels, number(data.get("index"), 0), data.get("content_block")
        channels.others(data, (), frozenset({"content_block"}))
        if not isinstance(block, dict):
            raise Malformed("the upstream sent a block that is no object")
        place: Place = ("content_block",)
        known = {"text", "thinking"}
        for field, like in (("text", ANSWER), ("thinking", REASONING)):
            if block.get(field) is not None:
                channels.say(f"{index}/{field}", block[field], (*place, field), like)
        if is_call(block):
            known.add("input")
            if block.get("input"):
                self._whole.add(index)
                channels.whole(call_of(block, place))
            else:
                channels.call(f"{index}/call", block.get("name"), block.get("id"))
        channels.others(block, place, frozenset(known))

    def _delta(self, data: dict[str, Any]) -> None:
        channels, index, delta = self._channels, number(data.get("index"), 0), data.get("delta")
        channels.others(data, (), frozenset({"delta"}))
        if not isinstance(delta, dict):
            raise Malformed("the upstream sent a delta that is no object")
        for field, like in (("text", ANSWER), ("thinking", REASONING)):
            if delta.get(field) is not None:
                channels.say(f"{index}/{field}", delta[field], ("delta", field), like)
        if delta.get("partial_json") is not None:
            if index in self._whole:
                raise Malformed("the upstream sent the arguments of a call twice")
            # Arguments without a beginning: a call all the same, of a tool without a name.
            channels.call(f"{index}/call", None, None)
            channels.argue(f"{index}/call", delta["partial_json"], ("delta", "partial_json"))
        if delta.get("citation") is not None:
            channels.unknown(delta["citation"], ("delta", "citation"))
        channels.others_say(
            f"{index}/?", delta, ("delta",), frozenset({"text", "thinking", "partial_json", "citation"})
        )


def usage_of(usage: Any, input_tokens: int = 0) -> Usage | None:
    """The tokens that an answer says it took; read from a cache or written to it counts as input."""
    if not isinstance(usage, dict):
        return None
    fields = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    given = sum(whole(usage.get(one)) or 0 for one in fields)
    return Usage(requests=1, input_tokens=given or input_tokens, output_tokens=whole(usage.get("output_tokens")) or 0)
