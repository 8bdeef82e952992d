"""Guards around the HTTP client of a vendor's client: openai, anthropic, or whatever is given one.

It is a client of the same library (httpx or httpx2) whose transport asks the guards, and asks suppliers through the
client that it was made from: its connections, proxies, timeouts and keys stay as they are.
"""

from __future__ import annotations

import asyncio
import functools
import queue
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.gateway.library.home import Home
from bartizan.gateway.library.paths import is_models
from bartizan.gateway.library.talk import App, Errand, Message, Talk
from bartizan.gateway.settings import Speaks
from bartizan.gateway.upstreams.reply import Sent

Others: TypeAlias = Literal["refuse", "pass"]
"""What happens to paths that no guard can read."""
_OWN = frozenset({b"content-length", b"transfer-encoding", b"accept-encoding"})
_ROOTS: dict[Speaks, str] = {"openai": "/v1"}
"""What vendors count to the base of their addresses, and the gateway to its paths."""
_END = b"[DONE]"


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """How a client is guarded."""

    home: Home
    app: Callable[[Talk], App]
    """The guards as an ASGI application, for one request."""
    inner: Any
    """The client that asks suppliers."""
    kit: ModuleType
    """Its library."""
    base: str
    """The path of the API's root at the supplier, without the last slash."""
    speaks: Speaks
    others: Others


def library_of(client: Any) -> ModuleType:
    """The library of an HTTP client, httpx or a successor of the same shape. Raises TypeError."""
    for one in type(client).__mro__:
        module = sys.modules.get(one.__module__.partition(".")[0])
        if module is not None and hasattr(module, "AsyncByteStream") and hasattr(module, "Client"):
            return module
    raise TypeError(f"{type(client).__name__} is no client of httpx or httpx2")


def guarded_client(around: Around) -> Any:
    """A client like ``around.inner``, with guards."""
    kit, inner = around.kit, around.inner
    more = {"timeout": inner.timeout, "follow_redirects": False, "trust_env": False}
    if isinstance(inner, kit.AsyncClient):
        return kit.AsyncClient(transport=_AsyncTransport(around), **more)
    return kit.Client(transport=_Transport(around), **more)


class _Asking:
    """What both kinds of callers know of one request."""

    def __init__(self, around: Around, request: Any) -> None:
        self.around = around
        self.request = request
        self.answer: Any = None
        self.pieces: Any = None
        self.failed: BaseException | None = None
        self.is_over = False
        self.wants_no_more = False
        self.last = b""
        self.talk: Talk

    def path(self) -> str | None:
        """The gateway's path for where the request goes; None: it lies elsewhere."""
        path, base = self.request.url.path, self.around.base
        if not path.startswith(base + "/"):
            return None
        return _ROOTS.get(self.around.speaks, "") + str(path[len(base) :])

    def begin(self, path: str | None, body: bytes) -> None:
        """Let the guards have it."""
        url = self.request.url
        raw = url.raw_path.partition(b"?")[0] if path is not None else b"/"
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.request.method,
            "scheme": url.scheme,
            "path": path or "/",
            "raw_path": raw,
            "query_string": b"",
            "headers": [(name.lower(), value) for name, value in self.request.headers.raw],
            "client": None,
        }
        self.talk.begin(self.around.app(self.talk), scope, body)

    def to_send(self, sent: Sent) -> Any:
        """The request as the supplier is to get it: the caller's own headers and address, the guards' body."""
        request = self.request
        ours = [
            (name.encode(), value.encode("latin-1"))
            for name, value in sent.headers.items()
            if name not in request.headers
        ]
        theirs = [(name, value) for name, value in request.headers.raw if name.lower() not in _OWN]
        return self.around.kit.Request(
            request.method,
            request.url,
            headers=[*theirs, *ours, (b"accept-encoding", b"identity")],
            content=sent.body if request.method == "POST" else None,
            extensions=request.extensions,
        )

    def head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """What the supplier answered, as the guards read it."""
        return self.answer.status_code, [(name.lower(), value) for name, value in self.answer.headers.raw]

    def response(self, start: Message | None, body: Any) -> Any:
        """The answer for the caller. Raises the library's error where there is none."""
        if start is None:
            raise self.around.kit.RemoteProtocolError("the guards gave no answer", request=self.request)
        return self.around.kit.Response(start["status"], headers=start["headers"], stream=body)

    def is_at_its_end(self) -> bool:
        """Whether the last that came was the end of a stream, after which clients read no further."""
        return self.last.rstrip().endswith(_END)


