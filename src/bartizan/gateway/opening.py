"""From settings to a service that runs: secrets, state, ledger, connections to upstreams, and closing them again.

What lives as long as the process (state, ledger, desk) is shared by all settings that follow one another in it; what
belongs to one version of the settings (connections, policies) is opened and closed with it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.metadata
import logging

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.memory import Memory
from bartizan.controls.chat.state import State
from bartizan.core.ready import read_structs_once
from bartizan.gateway.approvals import Approvals
from bartizan.gateway.keys import secret_at
from bartizan.gateway.mcp.serving import McpService
from bartizan.gateway.monitoring import Monitoring, session_key_of
from bartizan.gateway.policy import Policies
from bartizan.gateway.redis_state import RedisState
from bartizan.gateway.serving import Service
from bartizan.gateway.settings import Settings
from bartizan.gateway.upstreams.choosing import Upstreams
from bartizan.gateway.upstreams.upstream import Upstream, session

log = logging.getLogger("bartizan.gateway")


class Shared:
    """What lives as long as the process."""

    def __init__(self, settings: Settings) -> None:
        """Raises BartizanError."""
        secret = secret_at(settings.secret, "secret").encode()
        self.state = _state(settings)
        self.bench = Bench(state=self.state, secret=secret)
        self.desk = Approvals(self.bench, settings.approvals)
        self.bench.desk = self.desk
        key = session_key_of(secret or self.bench.key("session"))
        self.monitoring = Monitoring(settings, session_key=key, version=importlib.metadata.version("bartizan"))
        self._users = 0

    def enter(self) -> None:
        """One more version of the settings is served; the first in the running loop starts what goes on by itself."""
        self._users += 1
        if self._users == 1:
            self.monitoring.start()

    async def leave(self) -> None:
        """One fewer. With the last one everything is written and closed."""
        self._users -= 1
        if self._users:
            return
        await self.monitoring.close()
        close = getattr(self.state, "close", None)
        if close is not None:
            with contextlib.suppress(Exception):  # the process ends; who counted there has counted
                await close()


class Opened:
    """A service by one version of the settings. Close it when the last exchange under it is over."""

    def __init__(self, settings: Settings, shared: Shared, before: Opened | None) -> None:
        """Raises BartizanError for a secret that is not there, or guards that cannot begin."""
        self.settings = settings
        self.shared = shared
        self._is_closed = False
        keys = {name: secret_at(spec.key, f"upstreams.{name}.key") for name, spec in settings.upstreams.items()}
        policies = Policies(settings, shared.bench)
        policies.prepare()
        self._connections = session()
        self.upstreams = Upstreams(settings.models, self._endpoints(keys, before))
        mcp = {one.name: one for one in self.upstreams if one.spec.speaks == "mcp"}
        monitoring = shared.monitoring
        self.service = Service(
            policies=policies,
            upstreams=self.upstreams,
            bench=shared.bench,
            ledger=monitoring.ledger,
            turned_away=monitoring.metrics.turned_away,
            mcp=self._mcp(mcp, policies) if mcp else None,
        )

    def _endpoints(self, keys: dict[str, str], before: Opened | None) -> dict[str, Upstream]:
        """Upstreams; those whose settings stay keep what is known of their health."""
        out = {}
        for name, spec in self.settings.upstreams.items():
            known = before.upstreams.get(name) if before is not None else None
            breaker = known.breaker if known is not None and known.spec == spec else None
            out[name] = Upstream(name, spec, keys[name], self._connections, breaker=breaker)
        return out

    def _mcp(self, servers: dict[str, Upstream], policies: Policies) -> McpService:
        return McpService(
            servers=servers,
            policies=policies,
            bench=self.shared.bench,
            ledger=self.shared.monitoring.ledger,
            largest_body=self.settings.largest_body,
            body_seconds=self.settings.body_seconds,
            origins=self.settings.origins,
            turned_away=self.shared.monitoring.metrics.turned_away,
        )

    def serves(self) -> None:
        """From now on new exchanges begin under these settings: what is told of the process is told of them."""
        monitoring, service = self.shared.monitoring, self.service
        gauges = monitoring.metrics.gauges
        gauges["exchanges_open"] = lambda: [((), service.exchanges_open)]
        gauges["streams_open"] = lambda: [((), service.streams_open)]
        gauges["breaker_open"] = lambda: [((one.name,), float(one.breaker.is_open)) for one in self.upstreams]
        monitoring.take_over(self.settings)

    async def close(self) -> None:
        """Hang up. May be called again."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._connections.close()
        await self.shared.leave()


async def opened(settings: Settings, like: Opened | None = None) -> Opened:
    """A service by these settings, that serves at once. ``like``: what served before, whose state and ledger go on.

    Raises BartizanError; then nothing has changed.
    """
    read_structs_once()
    shared = like.shared if like is not None else Shared(settings)
    made = Opened(settings, shared, like)
    shared.enter()
    made.serves()
    return made


def spare_the_collector() -> None:
    """Keep Python's collector of cycles from walking over all that is loaded, again and again: a tenth of the CPU. For
    a process that serves, once, after it has opened.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def _state(settings: Settings) -> State:
    """The memory that workers share, or this worker's own. Raises BartizanError."""
    if not settings.redis:
        return Memory()
    is_place = settings.redis.startswith(("env:", "file:"))
    return RedisState.at(secret_at(settings.redis, "redis") if is_place else settings.redis)
