"""All guards of a policy, in order, over one exchange: the only way in and the only way out.

The gateway, the lab and the library run exactly this. Guards stand in the order of the registry, cheap ones and those
that know who asks first; no setting changes that. What comes out passes them the other way round: what one put in
place of a text on the way in, it restores before the others judge the call that came of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from time import perf_counter_ns

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import INBOUND, Caller, Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.lane import Lane, Reader
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.verdict import Allow, Block, Record, Replace, Verdict


class Blocked(Exception):
    """The exchange ends here. ``guard`` names who ended it."""

    def __init__(self, guard: str, block: Block) -> None:
        super().__init__(block.why)
        self.guard = guard
        self.block = block


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that goes on changed, as `Pipeline.admit` reports it: whoever holds the body writes it there."""

    index: int
    before: Segment
    after: Segment | None
    """None: left out."""


_NONE: tuple[Post, ...] = ()
_REQUEST = Segment(part="request")


class Pipeline:
    """The posts of one policy. It holds nothing of any exchange, so one serves all at once."""

    def __init__(self, posts: Sequence[Post], bench: Bench) -> None:
        self.posts = tuple(posts)
        self.bench = bench
        for post in self.posts:
            post.guard.prepare()
        self._by_part: dict[Part, tuple[Post, ...]] = {}
        for part in ("request", "prompt", "offer", "attachment", "call", "numbers"):
            seeing = tuple(one for one in self.posts if part in one.guard.sees)
            self._by_part[part] = seeing if part in INBOUND else seeing[::-1]
        self.readers = tuple(one for one in self.posts if one.guard.reads_answers)

    def watch(self, exchange: Exchange) -> Watch:
        """The guards over one exchange."""
        return Watch(self, exchange)

    def seeing(self, part: Part) -> tuple[Post, ...]:
        """Who judges this part, in order."""
        return self._by_part.get(part, _NONE)


