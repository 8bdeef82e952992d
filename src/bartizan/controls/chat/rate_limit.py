"""Rate limit: how often, how many at once, how many tokens, how much money; per caller, tenant, address and in total.

Paces are token buckets, windows are sliding (two fixed windows, weighted: Cloudflare, "How we built rate limiting
capable of scaling to millions of domains", 2017). A caller's own limits are asked before those that it shares, so that
one who is refused uses up nothing of what others need. Tokens and money are estimated before an exchange and settled
after it. Agents, and requests that hold content of strangers, count for more than one.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import ClassVar

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.model_access_control.peers import (
    Network,
    address_of,
    counted_as,
    network_faults,
    networks_of,
)
from bartizan.controls.chat.rates import Rate, positive_faults, rate_faults, rate_or_none
from bartizan.controls.chat.rates_estimate import Price, input_tokens, money, price_of, tokens_used
from bartizan.controls.chat.state import key
from bartizan.controls.chat.verdict import ALLOW, Block, BlockKind, Finding, Verdict
from bartizan.core.terms import ControlId

_UNITS = {"tokens": "tokens", "money": "money"}


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What one counter lets pass. Empty: no limit of that kind."""

    pace: str = ""
    """Requests as a token bucket: 60/minute lets one through each second on average."""
    burst: float | None = None
    """Requests that a full bucket holds; None: the amount of the pace."""
    requests: str = ""
    """Requests in a sliding window."""
    tokens: str = ""
    """Tokens in and out together, in a sliding window."""
    money: str = ""
    """In the currency of the price list, in a sliding window: 5/day."""
    at_once: int | None = None
    """Exchanges at the same time, streams to their end."""

    @cached_property
    def rates(self) -> dict[str, Rate]:
        """Those that are set. Raises ValueError."""
        texts = {"pace": self.pace, "requests": self.requests, "tokens": self.tokens, "money": self.money}
        return {name: rate for name, text in texts.items() if (rate := rate_or_none(text)) is not None}

    @cached_property
    def counts_use(self) -> bool:
        """Whether tokens or money are limited."""
        return bool(self.tokens or self.money)

    def faults(self) -> dict[str, str]:
        """Field -> finding."""
        texts = {"pace": self.pace, "requests": self.requests, "tokens": self.tokens, "money": self.money}
        faults = rate_faults(texts) | positive_faults((("burst", self.burst), ("at_once", self.at_once)))
        if self.burst is not None and self.burst < 1:
            faults["burst"] = "must be at least 1, else nothing ever passes"
        return faults


class _Counted(msgspec.Struct, frozen=True):
    """One exchange's counters, until it is settled."""

    places: list[str]
    """Keys where it took a place."""
    used: list[tuple[str, Rate, float]]
    """(key, rate, estimate) of tokens and money."""
    money: list[bool]


