"""What a format must tell the gateway: where the texts are. Everything else passes as it came.

A wire never rewrites a body. It names places, and whoever holds the body edits there; a body without an edit leaves
byte for byte as it came in.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from bartizan.controls.chat.exchange import Segment, Step
from bartizan.controls.chat.verdict import BlockKind
from bartizan.core.chat import Usage


class Malformed(Exception):
    """A request is not of its format. The text tells the client what is wrong, without its content."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks for."""

    model: str
    stream: bool = False
    output_limit: int | None = None
    session: str = ""
    """Where the request names its conversation."""
    segments: tuple[Segment, ...] = ()
    """Everything that reaches the model, with its place; also what this format does not know but has text."""
    marks: tuple[tuple[Step, ...], ...] = ()
    """Places of the gateway's own marks of trust: they are removed before the request goes on."""


class Echo(msgspec.Struct, frozen=True, kw_only=True):
    """What repeats a text in another form, such as its tokens with their chances. It goes, as null, with any change of
    that text: else what a guard took out could be read there.
    """

    place: tuple[Step, ...]
    of: tuple[Step, ...] | str
    """The place of the text that it repeats; for a stream its channel."""
    all: bool = False
    """In a stream: whether it repeats all that the channel has said, not only what this frame brings."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer holds that came whole."""

    segments: tuple[Segment, ...] = ()
    usage: Usage | None = None
    model: str = ""
    """As the upstream calls what answered."""
    echoes: tuple[Echo, ...] = ()
    """What repeats a text of the answer in another form."""
    models: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    """For a list of models: the name of each, and the place of its entry, which may be left out."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a stream: the bytes as they came, with all line ends, and its data where they are JSON."""

    raw: bytes
    data: Any = None
    """None: a comment, an empty event, or a mark such as [DONE]; it passes in its order."""
    event: str = ""
    """The event's name, for server-sent events that have one."""
    mark: str = ""
    """"[DONE]" where that stands in place of data."""


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a channel in a frame."""

    channel: str
    """Which: unique in the answer, such as "0" for a choice's text or "0/call/1"."""
    place: tuple[Step, ...]
    """Where it stands in the frame's data."""
    text: str
    whole: bool = False
    """Whether it repeats all that the channel has said (formats that end with a summary): it is replaced by all that
    left, and holds nothing back by itself."""
    parsed: bool = False
    """Whether an object stands there, of which the text is the JSON."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one frame brings."""

    opens: dict[str, Segment] = {}
    """Channels that begin here: parts ``answer`` or ``call``; texts are empty."""
    spots: tuple[Spot, ...] = ()
    ends: tuple[str, ...] = ()
    """Channels that are complete with this frame. What is still open at the end of the stream ends there."""
    whole: tuple[Segment, ...] = ()
    """Segments that stand complete in this frame: calls that do not stream, numbers; places are in the frame's data."""
    echoes: tuple[Echo, ...] = ()
    usage: Usage | None = None
    model: str = ""
    done: bool = False
    """Whether the format says that the stream is complete. A stream that breaks off before is an error."""


class StreamReader(abc.ABC):
    """Reads the frames of one answer, in order. It may keep what it needs to tell channels apart."""

    @abc.abstractmethod
    def read(self, frame: Frame) -> Seen:
        """What the frame brings. Raises Malformed where it cannot be of this format."""


Framing: TypeAlias = Literal["sse", "lines"]


class Wire(abc.ABC):
    """One route's format."""

    name: ClassVar[str]
    """Such as "openai.chat"."""
    framing: ClassVar[Framing] = "sse"
    passes: ClassVar[Mapping[str, str]] = {}
    """Fields that hold names and closed vocabularies, each with the reason why it may pass unread. Text that stands
    there and is not shaped like a name is read all the same."""
    free: ClassVar[Mapping[str, str]] = {}
    """Fields at the root of a request that cannot reach the model, whatever they hold, each with the reason."""

    @abc.abstractmethod
    def read(self, body: Any) -> Asked:
        """What a request's parsed body asks for; for a request without one: what its path says. Raises Malformed."""

    @abc.abstractmethod
    def read_answer(self, body: Any) -> Answered:
        """What an answer's parsed body holds. Raises Malformed."""

    @abc.abstractmethod
    def reader(self) -> StreamReader:
        """For one streamed answer."""

    @abc.abstractmethod
    def error(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """An error's body as clients of this format expect it."""

    @abc.abstractmethod
    def error_frame(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """An error in the middle of a stream, so that clients of this format raise it and take nothing for complete."""
