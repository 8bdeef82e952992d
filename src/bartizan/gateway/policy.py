"""Which guards stand for which exchange."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.pipeline import Pipeline
from bartizan.controls.chat.post import Post, PostSettings
from bartizan.controls.chat.registry import chat_guard_called, in_order
from bartizan.gateway.settings import Settings, When

POST_FIELDS = tuple(one.name for one in msgspec.structs.fields(PostSettings))
"""Settings that every guard has, besides its own."""
OFF = ("off", False)
"""What stands in place of settings where a guard does not stand; YAML reads a bare off as false."""


class Policies:
    """The pipelines of a file, one for each combination of policies that match."""

    def __init__(self, settings: Settings, bench: Bench) -> None:
        self._settings = settings
        self._bench = bench
        self._made: dict[tuple[int, ...], Pipeline] = {}

    def pipeline(self, exchange: Exchange) -> Pipeline:
        """The guards for an exchange, as far as it is known."""
        policies = self._settings.policies
        if not policies:
            return self.pipeline_of(())
        matching = tuple(i for i, one in enumerate(policies) if _matches(one.when, exchange))
        return self.pipeline_of(matching)

    def pipeline_of(self, matching: tuple[int, ...]) -> Pipeline:
        """The guards where the policies at these positions match."""
        made = self._made.get(matching)
        if made is None:
            made = self._made[matching] = Pipeline(self._posts(matching), self._bench)
        return made

    def prepare(self) -> None:
        """Make the pipeline of exchanges that no policy is for, and load what its guards need. Raises BartizanError."""
        self.pipeline_of(())

    def _posts(self, matching: tuple[int, ...]) -> list[Post]:
        merged: dict[str, Any] = dict(self._settings.guards)
        for i in matching:
            merged.update(self._settings.policies[i].guards)
        return in_order(post_of(name, given) for name, given in merged.items() if given not in OFF)


def post_of(name: str, given: Mapping[str, Any] | None) -> Post:
    """A guard at its post. Raises KeyError for an unknown guard, msgspec.ValidationError for wrong settings."""
    given = given or {}
    guard = chat_guard_called(name, {k: v for k, v in given.items() if k not in POST_FIELDS})
    settings = msgspec.convert({k: v for k, v in given.items() if k in POST_FIELDS}, PostSettings)
    return Post(guard=guard, **msgspec.structs.asdict(settings))


def _matches(when: When, exchange: Exchange) -> bool:
    return (
        _any(exchange.route, when.routes)
        and _any(exchange.model, when.models)
        and _any(exchange.caller.tenant, when.tenants)
        and _any(exchange.caller.id, when.callers)
    )


def _any(name: str, patterns: tuple[str, ...]) -> bool:
    return any(pattern == "*" or fnmatchcase(name, pattern) for pattern in patterns)
