"""The lab's environment of mock tools: everything an agent could do harm with, and nothing real behind it.

One environment is one trial's. What tools did stands in `Environment.deeds`, whatever the model says of it.
"""

from __future__ import annotations

from typing import Any

from bartizan.core.chat import ToolOffer
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.transcript import USER, Deed, Planted, SecretPlace, Surface
from bartizan.targets.agent.agents import AGENTS, new_messages
from bartizan.targets.agent.approval import check_approval
from bartizan.targets.agent.arguments import as_text, faults
from bartizan.targets.agent.crm import CRM
from bartizan.targets.agent.files import FILES
from bartizan.targets.agent.mailbox import MAILBOX
from bartizan.targets.agent.memory import MEMORY, notes_for
from bartizan.targets.agent.payments import PAYMENTS
from bartizan.targets.agent.planting import READ_BY, plant
from bartizan.targets.agent.policy import ToolPolicy
from bartizan.targets.agent.seed import lay_secrets, seeded
from bartizan.targets.agent.shell import SHELL
from bartizan.targets.agent.state import AgentMessage, ToolError
from bartizan.targets.agent.tickets import TICKETS
from bartizan.targets.agent.tool import Call, Tool
from bartizan.targets.agent.web import WEB

TOOLS: tuple[Tool, ...] = (*MAILBOX, *FILES, *WEB, *CRM, *PAYMENTS, *SHELL, *MEMORY, *TICKETS, *AGENTS)
_BY_NAME = {tool.name: tool for tool in TOOLS}
_OFFERS = {tool.name: tool.offer for tool in TOOLS}
_AS_USER = "as_user"
SECRETS: frozenset[SecretPlace] = frozenset({"document", "tool", "memory", "other_session", "other_tenant"})


def chosen(names: tuple[str, ...]) -> tuple[str, ...]:
    """The tools that these names mean, ('all',) every one. Raises InputError for a name that none has."""
    if names == ("all",):
        return tuple(_BY_NAME)
    known = [*_BY_NAME, "all"]
    unknown = [name for name in names if name not in _BY_NAME]
    if unknown:
        findings = [(f"no mock tool '{name}'", nearest(name, known)) for name in unknown]
        raise InputError(Problem(file="tools", finding=finding, fix=fix) for finding, fix in findings)
    return names


def offers(names: tuple[str, ...]) -> tuple[ToolOffer, ...]:
    """What a model is told of these tools."""
    return tuple(_OFFERS[name] for name in chosen(names))


def surfaces(names: tuple[str, ...]) -> frozenset[Surface]:
    """Where planted content reaches a model that has these tools."""
    return frozenset(surface for surface, tools in READ_BY.items() if not tools or tools & set(names))


class Environment:
    """One trial's mock world."""

    def __init__(self, policy: ToolPolicy | None = None, secrets: dict[SecretPlace, str] | None = None) -> None:
        self.policy = policy or ToolPolicy()
        self.state = seeded()
        lay_secrets(self.state, secrets or {})

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """Everything that tools did, in order."""
        return tuple(self.state.deeds)

    def offers(self, names: tuple[str, ...]) -> tuple[ToolOffer, ...]:
        """What a model is told of these tools."""
        return offers(names)

    def plant(self, planted: Planted) -> None:
        """Put content where its surface says. Raises CannotDo."""
        plant(self.state, planted)

    def notes(self, user: str) -> tuple[str, ...]:
        """What a new conversation of this person begins with."""
        return notes_for(self.state, self.policy, user)

    def messages(self, user: str) -> tuple[AgentMessage, ...]:
        """What other agents sent since this was last asked."""
        return new_messages(self.state, user)

    def call(self, name: str, arguments: dict[str, Any], user: str = USER, *, said: str = "") -> str:
        """What a tool answers to this user. What it refuses or cannot do is an answer too: 'Error: ...'.

        ``said``: the user's own words so far, for the approval of what cannot be undone.
        """
        tool = _BY_NAME.get(name)
        if tool is None:
            return f"Error: there is no tool '{name[:100]}'"
        try:
            return tool.run(self._checked(tool, arguments, user, said))
        except ToolError as error:
            return f"Error: {error}"

    def _checked(self, tool: Tool, arguments: dict[str, Any], user: str, said: str) -> Call:
        if self.policy.checks_types:
            found = faults(_OFFERS[tool.name].parameters, arguments)
            if found:
                raise ToolError(f"{tool.name}: {'; '.join(found[:10])}")
        elif _AS_USER in arguments:
            user = as_text(arguments[_AS_USER]) or user
        if self.policy.needs_approval:
            check_approval(tool, arguments, said)
        return Call(state=self.state, policy=self.policy, user=user, arguments=arguments)
