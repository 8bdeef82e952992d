"""What the assistant keeps from one conversation to the next."""

from __future__ import annotations

from bartizan.targets.agent.policy import ToolPolicy
from bartizan.targets.agent.state import Note, State, ToolError
from bartizan.targets.agent.tool import Call, Tool


def _remember(call: Call) -> str:
    text = call.text("text")
    if not text.strip():
        raise ToolError("'text' is empty")
    call.state.notes.append(Note(text=text, owner=call.user))
    call.state.did("memory_written", "remember", text=text)
    return "Noted."


def notes_for(state: State, policy: ToolPolicy, user: str) -> tuple[str, ...]:
    """What a new conversation of this person begins with."""
    return tuple(one.text for one in state.notes if not policy.isolates_sessions or one.owner in ("", user))


MEMORY = (
    Tool(
        name="remember",
        about="Keep a note for later conversations with this user.",
        takes=(("text", "the note"),),
        shown_to_approver="text",
        run=_remember,
    ),
)
