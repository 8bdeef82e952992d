"""What a guard for chat is: a frozen value with settings, that judges one segment of an exchange at a time.

It keeps nothing itself. What must be remembered between exchanges lies in the bench's state, so that several workers
and hosts can share it; what must be remembered within one exchange lies in its notes.

A guard that reads answers gives a `StreamGuard`, which is fed text as it comes. The same one judges answers that come
whole: they are fed in one piece. So a stream and a whole answer cannot be judged differently.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import ClassVar

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.verdict import ALLOW, Block, Edit, Finding, Verdict
from bartizan.controls.control import Control
from bartizan.core.terms import ControlId

HOLD = 65_536
"""Characters that a stream may be held back at most, by any guard."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a stream guard has come. Positions count the characters of the channel from its beginning."""

    cleared: int
    """All before it is judged and may leave. It never falls, and it never passes the end of what was fed."""
    edits: tuple[Edit, ...] = ()
    """What leaves changed: new since the last progress, in order, apart from each other, whole before ``cleared``."""
    block: Block | None = None
    findings: tuple[Finding, ...] = ()


class StreamGuard(abc.ABC):
    """Judges the text of one channel of an answer while it comes. Made new for each channel."""

    @abc.abstractmethod
    def feed(self, text: str) -> Progress:
        """The next piece. It must clear as much as it can: what it keeps delays the answer."""

    @abc.abstractmethod
    def flush(self) -> Progress:
        """There is no more: everything must be cleared, or blocked."""


class ChatGuard(Control, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Root of all guards for chat. Fields are what a policy sets. Derived things may be cached properties."""

    serves: ClassVar[tuple[ControlId, ...]] = ()
    """Other controls of the catalogue that it carries out as well."""
    sees: ClassVar[frozenset[Part]]
    """The parts that `check` judges. Never ``answer``: what the model writes is judged by stream guards alone."""
    reads_answers: ClassVar[bool] = False
    """Whether it gives stream guards."""
    identifies: ClassVar[bool] = False
    """Whether it finds out who is asking: it is asked about the request before the policy for that caller is chosen."""
    waits: ClassVar[bool] = False
    """Whether its check waits for anything but shared state, so that it needs a time limit."""

    def prepare(self) -> None:
        """Load what is slow to load. Called once for each pipeline, before any exchange. Raises BartizanError."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """What is to become of a segment. May raise anything: that is no verdict, and the pipeline knows what to do."""
        return ALLOW

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard | None:
        """Who judges a channel of the answer; ``segment`` says which, without text. None: this one does not matter."""
        return None

    async def settle(self, exchange: Exchange, bench: Bench) -> None:
        """The exchange is over, however it ended: usage, cost and answer are known. Counters are brought up to date.

        It is called for each exchange whose ``request`` part this guard was asked about, once.
        """

    def faults(self) -> Mapping[str, str]:
        """What is wrong with the settings beyond their types: field -> finding. Empty: nothing."""
        return {}
