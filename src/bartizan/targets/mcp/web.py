"""A server of the Model Context Protocol behind an address: streamable HTTP, by the SDK, within our own limits.

No redirect is followed, no proxy is asked, nothing comes compressed, and no answer is longer than agreed.

Source: Model Context Protocol, transports, streamable HTTP.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from bartizan.core.extras import need


def web_transport(url: str, headers: dict[str, str], timeout: float, longest: int) -> tuple[Any, _Limited]:
    """(what the SDK's client wants, what tells why it failed). Raises MissingExtra."""
    need("mcp")
    http = need("httpx2")
    limited = _Limited(http, longest)
    client = http.AsyncClient(
        transport=limited,
        headers={"accept-encoding": "identity", "user-agent": "bartizan-lab", **headers},
        timeout=timeout,
        max_redirects=0,
        follow_redirects=False,
        trust_env=False,
    )
    limited.client = client
    streams = need("mcp.client.streamable_http").streamable_http_client
    return streams(url, http_client=client, max_sse_event_size=longest), limited


class _Limited:
    """A transport of httpx2 that counts bytes, and remembers what went wrong last."""

    def __init__(self, http: Any, longest: int) -> None:
        self._inner, self._longest = http.AsyncHTTPTransport(trust_env=False), longest
        self._stream = type("Counted", (_Counted, http.AsyncByteStream), {})
        self._failures = (http.HTTPError, OSError)
        self.broken = http.ReadError
        self.client: Any = None
        self.why = ""
        self.is_final = False
        """Whether another try would end as this one did."""

    @property
    def fault(self) -> str:
        """Whether something went wrong below the protocol."""
        return self.why

    async def __aenter__(self) -> _Limited:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Hang up."""
        await self._inner.aclose()

    async def handle_async_request(self, request: Any) -> Any:
        """One request; its answer is counted as it is read."""
        try:
            response = await self._inner.handle_async_request(request)
        except self._failures as error:
            self.why = str(error) or type(error).__name__
            raise
        status = response.status_code
        self.is_final = 300 <= status < 400 or status in (401, 403)
        if 300 <= status < 400:
            self.why = "it sends on to another address; redirects are not followed: name the address itself"
        elif status in (401, 403):
            self.why = f"it does not let us in (status {status}); set 'token_env'"
        elif status == 429 or status >= 500:
            self.why = f"it answers with status {status}"
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            self.why = "it answers compressed, which was not asked for"
            raise self.broken(self.why)
        response.stream = self._stream(response.stream, self._longest, self)
        return response


class _Counted:
    """The bytes of one answer, up to a limit."""

    def __init__(self, inner: Any, longest: int, owner: _Limited) -> None:
        self._inner, self._longest, self._owner = inner, longest, owner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for chunk in self._inner:
            total += len(chunk)
            if total > self._longest:
                self._owner.why = f"it answers more than {self._longest:,} bytes"
                raise self._owner.broken(self._owner.why)
            yield chunk

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._inner.aclose()
