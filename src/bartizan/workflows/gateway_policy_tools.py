"""What a description says of tools, as rules of least privilege: which may be called, what they do, whose words answer.

What is not described is not listed, and what is not listed is refused. A field that is not known counts as its worst.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bartizan.system.description import Data, Effect, Model, Tool
from bartizan.system.graph import System

SENSITIVE = "sensitive"
"""The label of what sensitive data a tool's results may hold."""
_EFFECTS: dict[Effect, tuple[str, ...]] = {
    "read": ("reads",),
    "write": ("changes",),
    "send": ("sends",),
    "execute": ("changes", "sends"),
    "pay": ("changes", "sends"),
    "physical": ("changes",),
}
_ORDER = ("reads", "changes", "sends")
_PATTERN = frozenset("*?[")


def tools_of(models: Iterable[Model], system: System) -> tuple[Tool, ...]:
    """The tools that these models have, each once, in the order of the description."""
    named = {name for model in models if isinstance(model.tools, tuple) for name in model.tools}
    return tuple(one for one in system.described.components if isinstance(one, Tool) and one.id in named)


def functions_of(tool: Tool) -> tuple[str, ...]:
    """The names under which models call it, but for those that a policy would read as a pattern for others as well."""
    return tuple(one for one in _named(tool) if one and not _PATTERN.intersection(one))


def left_out_names(tools: Iterable[Tool]) -> tuple[str, ...]:
    """The names that no rule is derived for."""
    return tuple(one for tool in tools for one in _named(tool) if one not in functions_of(tool))


def _named(tool: Tool) -> tuple[str, ...]:
    return tool.functions or (str(tool.id),)


def rules_of(tools: Iterable[Tool], system: System) -> list[dict[str, Any]]:
    """The rules of `least_model_privilege`, one for each function; of one that several tools have, the first."""
    seen: dict[str, dict[str, Any]] = {}
    for tool in tools:
        for name in functions_of(tool):
            seen.setdefault(name, {"name": name, **_rule(tool, system)})
    return list(seen.values())


def _rule(tool: Tool, system: System) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    if isinstance(tool.effects, tuple) and tool.effects:
        does = {each for one in tool.effects for each in _EFFECTS[one]}
        if asks_outside(tool):
            does.add("sends")
        rule["effect"] = [one for one in _ORDER if one in does]
    if tool.returns_untrusted is False:
        rule["answers"] = "user"
    if reaches_sensitive(tool, system):
        rule["gives"] = [SENSITIVE]
    if tool.needs_approval is True:
        rule["approval"] = "always"
    return rule


def asks_outside(tool: Tool) -> bool:
    """Whether what it reads lies outside, so that the question itself leaves: a web page, a search."""
    reads = isinstance(tool.effects, tuple) and "read" in tool.effects
    return reads and tool.returns_untrusted is not False and not tool.reaches and tool.reaches_sensitive is not True


def reaches_sensitive(tool: Tool, system: System) -> bool:
    """Whether it can read sensitive or personal data, as far as the description tells."""
    named = tool.reaches if isinstance(tool.reaches, tuple) else ()
    data = (system.components.get(name) for name in named)
    return tool.reaches_sensitive is True or any(
        isinstance(one, Data) and (one.sensitive is True or one.personal is True) for one in data
    )


def trusted_results(tools: Iterable[Tool]) -> Iterator[str]:
    """Functions whose results nobody outside can influence."""
    for tool in tools:
        if tool.returns_untrusted is False:
            yield from functions_of(tool)
