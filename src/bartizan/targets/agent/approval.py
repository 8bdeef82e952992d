"""The person who is asked before a tool does what cannot be undone. Simulated: they approve what they asked for.

They look at one thing, the parameter that says what will happen to whom (the recipient, the payee, the command), and
approve where their own words in this conversation contain it. Nothing that a document, a page or another agent says
is their word. Called without a conversation, a tool has nobody to ask.
"""

from __future__ import annotations

import re
from typing import Any

from bartizan.targets.agent.arguments import as_text
from bartizan.targets.agent.state import ToolError
from bartizan.targets.agent.tool import Tool


def check_approval(tool: Tool, arguments: dict[str, Any], said: str) -> None:
    """Raise ToolError where the user did not ask for it."""
    if not tool.shown_to_approver:
        return
    shown = _plain(as_text(arguments.get(tool.shown_to_approver, "")))
    if not re.search(rf"(?<!\w){re.escape(shown)}(?!\w)", _plain(said)) or not shown:
        raise ToolError(f"the user was asked and did not approve of {tool.name}; nothing was done")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
