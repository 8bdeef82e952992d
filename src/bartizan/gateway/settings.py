"""gateway.yaml: what the gateway listens to, who answers, which guards stand where, what is written down.

The structs are the schema; `reading` turns a file into them, every problem with its line.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the file."""


Speaks: TypeAlias = Literal["openai", "anthropic", "ollama", "mcp"]


class UpstreamSpec(_Part, frozen=True):
    """A supplier's endpoint."""

    url: str
    """Its root, without the path of the API: https://api.openai.com."""
    speaks: Speaks = "openai"
    key: str = ""
    """Where its key is: env:NAME or file:PATH. Never the key itself."""
    passes_key: bool = False
    """Whether the caller's own credentials go on to it. Else they end here."""
    connect_seconds: float = 5.0
    first_byte_seconds: float = 120.0
    idle_seconds: float = 60.0
    """Between two pieces of a stream."""
    tries: int = 2
    """Of requests that nothing has answered yet."""
    breaks_after: int = 5
    """Failures in a row after which it is left alone for a while."""
    breaks_for: float = 30.0
    region: str = ""
    retains: bool | None = None
    """Whether the supplier keeps what it is sent; None: not known, which counts as yes."""
    takes: tuple[str, ...] | None = None
    """Kinds of sensitive data that may reach it as they are; None: what the guards allow."""


class ModelSpec(_Part, frozen=True):
    """Who answers for a model."""

    upstreams: tuple[str, ...]
    """Names, in the order in which they are tried."""
    called: str = ""
    """The model's name at the upstream, where it is another."""
    input_price: float = 0.0
    """Money for a million tokens of input."""
    output_price: float = 0.0


class When(_Part, frozen=True):
    """Which exchanges a policy is for: all that are named must match; patterns with ``*``."""

    routes: tuple[str, ...] = ("*",)
    models: tuple[str, ...] = ("*",)
    tenants: tuple[str, ...] = ("*",)
    callers: tuple[str, ...] = ("*",)


class PolicySpec(_Part, frozen=True):
    """Guards that stand otherwise for some exchanges. Of several that match, later ones win guard by guard."""

    name: str
    when: When = When()
    guards: dict[str, Any] = {}
    """Guard -> its settings, or "off"."""


class EventsSpec(_Part, frozen=True):
    """What is written down about each exchange, and where."""

    folder: str = ""
    """Empty: nothing is kept but counters."""
    content: Literal["none", "hashes", "encrypted"] = "hashes"
    content_key: str = ""
    """For encrypted content: env:NAME or file:PATH of a key of 32 bytes, in hexadecimal."""
    retention_days: int = 30
    when_full: Literal["closed", "open"] = "closed"
    """Whether exchanges go on when events cannot be written."""


class AdminSpec(_Part, frozen=True):
    """The gateway's own API and pages, on an address of their own."""

    listen: str = ""
    """HOST:PORT; empty: none."""
    key: str = ""
    """env:NAME or file:PATH of the token that it asks for."""


class Settings(_Part, frozen=True):
    """The whole file."""

    upstreams: dict[str, UpstreamSpec]
    models: dict[str, ModelSpec]
    """By name or pattern with ``*``; the first that matches."""
    listen: str = "127.0.0.1:8420"
    workers: int = 1
    largest_body: int = 10_000_000
    """Bytes of a request at most."""
    body_seconds: float = 30.0
    """In which a request must have come."""
    guards: dict[str, Any] = {}
    """Guard -> its settings. Besides a guard's own: mode, share, fails, seconds (see `Post`)."""
    policies: tuple[PolicySpec, ...] = ()
    redis: str = ""
    """Where workers and hosts share their state: env:NAME, file:PATH, or an address without a password. Empty: each
    worker has its own."""
    secret: str = ""
    """env:NAME or file:PATH of a secret from which keys are derived; workers that share state must share it."""
    prices_in: str = "USD"
    events: EventsSpec = EventsSpec()
    admin: AdminSpec = AdminSpec()
