"""A guard at its post: the guard, and what the policy says of when it works and what its failure means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from bartizan.controls.chat.guard import ChatGuard


class PostSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a policy says of any guard, besides the guard's own settings."""

    mode: Literal["enforce", "monitor"] = "enforce"
    """``monitor``: what it says is written down and has no effect."""
    share: float = 1.0
    """The share of sessions, or of exchanges without one, for which it enforces; the others it only watches."""
    fails: Literal["closed", "open"] = "closed"
    """What becomes of an exchange when the guard crashes or runs out of time."""
    seconds: float = 5.0
    """How long a guard that waits may take for one segment. Asking a person has a time of its own."""


class Post(PostSettings, frozen=True, kw_only=True):
    """A guard, and how it is set."""

    guard: ChatGuard

    def enforces(self, drawn: Callable[[], float]) -> bool:
        """Whether it enforces for an exchange; ``drawn`` draws a number from 0 to 1 for it, where that matters."""
        return self.mode == "enforce" and (self.share >= 1 or drawn() < self.share)
