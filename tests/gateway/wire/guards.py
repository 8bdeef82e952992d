"""Guards for tests of formats: one that sees everything, one that edits answers, and a stream run through the gateway's
own parts without HTTP.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any, ClassVar, TypeVar, cast

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard, Progress, StreamGuard
from bartizan.controls.chat.pipeline import Pipeline, Watch
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.verdict import ALLOW, Block, Edit, Replace, Verdict
from bartizan.core.terms import ControlId
from bartizan.gateway.frames import Cutter
from bartizan.gateway.held import Held
from bartizan.gateway.policy import Policies
from bartizan.gateway.wire.wire import Framing, Wire

T = TypeVar("T")
ALL: frozenset[Part] = frozenset({"request", "prompt", "offer", "attachment", "call", "numbers"})
SEEN: list[str] = []
"""What the recording guard saw, as texts; cleared by who uses it."""


class _Recorder(StreamGuard):
    def __init__(self) -> None:
        self._at = 0
        self._text = ""

    def feed(self, text: str) -> Progress:
        self._at += len(text)
        self._text += text
        return Progress(cleared=self._at)

    def flush(self) -> Progress:
        SEEN.append(self._text)
        return Progress(cleared=self._at)


class Recording(ChatGuard, frozen=True, kw_only=True):
    """Sees all parts and channels, and changes nothing."""

    id: ClassVar[ControlId] = ControlId("monitor_use")
    title: ClassVar[str] = "recording"
    sees: ClassVar[frozenset[Part]] = ALL
    reads_answers: ClassVar[bool] = True

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        SEEN.append(
            f"{segment.text} {segment.name} {segment.call} {segment.source} {msgspec.to_builtins(segment.value)}"
        )
        return ALLOW

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard:
        SEEN.append(segment.name)
        return _Recorder()


LEFT: list[bytes] = []
"""What left of the last stream, also where it was ended."""
SECRET = re.compile(r"s3cr3t+")


class _Masker(StreamGuard):
    """Holds back what could be the beginning of a secret."""

    def __init__(self) -> None:
        self._kept, self._from = "", 0

    def _step(self, upto: int, *, last: bool) -> Progress:
        edits = []
        for found in SECRET.finditer(self._kept):
            if not last and found.end() == len(self._kept):
                upto = min(upto, found.start())
                break
            edits.append(Edit(start=self._from + found.start(), end=self._from + found.end(), text="[gone]"))
            upto = max(upto, found.end())
        self._kept, self._from = self._kept[upto:], self._from + upto
        return Progress(cleared=self._from, edits=tuple(edits))

    def feed(self, text: str) -> Progress:
        self._kept += text
        return self._step(max(0, len(self._kept) - 6), last=False)

    def flush(self) -> Progress:
        return self._step(len(self._kept), last=True)


class Masking(ChatGuard, frozen=True, kw_only=True):
    """Masks secrets in answers and in the arguments of calls."""

    id: ClassVar[ControlId] = ControlId("sensitive_output_handling")
    title: ClassVar[str] = "masking"
    sees: ClassVar[frozenset[Part]] = frozenset({"call", "prompt"})
    reads_answers: ClassVar[bool] = True

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        if not SECRET.search(segment.text):
            return ALLOW
        return Replace(text=SECRET.sub("[gone]", segment.text), value=segment.value)

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard:
        return _Masker()


class _Stopper(StreamGuard):
    def __init__(self) -> None:
        self._text = ""

    def feed(self, text: str) -> Progress:
        self._text += text
        return Progress(cleared=0)

    def flush(self) -> Progress:
        if "forbidden" in self._text:
            return Progress(cleared=0, block=Block(why="the answer says what it may not"))
        return Progress(cleared=len(self._text))


class Stopping(ChatGuard, frozen=True, kw_only=True):
    """Holds back whole channels, and blocks those with a forbidden word in them; so with calls and prompts."""

    id: ClassVar[ControlId] = ControlId("sensitive_output_handling")
    variant: ClassVar[str] = "stop"
    title: ClassVar[str] = "stopping"
    sees: ClassVar[frozenset[Part]] = ALL
    reads_answers: ClassVar[bool] = True

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        found = f"{segment.text} {segment.name} {msgspec.to_builtins(segment.value)}"
        return Block(why="it says what it may not") if "forbidden" in found else ALLOW

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard:
        return _Stopper()


def driven(work: Coroutine[Any, Any, T]) -> T:
    """The result of what never waits, without a loop."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    work.close()
    raise AssertionError("it waited")


def watch(*guards: ChatGuard) -> Watch:
    """These guards over a new exchange."""
    return Pipeline([Post(guard=one) for one in guards], Bench()).watch(Exchange(id="x"))


def streamed(wire: Wire, pieces: Iterable[bytes], *guards: ChatGuard) -> tuple[bytes, Exchange]:
    """What leaves of a stream. Raises Blocked and Malformed; ValueError where it does not say that it is over."""
    return driven(_streamed(wire, pieces, guards))


async def _streamed(wire: Wire, pieces: Iterable[bytes], guards: tuple[ChatGuard, ...]) -> tuple[bytes, Exchange]:
    over = watch(*guards)
    held, reader, cutter = Held(over, wire.framing), wire.reader(), Cutter(wire.framing)
    out, done = LEFT, False
    out.clear()
    for frames in [*(cutter.feed(one) for one in pieces), cutter.finish()]:
        for frame in frames:
            seen = reader.read(frame)
            done = done or seen.done
            out.append(await held.pass_on(frame, seen))
    if not done:
        raise ValueError("the stream is not over")
    out.append(await held.finish())
    return b"".join(out), over.exchange


def framed(events: Iterable[Any], framing: Framing, named: bool = False) -> bytes:
    """Events as they come from an upstream; ``named``: with their type as the event's name."""
    out = []
    for one in events:
        body = one.encode() if isinstance(one, str) else msgspec.json.encode(one)
        if framing == "lines":
            out.append(body + b"\n")
        else:
            name = f"event: {one['type']}\n".encode() if named and isinstance(one, dict) else b""
            out.append(name + b"data: " + body + b"\n\n")
    return b"".join(out)


@contextlib.contextmanager
def standing(*guards: ChatGuard) -> Iterator[None]:
    """These guards stand in every gateway that is started meanwhile, whatever its file says."""
    posts = [Post(guard=one) for one in guards]
    bench = Bench()
    before = Policies.pipeline
    Policies.pipeline = lambda self, exchange: Pipeline(posts, bench)  # type: ignore[method-assign]
    try:
        yield
    finally:
        Policies.pipeline = before  # type: ignore[method-assign]
