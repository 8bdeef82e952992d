"""One message of a client from its first byte to its event: the only road to a server.

POST brings JSON-RPC messages, GET opens the stream of what a server says by itself, DELETE ends a session. Each message
is an exchange of its own: the same guards find out who asks and how often, the call is judged before it goes on, and
what comes back before it is passed on. What a server asks of the client is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, MutableMapping
from time import perf_counter_ns
from typing import Any

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Segment
from bartizan.controls.chat.pipeline import Blocked, Watch
from bartizan.controls.chat.verdict import Block
from bartizan.gateway.arriving import Arriving, Room
from bartizan.gateway.bodies import encode
from bartizan.gateway.events.ledger import Ledger
from bartizan.gateway.mcp.door import McpDoor, hung_up
from bartizan.gateway.mcp.judging import Judging
from bartizan.gateway.mcp.messages import (
    INVALID,
    PARSE,
    REFUSED,
    UPSTREAM,
    VERSION,
    VERSIONS,
    Message,
    Wrong,
    error,
    message_of,
    messages_of,
)
from bartizan.gateway.mcp.sessions import Listings, bound, unbound
from bartizan.gateway.mcp.talking import Line, framed
from bartizan.gateway.policy import Policies
from bartizan.gateway.refusing import STATUS, Gone, Unfit
from bartizan.gateway.serving import Receive, Send
from bartizan.gateway.upstreams.upstream import Upstream, UpstreamFailed

PATH = "/mcp/"
_METHODS = ("POST", "GET", "DELETE")
_BY_STATUS = frozenset({"credentials", "rate", "budget", "stopped", "failure", "size", "malformed"})
"""Kinds of blocks that HTTP tells as well; the others are the answer to a call, and come with 200."""


class _Unspoken(Unfit):
    """A revision of the protocol that is not spoken here."""

    def __init__(self, version: str) -> None:
        super().__init__(400, "malformed", "this revision of the protocol is not spoken here")
        self.version = version[:40]


def _told_of(unfit: Unfit) -> dict[str, Any]:
    """An unfit request's error as JSON-RPC tells it."""
    if isinstance(unfit, _Unspoken):
        told = error(None, VERSION, str(unfit))
        told["error"]["data"] = {"supported": list(VERSIONS), "requested": unfit.version}
        return told
    return error(None, REFUSED if unfit.kind == "permission" else INVALID, str(unfit))


