"""What a guard sees: one exchange with a model, whole, in no vendor's format.

An exchange is a request and its answer so far. It is cut into segments: the text of each message, each tool that is
offered, each file, each call that the model asks for. A guard judges a segment and may look at all the others.
Only the pipeline writes to an exchange. Text in it comes from strangers.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.core.chat import Role, Usage

Part: TypeAlias = Literal["request", "prompt", "offer", "attachment", "answer", "call", "numbers"]
"""What a segment is.

``request``     the request as a whole, judged before everything else; it has no text
``prompt``      text that goes to the model: a message, a tool's result, a retrieved passage
``offer``       a tool that the model may call: ``name``, and ``value`` as a `ToolOffer`
``attachment``  an image, a sound, a file: ``name`` is its media type, ``size`` its bytes, ``value`` its content
``answer``      text that the model wrote; ``name`` is "reasoning" where it is not meant for the user
``call``        a call that the model asks for, complete: ``name`` is the tool, ``text`` its arguments as JSON
``numbers``     ``name`` says which: "logprobs" or "embedding"; ``value`` holds them
"""
INBOUND: frozenset[Part] = frozenset({"request", "prompt", "offer", "attachment"})

Trust: TypeAlias = Literal["trusted", "user", "untrusted"]
"""Whose words they are. ``trusted``: the application's own. ``user``: the person's who is talking. ``untrusted``:
anybody's, such as web pages, mails, documents, tool results: data that must never be obeyed."""

Step: TypeAlias = str | int
STORED = "stored:"
"""How the source of a prompt begins that lies at the supplier: it takes part, and no guard can read it."""


class Segment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of an exchange."""

    part: Part
    role: Role = "user"
    text: str = ""
    name: str = ""
    """See `Part`; for a prompt of the role tool: the tool that answered, where that is known."""
    call: str = ""
    """The id of the call that it is, or that it answers."""
    trust: Trust = "user"
    source: str = ""
    """Where its content came from, as its metadata say: an address, a document's id, a tool."""
    labels: frozenset[str] = frozenset()
    """Data labels that its metadata carry, such as "confidential"."""
    proof: str = ""
    """A signature over its content and metadata, where it carries one."""
    past: bool = False
    """Whether it belongs to an earlier turn: it lies before the newest message of the user."""
    place: tuple[Step, ...] = ()
    """Where it stands in the request's or answer's body: keys and positions from the root."""
    size: int = 0
    value: Any = None


class Caller(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is asking, as an access guard found out."""

    id: str = ""
    """Empty: nobody knows."""
    tenant: str = ""
    kind: Literal["anonymous", "person", "service", "agent"] = "anonymous"
    on_behalf: str = ""
    """For an agent: the person whose task it does."""
    task: str = ""
    """For an agent: the task that its token is bound to."""
    models: tuple[str, ...] | None = None
    """Models it may use, as patterns with ``*``; None: all."""
    tools: tuple[str, ...] | None = None
    """Tools it may be offered, as patterns with ``*``; None: all that the tool policy allows."""
    rights: frozenset[str] = frozenset()
    """Access labels whose documents it may see, and roles such as "approver"."""


class Exchange(msgspec.Struct, kw_only=True):
    """One request and its answer so far."""

    id: str
    """Unguessable, new for each."""
    route: str = "library"
    """By which it came, such as "openai.chat"."""
    model: str = ""
    supplier: str = ""
    """The upstream that answers, by its name in the configuration."""
    caller: Caller = Caller()
    session: str = ""
    """Which conversation; empty where nothing tells."""
    headers: dict[str, str] = {}
    """Of the request, names in lower case. They hold secrets: never written anywhere."""
    peer: str = ""
    """The network address it came from."""
    body: Any = None
    """The request as it was parsed. Guards only read it."""
    size: int = 0
    """Bytes of the body as it came."""
    stream: bool = False
    output_limit: int | None = None
    """Tokens of output that were asked for at most."""
    segments: list[Segment] = []
    """What goes in, in the order of the body; those of the part ``request`` first."""
    answer: list[Segment] = []
    """What came out and was judged: answers and calls, as they leave."""
    labels: set[str] = set()
    """What guards found that lowers the privileges of this turn: "untrusted_content", "injection_suspected"."""
    notes: dict[str, Any] = {}
    """What a guard keeps for itself between its own calls, under its name."""
    usage: Usage = Usage()
    cost: float = 0.0
    """Money, in the currency of the price list."""
    admitted: bool = False
    """Whether all guards let it in, so that it goes on to a model."""
    refused: str = ""
    """Why a guard ended it, as the kind of its block; empty while none did."""
    at: float = 0.0
    """Seconds since 1970, UTC, when it began."""

    def __repr__(self) -> str:
        """Without headers and texts: they are secret."""
        return f"Exchange(id={self.id!r}, route={self.route!r}, model={self.model!r})"

    def parts(self, part: Part) -> list[Segment]:
        """All segments of a part, those of the answer after those that went in."""
        return [one for one in (*self.segments, *self.answer) if one.part == part]
