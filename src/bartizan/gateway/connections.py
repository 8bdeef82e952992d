"""Connections under uvicorn, as the gateway needs them: who is slow, talks too much or hangs up is noticed.

uvicorn's own protocol waits for ever for a request's head, takes a head of any size, and tells an application that its
client is gone only where it asks for it. The names that are used here are those of uvicorn 0.35 to 0.54.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bartizan.gateway.arriving import CONNECTION, LARGEST_HEAD

HEAD_SECONDS = 15.0
"""In which a connection's first request, or one that has begun, must have told its head."""
MOST_CONNECTIONS = 20_000
"""For each worker; more are closed at once."""
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class _Corked:
    """A transport that can put what is written together, so that a head and its body leave in one call."""

    __slots__ = ("_inner", "_kept")

    def __init__(self, inner: asyncio.Transport) -> None:
        self._inner = inner
        self._kept: list[bytes] | None = None

    def write(self, data: bytes) -> None:
        if self._kept is None:
            self._inner.write(data)
        else:
            self._kept.append(data)

    def cork(self) -> None:
        if self._kept is None:
            self._kept = []

    def uncork(self) -> None:
        kept, self._kept = self._kept, None
        if kept:
            self._inner.write(b"".join(kept))

    def close(self) -> None:
        self.uncork()
        self._inner.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Connection(HttpToolsProtocol):
    """One connection: one request at a time, each with a bounded head that comes in time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.when_lost: Callable[[], None] | None = None
        """Called when the client hangs up, in the middle of an exchange."""
        self.is_lost = False
        self._head_bytes = 0
        self._piece = 0
        self._is_in_head = False
        self._is_deaf = False
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        self._corked = _Corked(transport)
        super().connection_made(self._corked)  # type: ignore[arg-type]
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.is_lost = True
        self._forget_timer()
        super().connection_lost(exc)
        if self.when_lost is not None:
            self.when_lost()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._is_deaf:
            return
        self._piece = len(data)
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += self._piece
            if self._head_bytes > LARGEST_HEAD:
                self._close_with(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope[CONNECTION] = self  # type: ignore[literal-required]
        self._is_in_head = True
        # What came in one piece with it may be somebody's body; it is bounded by the size of a read.
        self._head_bytes = -self._piece
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._is_late)

    def on_headers_complete(self) -> None:
        """Its head has come."""
        self._is_in_head = False
        self._forget_timer()
        if self.cycle is not None and not self.cycle.response_complete:
            # Requests one behind the other: the second is not read, and the connection ends with the first's answer.
            self.cycle.keep_alive = False
            self._is_deaf = True
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of its body."""
        if not self._is_deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it has come."""
        if not self._is_deaf:
            super().on_message_complete()

    @property
    def has_come(self) -> bool:
        """Whether the whole request has come, so that its body need not be waited for."""
        return self.cycle is not None and not self.cycle.more_body

    def cork(self) -> None:
        """What is written waits for `uncork`."""
        self._corked.cork()

    def uncork(self) -> None:
        """It leaves."""
        self._corked.uncork()

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: whoever asks could fill the log."""

    def _is_late(self) -> None:
        self._head_timer = None
        self._close_with(_TOO_SLOW)

    def _forget_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _close_with(self, said: bytes) -> None:
        """Tell it, where nothing else is being said, and hang up."""
        self._is_deaf = True
        if not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(said)
            self.transport.close()
