"""gateway.yaml: what the gateway listens to, who answers, which guards stand where, what is written down.

The structs are the schema; `reading` turns a file into them, every problem with its line.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.gateway.approvals import ApprovalRules


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
    most_open: int | None = None
    """Requests that it answers at a time at most, for each worker; None: no limit."""
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
    seal_key: str = ""
    """The same for the seals that tell a shortened ledger. Empty: one is made in the folder, and then whoever can
    change the folder can seal it anew."""
    retention_days: int = 30
    """Days that content is kept, today among them."""
    keep_days: int = 0
    """Days that events are kept at least; 0: for ever. They go file by file, the oldest first."""
    when_full: Literal["closed", "open"] = "closed"
    """Whether exchanges go on when events cannot be written."""


AlertOf: TypeAlias = Literal[
    "requests",
    "errors",
    "blocks",
    "failures",
    "findings",
    "canary_leaks",
    "refused_credentials",
    "spend",
    "lost_events",
    "breakers_open",
]
"""What an alert counts. ``errors``: exchanges that ended with 5xx. ``blocks``: what guards blocked. ``failures``:
guards that crashed, ran out of time or were skipped. ``findings``: of a rule. ``spend``: money. ``breakers_open``:
upstreams that are left alone, as of now."""


class AlertSpec(_Part, frozen=True):
    """When somebody is told."""

    name: str
    of: AlertOf
    above: float = 0.0
    """It fires when there is more than this, and resolves when there no longer is."""
    within: float = 300.0
    """Seconds that are counted over."""
    guard: str = "*"
    """For blocks, failures and findings: of which guards, as a pattern."""
    rule: str = "*"
    """For findings: of which rules, as a pattern."""


class AlertsSpec(_Part, frozen=True):
    """What somebody is told of, and where. Alerts go to the log in any case."""

    rules: tuple[AlertSpec, ...] = ()
    file: str = ""
    """A file that each is appended to, as a line of JSON."""
    webhook: str = ""
    """An address that each is posted to."""
    webhook_key: str = ""
    """env:NAME or file:PATH of a key of 32 bytes in hexadecimal, with which each post is signed."""


class TracingSpec(_Part, frozen=True):
    """OpenTelemetry traces."""

    endpoint: str = ""
    """Where a collector takes them: OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces. Empty: no traces."""
    share: float = 0.1
    """Of traces that begin here: one costs about half a millisecond of CPU. A caller's own decision holds."""
    service: str = "bartizan-gateway"


class LogSpec(_Part, frozen=True):
    """JSON lines on standard error. Never content."""

    exchanges: Literal["all", "notable", "none"] = "all"
    """``notable``: those that did not just pass, and those in which a guard failed."""
    callers: bool = True
    """Whether they name who asked."""
    level: Literal["debug", "info", "warning", "error"] = "info"


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
    approvals: ApprovalRules = ApprovalRules()
    origins: tuple[str, ...] = ()
    """Web pages whose scripts may ask through the gateway, as https://HOST[:PORT]; "*": any. Others are refused, so
    that no page that somebody looks at can use a gateway on the same machine."""
    alerts: AlertsSpec = AlertsSpec()
    tracing: TracingSpec = TracingSpec()
    log: LogSpec = LogSpec()
    admin: AdminSpec = AdminSpec()
