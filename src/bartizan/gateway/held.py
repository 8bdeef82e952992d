"""The stream of an answer on its way out: frames leave in order, each when all in it is cleared.

A frame whose texts leave unchanged leaves byte for byte as it came. A call's arguments wait until the call is complete
and judged; what comes behind it waits too, so that nothing overtakes. Memory is bounded: by the frames that wait and by
the channels that are open.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bartizan.controls.chat.exchange import Segment
from bartizan.controls.chat.lane import Lane
from bartizan.controls.chat.pipeline import Blocked, Watch
from bartizan.controls.chat.verdict import Block
from bartizan.gateway.frames import data_of, written
from bartizan.gateway.places import put, write
from bartizan.gateway.wire.wire import Echo, Frame, Framing, Malformed, Seen, Spot

LARGEST_CALL = 1 << 20
"""Characters of one call's arguments that are waited for."""
MOST_CHANNELS = 256
MOST_BYTES = 32 << 20
"""Bytes of frames that wait at most, each with what it costs to keep it."""
COST = 512
"""Bytes that a waiting frame takes beside its own."""


@dataclass(slots=True)
class _Text:
    """A channel of text."""

    segment: Segment
    lane: Lane
    left: list[str] = field(default_factory=list)
    ended: bool = False

    def cleared(self, upto: int) -> bool:
        return self.lane.cleared >= upto

    def take(self, upto: int) -> str:
        piece = self.lane.take(upto)
        self.left.append(piece)
        return piece

    def all(self) -> str:
        return "".join(self.left)

    def is_changed(self) -> bool:
        return self.lane.changed


@dataclass(slots=True)
class _Call:
    """A channel of a call's arguments."""

    segment: Segment
    pieces: list[str] = field(default_factory=list)
    end: int = 0
    ended: bool = False
    text: str = ""
    """All arguments as they came, once it has ended."""
    changed: str | None = None
    """Arguments in place of those that came; None: as they came."""
    given: int = 0
    """Characters of ``text`` that frames have taken."""
    is_given: bool = False
    """Whether what is changed has been written."""

    def cleared(self, upto: int) -> bool:
        return self.ended

    def take(self, upto: int) -> str:
        start, self.given = self.given, upto
        if self.changed is None:
            return self.text[start:upto]
        first, self.is_given = not self.is_given, True
        return self.changed if first else ""

    def all(self) -> str:
        self.is_given = True
        return self.text if self.changed is None else self.changed

    def is_changed(self) -> bool:
        return self.changed is not None


@dataclass(slots=True)
class _Waiting:
    raw: bytes
    spots: list[tuple[Spot, _Text | _Call, int]]
    """Each with its channel, and the position in it that must be cleared."""
    echoes: list[tuple[Echo, _Text | _Call]]
    data: Any = None
    """Its data, where they are changed already; others are read again when they must be."""


