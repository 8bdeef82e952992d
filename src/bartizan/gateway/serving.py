"""One exchange from its first byte to its event. Every route goes through here."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.pipeline import Blocked, Change, Pipeline, Watch
from bartizan.gateway.answering import Answering
from bartizan.gateway.arriving import Arriving
from bartizan.gateway.bodies import encode, parse
from bartizan.gateway.door import Door, Receive, Send
from bartizan.gateway.ending import to_its_end
from bartizan.gateway.events.ledger import Ledger, Trail
from bartizan.gateway.passing import credentials, forwarded, passed_back
from bartizan.gateway.places import leave_out, write
from bartizan.gateway.policy import Policies
from bartizan.gateway.refusing import STATUS, Gone, Unfit
from bartizan.gateway.upstream_errors import error_of
from bartizan.gateway.upstreams.choosing import Plan, Upstreams
from bartizan.gateway.upstreams.upstream import Reply, Sent, Upstream, UpstreamFailed
from bartizan.gateway.wire.routes import Route
from bartizan.gateway.wire.wire import Asked, Malformed

__all__ = ["STATUS", "Gone", "Receive", "Send", "Service"]
log = logging.getLogger("bartizan.gateway")


class Service:
    """All that exchanges need. One per worker."""

    def __init__(
        self,
        *,
        policies: Policies,
        upstreams: Upstreams,
        bench: Bench,
        ledger: Ledger,
        turned_away: Callable[[int], None] | None = None,
        mcp: Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]] | None = None,
    ) -> None:
        """``turned_away``: told the status of each request that reached no route. ``mcp``: serves the paths /mcp/."""
        self.policies = policies
        self.upstreams = upstreams
        self.bench = bench
        self.ledger = ledger
        self.turned_away = turned_away or (lambda status: None)
        self.mcp = mcp
        self.exchanges_open = 0
        """Exchanges that are going on."""
        self.streams_open = 0
        """Of these, those whose clients asked for a stream."""
        self._nobody = Pipeline((), bench)

    async def serve(self, route: Route, arriving: Arriving, door: Door) -> None:
        """One request that reached a route. It answers, whatever happens, and writes one event.

        Where no event can be written and the settings close for it, no exchange begins: the ledger counts those.
        """
        if why := self.ledger.refuses():
            self.turned_away(503)
            return await door.refuse(503, "failure", why, 1.0, drain=arriving.drain)
        exchange = Exchange(
            id=secrets.token_hex(12),
            route=route.wire.name,
            headers=arriving.headers(),
            peer=(arriving.scope.get("client") or ("",))[0],
            at=self.bench.clock(),
        )
        visit = _Visit(self, route, exchange, door)
        self.exchanges_open += 1
        try:
            await visit.answered(arriving)
        finally:
            self.exchanges_open -= 1
            self.streams_open -= exchange.stream
            arriving.close()
            door.close()
            await (to_its_end(visit.over()) if visit.has_to_settle() else visit.over())
        return None


class _Visit:
    """One exchange."""

    def __init__(self, service: Service, route: Route, exchange: Exchange, door: Door) -> None:
        self.service = service
        self.route = route
        self.exchange = exchange
        self.door = door
        self.watch: Watch = service._nobody.watch(exchange)
        self.trail = Trail()

    async def answered(self, arriving: Arriving) -> None:
        """The request is answered, or its client is gone."""
        try:
            raw = await self._arrived(arriving)
            with arriving.ending_with_the_client() as stop:
                await self._told(raw, stop)
        except Gone:
            self.trail.is_cut = not self.door.ended
        except Unfit as error:
            more = error.retry_after
            await self.door.refuse(error.status, error.kind, str(error), more, drain=arriving.drain)

    async def _arrived(self, arriving: Arriving) -> bytes:
        raw = b""
        try:
            arriving.check(self.exchange.headers)
            raw = await arriving.body()
        finally:
            self.exchange.size = len(raw)
            self.trail = self.door.trail = self.service.ledger.trail(raw, self.exchange.headers)
        return raw

    async def _told(self, raw: bytes, stop: Callable[[], None]) -> None:
        door = self.door
        try:
            await self._exchange(raw, stop)
        except Blocked as blocked:
            self.watch.blocked = self.watch.blocked or blocked
            block = blocked.block
            await door.refuse(STATUS[block.kind], block.kind, block.why, block.retry_after)
        except Malformed as error:
            await door.refuse(400, "malformed", str(error))
        except UpstreamFailed as error:
            await door.refuse(error.status, "upstream", str(error), error.retry_after)
        except Exception as error:
            log.error("an exchange failed within the gateway: %s", _where(error))
            await door.refuse(500, "failure", "the gateway could not handle this request")

    async def _exchange(self, raw: bytes, stop: Callable[[], None]) -> None:
        service, route, exchange, watch = self.service, self.route, self.exchange, self.watch
        watch.pipeline = service.policies.pipeline(exchange)
        body = _body(route, raw)
        asked = route.wire.read(body)
        exchange.body, exchange.model, exchange.stream = body, asked.model, asked.stream
        service.streams_open += asked.stream
        exchange.output_limit, exchange.segments = asked.output_limit, list(asked.segments)
        exchange.session = exchange.headers.get("x-session-id", "") or asked.session
        watch.pipeline = service.policies.pipeline(exchange)
        await watch.identify()
        watch.pipeline = service.policies.pipeline(exchange)
        plan = service.upstreams.chosen(exchange.model, route.speaks)
        exchange.supplier = plan.upstreams[0].name
        spec = service.upstreams.spec(exchange.model)
        exchange.notes["prices"] = (spec.input_price, spec.output_price) if spec is not None else (0.0, 0.0)
        changes = await watch.admit()
        sent = self._sent(raw, body, asked, changes, plan)
        await self._asked(plan, sent, stop)

    def _sent(self, raw: bytes, body: dict[str, Any], asked: Asked, changes: list[Change], plan: Plan) -> Sent:
        route, path, payload = self.route, self.route.path, raw
        is_edited = bool(changes or asked.marks)
        if is_edited:
            body = _edited(body, asked, changes)
        if plan.called and plan.called != asked.model:
            path = path.removesuffix(asked.model) + plan.called if route.ends_with else path
            is_edited = is_edited or "model" in body
            body = {**body, "model": plan.called} if "model" in body else body
        if is_edited and route.method == "POST":
            payload = encode(body)
        headers = {**forwarded(self.exchange.headers), **self.trail.asked()}
        return Sent(method=route.method, path=path, headers=headers, body=payload)

    async def _asked(self, plan: Plan, sent: Sent, stop: Callable[[], None]) -> None:
        upstreams = self.service.upstreams
        passes_keys = any(one.spec.passes_key for one in plan.upstreams)
        reply = await upstreams.send(
            plan,
            sent,
            self.exchange,
            posts=self.watch.pipeline.posts,
            headers_for=self._credentials if passes_keys else None,
        )
        self.trail.replied()
        try:
            if reply.status >= 300:
                await self._failed(reply)
                return
            is_served = upstreams.is_served
            answering = Answering(self.route, self.watch, self.door, self.trail, on_stuck=stop, is_served=is_served)
            await answering.passes(reply)
        finally:
            reply.close()

    def _credentials(self, upstream: Upstream) -> dict[str, str]:
        return credentials(self.exchange.headers) if upstream.spec.passes_key else {}

    async def _failed(self, reply: Reply) -> None:
        upstream = self.service.upstreams.get(self.exchange.supplier)
        passes_key = upstream is not None and upstream.spec.passes_key
        headers = passed_back(reply.headers, b"application/json")
        try:
            status, body = await error_of(self.watch, self.route.speaks, reply, passes_key=passes_key)
        except UpstreamFailed as error:
            body, status = self.route.wire.error(error.status, "upstream", str(error)), error.status
        await self.door.answer(status, headers, body)

    def has_to_settle(self) -> bool:
        """Whether a guard has to wait for anything at the end: if none does, nobody can break in before the event is
        written.
        """
        waits = self.service.bench.state.waits
        return any(
            (waits or one.guard.waits) and type(one.guard).settle is not ChatGuard.settle
            for one in self.watch.pipeline.posts
        )

    async def over(self) -> None:
        """Guards are told that it is over, and its event is written: once, however it ended."""
        try:
            await self.watch.settle()
        except Exception as error:
            log.error("an exchange could not be settled: %s", _where(error))
        door, trail = self.door, self.trail
        await self.service.ledger.write(self.exchange, self.watch, door.status, trail.began, door.first_byte_at, trail)


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


def _where(error: Exception) -> str:
    """Its type, and the last lines of code that it went through: no text, which may hold a request's."""
    steps = traceback.extract_tb(error.__traceback__)[-3:]
    return f"{type(error).__name__} at " + ", ".join(f"{one.name}:{one.lineno}" for one in steps)
