"""What came out in a trial, piece by piece, with where it came out: words, arguments of calls, deeds, answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.core.transcript import ATTACKER, OTHER_USER, DeedKind, Transcript

Where: TypeAlias = Literal["reply", "calls", "all"]
"""The assistant's words; the arguments of its calls and the details of deeds; or both."""

INWARD: frozenset[DeedKind] = frozenset({"file_read", "record_read"})
"""Deeds that carry nothing out."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the target gave away."""

    text: str
    place: str
    """'the answer', 'an argument of send_mail', 'a deed (mail_sent)': words that follow 'in'."""
    turn: int
    """Which turn it came with; the last one for deeds, whose turn is not known."""


def replies(seen: Transcript, *, honest_others: bool = True) -> Iterator[Piece]:
    """The assistant's words, a turn at a time; without those to other honest people where they are not wanted."""
    for number, turn in enumerate(seen.turns):
        if turn.text and (honest_others or turn.by != OTHER_USER):
            yield Piece(text=turn.text, place="the answer", turn=number)


def doings(seen: Transcript, *, honest_others: bool = True) -> Iterator[Piece]:
    """Arguments of the calls that the assistant asked for, and details of what the tools did."""
    for number, turn in enumerate(seen.turns):
        if not honest_others and turn.by == OTHER_USER:
            continue
        for call in turn.calls:
            for text in (*values(call.arguments), call.broken):
                if text:
                    yield Piece(text=text, place=f"an argument of {call.name}", turn=number)
    for deed in seen.deeds:
        if deed.kind not in INWARD:
            for text in deed.details.values():
                yield Piece(text=text, place=f"a deed ({deed.kind})", turn=len(seen.turns) - 1)


def samples(seen: Transcript) -> Iterator[Piece]:
    """What an attacker got where no assistant was asked."""
    for sample in seen.samples:
        if sample.by == ATTACKER:
            for text in (sample.text, *(passage.text for passage in sample.passages)):
                if text:
                    yield Piece(text=text, place=f"a sample ({sample.kind})", turn=0)


def values(data: Any) -> Iterator[str]:
    """All texts and numbers in JSON data, as text; keys too, for a model may put anything there."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield str(key)
            yield from values(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from values(value)
    elif data is not None:
        yield str(data)


def from_attacker(seen: Transcript, before: int) -> list[str]:
    """What the attacker wrote up to this turn: what was planted, and what they said themselves.

    What was said to an assistant by the user in a trial without a turn of the attacker's is the attacker's too where
    nothing of theirs was planted: they use the assistant directly.
    """
    theirs = [one for one in seen.planted if one.author == ATTACKER or "@" in one.author]
    texts = [part for one in theirs for part in (one.text, one.name, *one.metadata.values())]
    direct = not theirs
    said = [turn.said for turn in seen.turns[: before + 1] if turn.by == ATTACKER or (direct and turn.by != OTHER_USER)]
    return [text for text in (*texts, *said) if text]
