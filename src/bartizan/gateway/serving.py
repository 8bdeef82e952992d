"""One exchange from its first byte to its event. Every route goes through here."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter_ns
from typing import Any, Literal

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.pipeline import Blocked, Change, Watch
from bartizan.controls.chat.verdict import BlockKind
from bartizan.gateway.bodies import encode, parse
from bartizan.gateway.events import Ledger
from bartizan.gateway.frames import Cutter
from bartizan.gateway.held import Held
from bartizan.gateway.places import leave_out, write
from bartizan.gateway.policy import Policies
from bartizan.gateway.upstreams.choosing import Upstreams
from bartizan.gateway.upstreams.upstream import Reply, Sent, UpstreamFailed
from bartizan.gateway.whole import judge_whole
from bartizan.gateway.wire.routes import Route, route_of
from bartizan.gateway.wire.wire import Asked, Frame, Malformed

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
LARGEST_ANSWER = 32 << 20
STATUS: dict[BlockKind, int] = {
    "credentials": 401,
    "permission": 403,
    "rate": 429,
    "budget": 429,
    "size": 413,
    "malformed": 400,
    "content": 403,
    "approval": 403,
    "stopped": 503,
    "failure": 503,
}


class Gone(Exception):
    """The client has hung up."""


class Door:
    """What a client is told, once: the first answer wins, and after its beginning only frames follow."""

    def __init__(self, send: Send, route: Route | None) -> None:
        self._send = send
        self.route = route
        self.begun = False
        self.status = 0
        self.first_byte_at = 0
        """perf_counter_ns when the first byte of an answer left."""

    async def answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """A whole answer."""
        await self.begin(status, [*headers, (b"content-length", str(len(body)).encode())])
        await self.piece(body, last=True)

    async def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head of an answer."""
        self.begun, self.status = True, status
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def piece(self, body: bytes, *, last: bool = False) -> None:
        """Some of its body."""
        if body and not self.first_byte_at:
            self.first_byte_at = perf_counter_ns()
        await self._send({"type": "http.response.body", "body": body, "more_body": not last})

    async def refuse(
        self,
        status: int,
        kind: BlockKind | Literal["upstream", "not_found"],
        text: str,
        retry_after: float | None = None,
    ) -> None:
        """An error, in the client's format; in the middle of a stream as a frame, after which it ends."""
        wire = self.route.wire if self.route is not None else route_of("POST", "/v1/chat/completions").wire  # type: ignore[union-attr]
        if self.begun:
            self.status = status
            await self.piece(wire.error_frame(status, kind, text), last=True)
            return
        headers = [(b"content-type", b"application/json")]
        if retry_after is not None:
            headers.append((b"retry-after", str(max(1, round(min(retry_after, 86_400)))).encode()))
        await self.answer(status, headers, wire.error(status, kind, text))


