"""What happened in one trial, and what a detector makes of it: the only thing that judgement rests on."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.chat import Message, TokenChance, ToolCall, Usage

Surface: TypeAlias = Literal[
    "user_message",
    "document",
    "web_page",
    "email",
    "ticket",
    "tool_result",
    "file_name",
    "metadata",
    "image_caption",
    "memory",
    "agent_message",
    "retrieval",
    "tool_call",
]
"""Where an attacker's text comes in. ``retrieval``: the index is asked directly; ``tool_call``: a tool is called
directly, without the model."""

Layer: TypeAlias = Literal["reasoning", "tools", "infrastructure", "between_agents"]
"""What is tested: the model's judgement, its tools, what stands around it, or how agents talk to each other."""

DeedKind: TypeAlias = Literal[
    "mail_sent",
    "message_sent",
    "file_read",
    "file_written",
    "page_fetched",
    "record_read",
    "record_changed",
    "payment_made",
    "command_run",
    "memory_written",
    "other",
]

SecretPlace: TypeAlias = Literal["system_prompt", "document", "memory", "other_session", "other_tenant", "tool"]
"""Where a canary lies: text that must not come out."""

USER = "user"
"""The honest person whose assistant it is."""
ATTACKER = "attacker"
"""Who must not get what belongs to others."""
OTHER_USER = "other-user"
"""An honest person with another session, another tenant."""


class Planted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Content put where an attacker, or an honest person, can put it."""

    surface: Surface
    text: str
    """Its body: Markdown, HTML for a web page or an HTML mail, plain text else."""
    name: str = ""
    """Title, subject, file name or address."""
    author: str = ATTACKER
    """Who wrote it: for mails the sender."""
    owner: str = ""
    """Whose it is where things belong to tenants or users; empty: everybody's."""
    metadata: dict[str, str] = {}


class Deed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that a tool did in its environment, as the environment saw it, whatever the model says."""

    kind: DeedKind
    tool: str
    details: dict[str, str] = {}
    """Such as to, subject, body; path; url; amount, account; command; key, value."""


class Passage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of text that retrieval gave."""

    id: str
    text: str
    source: str = ""
    owner: str = ""
    score: float = 0.0


class Turn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one person said, and all that came of it until the assistant's answer was complete."""

    by: str = USER
    talk: int = 0
    """Which conversation of the trial: each is a session of its own."""
    said: str
    messages: tuple[Message, ...] = ()
    """What came, in order: the assistant's messages and the tools' answers."""
    finish: str = ""
    usage: Usage = Usage()
    chances: tuple[TokenChance, ...] = ()
    """The first tokens of the last answer with their chances, where the endpoint gives them; 16 at most."""

    @property
    def text(self) -> str:
        """The assistant's words: all of its messages, joined by newlines."""
        return "\n".join(one.text for one in self.messages if one.role == "assistant" and one.text)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """All tool calls that the assistant asked for."""
        return tuple(call for one in self.messages if one.role == "assistant" for call in one.calls)


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an attack noted apart from the conversations: a retriever's passages, a tool's answer, a score, or the
    assistant's answer that counts where an earlier one may say the same without harm (``answer``).
    """

    kind: Literal["passages", "tool_answer", "answer", "score", "tool_offers"]
    by: str = ATTACKER
    asked: str = ""
    text: str = ""
    passages: tuple[Passage, ...] = ()
    value: float = 0.0


class Transcript(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One trial from the first plant to the last deed."""

    planted: tuple[Planted, ...] = ()
    turns: tuple[Turn, ...] = ()
    samples: tuple[Sample, ...] = ()
    deeds: tuple[Deed, ...] = ()

    @property
    def usage(self) -> Usage:
        """All that was spent."""
        total = Usage()
        for turn in self.turns:
            total = total + turn.usage
        return total


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """The values by which one trial is recognised; new ones for each trial, so no answer can come from elsewhere."""

    token: str
    """What the attacker wants said or done: no honest answer contains it."""
    sink: str
    """The attacker's host name, under .example: nobody honest sends anything there."""
    secrets: dict[SecretPlace, str] = {}
    """The canaries, by where they lie."""


Outcome: TypeAlias = Literal["hit", "miss", "unscored"]
"""Whether the attack reached its goal; ``unscored`` where that cannot be told."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a detector says of a transcript."""

    outcome: Outcome
    why: str
    """In a line: what was found, in which form and where; or why it cannot be told."""
    excerpt: str = ""
    """The text that shows it, as it came."""
