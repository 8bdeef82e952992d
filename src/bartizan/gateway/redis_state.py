"""The state that workers and hosts share, in Redis 5 or newer, or what speaks its protocol and runs its scripts.

Each operation is one Lua script, which Redis runs alone: no two workers see the same place free. Every key ends by
itself. Time is Redis's own, so hosts whose clocks differ still share one bucket, and a clock that jumps on one of them
changes nothing; tests may let the caller's clock count instead.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as TookTooLong

from bartizan.controls.chat.memory import waiting
from bartizan.controls.chat.state import State, StateLost

SECONDS = 0.5
"""How long Redis may take to connect, and to answer."""
LEFT_ALONE = 0.25
"""Seconds for which a Redis that took too long is not asked again, so that requests do not queue up behind it."""
MOST_CONNECTIONS = 64
"""Of one worker; who finds none free in time gets `StateLost`."""
_LARGEST = 16 << 20

_NOW = """
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local function out(x) return string.format('%.17g', x) end
local function ends(key, seconds)
  redis.call('PEXPIRE', key, math.min(math.ceil(seconds * 1000) + 1000, 1e13))
end
"""
_WINDOW = """
local window = tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'start', 'last', 'running')
local start = math.floor(now / window) * window
local began, last, running = tonumber(held[1]) or start, tonumber(held[2]) or 0, tonumber(held[3]) or 0
if start > began then
  if start - began < 1.5 * window then last = running else last = 0 end
  running, began = 0, start
end
"""
_TAKE = (
    _NOW
    + """
local amount, rate, burst = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(held[1]) or burst, tonumber(held[2]) or now
level = math.min(burst, level + math.max(0, now - at) * rate)
at = math.max(at, now)
local left = 0
if level >= amount then level = level - amount
elseif rate > 0 and amount <= burst then left = (amount - level) / rate
else left = -1 end
redis.call('HSET', KEYS[1], 'level', out(level), 'at', out(at))
if rate > 0 then ends(KEYS[1], burst / rate) end
return out(left)
"""
)
_COUNT = (
    _NOW
    + _WINDOW
    + """
local amount, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
local share = 1 - math.min(1, math.max(0, now - began) / window)
local total = last * share + running + amount
if not limit or total <= limit then running = math.max(0, running + amount) end
redis.call('HSET', KEYS[1], 'start', out(began), 'last', out(last), 'running', out(running))
ends(KEYS[1], 2 * window)
return out(math.max(0, total))
"""
)
_WAIT = (
    _NOW
    + _WINDOW
    + """
return {out(last), out(running), out(began), out(now)}
"""
)
_ENTER = (
    _NOW
    + """
local most, within = tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', out(now))
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) and redis.call('ZCARD', KEYS[1]) >= most then return 0 end
redis.call('ZADD', KEYS[1], out(now + within), ARGV[2])
local oldest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
ends(KEYS[1], tonumber(oldest[2]) - now)
return 1
"""
)
_GET = (
    _NOW
    + """
