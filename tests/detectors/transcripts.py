"""Short ways to write transcripts for tests of detectors over text."""

from __future__ import annotations

import asyncio

from bartizan.core.chat import Message, ToolCall
from bartizan.core.transcript import ATTACKER, Judgement, Marks, Planted, Transcript, Turn
from bartizan.detectors.family import Bench, Detector

MARKS = Marks(
    token="KESTREL-4729-AMBERS", sink="k7f3n2b.collect.example", secrets={"system_prompt": "LAPWING-582693-COBALT"}
)


def answered(text: str, said: str = "Hello", by: str = "user", calls: tuple[ToolCall, ...] = ()) -> Turn:
    """One turn with this answer."""
    return Turn(by=by, said=said, messages=(Message(role="assistant", text=text, calls=calls),))


def mailed(text: str, name: str = "") -> Planted:
    """An attacker's mail."""
    return Planted(surface="email", text=text, name=name, author=ATTACKER)


def judged(detector: Detector, seen: Transcript, marks: Marks = MARKS, bench: Bench | None = None) -> Judgement:
    """What it says."""
    return asyncio.run(detector.judge(seen, marks, bench or Bench()))
