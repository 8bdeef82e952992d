"""An upstream's answer on its way to the client.

What an answer is, it says itself: its first bytes decide whether it is judged as a stream or as a whole, not what its
head says and not what was asked for. What is neither JSON nor a stream of the route's format does not pass.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from bartizan.controls.chat.pipeline import Watch
from bartizan.gateway.bodies import encode, parse
from bartizan.gateway.door import Door
from bartizan.gateway.events.ledger import Trail
from bartizan.gateway.frames import LARGEST, Cutter
from bartizan.gateway.held import Held
from bartizan.gateway.passing import passed_back
from bartizan.gateway.places import remove
from bartizan.gateway.upstreams.reply import Reply, UpstreamFailed
from bartizan.gateway.whole import judge_whole
from bartizan.gateway.wire.routes import Route
from bartizan.gateway.wire.wire import Answered, Frame, Malformed

LARGEST_ANSWER = 32 << 20
_BLANK = b" \t\r\n\xef\xbb\xbf"
_EVENT = (b"data:", b"event:", b"id:", b"retry:", b":")
_MOST_BLANK = 4096
_KINDS = {"sse": b"text/event-stream", "lines": b"application/x-ndjson"}


class Answering:
    """One answer. ``on_stuck`` is called when the client does not read any more."""

    def __init__(
        self,
        route: Route,
        watch: Watch,
        door: Door,
        trail: Trail,
        *,
        on_stuck: Callable[[], None],
        is_served: Callable[[str], bool],
    ) -> None:
        self._route = route
        self._watch = watch
        self._door = door
        self._trail = trail
        self._on_stuck = on_stuck
        self._is_served = is_served

    async def passes(self, reply: Reply) -> None:
        """Judge an answer and pass it on. Raises Blocked, UpstreamFailed."""
        if reply.status not in {200, 201, 202}:
            raise UpstreamFailed("the upstream answered with a status that cannot be passed on", answered=True)
        try:
            if await self._is_stream(reply):
                await self._stream(reply)
            else:
                await self._whole(reply)
        except Malformed as error:
            raise UpstreamFailed(str(error), answered=True) from None

    async def _is_stream(self, reply: Reply) -> bool:
        if self._route.wire.framing == "lines":
            return self._watch.exchange.stream and _is_line(await reply.peek(_has_line))
        head = (await reply.peek(_is_enough)).lstrip(_BLANK)
        if head.startswith((b"{", b"[")):
            return False
        if head.startswith(_EVENT):
            return True
        raise UpstreamFailed("the upstream's answer is not of its format", answered=True)

    async def _whole(self, reply: Reply) -> None:
        raw = await reply.whole(LARGEST_ANSWER)
        try:
            body = parse(raw)
            answered = self._route.wire.read_answer(body)
        except Malformed:
            raise UpstreamFailed("the upstream's answer is not of its format", answered=True) from None
        self._watch.exchange.usage = answered.usage or self._watch.exchange.usage
        self._trail.answered_by = answered.model
        changed = await judge_whole(self._watch, body, answered)
        changed = self._without_hidden_models(body, answered) or changed
        headers = passed_back(reply.headers, b"application/json")
        await self._door.answer(reply.status, headers, encode(body) if changed else raw)

    def _without_hidden_models(self, body: Any, answered: Answered) -> bool:
        """Leave out models that are not served here, and those that this caller may not use. Whether there were any."""
        allowed = self._watch.exchange.caller.models
        hidden = [
            place
            for name, place in answered.models
            if not self._is_served(name)
            or (allowed is not None and not any(fnmatchcase(name, pattern) for pattern in allowed))
        ]
        remove(body, hidden)
        return bool(hidden)

    async def _stream(self, reply: Reply) -> None:
        wire, door = self._route.wire, self._door
        held, cutter, flow = Held(self._watch, wire.framing), Cutter(wire.framing), wire.reader()
        headers = passed_back(reply.headers, _KINDS[wire.framing])
        done = False

        async def through(frames: list[Frame]) -> bytes:
            nonlocal done
            out = []
            for frame in frames:
                if done and frame.data is not None and wire.framing == "lines":
                    raise UpstreamFailed("the upstream's answer goes on after its end", answered=True)
                seen = flow.read(frame)
                if seen.usage is not None:
                    self._watch.exchange.usage = seen.usage
                if seen.model:
                    self._trail.answered_by = seen.model
                done = done or seen.done
                out.append(await held.pass_on(frame, seen))
            return b"".join(out)

        # Nothing leaves before something was judged: what is refused at once is refused with a status of its own.
        async for piece in reply.pieces():
            if left := await through(cutter.feed(piece)):
                if not door.begun:
                    await door.stream(reply.status, headers, self._on_stuck)
                await door.piece(left)
        left = await through(cutter.finish())
        if not done:
            raise UpstreamFailed("the upstream's answer broke off", answered=True)
        left += await held.finish()
        if not door.begun:
            await door.stream(reply.status, headers, self._on_stuck)
        await door.piece(left, last=True)


def _has_line(head: bytes) -> bool:
    return b"\n" in head.lstrip(_BLANK) or len(head) > LARGEST


def _is_line(head: bytes) -> bool:
    """Whether the first line is an object by itself, or too long to tell; else it is one object over several lines."""
    line, ends, _ = head.lstrip(_BLANK).partition(b"\n")
    if not ends:
        return True
    try:
        parse(line)
    except Malformed:
        return False
    return True


def _is_enough(head: bytes) -> bool:
    found = head.lstrip(_BLANK)
    return len(head) > _MOST_BLANK or (bool(found) and not any(one.startswith(found) for one in _EVENT))
