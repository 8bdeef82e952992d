"""One supplier's endpoint, over aiohttp."""

from __future__ import annotations

import asyncio
import io
from functools import lru_cache

import aiohttp
from yarl import URL

from bartizan.gateway.settings import UpstreamSpec
from bartizan.gateway.upstreams.breaker import Breaker
from bartizan.gateway.upstreams.reply import HttpReply, Reply, Sent, UpstreamFailed

__all__ = ["Reply", "Sent", "Upstream", "UpstreamFailed", "session"]
_LARGE = 1 << 16
"""Bytes of a body from which on it is sent piece by piece."""
UNWELL = frozenset({502, 503, 504, 529})
"""Answers that say that an upstream does not work, not that it did not like the request."""
_KEPT_SECONDS = 30.0
_KEY_IN = {"anthropic": ("x-api-key", "")}


def session() -> aiohttp.ClientSession:
    """Connections to upstreams. No cookies, no proxies or passwords of the surroundings; TLS is verified."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_SECONDS, ttl_dns_cache=30),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None, sock_read=None),
    )


class Upstream:
    """One endpoint. It follows no redirect, and what it answers compressed is refused."""

    def __init__(
        self,
        name: str,
        spec: UpstreamSpec,
        key: str,
        session: aiohttp.ClientSession,
        *,
        breaker: Breaker | None = None,
    ) -> None:
        self.name = name
        self.spec = spec
        self.breaker = breaker or Breaker(spec.breaks_after, spec.breaks_for)
        self.running = 0
        """Requests that are being answered."""
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=spec.connect_seconds)
        self._own = {"accept-encoding": "identity"}
        if key:
            header, before = _KEY_IN.get(spec.speaks, ("authorization", "Bearer "))
            self._own[header] = before + key
        root = spec.url.rstrip("/")
        self._at = lru_cache(maxsize=256)(lambda path: URL(root + path, encoded=True))

    def __repr__(self) -> str:
        """Without its key."""
        return f"Upstream({self.name!r})"

    async def send(self, sent: Sent) -> Reply:
        """Ask once. Raises UpstreamFailed where nothing answers in time, or it is left alone, or has enough to do."""
        most = self.spec.most_open
        if most is not None and self.running >= most:
            raise UpstreamFailed("the upstream has as much to do as it may have", status=503, retry_after=1.0)
        if not self.breaker.enter():
            left = max(1.0, self.breaker.seconds_left())
            raise UpstreamFailed("the upstream does not work at the moment", status=503, retry_after=left)
        self.running += 1
        reply: HttpReply | None = None
        try:
            reply = await self._asked(sent)
        except UpstreamFailed:
            self.breaker.failed()
            raise
        finally:
            if reply is None:
                self.running -= 1
                self.breaker.left()
        if reply.status in UNWELL:
            self.breaker.failed()
        else:
            self.breaker.worked()
        if reply.is_compressed:
            reply.close()
            raise UpstreamFailed("the upstream compressed its answer, though it was asked not to", answered=True)
        return reply

    async def _asked(self, sent: Sent) -> HttpReply:
        body = sent.body
        try:
            async with asyncio.timeout(self.spec.first_byte_seconds):
                answer = await self._session.request(
                    sent.method,
                    self._at(sent.path),
                    data=io.BytesIO(body) if len(body) > _LARGE else body or None,
                    headers={**sent.headers, **self._own},
                    allow_redirects=False,
                    timeout=self._timeout,
                )
        except aiohttp.ConnectionTimeoutError:
            raise UpstreamFailed("the upstream could not be reached in time", status=504) from None
        except TimeoutError:
            raise UpstreamFailed("the upstream did not answer in time", status=504) from None
        except (aiohttp.ClientResponseError, aiohttp.ClientPayloadError):
            raise UpstreamFailed("the upstream's answer is no HTTP", answered=True) from None
        except (aiohttp.ClientError, OSError):
            raise UpstreamFailed("the upstream did not answer") from None
        return HttpReply(answer, self.spec.idle_seconds, self._is_over)

    def _is_over(self) -> None:
        self.running -= 1
