"""One request between its caller and the guards, who live in another loop.

The guards' side runs the gateway's ASGI application; its messages go to the caller. What the supplier is to be asked
goes there as well, as an errand: the caller's own thread or loop does it, with its own connections, while it waits. So
nothing is read from a supplier that the caller does not wait for, and its exceptions are raised where they arose.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from bartizan.gateway.library.home import Home
from bartizan.gateway.settings import Speaks, UpstreamSpec
from bartizan.gateway.upstreams.reply import Reply, Sent, UpstreamFailed
from bartizan.gateway.upstreams.upstream import Upstream

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
log = logging.getLogger("bartizan.gateway")


class Errand:
    """Something that the caller does for the guards: ask a supplier, or read the next piece of its answer."""

    def __init__(self, sent: Sent | None) -> None:
        self.sent = sent
        """What to ask; None: read on."""
        self._loop = asyncio.get_running_loop()
        self.result: asyncio.Future[Any] = self._loop.create_future()

    def done(self, result: Any) -> None:
        """It is done, with this result; None: it failed. From any thread."""
        self._loop.call_soon_threadsafe(self._settle, result)

    def _settle(self, result: Any) -> None:
        if self.result.done():
            return
        if result is None:
            self.result.set_exception(UpstreamFailed("the supplier did not answer", answered=True))
        else:
            self.result.set_result(result)


class Talk:
    """One request."""

    def __init__(self, home: Home, put: Callable[[Message | Errand | None], None]) -> None:
        """``put``, called in the guards' loop: hands the caller a message, an errand, or None at the end."""
        self._home = home
        self._put = put
        self._gone = asyncio.Event()
        self._body: bytes | None = None

    def begin(self, app: App, scope: MutableMapping[str, Any], body: bytes) -> None:
        """Let the guards begin."""
        self._body = body
        self._home.submit(self._run(app, scope))

    def leave(self) -> None:
        """The caller does not want it any more."""
        with contextlib.suppress(RuntimeError):  # they are closed: nothing is left to be told
            self._home.loop.call_soon_threadsafe(self._gone.set)

    async def errand(self, sent: Sent | None) -> Any:
        """Have the caller do something. Raises UpstreamFailed."""
        errand = Errand(sent)
        self._put(errand)
        return await errand.result

    async def _run(self, app: App, scope: MutableMapping[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._send)
        except Exception as error:
            log.error("an exchange failed within the guards: %s", type(error).__name__)
        finally:
            with contextlib.suppress(RuntimeError):  # the caller's loop is closed
                self._put(None)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self._put(message)


class Supplier(Upstream):
    """A supplier whom the caller asks."""

    def __init__(self, name: str, speaks: Speaks, known: UpstreamSpec | None, talk: Talk) -> None:
        """``known``: what the settings say of a supplier of that name."""
        self.name = name
        self.spec = own_spec(speaks, known)
        self._talk = talk

    async def send(self, sent: Sent) -> Reply:
        """See `Upstream.send`. It is asked once: the caller's client repeats what it wants repeated."""
        status, headers = await self._talk.errand(sent)
        return _Answer(self._talk, status, headers)


class _Answer(Reply):
    """An answer that the caller reads piece by piece."""

    def __init__(self, talk: Talk, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self._talk = talk
        self.status = status
        self.headers = headers
        self.kind = kind_of(headers)
        if is_compressed(headers):
            raise UpstreamFailed("the supplier compressed its answer, though it was asked not to", answered=True)

    async def _next(self) -> bytes:
        return await self._talk.errand(None)  # type: ignore[no-any-return]

    def close(self) -> None:
        """See `Reply.close`. The caller closes its own connection."""


def own_spec(speaks: Speaks, known: UpstreamSpec | None) -> UpstreamSpec:
    """What guards are to know of a supplier that is asked with the caller's own key, once."""
    known = known or UpstreamSpec(url="http://localhost")
    return UpstreamSpec(
        url=known.url,
        speaks=speaks,
        passes_key=True,
        tries=1,
        region=known.region,
        retains=known.retains,
        takes=known.takes,
    )


def kind_of(headers: list[tuple[bytes, bytes]]) -> str:
    """The media type that headers tell, without parameters."""
    told = next((value for name, value in headers if name == b"content-type"), b"")
    return told.partition(b";")[0].strip().lower().decode("latin-1")


def is_compressed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether headers tell of a body that is not as it is."""
    return any(
        name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"} for name, value in headers
    )
