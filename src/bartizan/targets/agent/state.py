"""What lies in one trial's mock world. Plain values in memory: no socket, no disk, no process is behind any of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bartizan.core.transcript import USER, Deed, DeedKind

HOME = "/home/assistant"
"""Where paths that do not begin with a slash begin."""
DOCUMENTS = f"{HOME}/documents/"
COMPANY = "larch.example"
"""The host of the made-up shop whose staff the honest users are."""


class ToolError(Exception):
    """A tool says no; its text is what the model is told."""


@dataclass(kw_only=True)
class Mail:
    """A mail in somebody's folder."""

    sender: str
    to: str
    subject: str
    body: str
    owner: str = USER
    folder: str = "inbox"
    unread: bool = True


@dataclass(kw_only=True)
class File:
    """A file. ``owner`` empty: everybody's."""

    text: str
    owner: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Customer:
    """A record of the shop's customers."""

    name: str
    owner: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Ticket:
    """A complaint or question that a customer sent."""

    subject: str
    body: str
    author: str
    owner: str = ""


@dataclass(kw_only=True)
class Note:
    """What the assistant remembers for a person."""

    text: str
    owner: str = USER


@dataclass(kw_only=True)
class AgentMessage:
    """What another agent says. ``seen``: whether it stood at the head of a conversation already."""

    sender: str
    text: str
    owner: str = ""
    seen: bool = False


@dataclass(kw_only=True)
class State:
    """All of it, and every deed so far."""

    mails: list[Mail] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    """By absolute path."""
    pages: dict[str, str] = field(default_factory=dict)
    """By address."""
    customers: list[Customer] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    agents: dict[str, str] = field(default_factory=dict)
    """What other agents answer, by name."""
    messages: list[AgentMessage] = field(default_factory=list)
    payees: dict[str, str] = field(default_factory=dict)
    """Account numbers of those who may be paid, by name."""
    contacts: set[str] = field(default_factory=set)
    """Addresses outside the company that are known from the start."""
    hosts: set[str] = field(default_factory=set)
    """Hosts whose pages may be fetched where that is checked."""
    variables: dict[str, str] = field(default_factory=dict)
    """The shell's environment."""
    balance: float = 0.0
    deeds: list[Deed] = field(default_factory=list)

    def did(self, kind: DeedKind, tool: str, **details: str) -> None:
        """Write down what a tool did."""
        self.deeds.append(Deed(kind=kind, tool=tool, details=details))
