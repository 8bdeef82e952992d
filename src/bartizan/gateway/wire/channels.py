"""What the formats' readers of streams share: the channels of one answer, and what one frame brings of them.

It refuses what two clients could put together differently: text after the end of its channel, a call whose name or id
changes on its way, arguments that come twice. A summary that repeats a channel stands for what was judged; where
nothing was said before it, it is itself what is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bartizan.controls.chat.exchange import Segment
from bartizan.core.chat import Usage
from bartizan.gateway.wire.loose import Place, leaves, others
from bartizan.gateway.wire.wire import Echo, Frame, Malformed, Seen, Spot, StreamReader

ANSWER = Segment(part="answer", role="assistant")
REASONING = Segment(part="answer", role="assistant", name="reasoning")


class Channels:
    """One answer's channels."""

    def __init__(self, passes: Mapping[str, str]) -> None:
        self._passes = passes
        self._open: dict[str, Segment] = {}
        self._ended: set[str] = set()
        self._said: set[str] = set()
        self._clear()

    def _clear(self) -> None:
        self._opens: dict[str, Segment] = {}
        self._spots: list[Spot] = []
        self._ends: list[str] = []
        self._whole: list[Segment] = []
        self._echoes: list[Echo] = []

    def say(self, channel: str, text: Any, place: Place, kind: Segment = ANSWER) -> None:
        """A piece of a text; anything that is no text is searched for texts."""
        if not isinstance(text, str):
            return self.unknown(text, place)
        if not text:
            return None
        if channel not in self._open:
            self._open[channel] = self._opens[channel] = kind
        elif channel in self._ended:
            raise Malformed("the upstream's text goes on after its end")
        self._said.add(channel)
        self._spots.append(Spot(channel=channel, place=place, text=text))
        return None

    def call(self, channel: str, name: Any, key: Any) -> None:
        """A call, or more of it. Its name and id come once, whole; they may be repeated and not changed."""
        name, key = _text(name), _text(key)
        known = self._open.get(channel)
        if known is None:
            self._open[channel] = self._opens[channel] = Segment(part="call", role="assistant", name=name, call=key)
            return
        if (name and known.name and name != known.name) or (key and known.call and key != known.call):
            raise Malformed("the upstream changed the name or id of a call on its way")
        if (name and not known.name) or (key and not known.call):
            if channel in self._ended:
                raise Malformed("the upstream named a call after its end")
            known = msgspec.structs.replace(known, name=name or known.name, call=key or known.call)
            self._open[channel] = self._opens[channel] = known

    def argue(self, channel: str, text: Any, place: Place) -> None:
        """A piece of a call's arguments, maybe empty. The call must be known."""
        if text is None:
            return
        if not isinstance(text, str):
            raise Malformed("the upstream sent arguments that are no text")
        if channel in self._ended and text:
            raise Malformed("the upstream's call goes on after its end")
        if text:
            self._said.add(channel)
        if channel not in self._ended:
            self._spots.append(Spot(channel=channel, place=place, text=text))

    def act(self, channel: str, text: str, place: Place, *, ended: bool) -> None:
        """What a call does, as an object that stands whole; ``ended``: whether it is final. What is not yet final waits
        for what is, and leaves as that. The call must be known.
        """
        again = not ended or channel in self._said
        if not again:
            if channel in self._ended:
                raise Malformed("the upstream's call goes on after its end")
            self._said.add(channel)
        self._spots.append(Spot(channel=channel, place=place, text=text, whole=again, parsed=True))

    def sums_up(self, channel: str, text: Any, place: Place, kind: Segment = ANSWER) -> None:
        """All of a channel once more."""
        if isinstance(text, str) and (channel in self._said or channel in self._ended):
            self._spots.append(Spot(channel=channel, place=place, text=text, whole=True))
        elif channel in self._open and self._open[channel].part == "call":
            self.argue(channel, text, place)
        else:
            self.say(channel, text, place, kind)

    def whole(self, segment: Segment) -> None:
        """What stands complete in this frame."""
        self._whole.append(segment)

    def unknown(self, value: Any, place: Place, key: str = "") -> None:
        """A value that the format does not know: each text in it is judged by itself."""
        if value is not None:
            for where, text in leaves(value, place, key or str(place[-1:]), self._passes):
                self._whole.append(msgspec.structs.replace(ANSWER, text=text, place=where))

    def others(self, obj: dict[str, Any], place: Place, known: frozenset[str]) -> None:
        """The fields of an object that the format does not know: each text in them is judged by itself."""
        for where, text in others(obj, place, known, self._passes):
            self._whole.append(msgspec.structs.replace(ANSWER, text=text, place=where))

    def others_say(self, base: str, obj: dict[str, Any], place: Place, known: frozenset[str]) -> None:
        """The fields of a delta that the format does not know: pieces of texts, each a channel of its own."""
        for where, text in others(obj, place, known, self._passes):
            if not where:
                self._whole.append(msgspec.structs.replace(ANSWER, text=text))
            else:
                self.say(base + "/".join(map(str, where[len(place) :])), text, where)

    def echo(self, place: Place, of: str, *, all: bool = False) -> None:
        """What repeats a channel in another form."""
        self._echoes.append(Echo(place=place, of=of, all=all))

    def is_open(self, channel: str) -> bool:
        """Whether it has begun and not ended."""
        return channel in self._open and channel not in self._ended

    def end(self, name_or_group: str) -> None:
        """A channel is complete, or with a slash at the end of the name: all whose names begin so."""
        group = name_or_group if name_or_group.endswith("/") else "\n"
        for name in self._open:
            if name not in self._ended and (name == name_or_group or name.startswith(group)):
                self._ended.add(name)
                self._ends.append(name)

    def seen(self, *, usage: Usage | None = None, model: Any = "", done: bool = False) -> Seen:
        """All that this frame brought; the next frame begins."""
        seen = Seen(
            opens=self._opens,
            spots=tuple(self._spots),
            ends=tuple(self._ends),
            whole=tuple(self._whole),
            echoes=tuple(self._echoes),
            usage=usage,
            model=_text(model),
            done=done,
        )
        self._clear()
        return seen


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed("the upstream sent a name or an id that is no text")
    return value


def number(value: Any, otherwise: int) -> int:
    """The position that tells channels apart. Raises Malformed for what is none."""
    if value is None:
        return otherwise
    if type(value) is not int or value < 0:
        raise Malformed("the upstream sent a position that is no number")
    return value


class NoStream(StreamReader):
    """For formats whose answers come whole: no frame can be one of them."""

    def read(self, frame: Frame) -> Seen:
        """Raises Malformed."""
        raise Malformed("the upstream sent a stream where there is none")
