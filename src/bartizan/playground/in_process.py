"""The playground without a server: assistants for descriptions that say ``call:``.

chat: {kind: callable, call: 'bartizan.playground.in_process:help_desk'}       all weaknesses on
chat: {kind: callable, call: 'larch.py:help_desk'}                             as playground.yaml beside it says
"""

from __future__ import annotations

from pathlib import Path

from bartizan.playground.help_desk import HelpDesk
from bartizan.playground.mail_agent import MailAgent
from bartizan.playground.minds import mind
from bartizan.playground.settings import read_switches
from bartizan.playground.weaknesses import Switches
from bartizan.targets.chat.assistant import Assistant


def assistant(switches: Switches | None = None) -> HelpDesk:
    """The help desk, with these weaknesses; with all of them where none are named."""
    chosen = switches or Switches()
    return HelpDesk(mind(chosen), chosen)


def agent(switches: Switches | None = None) -> MailAgent:
    """The e-mail agent, with these weaknesses; with all of them where none are named."""
    chosen = switches or Switches()
    return MailAgent(mind(chosen), chosen)


def assistant_in(folder: str | Path) -> Assistant:
    """The help desk as playground.yaml in this folder says. Raises InputError where it says something wrong."""
    return assistant(read_switches(Path(folder)))


def agent_in(folder: str | Path) -> Assistant:
    """The e-mail agent as playground.yaml in this folder says. Raises InputError where it says something wrong."""
    return agent(read_switches(Path(folder)))


def help_desk() -> Assistant:
    """The help desk with all weaknesses."""
    return assistant()


def mail_agent() -> Assistant:
    """The e-mail agent with all weaknesses."""
    return agent()