class Watch:
    """The guards over one exchange, from its beginning to its end. ``records`` tells all that they did."""

    def __init__(self, pipeline: Pipeline, exchange: Exchange) -> None:
        self.pipeline = pipeline
        self.exchange = exchange
        self.records: list[Record] = []
        self.blocked: Blocked | None = None
        self._lanes: list[Lane] = []
        self._asked: list[Post] = []
        self._identified = False
        self._share: float | None = None

    def _drawn(self) -> float:
        """What the session, or the exchange, drew; by the time a guard is asked, the session is known."""
        if self._share is None:
            whose = f"{self.exchange.caller.id}\0{self.exchange.session}" if self.exchange.session else self.exchange.id
            self._share = _drawn(whose, self.pipeline.bench.key("share"))
        return self._share

    def known(self, caller: Caller) -> None:
        """Who is asking is known already: no guard is asked to find it out."""
        self._identified = True
        self.exchange.caller = caller

    async def identify(self) -> None:
        """Find out who is asking. Whoever chooses a policy by the caller does so after this, before `admit`.

        Raises Blocked.
        """
        self._identified = True
        request = next((one for one in self.exchange.segments if one.part == "request"), _REQUEST)
        for post in self.pipeline.seeing("request"):
            if post.guard.identifies:
                await self._one(post, request, 0)

    async def admit(self) -> list[Change]:
        """Judge all that goes in. Returns what is changed, in the order of the segments. Raises Blocked."""
        if not self._identified:
            await self.identify()
        changes = []
        segments = self.exchange.segments
        first = [i for i, one in enumerate(segments) if one.part == "request"]
        for index in (*first, *(i for i, one in enumerate(segments) if one.part != "request")):
            before = segments[index]
            after = await self.judge(before, index)
            if after is not before:
                changes.append(Change(index=index, before=before, after=after))
                segments[index] = after if after is not None else msgspec.structs.replace(before, text="", value=None)
        gone = {one.index for one in changes if one.after is None}
        if gone:
            self.exchange.segments = [one for i, one in enumerate(segments) if i not in gone]
        self.exchange.admitted = True
        return changes

    async def judge(self, segment: Segment, index: int = -1) -> Segment | None:
        """A segment as it may pass: itself, changed, or None where it is left out. Raises Blocked."""
        for post in self.pipeline.seeing(segment.part):
            if segment.part == "request" and post.guard.identifies:
                continue
            passed = await self._one(post, segment, index)
            if passed is None:
                return None
            segment = passed
        return segment

    async def _one(self, post: Post, segment: Segment, index: int) -> Segment | None:
        """The segment as one guard lets it pass; None where it is left out. Raises Blocked."""
        if segment.part == "request":
            self._asked.append(post)
        verdict = await self._ask(post, segment, index)
        if type(verdict) is Allow and verdict.caller is not None:
            self.exchange.caller = verdict.caller
        if type(verdict) is not Replace:
            return segment
        return None if verdict.gone else msgspec.structs.replace(segment, text=verdict.text, value=verdict.value)

    async def _ask(self, post: Post, segment: Segment, index: int) -> Verdict | None:
        """What a guard says and the policy lets count; None: nothing. Raises Blocked."""
        guard = post.guard
        enforced = post.enforces(self._drawn)
        began = perf_counter_ns()
        try:
            if guard.waits:
                async with asyncio.timeout(post.seconds):
                    verdict = await guard.check(self.exchange, segment, self.pipeline.bench)
            else:
                verdict = await guard.check(self.exchange, segment, self.pipeline.bench)
            outcome = _OUTCOMES[type(verdict)]
        except Exception as error:
            self._failed(post, segment, index, error, enforced, perf_counter_ns() - began)
            return None
        took = perf_counter_ns() - began
        why = verdict.why if type(verdict) is Block else ""
        if verdict.labels and enforced:
            self.exchange.labels |= verdict.labels
        if type(verdict) is Block and verdict.question is not None and enforced:
            why, outcome = await self._put_to_a_person(post, verdict)
            if outcome == "asked":
                verdict = Allow()
        self.records.append(
            Record(
                guard=guard.name,
                part=segment.part,
                outcome=outcome,  # type: ignore[arg-type]
                enforced=enforced,
                why=why,
                findings=verdict.findings,
                nanoseconds=took,
                segment=index,
            )
        )
        if type(verdict) is Block and enforced:
            self._end(post, msgspec.structs.replace(verdict, why=why))
        return verdict if enforced or (type(verdict) is Allow and verdict.caller is not None) else None

    async def _put_to_a_person(self, post: Post, block: Block) -> tuple[str, str]:
        """(why, outcome): outcome "asked" where it was granted."""
        assert block.question is not None
        desk = self.pipeline.bench.desk
        if desk is None:
            return f"{block.why}; nobody is there to approve it", "blocked"
        try:
            refusal = await desk.ask(self.exchange, post.guard.name, block.question)
        except Exception as error:
            refusal = f"approval could not be asked for ({type(error).__name__})"
        return (f"{block.why}; {refusal}", "blocked") if refusal else ("granted", "asked")

    def _failed(self, post: Post, segment: Segment, index: int, error: Exception, enforced: bool, took: int) -> None:
        outcome = "timed_out" if isinstance(error, TimeoutError) else "crashed"
        self.records.append(
            Record(
                guard=post.guard.name,
                part=segment.part,
                outcome=outcome,  # type: ignore[arg-type]
                enforced=enforced,
                why=type(error).__name__,
                nanoseconds=took,
                segment=index,
            )
        )
        if enforced and post.fails == "closed":
            self._end(post, Block(why=f"the guard {post.guard.name} did not work", kind="failure"))

    def _end(self, post: Post, block: Block) -> None:
        self.blocked = Blocked(post.guard.name, block)
        self.exchange.refused = block.kind
        raise self.blocked

    def lane(self, channel: Segment) -> Lane:
        """A channel of the answer, with all stream guards that care. A guard that cannot begin has crashed.

        Raises Blocked where that closes.
        """
        readers = []
        for post in self.pipeline.readers:
            enforced = post.enforces(self._drawn)
            try:
                guard = post.guard.stream(self.exchange, channel, self.pipeline.bench)
            except Exception as error:
                self._failed(post, channel, -1, error, enforced, 0)
                continue
            if guard is not None:
                readers.append(Reader(post, guard, enforced))
        lane = Lane(readers)
        self._lanes.append(lane)
        return lane

    async def answered(self, channel: Segment) -> Segment:
        """A text of the answer that came whole, as it may leave: read by the stream guards, fed in one piece.

        Raises Blocked.
        """
        lane = self.lane(channel)
        lane.feed(channel.text)
        lane.flush()
        self.check(lane)
        text = lane.take(lane.end)
        after = msgspec.structs.replace(channel, text=text) if text != channel.text else channel
        self.exchange.answer.append(after)
        return after

    async def called(self, call: Segment) -> Segment | None:
        """A tool call that is complete, as it may leave. Raises Blocked."""
        passed = await self.judge(call)
        if passed is not None:
            self.exchange.answer.append(passed)
        return passed

    def check(self, lane: Lane) -> None:
        """Raise Blocked where a lane is blocked."""
        if lane.block is not None:
            reader, block = lane.block
            self.blocked = Blocked(reader.post.guard.name, block)
            self.exchange.refused = block.kind
            raise self.blocked

    async def settle(self) -> None:
        """The exchange is over: every guard that was asked about the request is told, and lanes write their records.

        A guard that crashes here is recorded; nothing can be taken back any more. Call it once, however it ended.
        """
        for lane in self._lanes:
            self.records.extend(lane.records())
        self._lanes = []
        for post in self._asked:
            if type(post.guard).settle is ChatGuard.settle:
                continue
            try:
                await self._settled(post)
            except Exception as error:
                self.records.append(
                    Record(guard=post.guard.name, part="settle", outcome="crashed", why=type(error).__name__)
                )
        self._asked = []

    async def _settled(self, post: Post) -> None:
        bench = self.pipeline.bench
        if not bench.state.waits and not post.guard.waits:
            return await post.guard.settle(self.exchange, bench)
        async with asyncio.timeout(post.seconds):
            return await post.guard.settle(self.exchange, bench)


_OUTCOMES: dict[type, str] = {Allow: "allowed", Replace: "replaced", Block: "blocked"}


def _drawn(name: str, key: bytes) -> float:
    """A number from 0 to 1 that stays the same for a name: who was drawn once stays in. Nobody without the key can
    tell what a name draws.
    """
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=6, key=key).digest()
    return int.from_bytes(digest) / 2**48
