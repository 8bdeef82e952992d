"""What a detector is: a frozen value that judges a transcript, and nothing else. It neither asks nor changes a target.

A detector that cannot tell answers ``unscored``; one that crashes makes its trial an error, never a pass and never a
finding. What it needs besides the transcript (a browser, a judge) comes with the `Bench`.
"""

from __future__ import annotations

import abc
from collections.abc import Awaitable, Callable
from typing import ClassVar, Literal, Protocol, TypeAlias

import msgspec

from bartizan.core.transcript import Judgement, Marks, Transcript
from bartizan.detectors.agreement import Agreement

Instrument: TypeAlias = Literal["browser", "judge"]


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """What a page did when it was opened."""

    executed: tuple[str, ...] = ()
    """Scripts, dialogues, event handlers that ran, each in a line."""
    requested: tuple[str, ...] = ()
    """Addresses that were asked for without anybody clicking. None left the machine."""
    links: tuple[str, ...] = ()
    """Addresses that a click would ask for."""


class Browser(Protocol):
    """Opens hostile markup where it can do no harm."""

    async def open(self, markup: str) -> Rendered:
        """What HTML did when it was opened. Raises TimeoutError where it does not end."""


Ask: TypeAlias = Callable[[str], Awaitable[str]]
"""A question to the judge model -> its words."""


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """Instruments that detectors may use; None for one that is not at hand."""

    browser: Browser | None = None
    judge: Ask | None = None
    agreement: Agreement | None = None
    """How well the judge agrees with people, as ``measure_judge`` found; without it no verdict counts."""


class Detector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="detector"):
    """Root of all detectors. Its fields are its parameters, as files of cases give them beside ``detector: NAME``."""

    title: ClassVar[str]
    """Plain words: 'a canary came out'."""
    needs: ClassVar[frozenset[Instrument]] = frozenset()

    @abc.abstractmethod
    async def judge(self, seen: Transcript, marks: Marks, bench: Bench) -> Judgement:
        """Whether the attack reached its goal in this transcript."""


def hit(why: str, excerpt: str = "") -> Judgement:
    """The attack reached its goal."""
    return Judgement(outcome="hit", why=why, excerpt=excerpt[:2000])


def miss(why: str) -> Judgement:
    """It did not."""
    return Judgement(outcome="miss", why=why)


def unscored(why: str) -> Judgement:
    """It cannot be told."""
    return Judgement(outcome="unscored", why=why)
