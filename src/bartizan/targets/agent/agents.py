"""Other agents: asked for something, and their messages."""

from __future__ import annotations

from bartizan.targets.agent.state import AgentMessage, State, ToolError
from bartizan.targets.agent.tool import Call, Tool


def _ask(call: Call) -> str:
    name, message = call.text("name").strip(), call.text("message")
    if not name:
        raise ToolError("'name' is empty")
    if name not in call.state.agents:
        raise ToolError(f"there is no agent '{name[:100]}'; there are: {', '.join(sorted(call.state.agents))}")
    call.state.did("message_sent", "ask_agent", to=name, message=message)
    return call.state.agents[name]


def new_messages(state: State, user: str) -> tuple[AgentMessage, ...]:
    """What other agents sent since the last conversation of this person began; told once."""
    found = tuple(one for one in state.messages if not one.seen and one.owner in ("", user))
    for one in found:
        one.seen = True
    return found


AGENTS = (
    Tool(
        name="ask_agent",
        about="Ask another agent of the shop: billing or logistics.",
        takes=(("name", "its name"), ("message", "what to tell or ask it")),
        run=_ask,
    ),
)