class RateLimit(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Refuses what comes too often, is too much at once, or would exceed a budget."""

    id: ClassVar[ControlId] = ControlId("rate_limit")
    title: ClassVar[str] = "Rate limit"
    source: ClassVar[str] = "RFC 6585, section 4; RFC 9110, section 10.2.3"
    sees: ClassVar[frozenset[Part]] = frozenset({"request"})

    caller: Limit | None = Limit(pace="120/minute", at_once=16)
    """For each caller that is known."""
    callers: dict[str, Limit] = msgspec.field(default_factory=dict)
    """For callers of these names, in place of ``caller``."""
    tenant: Limit | None = None
    tenants: dict[str, Limit] = msgspec.field(default_factory=dict)
    peer: Limit | None = Limit(pace="30/minute", at_once=4)
    """For each network address of callers whom nobody knows; of IPv6 each /64."""
    total: Limit | None = None
    agents: float = 0.5
    """The share of a caller's paces, windows and places that is an agent's."""
    untrusted: float = 0.5
    """The share that is there for requests that hold content of strangers: results of tools, documents."""
    expected_output: int = 1_000
    """Tokens that an answer is thought to have, where the request does not limit it lower."""
    prices: dict[str, Price] = msgspec.field(default_factory=dict)
    """Model pattern -> price; without one, the price that the gateway's own list has."""
    longest: float = 900.0
    """Seconds after which a place is free again, however the exchange ended."""
    proxies: tuple[str, ...] = ()
    """Networks of proxies whose X-Forwarded-For is believed."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Take from each counter that concerns the caller; the first that is empty refuses."""
        now = bench.clock()
        weight = self._weight(exchange)
        counted = exchange.notes[self.name] = _Counted([], [], [])
        tokens = cost = 0.0
        estimated = False
        for who, name, limit in self._limits(exchange):
            if limit.counts_use and not estimated:
                tokens, cost = self._estimate(exchange)
                estimated = True
            share = weight if who in {"caller", "peer"} else 1.0
            use = {"pace": share, "requests": share, "tokens": tokens, "money": cost}
            for kind, rate in limit.rates.items():
                left = await self._counted(kind, rate, limit, (name, use[kind]), counted, bench, now)
                if left:
                    return _refused(who, kind, left)
            if limit.at_once is not None:
                counted.places.append(name)
                most = max(1, math.floor(limit.at_once / share))
                if not await bench.state.enter(name, exchange.id, most=most, within=self.longest, now=now):
                    return _refused(who, "at_once", 1.0)
        return ALLOW

    async def _counted(
        self, kind: str, rate: Rate, limit: Limit, asked: tuple[str, float], counted: _Counted, bench: Bench, now: float
    ) -> float:
        """Take an amount from one counter: 0 where it was there, else the seconds until it is."""
        name, amount = f"{asked[0]}:{kind}", asked[1]
        if kind == "pace":
            burst = max(1.0, limit.burst if limit.burst is not None else rate.amount)
            return await bench.state.take(name, min(amount, burst), rate=rate.per_second, burst=burst, now=now)
        if kind == "requests":
            amount = min(amount, rate.amount)
        window, most = rate.seconds, rate.amount
        total = await bench.state.count(name, amount, window=window, limit=most, now=now)
        if total > most:
            return max(0.001, await bench.state.wait(name, amount, window=window, limit=most, now=now))
        if kind in _UNITS:
            counted.used.append((name, rate, amount))
            counted.money.append(kind == "money")
        return 0.0

    def _limits(self, exchange: Exchange) -> list[tuple[str, str, Limit]]:
        """(whose, key, limit) that concern an exchange: its own first."""
        caller = exchange.caller
        found = []
        if caller.id:
            if (own := self.callers.get(caller.id, self.caller)) is not None:
                found.append(("caller", key(self.id, "caller", caller.tenant, caller.id), own))
        elif self.peer is not None:
            address = counted_as(address_of(exchange.peer, exchange.headers, self._networks))
            found.append(("peer", key(self.id, "peer", address), self.peer))
        if caller.tenant and (shared := self.tenants.get(caller.tenant, self.tenant)) is not None:
            found.append(("tenant", key(self.id, "tenant", caller.tenant), shared))
        if self.total is not None:
            found.append(("total", f"{self.id}:total", self.total))
        return found

    def _weight(self, exchange: Exchange) -> float:
        """For how many requests this one counts."""
        weight = 1.0
        if exchange.caller.kind == "agent":
            weight /= self.agents
        if self.untrusted != 1.0 and any(one.trust == "untrusted" for one in exchange.segments):
            weight /= self.untrusted
        return weight

    def _estimate(self, exchange: Exchange) -> tuple[float, float]:
        """(tokens, money) that an exchange will take."""
        goes_in = input_tokens(exchange)
        asked = exchange.output_limit
        comes_out = self.expected_output if asked is None else max(0, min(asked, self.expected_output))
        return float(goes_in + comes_out), money(price_of(exchange, self.prices), goes_in, comes_out)

    async def settle(self, exchange: Exchange, bench: Bench) -> None:
        """Give places back, and count what was really used in place of the estimate."""
        counted = exchange.notes.pop(self.name, None)
        if counted is None:
            return
        for name in counted.places:
            await bench.state.leave(name, exchange.id)
        if not counted.used:
            return
        now = bench.clock()
        used = tokens_used(exchange)
        if used is None:
            # Else whoever hangs up before the end would ask for nothing.
            return
        goes_in, comes_out = used
        cost = exchange.cost or money(price_of(exchange, self.prices), goes_in, comes_out)
        for (name, rate, estimate), is_money in zip(counted.used, counted.money, strict=True):
            really = cost if is_money else float(goes_in + comes_out)
            if really != estimate:
                await bench.state.count(name, really - estimate, window=rate.seconds, limit=None, now=now)

    @cached_property
    def _networks(self) -> tuple[Network, ...]:
        return networks_of(self.proxies)

    def faults(self) -> dict[str, str]:
        """Rates that are none, and shares that let nothing or too much pass."""
        faults: dict[str, str] = {}
        named = {"caller": self.caller, "tenant": self.tenant, "peer": self.peer, "total": self.total}
        listed = [(field, "", one) for field, one in named.items() if one is not None]
        listed += [("callers", f"{who}: ", one) for who, one in self.callers.items()]
        listed += [("tenants", f"{who}: ", one) for who, one in self.tenants.items()]
        for field, who, limit in listed:
            for name, finding in limit.faults().items():
                faults[field] = f"{who}{name} {finding}"
        for field, share in (("agents", self.agents), ("untrusted", self.untrusted)):
            if not 0 < share <= 1:
                faults[field] = "must be above 0 and at most 1"
        return faults | positive_faults((("longest", self.longest),)) | network_faults("proxies", self.proxies)


_WHOSE = {"caller": "you ask", "peer": "your address asks", "tenant": "your organisation asks", "total": "all ask"}


def _refused(who: str, kind: str, left: float) -> Block:
    """What the caller is told: whose limit it is, and when another try may pass."""
    rule = f"{who}_{kind}"
    retry = left if math.isfinite(left) else None
    what: BlockKind = "budget" if kind in _UNITS else "rate"
    if retry is None:
        why = f"this request alone is above the limit of {_UNITS.get(kind, 'requests')}"
    elif kind in _UNITS:
        why = f"the budget of {kind} is spent"
    else:
        why = f"{_WHOSE[who]} {'too much at once' if kind == 'at_once' else 'too often'}"
    return Block(why=why, kind=what, retry_after=retry, findings=(Finding(rule=rule, why=why),))
