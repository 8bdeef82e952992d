"""What a policy says of tools: which may be offered and called, with what, where to, and what they do.

What is not listed is refused. The first rule whose name and server match is the tool's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.controls.chat.exchange import Caller, Trust
from bartizan.controls.chat.tool_rules_arguments import texts_in, values_at
from bartizan.controls.chat.tool_rules_conditions import Condition
from bartizan.controls.chat.tool_rules_destinations import Kind, host_of, is_inside, is_under, kind_of, mails_of
from bartizan.core.chat import ToolOffer

Effect: TypeAlias = Literal["reads", "changes", "sends"]
"""``reads``: it only tells; ``changes``: it alters something; ``sends``: something leaves, be it in an address that it
fetches. A search on the web sends."""


class ToolRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one tool, or several alike, may do."""

    name: str
    """Of the tool; a pattern with ``*``."""
    effect: tuple[Effect, ...] = ("changes", "sends")
    """What it does. Not said: everything."""
    arguments: dict[str, Any] | None = None
    """JSON Schema that they must fit, besides the one that the offer carries."""
    closed: bool = True
    """Whether arguments that no schema names are refused."""
    when: tuple[Condition, ...] = ()
    """What must hold of them."""
    to: dict[str, Kind] = msgspec.field(default_factory=dict)
    """The arguments that say where something goes: place -> kind."""
    hosts: tuple[str, ...] | None = None
    """Hosts it may reach: ``example.com``, ``*.example.com``. None: any that is not inside this network."""
    mail_domains: tuple[str, ...] | None = None
    """Domains it may write to. None: any."""
    asked: tuple[str, ...] = ()
    """Places of other arguments that must be the user's or the application's own words once untrusted content has come
    in, such as an amount."""
    labels: tuple[str, ...] | None = None
    """Data labels that may be in the exchange when it is called. None: any."""
    gives: tuple[str, ...] = ()
    """Labels that its results carry."""
    answers: Trust = "untrusted"
    """Whose words its results are. What is the user's own (their address book) may name destinations."""
    approval: Literal["never", "always"] = "never"
    people: int = 1
    """How many must approve, where somebody must."""
    pinned: str = ""
    """The digest of its offer, as `digest_of` gives it. An offer with another one is taken out."""
    servers: tuple[str, ...] = ("*",)
    """Upstreams or MCP servers whose tool it is."""

    @property
    def acts(self) -> bool:
        """Whether it sends something out or changes something."""
        return self.effect != ("reads",)

    def fault(self) -> str:
        """What is wrong with the rule; empty where nothing is."""
        if not self.name or not self.effect:
            return "a tool needs a name and an effect"
        if not 1 <= self.people <= 5:
            return f"'{self.name}': one to five people approve"
        if self.pinned and len(self.pinned) != 64:
            return f"'{self.name}': a pin is 64 hexadecimal digits"
        return next(filter(None, (one.fault() for one in self.when)), "")


def rule_for(rules: tuple[ToolRule, ...], name: str, server: str) -> ToolRule | None:
    """The rule for a tool of a server; None: it is not listed."""
    for one in rules:
        if (one.name == name or fnmatchcase(name, one.name)) and (
            one.servers == ("*",) or any(fnmatchcase(server, each) for each in one.servers)
        ):
            return one
    return None


def may_use(caller: Caller, name: str) -> bool:
    """Whether the caller's own rights reach as far as this tool."""
    return caller.tools is None or any(fnmatchcase(name, one) for one in caller.tools)


def digest_of(offer: ToolOffer) -> str:
    """What an offer says, as 64 hexadecimal digits (SHA-256 of its name, description and schema)."""
    told = msgspec.json.encode([offer.name, offer.about, offer.parameters], order="deterministic")
    return hashlib.sha256(told).hexdigest()


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """A value that says where something goes."""

    kind: Kind
    value: Any
    place: str = ""
    """Empty where no rule names it and its form gives it away."""


def sendings_of(rule: ToolRule, arguments: dict[str, Any]) -> Iterator[Sending]:
    """All destinations in arguments: those that the rule names, and texts that are nothing but an address."""
    named: set[int] = set()
    for place, kind in rule.to.items():
        for value in values_at(arguments, place):
            named.add(id(value))
            yield Sending(kind=kind, value=value, place=place)
    for text in texts_in(arguments):
        form = kind_of(text) if id(text) not in named else None
        if form is not None:
            yield Sending(kind=form, value=text.strip())


def is_reachable(rule: ToolRule, sending: Sending) -> bool:
    """Whether the rule lets something go there."""
    if sending.kind in {"account", "text"}:
        return isinstance(sending.value, str | int)
    if not isinstance(sending.value, str):
        return False
    if sending.kind == "mail":
        mails = mails_of(sending.value)
        domains = rule.mail_domains
        return mails is not None and (
            domains is None or all(is_under(one.rpartition("@")[2], domains) for one in mails)
        )
    host = host_of(sending.value)
    if host is None:
        return False
    return is_under(host, rule.hosts) if rule.hosts is not None else not is_inside(host)


def is_listed(rule: ToolRule, sending: Sending) -> bool:
    """Whether the policy itself names where it goes."""
    listed = rule.mail_domains if sending.kind == "mail" else rule.hosts if sending.kind == "host" else None
    return listed is not None and "*" not in listed and is_reachable(rule, sending)


def faults_in(items: tuple[ToolRule, ...]) -> list[str]:
    """What is wrong with rules, each in a line."""
    return [found for one in items if (found := one.fault())]
