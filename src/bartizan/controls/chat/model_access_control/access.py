"""The guard that finds out who is asking and whether they may use the model.

Whoever is let in is known by a key, a token of an issuer or a certificate; an agent also by the token of its task. A
credential that is wrong never counts as none. Credentials are written nowhere: callers hear that they were not let in,
the log hears by which rule.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import cached_property
from typing import ClassVar

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.model_access_control import agents
from bartizan.controls.chat.model_access_control.certificates import ClientCertificates
from bartizan.controls.chat.model_access_control.identity import Identity, Patterns, Refused, matches
from bartizan.controls.chat.model_access_control.issuers import Issuer, Verifier, issuer_in
from bartizan.controls.chat.model_access_control.keys import PREFIX, KeyRing, read_keys
from bartizan.controls.chat.model_access_control.peers import (
    Network,
    address_of,
    counted_as,
    network_faults,
    networks_of,
)
from bartizan.controls.chat.rates import rate_faults, rate_of
from bartizan.controls.chat.state import key
from bartizan.controls.chat.verdict import Allow, Block, Finding, Verdict
from bartizan.core.errors import BartizanError, printable
from bartizan.core.terms import ControlId

_MOST_KNOWN = 4096
"""Tokens that were verified and need not be again until they end."""
_KNOWN_FOR = 60.0
"""Seconds after which a token is verified again all the same, so that a key that an issuer takes back stops working."""


class Anonymous(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What those may do of whom nobody knows who they are."""

    models: Patterns | None = None
    tools: Patterns | None = ()
    tenant: str = ""
    routes: Patterns | None = None