class Held:
    """One answer's stream."""

    def __init__(self, watch: Watch, framing: Framing) -> None:
        self.watch = watch
        self._framing: Framing = framing
        self._channels: dict[str, _Text | _Call] = {}
        self._queue: deque[_Waiting] = deque()
        self._bytes = 0

    async def pass_on(self, frame: Frame, seen: Seen) -> bytes:
        """Take a frame in; returns what may leave now, maybe nothing. Raises Blocked, Malformed."""
        if (
            not self._queue
            and len(seen.spots) == 1
            and not (seen.opens or seen.whole or seen.ends or seen.echoes or seen.done or seen.spots[0].parsed)
        ):
            return self._straight(frame, seen.spots[0])
        for name, segment in seen.opens.items():
            self._open(name, segment)
        spots = [self._spot(spot) for spot in seen.spots]
        # What is echoed may say nothing itself: then there is nothing to go with.
        echoes = [(one, self._channels[str(one.of)]) for one in seen.echoes if one.of in self._channels]
        waiting = _Waiting(frame.raw, spots, echoes)
        for segment in seen.whole:
            await self._whole(waiting, frame, segment)
        # What says that the stream is complete leaves when all of it has been judged.
        for name in list(self._channels) if seen.done else seen.ends:
            await self._end(name)
        self._queue.append(waiting)
        self._bytes += len(frame.raw) + COST
        left = self._leaving()
        if self._bytes > MOST_BYTES:
            raise _too_large("the answer is too large to be judged")
        return left

    def _straight(self, frame: Frame, spot: Spot) -> bytes:
        """A frame with one piece and nothing before it that waits, which most are."""
        found = _, channel, upto = self._spot(spot)
        if not channel.cleared(upto):
            self._queue.append(_Waiting(frame.raw, [found], []))
            self._bytes += len(frame.raw) + COST
            return b""
        text = channel.all() if spot.whole else channel.take(upto)
        if text == spot.text:
            return frame.raw
        put(frame.data, spot.place, text)
        return written(frame.raw, frame.data, self._framing)

    async def finish(self) -> bytes:
        """The stream is complete: all channels end. Returns what is left. Raises Blocked."""
        for name in list(self._channels):
            await self._end(name)
        left = self._leaving()
        for channel in self._channels.values():
            if isinstance(channel, _Text):
                if channel.lane.take(channel.lane.end):
                    raise _unwritten()
                self.watch.exchange.answer.append(msgspec.structs.replace(channel.segment, text=channel.all()))
            elif channel.changed is not None and not channel.is_given:
                raise _unwritten()
        return left

    def _open(self, name: str, segment: Segment) -> None:
        known = self._channels.get(name)
        if known is not None:
            # The rest of a call's name has come.
            known.segment = segment
            return
        if len(self._channels) >= MOST_CHANNELS:
            raise _too_large("the answer has too many parts")
        is_call = segment.part == "call"
        self._channels[name] = _Call(segment) if is_call else _Text(segment, self.watch.lane(segment))

    def _spot(self, spot: Spot) -> tuple[Spot, _Text | _Call, int]:
        channel = self._channels[spot.channel]
        if channel.ended and spot.text and not spot.whole:
            raise Malformed("the upstream's text goes on after its end")
        if isinstance(channel, _Text):
            if not spot.whole:
                channel.lane.feed(spot.text)
                self.watch.check(channel.lane)
            return spot, channel, channel.lane.end
        if not spot.whole:
            channel.pieces.append(spot.text)
            channel.end += len(spot.text)
            if channel.end > LARGEST_CALL:
                raise _too_large("a tool call is too large to be judged")
        return spot, channel, channel.end

    async def _end(self, name: str) -> None:
        channel = self._channels[name]
        if channel.ended:
            return
        channel.ended = True
        if isinstance(channel, _Text):
            channel.lane.flush()
            self.watch.check(channel.lane)
            return
        channel.text = "".join(channel.pieces)
        channel.pieces = []
        # No arguments are an object without any.
        text = channel.text or "{}"
        passed = await self.watch.called(msgspec.structs.replace(channel.segment, text=text))
        if passed is None:
            raise _not_allowed()
        if passed.text != text:
            channel.changed = passed.text

    async def _whole(self, waiting: _Waiting, frame: Frame, segment: Segment) -> None:
        passed = await judged(self.watch, segment)
        if passed is segment:
            return
        waiting.data = frame.data
        write(frame.data, segment, passed)

    def _leaving(self) -> bytes:
        out = []
        while self._queue and all(channel.cleared(upto) for _, channel, upto in self._queue[0].spots):
            waiting = self._queue.popleft()
            self._bytes -= len(waiting.raw) + COST
            out.append(self._written(waiting))
        return b"".join(out)

    def _written(self, waiting: _Waiting) -> bytes:
        edits: list[tuple[tuple[str | int, ...], Any]] = []
        for spot, channel, upto in waiting.spots:
            text = channel.all() if spot.whole else channel.take(upto)
            if text != spot.text:
                edits.append((spot.place, msgspec.json.decode(text or "{}") if spot.parsed else text))
        said = bool(edits)
        edits += [(echo.place, None) for echo, channel in waiting.echoes if channel.is_changed() and (said or echo.all)]
        if not edits and waiting.data is None:
            return waiting.raw
        data = waiting.data if waiting.data is not None else data_of(waiting.raw, self._framing)
        for place, value in edits:
            put(data, place, value)
        return written(waiting.raw, data, self._framing)


async def judged(watch: Watch, segment: Segment) -> Segment | None:
    """A segment of an answer that stands whole, as it may leave; None: left out, and never a call. Raises Blocked."""
    if segment.part == "answer":
        return await watch.answered(segment)
    if segment.part != "call":
        return await watch.judge(segment)
    passed = await watch.called(segment if segment.text else msgspec.structs.replace(segment, text="{}"))
    if passed is None:
        raise _not_allowed()
    return segment if passed.text == (segment.text or "{}") else passed


def _not_allowed() -> Blocked:
    return Blocked("gateway", Block(why="the model asked for a tool call that is not allowed", kind="permission"))


def _too_large(why: str) -> Blocked:
    return Blocked("gateway", Block(why=why, kind="size"))


def _unwritten() -> Blocked:
    return Blocked("gateway", Block(why="a guard changed what had left already", kind="failure"))
