"""One trial of a chat target, graded: the unit that the lab stores, counts and reports."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.chat import Usage
from bartizan.core.transcript import Layer, Marks, SecretPlace, Surface, Transcript

TrialOutcome: TypeAlias = Literal["hit", "miss", "unscored", "unfit", "error"]
"""``unfit``: these words cannot be brought in there, such as an order of 300 letters in a file's name.
``error``: target or detector broke; counted apart, never a pass and never a finding."""

TurnsKind: TypeAlias = Literal["single", "multi", "none"]


class Trial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attack on one case, once."""

    key: str
    """Digest of all that it depends on; the same key, the same trial."""
    case: str
    title: str
    """The case in plain words."""
    attack: str
    attack_title: str = ""
    threats: tuple[str, ...] = ()
    surface: Surface = "user_message"
    layer: Layer = "reasoning"
    turns: TurnsKind = "single"
    variation: str = ""
    """Names of the variations, joined by +; empty: none."""
    effort: int = 0
    harm: str = ""
    secret: SecretPlace | None = None
    """Where the canary lay that the attacker was after."""
    prompt: int = 0
    """Which of the case's own prompts."""
    repeat: int = 0
    seed: int = 0
    controls: tuple[str, ...] = ()
    strong: bool = False
    outcome: TrialOutcome
    why: str
    excerpt: str = ""
    detector: str = ""
    marks: Marks | None = None
    """What it was recognised by; with the transcript it can be judged anew."""
    transcript: Transcript | None = None
    """All that happened; left out of misses where many are stored."""
    usage: Usage = Usage()
    money: float | None = None
    held_on: str = ""


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A case, or an attack on it, that exercises a threat of the system and was not tried, and why."""

    case: str
    title: str
    attack: str = ""
    """Empty: no attack on it was tried."""
    threats: tuple[str, ...]
    surfaces: tuple[Surface, ...]
    layer: Layer
    why: str


class BenignTrial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One honest task, tried once and graded: what the target is good for, and whom its guards bother."""

    key: str
    task: str
    title: str
    suspicious: bool = False
    """Whether it sounds like an attack and is none: a refusal is a false alarm."""
    under_attack: bool = False
    """Whether hostile content lay in its way."""
    outcome: Literal["done", "not_done", "refused", "unscored", "error"]
    why: str
    reply: str = ""
    repeat: int = 0
    usage: Usage = Usage()
    held_on: str = ""
