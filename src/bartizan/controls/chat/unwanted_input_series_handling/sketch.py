"""A few numbers in place of a text, so that series can be compared and no text need be kept.

Bottom-k sketches of word shingles: Broder 1997, "On the resemblance and containment of documents", section 4; Cohen
and Kaplan 2007, "Summarizing data using bottom-k sketches". Hashes are keyed, so that nobody who reads the state can
look up what was asked, or craft texts that collide.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import msgspec

_MOST = 4_096
"""Characters of a text that are sketched."""
_KEPT = 16
_WORD = re.compile(rb"[0-9a-z_\x80-\xff]+")
_SLOT = re.compile(r"\d+|[\"'“”«»][^\"'“”«»]{0,200}[\"'“”«»]|\b[A-Z][\w.-]*\b")


class Sketch(msgspec.Struct, frozen=True, array_like=True):
    """A text, for comparison."""

    at: float
    whole: int
    """Equal for equal texts."""
    form: int
    """Equal for texts that differ in numbers, names and quotations only."""
    lowest: tuple[int, ...]
    """The lowest hashes of its shingles of two words."""
    rule: str = ""
    """What its words ask for; see `wording`."""
    topic: float = 0.0
    step: bool = False
    """Whether it came again because an agent went on with it."""


def sketch_of(text: str, key: bytes, at: float) -> Sketch:
    """The sketch of a text."""
    text = text[:_MOST]
    seed = int.from_bytes(key[:4])
    words = _WORD.findall(text.lower().encode("utf-8", "surrogatepass"))
    pairs = {zlib.crc32(b, zlib.crc32(a, seed)) for a, b in pairwise(words)} or {zlib.crc32(b"".join(words), seed)}
    form = " ".join(_SLOT.sub("_", text).split()).lower()
    return Sketch(
        at,
        _digest(b" ".join(words), key),
        _digest(form.encode("utf-8", "surrogatepass"), key),
        tuple(sorted(pairs)[:_KEPT]),
    )


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """An estimate of the share of shingles that two texts have in common, from 0 to 1."""
    first, second = set(one), set(other)
    lowest = sorted(first | second)[:_KEPT]
    return sum(x in first and x in second for x in lowest) / len(lowest) if lowest else 0.0


def _digest(raw: bytes, key: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(raw, digest_size=6, key=key).digest())
