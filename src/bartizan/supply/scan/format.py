"""A format: how it is told by its content, and how it is looked at."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.look import Look


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One format of files. Names of files decide nothing: whoever sends a file names it."""

    name: str
    """As it stands in reports: "pickle", "zip", "GGUF"."""
    fits: Callable[[bytes, Blob], bool]
    """By its first 4,096 bytes, or by any of it: whether anybody who reads this format would read it. Cheap; raises
    Unreadable only where bytes cannot be had."""
    look: Callable[[Blob, Look], None]
    """Look at all of it: `Look.found` what is found, `Look.into` what is inside. Raises Unreadable for what it cannot
    read whole. It never returns in silence from something that it did not understand."""
    is_guess: bool = False
    """Whether it is asked only where no other format fits, as for formats without a mark of their own."""
