"""A request on its way in: its headers, and its body as far as that is read at all.

Two readers could understand a request differently, and one of them would be us: so what is ambiguous is refused.
Headers stand once, but for those that are lists. Bodies are JSON, not compressed, and never larger, slower or more at
a time than the settings allow; nothing of what is too large is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from bartizan.gateway.door import Receive
from bartizan.gateway.refusing import Gone, Unfit

CONNECTION = "bartizan.connection"
"""Where in a request's scope its connection stands, where it can tell of its loss."""
_LISTS = frozenset(
    [
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "anthropic-beta",
        "baggage",
        "cache-control",
        "connection",
        "cookie",
        "forwarded",
        "openai-beta",
        "pragma",
        "te",
        "tracestate",
        "trailer",
        "via",
        "x-forwarded-for",
    ]
)
_UNFIT = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_JSON = re.compile(r"application/(?:[a-z0-9.-]+\+)?json(?:\s*;\s*charset=\"?utf-8\"?)?\s*\Z", re.IGNORECASE)
LARGEST_HEAD = 65_536
MOST_HEADERS = 200
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 16 << 20


class Room:
    """How many bytes of large bodies may lie in memory at a time, for all requests of a worker."""

    def __init__(self, most: int = 256 << 20) -> None:
        self.left = most


class Arriving:
    """One request."""

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        receive: Receive,
        *,
        most: int,
        seconds: float,
        room: Room,
        origins: tuple[str, ...] = ("*",),
    ) -> None:
        """``origins``: web pages whose scripts may ask; "*": this is somebody else's business."""
        self.scope = scope
        self._receive = receive
        self._most = most
        self._seconds = seconds
        self._room = room
        self._origins = origins
        self._taken = 0
        self._is_complete = False
        self.is_gone = False

    def headers(self) -> dict[str, str]:
        """All headers, names in lower case, lists joined; those that may not be believed are among them."""
        found: dict[str, str] = {}
        for raw, value in self.scope["headers"]:
            name = raw.decode("latin-1")
            text = value.decode("latin-1")
            found[name] = f"{found[name]}, {text}" if name in found else text
        return found

    def check(self, headers: dict[str, str]) -> None:
        """Whether its head can be believed. Raises Unfit."""
        raw = self.scope["headers"]
        if len(headers) != len(raw):
            _refuse_twins(raw)
        values = b"".join([value for _, value in raw])
        if len(values) > LARGEST_HEAD or len(raw) > MOST_HEADERS:
            raise Unfit(431, "size", "the headers are too large")
        if _UNFIT.search(values):
            raise Unfit(400, "malformed", "a header holds a character that none may hold")
        version = self.scope.get("http_version")
        if version == "0.9" or (version == "1.1" and "host" not in headers):
            raise Unfit(400, "malformed", "this is not HTTP/1.1: it names no host")
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if coding is not None and (length is not None or coding.lower() != "chunked"):
            raise Unfit(400, "malformed", "the length of the body is told in two ways, or in one that is not known")
        if "origin" in headers and "*" not in self._origins and headers["origin"] not in self._origins:
            raise Unfit(403, "permission", "requests from this web page are refused; see origins in gateway.yaml")
        if "upgrade" in headers:
            raise Unfit(400, "malformed", "no other protocol is spoken here")
        if length is not None and (not length.isdigit() or len(length) > 15 or int(length) > self._most):
            raise self._too_large()
        if self.scope["method"] == "POST":
            _check_type(headers)

    async def body(self) -> bytes:
        """The body. Raises Unfit where it is too large or too slow, or there is no room for it now; Gone."""
        connection = self.scope.get(CONNECTION)
        if connection is not None and connection.has_come:
            return await self._body()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._body()
        except TimeoutError:
            raise Unfit(408, "malformed", f"the body did not come within {self._seconds:g} seconds") from None

    async def _body(self) -> bytes:
        message = await self._receive()
        kept: bytearray | None = None
        while True:
            if message["type"] == "http.disconnect":
                self.is_gone = True
                raise Gone
            piece = message.get("body", b"")
            if len(piece) + (len(kept) if kept is not None else 0) > self._most:
                raise self._too_large()
            if not message.get("more_body"):
                self._is_complete = True
                if kept is None:
                    return piece  # type: ignore[no-any-return]
                kept += piece
                return bytes(kept)
            kept = bytearray() if kept is None else kept
            self._take(len(piece))
            kept += piece
            message = await self._receive()

    def _take(self, size: int) -> None:
        if size > self._room.left:
            raise Unfit(503, "failure", "too many large requests are coming in at the moment", retry_after=1.0)
        self._room.left -= size
        self._taken += size

    def _too_large(self) -> Unfit:
        return Unfit(413, "size", f"the body is larger than {self._most} bytes")

    async def drain(self) -> None:
        """Throw away what still comes of the body, for a moment: a connection that is closed while the client writes
        loses the error that it is to read.
        """
        left = _LINGER_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while left > 0 and not self._is_complete:
                    message = await self._receive()
                    if message["type"] == "http.disconnect" or not message.get("more_body"):
                        return
                    left -= len(message.get("body", b"")) + 1

    def close(self) -> None:
        """Its body is no longer kept."""
        self._room.left += self._taken
        self._taken = 0

    @contextlib.contextmanager
    def ending_with_the_client(self) -> Iterator[Callable[[], None]]:
        """What is done within ends when the client hangs up: with Gone. Gives what ends it the same way. It is for the
        time after the body has come.
        """
        task = asyncio.current_task()
        assert task is not None

        def gone() -> None:
            if not self.is_gone:
                self.is_gone = True
                task.cancel()

        watch = _Watch(self.scope.get(CONNECTION), self._receive, gone)
        watch.begin()
        try:
            yield gone
        except asyncio.CancelledError:
            if self.is_gone and task.uncancel() == 0:
                raise Gone from None
            raise
        finally:
            watch.end()


class _Watch:
    """Tells when a client is gone: by its connection where that can tell, else by a task that waits for it."""

    def __init__(self, connection: Any, receive: Receive, gone: Callable[[], None]) -> None:
        self._connection = connection
        self._receive = receive
        self._gone = gone
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        if self._connection is not None:
            if self._connection.is_lost:
                self._gone()
            self._connection.when_lost = self._gone
        else:
            self._task = asyncio.ensure_future(self._wait())

    def end(self) -> None:
        if self._connection is not None:
            self._connection.when_lost = None
        if self._task is not None:
            self._task.cancel()

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone()


def _refuse_twins(raw: list[tuple[bytes, bytes]]) -> None:
    seen = set()
    for one, _ in raw:
        name = one.decode("latin-1")
        if name in seen and name not in _LISTS:
            raise Unfit(400, "malformed", "a header stands twice that may stand once")
        seen.add(name)


def _check_type(headers: dict[str, str]) -> None:
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise Unfit(415, "malformed", "a compressed body is not read here; send it as it is")
    kind = headers.get("content-type", "")
    if kind != "application/json" and not _JSON.match(kind):
        raise Unfit(415, "malformed", "the body must be JSON in UTF-8 under the header content-type: application/json")
