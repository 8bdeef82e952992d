"""What a variation is: the same text in another dress. It raises an attacker's effort, and is reported as such."""

from __future__ import annotations

import abc
import random
from typing import ClassVar

import msgspec


class Variation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Root of all variations. Fields are parameters."""

    id: ClassVar[str]
    title: ClassVar[str]
    effort: ClassVar[int] = 1
    """Steps of effort over the plain text: 1 a keystroke or a web page does it, 2 thought, 3 tools."""
    keeps_marks: ClassVar[bool] = True
    """Whether the trial's token and host stand in the new text as they are; else whoever reads has to decode them."""

    @abc.abstractmethod
    def apply(self, text: str, rng: random.Random) -> str:
        """The text in its new dress. The same generator, the same text."""
