"""OpenAI's chat completions, streamed: chunks with a delta for each choice.

A choice's texts and calls are told apart by the choice's index and the call's. ``finish_reason`` ends a choice: what
comes after it for that choice is refused. Fields of a delta that the format does not know are pieces of texts, each a
channel of its own; elsewhere in a chunk they are judged by themselves.
"""

from __future__ import annotations

from typing import Any

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.asking import listed
from bartizan.gateway.wire.channels import ANSWER, REASONING, Channels, number
from bartizan.gateway.wire.loose import Place, is_name
from bartizan.gateway.wire.openai_said import (
    KNOWN_OF_ANSWER,
    KNOWN_OF_MESSAGE,
    PASSES_OUT,
    TEXTS,
    kind_of,
    no_calls_in,
    usage_of,
)
from bartizan.gateway.wire.wire import Frame, Malformed, Seen, Spot, StreamReader

_PLAIN = frozenset({"content"})
_PLACE: Place = ("choices", 0, "delta", "content")
_KNOWN_OF_CHOICE = frozenset({"index", "delta", "logprobs"})
_KINDS = {one: REASONING if kind_of(one) else ANSWER for one in TEXTS}


class ChatReader(StreamReader):
    """One answer."""

    def __init__(self) -> None:
        self._channels = Channels(PASSES_OUT)
        self._heads: dict[str, Any] = {}
        """Fields beside the choices that were read, and may pass as long as they stay the same."""
        self._head: Any = None
        self._choice_head: Any = None
        """The last chunk of one choice that held nothing but a piece of text, without its choice's delta."""

    def read(self, frame: Frame) -> Seen:
        """See `StreamReader.read`."""
        data, channels = frame.data, self._channels
        if data is None:
            return Seen(done=frame.mark == "[DONE]")
        if (quick := self._more_of_the_same(data)) is not None:
            return quick
        for i, choice in enumerate(listed(data, "choices")):
            self._choice(choice, ("choices", i), i)
        self._beside(data)
        failed = data.get("error") is not None
        seen = channels.seen(usage=usage_of(data), model=data.get("model"), done=failed)
        if len(seen.spots) == 1 and seen.spots[0].place == _PLACE and not (seen.whole or seen.ends or seen.echoes):
            self._remember(data)
        return seen

    def _remember(self, data: dict[str, Any]) -> None:
        (choice, *more) = data["choices"]
        if not more and type(choice.get("index")) is int and data.get("usage") is None:
            self._head, self._choice_head = {**data, "choices": None}, {**choice, "delta": None}

    def _more_of_the_same(self, data: dict[str, Any]) -> Seen | None:
        """For a chunk that is the last one with another piece of text, which most are; None: it must be read anew."""
        choices = data.get("choices")
        if self._head is None or type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict:
            return None
        choice = choices[0]
        delta = choice.get("delta")
        if type(delta) is not dict or len(delta) != 1 or type(text := delta.get("content")) is not str or not text:
            return None
        data["choices"] = choice["delta"] = None
        is_same = data == self._head and choice == self._choice_head
        data["choices"], choice["delta"] = choices, delta
        channel = f"{choice.get('index')}/content"
        if not is_same or not self._channels.is_open(channel):
            return None
        return Seen(spots=(Spot(channel=channel, place=_PLACE, text=text),))

    def _beside(self, data: dict[str, Any]) -> None:
        for name, value in data.items():
            if name in KNOWN_OF_ANSWER or (isinstance(value, str) and self._heads.get(name) == value):
                continue
            if isinstance(value, str) and name in PASSES_OUT and is_name(value):
                self._heads[name] = value
            else:
                self._channels.others({name: value}, (), frozenset())

    def _choice(self, choice: Any, place: Place, i: int) -> None:
        if not isinstance(choice, dict):
            raise Malformed("the upstream sent a choice that is no object")
        channels, index = self._channels, number(choice.get("index"), i)
        no_calls_in(choice.get("message"))
        delta, where = choice.get("delta"), (*place, "delta")
        if isinstance(delta, dict):
            self._delta(delta, where, index)
        elif delta is not None:
            channels.unknown(delta, where)
        if choice.get("logprobs"):
            value = choice["logprobs"]
            channels.whole(Segment(part="numbers", name="logprobs", place=(*place, "logprobs"), value=value))
            channels.echo((*place, "logprobs"), f"{index}/content")
        channels.others(choice, place, _KNOWN_OF_CHOICE)
        if choice.get("finish_reason"):
            channels.end(f"{index}/")

    def _delta(self, delta: dict[str, Any], place: Place, index: int) -> None:
        channels = self._channels
        if delta.keys() <= _PLAIN:
            return channels.say(f"{index}/content", delta.get("content") or "", (*place, "content"))
        for name in TEXTS:
            if delta.get(name) is not None:
                channels.say(f"{index}/{name}", delta[name], (*place, name), _KINDS[name])
        for i, call in enumerate(listed(delta, "tool_calls")):
            self._call(call, (*place, "tool_calls", i), index, i)
        if delta.get("function_call") is not None:
            self._called(f"{index}/function", delta["function_call"], {}, (*place, "function_call"))
        if delta.get("audio") is not None:
            self._audio(delta["audio"], (*place, "audio"), index)
        channels.others_say(f"{index}/?", delta, place, KNOWN_OF_MESSAGE)
        return None

    def _call(self, call: Any, place: Place, choice: int, i: int) -> None:
        if not isinstance(call, dict):
            raise Malformed("the upstream sent a call that is no object")
        channel = f"{choice}/call/{number(call.get('index'), i)}"
        kinds = [one for one in ("function", "custom") if call.get(one) is not None]
        if len(kinds) > 1:
            raise Malformed("the upstream sent a call of two kinds")
        kind = kinds[0] if kinds else "function"
        self._called(channel, call.get(kind) or {}, call, (*place, kind))
        self._channels.others(call, place, frozenset({"function", "custom"}))

    def _called(self, channel: str, function: Any, call: dict[str, Any], place: Place) -> None:
        if not isinstance(function, dict):
            raise Malformed("the upstream sent a call that is no object")
        field = "input" if "input" in function else "arguments"
        self._channels.call(channel, function.get("name"), call.get("id"))
        self._channels.argue(channel, function.get(field), (*place, field))
        self._channels.others(function, place, frozenset({field}))

    def _audio(self, audio: Any, place: Place, index: int) -> None:
        channels = self._channels
        if not isinstance(audio, dict):
            return channels.unknown(audio, place)
        if audio.get("transcript") is not None:
            channels.say(f"{index}/audio", audio["transcript"], (*place, "transcript"))
        if audio.get("data") is not None:
            channels.echo((*place, "data"), f"{index}/audio")
        return channels.others(audio, place, frozenset({"transcript", "data"}))