class ModelAccessControl(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Lets in who is known and may use the model; nobody else."""

    id: ClassVar[ControlId] = ControlId("model_access_control")
    title: ClassVar[str] = "Model access control"
    source: ClassVar[str] = "RFC 6750; RFC 8725; RFC 9440; RFC 8705, section 3"
    sees: ClassVar[frozenset[Part]] = frozenset({"request"})
    identifies: ClassVar[bool] = True

    keys: str = ""
    """The file of keys and certificates."""
    issuers: tuple[Issuer, ...] = ()
    certificates: ClientCertificates | None = None
    anonymous: Anonymous | None = None
    """None: nobody without a credential is let in."""
    failures: str = "20/minute"
    """Credentials that were wrong, from one network address; above it, wrong ones are answered with 429. Right ones
    always pass, so that nobody can lock out others who share an address."""
    proxies: tuple[str, ...] = ()
    """Networks of proxies whose X-Forwarded-For is believed."""
    agents_need_tasks: bool = False
    """Whether callers of the kind agent must present the token of a task."""
    leeway: float = 30.0
    """Seconds by which the clocks of the gateway's hosts may differ."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Find out who asks, then whether they may ask by this route for this model."""
        now = bench.clock()
        try:
            identity = await self._identity(exchange, bench, now)
            if identity.until is not None and now >= identity.until:
                raise Refused("expired", "the credential has expired")
        except Refused as refused:
            return await self._refused(exchange, bench, refused, now)
        caller = identity.caller
        if not matches(exchange.route, identity.routes):
            return _forbidden("route", "you may not ask by this route", caller)
        if not _may_use(caller, exchange):
            return _forbidden("model", "you may not use this model", caller)
        if self.agents_need_tasks and caller.kind == "agent" and not caller.task:
            return _forbidden("task", "an agent needs the token of a task", caller)
        return Allow(caller=caller)

    async def _identity(self, exchange: Exchange, bench: Bench, now: float) -> Identity:
        headers = exchange.headers
        secret = _secret(headers)
        # A certificate is looked at in any case: its header must not come from strangers.
        thumbprint = self.certificates.thumbprint(headers, exchange.peer) if self.certificates is not None else ""
        agent = headers.get(agents.HEADER, "")
        if secret:
            found = await self._by_secret(secret, now)
        elif thumbprint and self._ring is not None:
            found = self._ring.certificate(thumbprint)
        elif self.anonymous is not None and not agent and not thumbprint:
            one = self.anonymous
            caller = Caller(tenant=one.tenant, models=one.models, tools=one.tools)
            return Identity(caller=caller, proof="", routes=one.routes)
        else:
            raise Refused("no_credentials", "no credentials were given")
        if not agent:
            return found
        return agents.as_agent(self._claims(agent, bench), found, now=now, leeway=self.leeway)

    async def _by_secret(self, secret: str, now: float) -> Identity:
        if secret.startswith(PREFIX):
            if self._ring is None:
                raise Refused("unknown_key", "no file of keys is set")
            return self._ring.key(secret)
        name = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(name)
        if known is not None and 0 <= now - known[1] < _KNOWN_FOR:
            return known[0]
        verifier = self._verifiers.get(issuer_in(secret))
        if verifier is None:
            raise Refused("unknown_issuer", "the token is of no issuer that is set")
        found = await verifier.identity(secret, now=now)
        self._known[name] = (found, now)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return found

    def _claims(self, token: str, bench: Bench) -> agents.Claims:
        signing = bench.key(agents.KEY)
        name = (signing, token)
        found = self._grants.get(name)
        if found is None:
            found = self._grants[name] = agents.claims_of(signing, token)
            if len(self._grants) > _MOST_KNOWN:
                self._grants.popitem(last=False)
        return found

    async def _refused(self, exchange: Exchange, bench: Bench, refused: Refused, now: float) -> Block:
        findings = (Finding(rule=refused.rule, why=refused.why),)
        address = counted_as(address_of(exchange.peer, exchange.headers, self._networks))
        limit = rate_of(self.failures)
        name = key(self.id, "failed", address)
        failed = await bench.state.count(name, 1.0, window=limit.seconds, limit=None, now=now)
        if failed > limit.amount:
            why = "too many credentials were wrong"
            return Block(why=why, kind="rate", findings=findings, retry_after=limit.seconds)
        return Block(why="the credentials are missing or not valid", kind="credentials", findings=findings)

    @cached_property
    def _ring(self) -> KeyRing | None:
        return KeyRing(self.keys) if self.keys else None

    @cached_property
    def _verifiers(self) -> dict[str, Verifier]:
        return {one.issuer: Verifier(one) for one in self.issuers}

    @cached_property
    def _networks(self) -> tuple[Network, ...]:
        return networks_of(self.proxies)

    @cached_property
    def _known(self) -> OrderedDict[bytes, tuple[Identity, float]]:
        return OrderedDict()

    @cached_property
    def _grants(self) -> OrderedDict[tuple[bytes, str], agents.Claims]:
        return OrderedDict()

    def faults(self) -> dict[str, str]:
        """Who could be let in at all, whether the file of keys can be read, and the parts' own faults."""
        faults = rate_faults({"failures": self.failures}) | network_faults("proxies", self.proxies)
        if not self.failures:
            faults["failures"] = "must be a rate such as 20/minute"
        if not self.keys and not self.issuers and self.anonymous is None:
            faults["keys"] = "nobody could be let in; name a file of keys, issuers, or what anonymous callers may do"
        elif self.keys:
            try:
                read_keys(self.keys)
            except (BartizanError, OSError) as error:
                faults["keys"] = str(error)
        for one in self.issuers:
            if found := one.faults():
                faults["issuers"] = found
        if len({one.issuer for one in self.issuers}) < len(self.issuers):
            faults["issuers"] = "two issuers have the same address"
        if self.certificates is not None:
            faults |= network_faults("certificates", self.certificates.peers)
            if not self.keys or not self.certificates.peers:
                faults["certificates"] = "needs the peers that check them, and the file of keys that lists them"
        return faults


def _secret(headers: dict[str, str]) -> str:
    """The one credential of a request; empty: none. Raises Refused for several that differ, or of another scheme."""
    given = headers.get("authorization", "").strip()
    found = {one for one in (headers.get("x-api-key", "").strip(), headers.get("api-key", "").strip()) if one}
    if given:
        scheme, _, rest = given.partition(" ")
        if scheme.lower() != "bearer":
            raise Refused("bad_scheme", "the credentials are of a scheme that is not known")
        if not rest.strip():
            raise Refused("bad_scheme", "the header of credentials is empty")
        found.add(rest.strip())
    if len(found) > 1:
        raise Refused("two_credentials", "two credentials were given that differ")
    return found.pop() if found else ""


def _may_use(caller: Caller, exchange: Exchange) -> bool:
    """Whether a caller may use the exchange's model. A request that only asks which there are names none."""
    if caller.models is None or (exchange.model and matches(exchange.model, caller.models)):
        return True
    return not exchange.model and all(one.part not in {"prompt", "attachment"} for one in exchange.segments)


def _forbidden(rule: str, why: str, caller: Caller) -> Block:
    who = printable(caller.id, 80) or "an anonymous caller"
    return Block(why=why, kind="permission", findings=(Finding(rule=rule, why=f"asked by {who}"),))