local raw = redis.call('GET', KEYS[1])
if not raw then return false end
local held = cmsgpack.unpack(raw)
if tonumber(held[1]) <= now then return false end
return held[#held]
"""
)
_PUSH = (
    _NOW
    + """
local most, within = tonumber(ARGV[3]), tonumber(ARGV[4])
local raw, texts = redis.call('GET', KEYS[1]), {}
if raw and most > 1 then
  local held = cmsgpack.unpack(raw)
  if tonumber(held[1]) > now then
    for i = math.max(2, #held - most + 2), #held do texts[#texts + 1] = held[i] end
  end
end
texts[#texts + 1] = ARGV[2]
redis.call('SET', KEYS[1], cmsgpack.pack({out(now + within), unpack(texts)}))
ends(KEYS[1], within)
return texts
"""
)


class RedisState(State):
    """State in Redis. What Redis does not answer in time, or not as it should, raises `StateLost`."""

    def __init__(self, client: Redis, *, prefix: str = "bartizan:", own_clock: bool = True) -> None:
        self._client = client
        self._prefix = prefix
        self._own_clock = own_clock
        self._lost_until = 0.0
        self._take, self._count, self._wait = (client.register_script(one) for one in (_TAKE, _COUNT, _WAIT))
        self._enter, self._get, self._push = (client.register_script(one) for one in (_ENTER, _GET, _PUSH))

    @classmethod
    def at(cls, address: str, *, prefix: str = "bartizan:", own_clock: bool = True) -> RedisState:
        """The state at redis://..., rediss://... or unix://...; nothing is connected yet.

        A connection that turns out to be dead is opened again once; so an operation may count twice when its answer is
        lost, and never not at all. Raises StateLost for what is no address.
        """
        try:
            pool = BlockingConnectionPool.from_url(
                address,
                max_connections=MOST_CONNECTIONS,
                timeout=SECONDS,
                socket_timeout=SECONDS,
                socket_connect_timeout=SECONDS,
                retry=Retry(NoBackoff(), 1, supported_errors=(NotConnected,)),
                decode_responses=False,
                protocol=2,
            )
        except ValueError:
            raise StateLost("the address of the shared state is none that is known; write redis://HOST:PORT") from None
        return cls(Redis.from_pool(pool), prefix=prefix, own_clock=own_clock)

    async def _run(self, script: Any, key: str, now: float, *given: str | float | int) -> Any:
        if time.monotonic() < self._lost_until:
            raise StateLost("the shared state did not answer in time a moment ago")
        clock = "" if self._own_clock else repr(float(now))
        sent = [clock, *(_sent(one) for one in given)]
        try:
            return await script(keys=[self._prefix + key], args=sent)
        except (TookTooLong, TimeoutError):
            self._lost_until = time.monotonic() + LEFT_ALONE
            raise StateLost("the shared state did not answer in time") from None
        except (RedisError, OSError) as error:
            raise StateLost(f"the shared state did not answer ({type(error).__name__})") from None

    async def take(self, key: str, amount: float, *, rate: float, burst: float, now: float) -> float:
        """See `State.take`."""
        left = _number(await self._run(self._take, key, now, amount, rate, burst))
        return float("inf") if left < 0 else left

    async def count(self, key: str, amount: float, *, window: float, limit: float | None, now: float) -> float:
        """See `State.count`."""
        most = "" if limit is None else limit
        return _number(await self._run(self._count, key, now, window, amount, most))

    async def wait(self, key: str, amount: float, *, window: float, limit: float, now: float) -> float:
        """See `State.wait`."""
        said = await self._run(self._wait, key, now, window)
        if not isinstance(said, list) or len(said) != 4:
            raise _nonsense()
        last, running, start, its_now = (_number(one) for one in said)
        return waiting(last, running, start, amount, window=window, limit=limit, now=its_now)

    async def enter(self, key: str, holder: str, *, most: int, within: float, now: float) -> bool:
        """See `State.enter`."""
        return bool(_number(await self._run(self._enter, key, now, holder, most, within)))

    async def leave(self, key: str, holder: str) -> None:
        """See `State.leave`."""
        try:
            await self._client.zrem(self._prefix + key, holder)
        except (RedisError, OSError, TimeoutError) as error:
            raise StateLost(f"the shared state did not answer ({type(error).__name__})") from None

    async def get(self, key: str, *, now: float) -> str | None:
        """See `State.get`."""
        said = await self._run(self._get, key, now)
        return None if said is None else _text(said)

    async def put(self, key: str, text: str, *, within: float, now: float) -> None:
        """See `State.put`."""
        await self._run(self._push, key, now, text, 1, within)

    async def push(self, key: str, text: str, *, most: int, within: float, now: float) -> list[str]:
        """See `State.push`."""
        said = await self._run(self._push, key, now, text, most, within)
        if not isinstance(said, list):
            raise _nonsense()
        return [_text(one) for one in said]

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()


def _sent(value: str | float | int) -> bytes:
    text = value if isinstance(value, str) else repr(value)
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) > _LARGEST:
        raise StateLost("a text is too large for the shared state")
    return raw


def _number(said: Any) -> float:
    try:
        return float(said)
    except (TypeError, ValueError):
        raise _nonsense() from None


def _text(said: Sequence[int] | Any) -> str:
    if not isinstance(said, bytes):
        raise _nonsense()
    return said.decode("utf-8", "surrogatepass")


def _nonsense() -> StateLost:
    return StateLost("the shared state said something that it cannot say")
