"""The stream of an answer on its way out: frames leave in order, each when all in it is cleared.

A frame whose texts leave unchanged leaves byte for byte as it came. A call's arguments wait until the call is complete
and judged; what comes behind it waits too, so that nothing overtakes.
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
from bartizan.gateway.frames import written
from bartizan.gateway.places import put
from bartizan.gateway.wire.wire import Frame, Framing, Seen, Spot

LARGEST_CALL = 1 << 20
"""Characters of one call's arguments that are waited for."""
MOST_CHANNELS = 256
MOST_BYTES = 16 << 20
"""Bytes of frames that wait at most."""


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


@dataclass(slots=True)
class _Call:
    """A channel of a call's arguments."""

    segment: Segment
    pieces: list[str] = field(default_factory=list)
    end: int = 0
    ended: bool = False
    changed: str | None = None
    """Arguments in place of those that came; None: as they came."""
    given: int = 0

    def cleared(self, upto: int) -> bool:
        return self.ended

    def take(self, upto: int) -> str:
        text = "".join(self.pieces)
        start, self.given = self.given, upto
        if self.changed is None:
            return text[start:upto]
        return self.changed if start == 0 and upto > 0 else ""


@dataclass(slots=True)
class _Waiting:
    frame: Frame
    spots: list[tuple[Spot, _Text | _Call, int]]
    """Each with its channel, and the position in it that must be cleared."""
    changed: bool = False


class Held:
    """One answer's stream."""

    def __init__(self, watch: Watch, framing: Framing) -> None:
        self.watch = watch
        self._framing: Framing = framing
        self._channels: dict[str, _Text | _Call] = {}
        self._queue: deque[_Waiting] = deque()
        self._bytes = 0

    async def pass_on(self, frame: Frame, seen: Seen) -> bytes:
        """Take a frame in; returns what may leave now, maybe nothing. Raises Blocked."""
        for name, segment in seen.opens.items():
            self._open(name, segment)
        waiting = _Waiting(frame, [self._spot(spot) for spot in seen.spots])
        for segment in seen.whole:
            await self._whole(waiting, segment)
        for name in seen.ends:
            await self._end(name)
        self._queue.append(waiting)
        self._bytes += len(frame.raw)
        if self._bytes > MOST_BYTES:
            raise Blocked("gateway", Block(why="the answer is too large to be judged", kind="size"))
        return self._leaving()

    async def finish(self) -> bytes:
        """The stream is complete: all channels end. Returns what is left. Raises Blocked."""
        for name in list(self._channels):
            await self._end(name)
        left = self._leaving()
        for channel in self._channels.values():
            if isinstance(channel, _Text):
                answer = msgspec.structs.replace(channel.segment, text="".join(channel.left))
                self.watch.exchange.answer.append(answer)
        return left

    def _open(self, name: str, segment: Segment) -> None:
        if name in self._channels:
            return
        if len(self._channels) >= MOST_CHANNELS:
            raise Blocked("gateway", Block(why="the answer has too many parts", kind="size"))
        is_call = segment.part == "call"
        self._channels[name] = _Call(segment) if is_call else _Text(segment, self.watch.lane(segment))

    def _spot(self, spot: Spot) -> tuple[Spot, _Text | _Call, int]:
        channel = self._channels[spot.channel]
        if isinstance(channel, _Text):
            if not spot.whole:
                channel.lane.feed(spot.text)
                self.watch.check(channel.lane)
            return spot, channel, channel.lane.end
        if not spot.whole:
            channel.pieces.append(spot.text)
            channel.end += len(spot.text)
            if channel.end > LARGEST_CALL:
                raise Blocked("gateway", Block(why="a tool call is too large to be judged", kind="size"))
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
        text = "".join(channel.pieces)
        passed = await self.watch.called(msgspec.structs.replace(channel.segment, text=text))
        if passed is None:
            raise Blocked(
                "gateway", Block(why="the model asked for a tool call that is not allowed", kind="permission")
            )
        if passed.text != text:
            channel.changed = passed.text

    async def _whole(self, waiting: _Waiting, segment: Segment) -> None:
        passed = await judged(self.watch, segment)
        if passed is segment:
            return
        if passed is None and segment.part == "call":
            raise Blocked(
                "gateway", Block(why="the model asked for a tool call that is not allowed", kind="permission")
            )
        put(waiting.frame.data, segment.place, written_value(segment, passed))
        waiting.changed = True

    def _leaving(self) -> bytes:
        out = []
        while self._queue and all(channel.cleared(upto) for _, channel, upto in self._queue[0].spots):
            waiting = self._queue.popleft()
            self._bytes -= len(waiting.frame.raw)
            out.append(self._written(waiting))
        return b"".join(out)

    def _written(self, waiting: _Waiting) -> bytes:
        data: Any = waiting.frame.data
        for spot, channel, upto in waiting.spots:
            text = _all(channel) if spot.whole else channel.take(upto)
            if text != spot.text:
                put(data, spot.place, text)
                waiting.changed = True
        return written(waiting.frame, data, self._framing) if waiting.changed else waiting.frame.raw


def _all(channel: _Text | _Call) -> str:
    if isinstance(channel, _Text):
        return "".join(channel.left)
    return channel.changed if channel.changed is not None else "".join(channel.pieces)


async def judged(watch: Watch, segment: Segment) -> Segment | None:
    """A segment of an answer that stands whole, as it may leave. Raises Blocked."""
    if segment.part == "answer":
        return await watch.answered(segment)
    return await (watch.called(segment) if segment.part == "call" else watch.judge(segment))


def written_value(before: Segment, after: Segment | None) -> Any:
    """What to write at the place of a segment: its text or its value; null where it is left out.

    A call whose arguments stand as an object keeps them as one.
    """
    if after is None:
        return None
    if before.part in {"offer", "numbers"}:
        return after.value
    if before.part == "call" and isinstance(before.value, dict):
        return msgspec.json.decode(after.text)
    return after.text