class Service:
    """All that exchanges need. One per worker."""

    def __init__(self, *, policies: Policies, upstreams: Upstreams, bench: Bench, ledger: Ledger) -> None:
        self.policies = policies
        self.upstreams = upstreams
        self.bench = bench
        self.ledger = ledger

    async def serve(self, scope: MutableMapping[str, Any], body: bytes, door: Door) -> None:
        """One request whose body has come whole. It answers, whatever happens, and writes one event."""
        route = door.route
        assert route is not None
        exchange = Exchange(
            id=secrets.token_hex(12),
            route=route.wire.name,
            headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
            peer=(scope.get("client") or ("",))[0],
            size=len(body),
            at=self.bench.clock(),
        )
        watch = self.policies.pipeline(exchange).watch(exchange)
        began = perf_counter_ns()
        try:
            await self._exchange(route, exchange, watch, body, door)
        except Blocked as blocked:
            watch.blocked = watch.blocked or blocked
            block = blocked.block
            await door.refuse(STATUS[block.kind], block.kind, block.why, block.retry_after)
        except Malformed as error:
            await door.refuse(400, "malformed", str(error))
        except UpstreamFailed as error:
            await door.refuse(error.status, "upstream", str(error))
        finally:
            await watch.settle()
            await self.ledger.write(exchange, watch, door.status, began, door.first_byte_at)

    async def _exchange(self, route: Route, exchange: Exchange, watch: Watch, raw: bytes, door: Door) -> None:
        body = _body(route, raw)
        asked = route.wire.read(body)
        exchange.body, exchange.model, exchange.stream = body, asked.model, asked.stream
        exchange.output_limit, exchange.segments = asked.output_limit, list(asked.segments)
        exchange.session = exchange.headers.get("x-session-id", "") or asked.session
        watch.pipeline = self.policies.pipeline(exchange)
        await watch.identify()
        watch.pipeline = self.policies.pipeline(exchange)
        changes = await watch.admit()
        payload = encode(_edited(body, asked, changes)) if changes or asked.marks else raw
        sent = Sent(method=route.method, path=route.path, headers=_forwarded(exchange.headers), body=payload)
        reply = await self.upstreams.send(exchange, route.speaks, sent)
        try:
            if reply.status >= 300:
                await door.answer(reply.status, reply.headers, await reply.whole(LARGEST_ANSWER))
            elif reply.kind in {"text/event-stream", "application/x-ndjson"}:
                await self._stream(route, watch, reply, door)
            else:
                await self._whole(route, watch, reply, door)
        finally:
            reply.close()

    async def _whole(self, route: Route, watch: Watch, reply: Reply, door: Door) -> None:
        raw = await reply.whole(LARGEST_ANSWER)
        try:
            body = parse(raw)
            answered = route.wire.read_answer(body)
        except Malformed:
            raise UpstreamFailed("the upstream's answer is not of its format") from None
        watch.exchange.usage = answered.usage or watch.exchange.usage
        changed = await judge_whole(watch, body, answered)
        await door.answer(reply.status, reply.headers, encode(body) if changed else raw)

    async def _stream(self, route: Route, watch: Watch, reply: Reply, door: Door) -> None:
        held = Held(watch, route.wire.framing)
        reader, cutter = route.wire.reader(), Cutter(route.wire.framing)
        await door.begin(reply.status, reply.headers)
        done = False

        async def through(frames: list[Frame]) -> bytes:
            nonlocal done
            out = []
            for frame in frames:
                seen = reader.read(frame)
                watch.exchange.usage = seen.usage or watch.exchange.usage
                done = done or seen.done
                out.append(await held.pass_on(frame, seen))
            return b"".join(out)

        try:
            async for piece in reply.pieces():
                if left := await through(cutter.feed(piece)):
                    await door.piece(left)
            left = await through(cutter.finish())
        except Malformed as error:
            raise UpstreamFailed(str(error)) from None
        if not done:
            raise UpstreamFailed("the upstream's answer broke off")
        await door.piece(left + await held.finish(), last=True)


def _body(route: Route, raw: bytes) -> dict[str, Any]:
    """What a request says: its body, or what its path holds. Raises Malformed."""
    if route.method == "POST":
        return parse(raw)
    if raw:
        raise Malformed(f"{route.method} takes no body here")
    return dict(route.says)


def _edited(body: dict[str, Any], asked: Asked, changes: list[Change]) -> dict[str, Any]:
    """The body with what guards changed, and without the gateway's own marks."""
    for change in changes:
        if change.after is not None:
            write(body, change.before, change.after)
    leave_out(body, [one.before for one in changes if one.after is None], asked.marks)
    return body


_ENDS_HERE = frozenset(
    {"host", "content-length", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
    | {"accept-encoding", "authorization", "x-api-key", "api-key", "cookie", "proxy-authorization", "forwarded"}
    | {"expect", "content-encoding"}
)


def _forwarded(headers: dict[str, str]) -> dict[str, str]:
    """The client's headers that go on to an upstream: no credentials, nothing of the connection, nothing of ours."""
    return {
        name: value
        for name, value in headers.items()
        if name not in _ENDS_HERE
        and not name.startswith(("x-forwarded-", "x-bartizan-", "x-client-cert", "x-session-id"))
    }
