"""What tests watch a gateway with: a ledger that keeps what it is told, and bytes said over a bare socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.pipeline import Watch
from bartizan.gateway.events import Ledger, Trail

BODY = b'{"model":"m","messages":[{"role":"user","content":"hello"}]}'
ASKS_STREAM = BODY[:-1] + b',"stream":true}'
JSON = {"content-type": "application/json"}
ANSWER = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}'


class Kept(Ledger):
    """Keeps (route, status, whether a guard ended it) of each exchange."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int, bool]] = []
        self.exchanges: list[Exchange] = []

    async def write(
        self, exchange: Exchange, watch: Watch, status: int, began: int, first_byte: int, trail: Trail | None = None
    ) -> None:
        """See `Ledger.write`."""
        self.events.append((exchange.route, status, watch.blocked is not None))
        self.exchanges.append(exchange)

    async def until(self, count: int) -> list[tuple[str, int, bool]]:
        """The events, when there are so many; fails after five seconds."""
        async with asyncio.timeout(5):
            while len(self.events) < count:
                await asyncio.sleep(0.01)
        return self.events


def post(body: bytes = BODY, *, path: str = "/v1/chat/completions", more: bytes = b"") -> bytes:
    """A request as bytes."""
    head = b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" % path.encode()
    return head + b"content-length: %d\r\n" % len(body) + more + b"\r\n" + body


async def said(address: str, *pieces: bytes, pause: float = 0.0, seconds: float = 5.0) -> bytes:
    """All that comes back until the other side hangs up, or nothing more comes for so long."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    out = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            if pause:
                await asyncio.sleep(pause)
        async with asyncio.timeout(seconds):
            while more := await reader.read(65_536):
                out += more
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return out


def status_of(raw: bytes) -> int:
    """The status of an answer in bytes; 0 for none."""
    return int(raw.split(b" ", 2)[1]) if raw.startswith(b"HTTP/1.1 ") else 0


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[str]:
    """A server that reads one request for each connection and then does what ``talk`` does; its address."""

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            lengths = [one.split(b":")[1] for one in head.lower().split(b"\r\n") if one.startswith(b"content-length")]
            if lengths:
                await reader.readexactly(int(lengths[0]))
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
