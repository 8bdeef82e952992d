"""What a mock tool is: what the model is told of it, and what it does to the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from bartizan.core.chat import ToolOffer
from bartizan.targets.agent.arguments import LONGEST, as_number, as_text
from bartizan.targets.agent.policy import ToolPolicy
from bartizan.targets.agent.state import State, ToolError


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a tool."""

    state: State
    policy: ToolPolicy
    user: str
    """On whose behalf."""
    arguments: dict[str, Any]

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        return as_text(self.arguments.get(name, default))

    def number(self, name: str) -> float:
        """An argument as a number. Raises ToolError where it is none."""
        value = as_number(self.arguments.get(name))
        if value is None:
            raise ToolError(f"'{name}' must be a number")
        return value

    def may_see(self, owner: str) -> bool:
        """Whether what belongs to ``owner`` is for this user."""
        return not self.policy.isolates_tenants or owner in ("", self.user)


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """One tool."""

    name: str
    about: str
    takes: tuple[tuple[str, str], ...] = ()
    """Its parameters: name, and what it is. ``amount`` is a number, everything else a text."""
    optional: frozenset[str] = frozenset()
    shown_to_approver: str = ""
    """Where it cannot be undone: the parameter that the user must have asked for; see `approval`."""
    run: Callable[[Call], str]
    """What it answers. Raises ToolError."""

    @property
    def offer(self) -> ToolOffer:
        """What the model is told, with the JSON Schema of its arguments."""
        parts: dict[str, dict[str, Any]] = {}
        for name, about in self.takes:
            limit = {"type": "number"} if name == "amount" else {"type": "string", "maxLength": LONGEST}
            parts[name] = {**limit, "description": about}
        schema = {
            "type": "object",
            "properties": parts,
            "required": [name for name, _ in self.takes if name not in self.optional],
            "additionalProperties": False,
        }
        return ToolOffer(name=self.name, about=self.about, parameters=schema, may_probe=True)
