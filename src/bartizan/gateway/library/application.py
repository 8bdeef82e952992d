"""Guards around an ASGI application that serves model routes itself: it is its own upstream.

Requests to the gateway's routes go through the guards, and what is left of them goes to the application, with all
headers it was sent; its answers come back the way a supplier's do. Everything else passes untouched, or is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, MutableMapping
from typing import Any

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller
from bartizan.gateway.app import Gateway
from bartizan.gateway.events.ledger import NoLedger
from bartizan.gateway.library.client import Others
from bartizan.gateway.library.known import service_for
from bartizan.gateway.library.paths import is_models
from bartizan.gateway.library.talk import App, Message, is_compressed, kind_of, own_spec
from bartizan.gateway.opening import Shared
from bartizan.gateway.policy import Policies
from bartizan.gateway.settings import Settings, Speaks
from bartizan.gateway.upstreams.reply import Reply, Sent, UpstreamFailed
from bartizan.gateway.upstreams.upstream import Upstream

_OWN = frozenset({b"content-length", b"transfer-encoding", b"accept-encoding"})
log = logging.getLogger("bartizan.gateway")
_SPEAKS: tuple[Speaks, ...] = ("openai", "anthropic", "ollama")


class GuardedApplication:
    """ASGI 3. The application's lifespan is its own."""

    def __init__(
        self,
        app: App,
        settings: Settings,
        shared: Shared | None,
        policies: Policies,
        bench: Bench,
        *,
        caller: Callable[[MutableMapping[str, Any]], Caller] | None,
        prefix: str,
        others: Others,
    ) -> None:
        """``shared``: what begins with the first request and ends with the server."""
        self._app = app
        self._settings = settings
        self._shared = shared
        self._has_begun = False
        self._policies = policies
        self._bench = bench
        self._ledger = shared.monitoring.ledger if shared is not None else NoLedger()
        self._caller = caller
        self._prefix = prefix.rstrip("/")
        self._others = others

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """One connection."""
        if scope["type"] == "lifespan":
            try:
                return await self._app(scope, receive, send)
            finally:
                await self._end()
        path = scope["path"]
        inner = path[len(self._prefix) :] if path.startswith(self._prefix + "/") else ""
        # The prefix may be spelt in other ways as well: what ends like a route of ours is not let past.
        looks_like = is_models(path) or is_models(inner) or (bool(self._prefix) and _ends_like(path))
        if self._others == "pass" and not looks_like:
            return await self._app(scope, receive, send)
        self._begin()
        known = self._caller(scope) if self._caller is not None and scope["type"] == "http" else None
        upstreams: dict[str, Upstream] = {name: _Itself(name, self._app, scope, self._prefix) for name in _SPEAKS}
        service = service_for(upstreams, policies=self._policies, bench=self._bench, ledger=self._ledger, caller=known)
        return await Gateway(service, self._settings)({**scope, "path": inner or "/"}, receive, send)

    def _begin(self) -> None:
        if self._shared is not None and not self._has_begun:
            self._has_begun = True
            self._shared.enter()

    async def _end(self) -> None:
        if self._shared is not None and self._has_begun:
            self._has_begun = False
            await self._shared.leave()


def _ends_like(path: str) -> bool:
    steps = path.split("/")
    return any(is_models("/".join(steps[i:])) for i in range(1, min(len(steps), 12)))


class _Itself(Upstream):
    """The application, for one request."""

    def __init__(self, name: Speaks, app: App, scope: MutableMapping[str, Any], prefix: str) -> None:
        self.name = name
        self.spec = own_spec(name, None)
        self._app = app
        self._scope = scope
        self._prefix = prefix

    async def send(self, sent: Sent) -> Reply:
        """See `Upstream.send`."""
        path = self._prefix + sent.path
        own = {name.encode("latin-1"): value.encode("latin-1") for name, value in sent.headers.items()}
        theirs = [(name, value) for name, value in self._scope["headers"] if name not in _OWN and name not in own]
        headers = [*theirs, *own.items(), (b"accept-encoding", b"identity")]
        if sent.method == "POST":
            headers.append((b"content-length", str(len(sent.body)).encode()))
        scope = {**self._scope, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
        scope.pop("extensions", None)
        return await _answered(self._app, scope, sent.body)


async def _answered(app: App, scope: MutableMapping[str, Any], body: bytes) -> Reply:
    """The beginning of an application's answer. Raises UpstreamFailed where there is none."""
    running = _Running(app, scope, body)
    try:
        start = await running.messages.get()
    except BaseException:
        running.stop()
        raise
    if start is None:
        raise UpstreamFailed("the application did not answer", answered=True)
    reply = _Answer(running, start)
    if is_compressed(reply.headers):
        reply.close()
        raise UpstreamFailed("the application compressed its answer, though it was asked not to", answered=True)
    return reply


class _Running:
    """An application that answers one request, no faster than it is read."""

    def __init__(self, app: App, scope: MutableMapping[str, Any], body: bytes) -> None:
        self.messages: asyncio.Queue[Message | None] = asyncio.Queue(1)
        self._body: bytes | None = body
        self._never = asyncio.Event()
        self._task = asyncio.ensure_future(self._run(app, scope))

    async def _run(self, app: App, scope: MutableMapping[str, Any]) -> None:
        try:
            await app(scope, self._receive, self.messages.put)
        except Exception as error:
            log.error("the application failed: %s", type(error).__name__)
        await self.messages.put(None)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._never.wait()
        return {"type": "http.disconnect"}

    def stop(self) -> None:
        """Nobody reads its answer any more: it learns so, and is cancelled."""
        self._never.set()
        self._task.cancel()


class _Answer(Reply):
    def __init__(self, running: _Running, start: Message) -> None:
        self._running = running
        self._is_over = False
        self.status = start["status"]
        self.headers = [(bytes(name).lower(), bytes(value)) for name, value in start.get("headers", ())]
        self.kind = kind_of(self.headers)

    async def _next(self) -> bytes:
        while not self._is_over:
            message = await self._running.messages.get()
            if message is None:
                raise UpstreamFailed("the application's answer broke off", answered=True)
            self._is_over = not message.get("more_body", False)
            if body := message.get("body", b""):
                return bytes(body)
        return b""

    def close(self) -> None:
        """See `Reply.close`. What the application does after its answer, it still does."""
        if not self._is_over:
            self._running.stop()
            return
        with contextlib.suppress(asyncio.QueueEmpty):
            self._running.messages.get_nowait()
