"""One HTTP address, asked with care: bounded in time, size and tries; no redirect is followed, no secret told.

Every request passes the `Meter`, also one that is sent again. What is sent again was not answered before: the server
was busy, or was not reached. Nothing is asked without a `Permission`, and nothing but the address itself.
"""

from __future__ import annotations

import asyncio
import datetime
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import msgspec

from bartizan.core.chat import Reply, Usage
from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.targets.chat.answer import Answer, Blocked, Reader, said, why
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.keys import Keys
from bartizan.targets.chat.meter import Meter
from bartizan.targets.permission import Permission, check_permission

_BUSY = frozenset({429, 502, 503, 504})
"""Answers that say: not now."""
_BYTES = 4
"""Of a token, where nobody counts them: English has about four letters to one."""
_LONGEST_WAIT = 60.0
"""Seconds that a server can make us wait by Retry-After."""
_FIRST_WAIT = 0.5
_IDLE = 4.0
"""Seconds that an unused connection is kept: less than common servers do, so that none is closed while we send."""

Sleep: TypeAlias = Callable[[float], Awaitable[object]]
Today: TypeAlias = Callable[[], datetime.date]


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service is, and how patient we are with it."""

    url: str
    """Without a name, password, query or fragment in it; paths are put behind it."""
    timeout: float = 60.0
    """Seconds for one answer as a whole."""
    retries: int = 3
    """How often a server that is busy or not there is asked again."""
    longest: int = 2_000_000
    """Bytes of one answer."""


class Wire:
    """One service over HTTP. Connections are made when first needed, and kept. Close it in the loop that used it.

    Raises Refused where no permission covers the address; each request raises TrialFailed, or BudgetSpent.
    """

    def __init__(
        self,
        address: Address,
        permission: Permission | None,
        meter: Meter,
        *,
        keys: Keys | None = None,
        today: Today = datetime.date.today,
        rng: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        check_permission(permission, address.url, today())
        self._http = need("aiohttp")
        self.address, self.meter = address, meter
        self._permission, self._today = permission, today
        self.keys = keys or Keys()
        self._rng, self._sleep = rng or random.Random(0), sleep  # noqa: S311 -- jitter, no secret
        self._allowed: dict[str, datetime.date] = {}
        self._urls: dict[str, Any] = {}
        self._session: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._not_before = 0.0

    async def close(self) -> None:
        """Hang up."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def get(self, path: str) -> Any:
        """What it answers to GET, as plain data of JSON; None for an empty answer."""
        return await self._plain("GET", path, None)

    async def post(self, path: str, body: object) -> Any:
        """What it answers to JSON, as plain data of JSON; None for an empty answer."""
        return await self._plain("POST", path, self.encoded(body))

    async def exchange(self, path: str, body: object, read: Reader, blocked: Blocked | None = None) -> Reply:
        """A model's reply to JSON, with its time in its usage."""
        reply: Reply = await self._tried("POST", path, self.encoded(body), read, blocked)
        return reply

    def encoded(self, body: object) -> bytes:
        """JSON to send. Raises TrialFailed for text that is none: half of a surrogate pair."""
        try:
            return msgspec.json.encode(body)
        except (UnicodeEncodeError, TypeError, ValueError) as error:
            raise TrialFailed(f"this cannot be sent as JSON: {why(error)}", again=False) from None

    async def _plain(self, method: str, path: str, content: bytes | None) -> Any:
        async def read(answer: Answer) -> Any:
            raw = await answer.body()
            if not raw.strip():
                return None
            if answer.kind and "json" not in answer.kind:
                raise answer.failed(f"answers {printable(answer.kind, 80)} where JSON was expected")
            return answer.decoded(raw, msgspec.json.decode)

        return await self._tried(method, path, content, read, None)

    async def _tried(
        self, method: str, path: str, content: bytes | None, read: Callable[[Answer], Awaitable[Any]], blocked: Any
    ) -> Any:
        """Ask until it is no longer busy, at most so often; wait between, outside of the requests in flight."""
        url = self.address.url.rstrip("/") + path if path else self.address.url
        self._permit(url)
        for attempt in range(self.address.retries + 1):
            await self._wait_turn()
            async with self.meter.request() as told:
                found = await self._once(method, url, content, read, blocked, told)
            if not isinstance(found, _Busy):
                return found
            if attempt < self.address.retries:
                await self._back_off(found.wait, attempt)
        raise TrialFailed(f"{found.why}, after {self.address.retries + 1} tries")

    async def _once(
        self, method: str, url: str, content: bytes | None, read: Any, blocked: Any, told: Callable[[Usage], None]
    ) -> Any:
        """One request, and what it took. Gives _Busy where it may be asked again."""
        start = time.monotonic()
        found: Any = None
        try:
            async with asyncio.timeout(self.address.timeout):
                found = await self._sent(method, url, content, read, blocked)
        except TimeoutError:
            raise TrialFailed(f"{url} took longer than {self.address.timeout:g} s for one answer") from None
        except self._http.ClientConnectorError as error:
            return _Busy(self._told(f"{url} cannot be reached: {why(error)}"), 0.0)
        except (self._http.ClientError, self._http.http_exceptions.HttpProcessingError, OSError) as error:
            raise TrialFailed(self._told(f"{url} broke off its answer: {why(error)}")) from None
        finally:
            took = Usage(requests=1, seconds=time.monotonic() - start)
            told(took + _tokens(found, content) if isinstance(found, Reply) else took)
        if isinstance(found, Reply):
            return msgspec.structs.replace(self.keys.kept_out_of(found), usage=took + found.usage)
        return found

    async def _sent(self, method: str, url: str, content: bytes | None, read: Any, blocked: Any) -> Any:
        async with self._open().request(method, self._urls[url], data=content, allow_redirects=False) as response:
            answer = Answer(url, response, self.address.longest, self.keys)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise answer.failed("answers compressed, which was not asked for; switch that off", again=False)
            if 200 <= answer.status < 300:
                return await read(answer)
            if answer.status in _BUSY:
                what = f"{url} is busy (status {answer.status}){said(self.keys, await answer.start())}"
                return _Busy(what, _asked_wait(response.headers.get("retry-after", "")))
            raw = await answer.start()
            refused = blocked(answer.status, raw) if blocked else None
            if refused is not None:
                return refused
            raise self._refusal(answer, raw, response.headers.get("location", "nowhere"))

    def _refusal(self, answer: Answer, raw: bytes, location: str) -> TrialFailed:
        """What a status other than 200 says, and what to do about it."""
        status, more = answer.status, said(self.keys, raw)
        if 300 <= status < 400:
            to = printable(self.keys.hidden(location), 200)
            return answer.failed(f"sends on to {to}; redirects are not followed: name the address itself", again=False)
        if status in {401, 403}:
            fix = f"look at what is in {self.keys.named}" if self.keys.named else "set 'token_env'"
            return answer.failed(f"does not let us in (status {status}){more}; {fix}", again=False)
        if status in {404, 405}:
            fix = "'url' must end where the protocol's own path begins, often in /v1, and 'model' must be known there"
            return answer.failed(f"is not there (status {status}){more}; {fix}", again=False)
        again = status >= 500 or status in {408, 409, 425}
        return answer.failed(f"answers with status {status}{more}", again=again)

    def _open(self) -> Any:
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            # the meter limits what is in flight; a limit of the connector would only add a queue
            connector = self._http.TCPConnector(limit=0, keepalive_timeout=_IDLE)
            headers = {"accept-encoding": "identity", "user-agent": "bartizan-lab", "content-type": "application/json"}
            self._session = self._http.ClientSession(
                connector=connector,
                headers={**headers, **self.keys.headers},
                cookie_jar=self._http.DummyCookieJar(),
                timeout=self._http.ClientTimeout(total=None),
                auto_decompress=False,
                trust_env=False,
            )
            self._loop = loop
        return self._session

    def _permit(self, url: str) -> None:
        """Refuse what the permission does not cover; asked once a day for each path."""
        today = self._today()
        if self._allowed.get(url) != today:
            check_permission(self._permission, url, today)
            self._allowed[url] = today
            self._urls[url] = need("yarl").URL(url, encoded=True)

    async def _wait_turn(self) -> None:
        """A server that asked to be left alone is left alone by all that speak with it."""
        wait = self._not_before - time.monotonic()
        if wait > 0:
            await self._sleep(self._in_time(wait))

    async def _back_off(self, asked: float, attempt: int) -> None:
        """Twice as long each time, spread so that not all come back at once; never less than the server asked for."""
        wait = max(asked, _FIRST_WAIT * 2**attempt * (0.5 + self._rng.random()))
        if asked:
            self._not_before = max(self._not_before, time.monotonic() + asked)
        await self._sleep(self._in_time(min(wait, _LONGEST_WAIT)))

    def _in_time(self, wait: float) -> float:
        """No longer than there is time in the budget."""
        return wait if self.meter.left is None else min(wait, self.meter.left)

    def _told(self, text: str) -> str:
        return self.keys.hidden(text)


class _Busy(msgspec.Struct, frozen=True):
    """It may be asked again: why it did not answer, and the seconds that it asks for."""

    why: str
    wait: float


def _tokens(reply: Reply, content: bytes | None) -> Usage:
    """What a budget counts: what the endpoint tells, or else the length, since a limit must hold at any endpoint."""
    if reply.usage.input_tokens or reply.usage.output_tokens:
        return reply.usage
    message = reply.message
    written = len(message.text) + sum(len(one.name) + len(str(one.arguments)) for one in message.calls)
    return msgspec.structs.replace(
        reply.usage, input_tokens=-(-len(content or b"") // _BYTES), output_tokens=-(-written // _BYTES)
    )


def _asked_wait(header: str) -> float:
    """Seconds of a Retry-After header (RFC 9110, section 10.2.3); a date counts from now by our clock."""
    header = header.strip()
    if header.isdecimal():
        return min(float(header[:9]), _LONGEST_WAIT)
    try:
        then = datetime.datetime.strptime(header, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=datetime.UTC)
    except ValueError:
        return 0.0
    return min(max((then - datetime.datetime.now(datetime.UTC)).total_seconds(), 0.0), _LONGEST_WAIT)
