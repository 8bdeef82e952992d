"""OpenAI's responses, streamed: events with a type; the end of each text, part, item and answer repeats all before.

A channel is an item's position in the output, the family of the event ("output_text") and the position of the part. The
repetitions are written from what was judged. An event of an unknown type with a ``delta`` and ``done`` is such a family
too; all other texts that are not known are judged by themselves.
"""

from __future__ import annotations

from typing import Any

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.asking import listed, named
from bartizan.gateway.wire.channels import ANSWER, REASONING, Channels, number
from bartizan.gateway.wire.loose import Place
from bartizan.gateway.wire.openai_items import (
    CALL_FAMILIES,
    PASSES_ITEMS,
    Found,
    action_of,
    beside_of,
    items_of,
    parts_of,
)
from bartizan.gateway.wire.openai_said import usage_of
from bartizan.gateway.wire.wire import Frame, Malformed, Seen, StreamReader

_LAST = frozenset({"response.completed", "response.incomplete", "response.failed", "error"})
_POSITIONS = ("content_index", "summary_index")
_TEXT_OF_DONE = ("text", "refusal", "arguments", "input", "code", "transcript")
_KNOWN = frozenset({"logprobs"})


class ResponsesReader(StreamReader):
    """One answer."""

    def __init__(self) -> None:
        self._channels = Channels(PASSES_ITEMS)

    def read(self, frame: Frame) -> Seen:
        """See `StreamReader.read`."""
        data, channels = frame.data, self._channels
        if data is None:
            return Seen(done=frame.mark == "[DONE]")
        kind = data.get("type")
        if not isinstance(kind, str):
            raise Malformed("the upstream sent an event without a type")
        family, _, what = kind.removeprefix("response.").rpartition(".")
        usage, model = None, ""
        if isinstance(data.get("response"), dict):
            response = data["response"]
            usage, model = usage_of(response), named(response.get("model"))
            self._response(response, ended=kind in _LAST)
            channels.others(data, (), frozenset({"response"}))
        elif isinstance(data.get("item"), dict):
            self._item(data["item"], ("item",), number(data.get("output_index"), 0), ended=what == "done")
            channels.others(data, (), frozenset({"item"}))
        elif isinstance(data.get("part"), dict):
            self._part(data, ended=what == "done")
        elif what in {"delta", "done"}:
            self._piece(data, family, ended=what == "done")
        else:
            channels.others(data, (), frozenset())
        return channels.seen(usage=usage, model=model, done=kind in _LAST or data.get("error") is not None)

    def _response(self, response: dict[str, Any], *, ended: bool) -> None:
        for i, item in enumerate(listed(response, "output")):
            self._item(item, ("response", "output", i), i, ended=ended)
        for where, text in beside_of(response, ("response",)):
            self._channels.unknown(text, where, "?")

    def _item(self, item: Any, place: Place, output: int, *, ended: bool) -> None:
        for found in items_of(item, place):
            self._found(found, output, ended)
        if ended:
            self._channels.end(f"{output}/")

    def _part(self, data: dict[str, Any], *, ended: bool) -> None:
        output, part = number(data.get("output_index"), 0), data["part"]
        is_summary = "summary_index" in data
        i = number(data.get("summary_index" if is_summary else "content_index"), 0)
        for found in parts_of(part, ("part",), i, "summary" if is_summary else "content", None):
            self._found(found, output, ended)
        self._channels.others(data, (), frozenset({"part"}))

    def _found(self, found: Found, output: int, ended: bool) -> None:
        what, rest, value, place, more = found
        channels, channel = self._channels, f"{output}/{rest}"
        if what == "call":
            channels.call(channel, more.get("name"), named(more.get("call_id"), more.get("id")))
            if value is not None:
                channels.sums_up(channel, value, place)
        elif what == "action":
            call = action_of(value, place, more)
            channels.call(channel, call.name, call.call)
            channels.act(channel, call.text, place, ended=ended)
        elif what == "text":
            channels.sums_up(channel, value, place, more)
        elif what == "logprobs":
            channels.whole(Segment(part="numbers", name="logprobs", value=value, place=place))
            channels.echo(place, channel, all=True)
        else:
            channels.unknown(value, place, "?")

    def _piece(self, data: dict[str, Any], family: str, *, ended: bool) -> None:
        channels = self._channels
        output = number(data.get("output_index"), 0)
        i = next((number(data[one], 0) for one in _POSITIONS if one in data), 0)
        channel = f"{output}/{family}/{i}"
        fields = _TEXT_OF_DONE if ended else ("delta",)
        if family in CALL_FAMILIES:
            channels.call(channel, data.get("name"), None)
            for field in fields:
                if data.get(field) is not None:
                    (channels.sums_up if ended else channels.argue)(channel, data[field], (field,))
        else:
            for field in fields:
                if data.get(field) is not None:
                    like = REASONING if family.startswith("reasoning") else ANSWER
                    (channels.sums_up if ended else channels.say)(channel, data[field], (field,), like)
        if data.get("logprobs"):
            channels.whole(Segment(part="numbers", name="logprobs", value=data["logprobs"], place=("logprobs",)))
            channels.echo(("logprobs",), channel, all=ended)
        channels.others(data, (), _KNOWN | frozenset(fields))
        if ended:
            channels.end(channel)
