"""One attempt: a case, the attack that pursues it, where it comes in, in which dress. All that a trial depends on."""

from __future__ import annotations

import hashlib
import json

import msgspec

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.family import ChatAttack
from bartizan.attacks.chat.variations.family import Variation
from bartizan.core.transcript import Surface

GENERATION = 1
"""Raised when the same attempt would be run or judged differently than before: older trials are not used again."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What to try."""

    case: Case
    attack: ChatAttack
    surface: Surface
    prompt: int = 0
    """Which of the case's own prompts, where it has several."""
    variations: tuple[Variation, ...] = ()
    """Applied in order to what the attacker writes."""
    repeat: int = 0
    seed: int = 0

    def key(self, target: str) -> str:
        """SHA-256 of everything that the outcome depends on, given the digest of the target."""
        known = [
            GENERATION,
            target,
            msgspec.to_builtins(self.case),
            [self.attack.id, msgspec.to_builtins(self.attack)],
            self.surface,
            self.prompt,
            [[one.id, msgspec.to_builtins(one)] for one in self.variations],
            self.repeat,
            self.seed,
        ]
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()

    @property
    def dress(self) -> str:
        """Names of the variations, joined by +; empty where there are none."""
        return "+".join(one.id for one in self.variations)

    @property
    def effort(self) -> int:
        """Steps of effort over the plain text."""
        return sum(one.effort for one in self.variations)