class McpService:
    """ASGI 3 for the paths /mcp/SERVER. One per worker."""

    def __init__(
        self,
        *,
        servers: Mapping[str, Upstream],
        policies: Policies,
        bench: Bench,
        ledger: Ledger,
        largest_body: int = 10_000_000,
        body_seconds: float = 30.0,
        origins: tuple[str, ...] = (),
        turned_away: Callable[[int], None] | None = None,
    ) -> None:
        """``turned_away``: told the status of each request that reached no server."""
        self._servers = servers
        self._policies = policies
        self._bench = bench
        self._ledger = ledger
        self._largest = largest_body
        self._body_seconds = body_seconds
        self._origins = origins
        """Origins whose web pages may ask. A request without one comes from no browser."""
        self._turned_away = turned_away or (lambda status: None)
        self._room = Room()
        self._listings = Listings()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One HTTP request. A client that hangs up ends what it asked for."""
        door = McpDoor(send)
        upstream = self._servers.get(str(scope["path"]).removeprefix(PATH))
        if upstream is None or not str(scope["path"]).startswith(PATH):
            self._turned_away(404)
            return await door.refuse(404, error(None, INVALID, "there is no such MCP server here"))
        if scope["method"] not in _METHODS:
            self._turned_away(405)
            allow = [(b"allow", ", ".join(_METHODS).encode())]
            return await door.refuse(405, error(None, INVALID, "POST, GET or DELETE"), allow)
        arriving = Arriving(
            scope,
            receive,
            most=self._largest,
            seconds=self._body_seconds,
            room=self._room,
            origins=self._origins,
        )
        try:
            return await self._served(arriving, upstream, door, receive)
        finally:
            arriving.close()

    async def _served(self, arriving: Arriving, upstream: Upstream, door: McpDoor, receive: Receive) -> None:
        headers, method = arriving.headers(), str(arriving.scope["method"])
        version = headers.get("mcp-protocol-version", "")
        peer = (arriving.scope.get("client") or ("",))[0]
        visit = _Visit(self, upstream, headers, peer, version, door)
        try:
            arriving.check(headers)
            if version and version not in VERSIONS:
                raise _Unspoken(version)
            raw = await arriving.body() if method == "POST" else b""
        except Gone:
            return await visit.turned_away(400)
        except Unfit as unfit:
            await visit.turned_away(unfit.status)
            return await door.refuse(unfit.status, _told_of(unfit), [(b"connection", b"close")], arriving.drain)
        work = asyncio.ensure_future(visit.served(method, raw))
        gone = asyncio.ensure_future(hung_up(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, gone):
                if not task.done():
                    task.cancel()
            results = await asyncio.gather(work, gone, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]
        return None


class _Visit:
    """One HTTP request of a client."""

    def __init__(
        self,
        service: McpService,
        upstream: Upstream,
        headers: dict[str, str],
        peer: str,
        version: str,
        door: McpDoor,
    ) -> None:
        self.service = service
        self.upstream = upstream
        self.headers = headers
        self.peer = peer
        self.version = version
        self.door = door
        self.status = 200
        self.retry_after: float | None = None
        self.session = ""
        """A session that was opened: its id as the client gets it."""

    async def turned_away(self, status: int) -> None:
        """Its form is refused before any guard has seen it: one event."""
        service, message = self.service, Message(kind="request", method="unreadable")
        exchange = self._exchange(message, 0)
        watch = service._policies.pipeline(exchange).watch(exchange)
        await service._ledger.write(exchange, watch, status, perf_counter_ns(), 0, service._ledger.trail(b""))

    async def served(self, method: str, raw: bytes) -> None:
        """Answer it, whatever happens."""
        if method == "GET":
            return await self._streamed(self._one(Message(kind="request", method="stream"), b""), 405)
        if method == "DELETE":
            async for _ in self._one(Message(kind="request", method="end"), b""):
                pass
            return await self.door.answer(self.status, b"", self)
        try:
            found, is_batch = messages_of(raw, self.version)
        except Wrong as wrong:
            unreadable = Message(kind="request", id=wrong.id, method="unreadable")
            return await self._streamed(self._one(unreadable, raw, wrong), 400)
        if not is_batch:
            return await self._streamed(self._said(found[0], raw), 202)
        answers = []
        for one in found:
            async for told in self._said(one, encode(one)):
                if "id" in told and "method" not in told:
                    answers.append(told)
        self.status = 200 if answers else 202
        return await self.door.answer(self.status, encode(answers) if answers else b"", self)

    async def _streamed(self, told: AsyncGenerator[dict[str, Any], None], empty: int) -> None:
        async with contextlib.aclosing(told):
            await self.door.stream(told, empty, self)

    async def _said(self, found: dict[str, Any], raw: bytes) -> AsyncGenerator[dict[str, Any], None]:
        """What one message of a body is answered with."""
        try:
            message = message_of(found)
        except Wrong as wrong:
            message = Message(kind="request", id=wrong.id, method="unreadable")
            async for one in self._one(message, raw, wrong):
                yield one
            return
        if message.kind == "response":
            return  # no server is let ask anything, so nothing waits for it
        async for one in self._one(message, raw):
            yield one

    async def _one(
        self, message: Message, raw: bytes, wrong: Wrong | None = None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """One exchange: everything that leaves for it, and one event at its end."""
        service = self.service
        exchange = self._exchange(message, len(raw))
        watch = service._policies.pipeline(exchange).watch(exchange)
        began, first, trail = perf_counter_ns(), 0, service._ledger.trail(raw)
        try:
            async for told in self._told(message, exchange, watch, wrong):
                first = first or perf_counter_ns()
                trail.left(framed(told) if told else b"")
                yield told
        except (asyncio.CancelledError, GeneratorExit):
            # The client left before its answer. Who only listened has heard what there was.
            trail.is_cut = message.method != "stream"
            raise
        finally:
            await watch.settle()
            await service._ledger.write(exchange, watch, self.status, began, first, trail)

    def _exchange(self, message: Message, size: int) -> Exchange:
        return Exchange(
            id=secrets.token_hex(12),
            route=f"mcp.{message.method}",
            model=f"mcp/{self.upstream.name}",
            supplier=self.upstream.name,
            headers=self.headers,
            peer=self.peer,
            body=message.body,
            size=size,
            segments=[Segment(part="request")],
            at=self.service._bench.clock(),
        )

    async def _told(
        self, message: Message, exchange: Exchange, watch: Watch, wrong: Wrong | None
    ) -> AsyncIterator[dict[str, Any]]:
        try:
            if why := self.service._ledger.refuses():
                raise Blocked("gateway", Block(why=why, kind="failure"))
            session = await self._admitted(message, exchange, watch)
            if wrong is not None:
                raise wrong
            line = Line(self.upstream, session, self.version)
            judging = Judging(watch, line, self.service._listings, message)
            async for one in judging.answers():
                if message.method == "initialize" and judging.opened and not self.session:
                    self.session = bound(judging.opened, self.upstream.name, exchange.caller, self.service._bench) or ""
                yield one
            self.status = judging.status
        except Blocked as blocked:
            watch.blocked = watch.blocked or blocked
            block = blocked.block
            self.status = STATUS[block.kind] if block.kind in _BY_STATUS else 200
            self.retry_after = block.retry_after
            yield error(message.id, REFUSED, block.why, block.kind)
        except Wrong as found:
            self.status = 400 if found.code in {INVALID, PARSE} else 200
            yield error(message.id, found.code, str(found))
        except UpstreamFailed as failed:
            self.status, self.retry_after = failed.status, failed.retry_after
            yield error(message.id, UPSTREAM, str(failed), "upstream")

    async def _admitted(self, message: Message, exchange: Exchange, watch: Watch) -> str:
        """Find out who asks, and bind the session to them; the server's id of it. Raises Blocked, Wrong."""
        policies = self.service._policies
        await watch.identify()
        watch.pipeline = policies.pipeline(exchange)
        given = self.headers.get("mcp-session-id", "")
        session = ""
        if given and message.method != "initialize":
            known = unbound(given, self.upstream.name, exchange.caller, self.service._bench)
            if known is None:
                raise UpstreamFailed("there is no such session here", status=404)
            session = known
        exchange.session = self.headers.get("x-session-id", "")
        if not exchange.session and not exchange.caller.id and session:
            exchange.session = msgspec.json.encode([self.upstream.name, session]).decode()
        await watch.admit()
        return session