class _Asked(_Asking):
    """One request of a thread."""

    def __init__(self, around: Around, request: Any) -> None:
        super().__init__(around, request)
        self._box: queue.SimpleQueue[Message | Errand | None] = queue.SimpleQueue()
        self.talk = Talk(around.home, self._box.put)

    def message(self) -> Message | None:
        """The guards' next message, while their errands are done; None: it is over. Raises what an errand raised."""
        while not self.is_over:
            item = self._box.get()
            if isinstance(item, Errand):
                self._do(item)
            elif item is None:
                self.is_over = True
                if self.answer is not None:
                    self.answer.close()
            elif self.failed is None:
                return item
        if self.failed is not None and not self.wants_no_more:
            raise self.failed
        return None

    def _do(self, errand: Errand) -> None:
        result = None
        try:
            if self.failed is not None or self.wants_no_more:
                return
            if errand.sent is None:
                result = next(self.pieces, b"")
            else:
                self.answer = self.around.inner.send(self.to_send(errand.sent), stream=True, follow_redirects=False)
                self.pieces, result = self.answer.iter_raw(), self.head()
        except Exception as error:
            self.failed = error
        except BaseException:
            self.talk.leave()
            raise
        finally:
            errand.done(result)

    def close(self) -> None:
        """The caller reads no further."""
        if not self.is_over and not self.is_at_its_end():
            self.wants_no_more = True
            self.talk.leave()
        try:
            while self.message() is not None:
                pass
        except Exception:  # it is of no interest any more
            self.wants_no_more = True

    def __iter__(self) -> Iterator[bytes]:
        while (message := self.message()) is not None:
            if message.get("body"):
                self.last = message["body"]
                yield self.last


class _AsyncAsked(_Asking):
    """One request of a loop."""

    def __init__(self, around: Around, request: Any) -> None:
        super().__init__(around, request)
        box: asyncio.Queue[Message | Errand | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def put(item: Message | Errand | None) -> None:
            loop.call_soon_threadsafe(box.put_nowait, item)

        self._box = box
        self.talk = Talk(around.home, put)

    async def message(self) -> Message | None:
        """See `_Asked.message`."""
        try:
            while not self.is_over:
                item = await self._box.get()
                if isinstance(item, Errand):
                    await self._do(item)
                elif item is None:
                    self.is_over = True
                    if self.answer is not None:
                        await self.answer.aclose()
                elif self.failed is None:
                    return item
        except asyncio.CancelledError:
            self.talk.leave()
            raise
        if self.failed is not None and not self.wants_no_more:
            raise self.failed
        return None

    async def _do(self, errand: Errand) -> None:
        result = None
        try:
            if self.failed is not None or self.wants_no_more:
                return
            if errand.sent is None:
                result = await anext(self.pieces, b"")
            else:
                self.answer = await self.around.inner.send(
                    self.to_send(errand.sent), stream=True, follow_redirects=False
                )
                self.pieces, result = self.answer.aiter_raw(), self.head()
        except Exception as error:
            self.failed = error
        finally:
            errand.done(result)

    async def aclose(self) -> None:
        """The caller reads no further."""
        if not self.is_over and not self.is_at_its_end():
            self.wants_no_more = True
            self.talk.leave()
        try:
            while await self.message() is not None:
                pass
        except Exception:  # it is of no interest any more
            self.wants_no_more = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (message := await self.message()) is not None:
            if message.get("body"):
                self.last = message["body"]
                yield self.last


class _Transport:
    """See `httpx.BaseTransport`."""

    def __init__(self, around: Around) -> None:
        self._around = around

    def __enter__(self) -> _Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def handle_request(self, request: Any) -> Any:
        """One request, by way of the guards."""
        asked = _body_type(_Asked, self._around.kit.SyncByteStream)(self._around, request)
        path = asked.path()
        if self._around.others == "pass" and (path is None or not is_models(path)):
            return self._around.inner.send(request, stream=True, follow_redirects=False)
        asked.begin(path, request.read())
        return asked.response(asked.message(), asked)

    def close(self) -> None:
        """Close what it was made from."""
        self._around.inner.close()


class _AsyncTransport:
    """See `httpx.AsyncBaseTransport`."""

    def __init__(self, around: Around) -> None:
        self._around = around

    async def __aenter__(self) -> _AsyncTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def handle_async_request(self, request: Any) -> Any:
        """One request, by way of the guards."""
        asked = _body_type(_AsyncAsked, self._around.kit.AsyncByteStream)(self._around, request)
        path = asked.path()
        if self._around.others == "pass" and (path is None or not is_models(path)):
            return await self._around.inner.send(request, stream=True, follow_redirects=False)
        asked.begin(path, await request.aread())
        return asked.response(await asked.message(), asked)

    async def aclose(self) -> None:
        """Close what it was made from."""
        await self._around.inner.aclose()


@functools.cache
def _body_type(asked: type, stream: type) -> Any:
    """A request of ours that the library takes for the body of its answer."""
    return type(asked.__name__, (asked, stream), {})
