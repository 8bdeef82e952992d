"""A small classifier of planted instructions: logistic regression over hashed words and pairs of words.

A text is as bad as its worst window, less what chance alone adds when there are many windows to choose from. Weights
are one byte each, in one file, whose digest is checked before it is used. Method: feature hashing (Weinberger et al.,
ICML 2009); calibration by Platt (1999); how it is trained: benchmarks/gateway/injection_train.py.
"""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import msgspec

from bartizan.controls.chat.injection.features import FEWEST, MASK, TOKEN, hashes, tokens, windows
from bartizan.core.errors import InputError, Problem

FILE = Path(__file__).parent / "data" / "classifier.bin"
DIGEST = "2340d52f58e6d33e47755edb60aae8fde3e1c8d9dc7f542342bf14e7642e00f7"
"""SHA-256 of the file that ships."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says of itself, in its first line.

    A weight is its byte, as a signed number, times ``scale``. ``thresholds`` maps the share of good texts of the
    training side's own held-back folds that are at or above it, such as '0.01', to a score.
    """

    scale: float
    bias: float
    slope: float
    offset: float
    per_window: float
    thresholds: dict[str, float]
    made_of: dict[str, int]


class Model:
    """The weights, ready to judge."""

    def __init__(self, head: Head, weights: bytes) -> None:
        self.head = head
        self._weights = memoryview(weights).cast("b")

    def judge(self, folded: str) -> tuple[float, int, int]:
        """(score from 0 to 1, start, end of the worst window) of a folded text."""
        words = tokens(folded)
        if not words:
            return 0.0, 0, 0
        places = windows(len(words))
        worst, start, end = max(self._logits(words, places))
        logit = worst - self.head.per_window * math.log(len(places))
        return self.probability(logit), *_characters(folded, start, end)

    def probability(self, logit: float) -> float:
        """Calibrated: the share of bad texts among training-side texts with this logit, half of which are bad."""
        at = self.head.slope * logit + self.head.offset
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, at))))

    def _logits(self, words: list[bytes], places: list[tuple[int, int]]) -> list[tuple[float, int, int]]:
        weights = self._weights
        single, pairs = hashes(words)
        alone = [weights[one & MASK] for one in single]
        paired = [weights[one & MASK] for one in pairs]
        paired[0] = 0
        sums = [0, *accumulate(map(int.__add__, alone, paired))]
        out = []
        for start, end in places:
            total = sums[end] - sums[start] - paired[start]
            out.append((self.head.bias + self.head.scale * total / math.sqrt(max(FEWEST, end - start)), start, end))
        return out


def _characters(folded: str, first: int, end: int) -> tuple[int, int]:
    """Where words number ``first`` to ``end`` stand, roughly where the text is not ASCII."""
    raw = folded.encode("utf-8", "replace")
    start = finish = 0
    if folded.isascii():
        for number, found in enumerate(TOKEN.finditer(raw)):
            if number == first:
                start = found.start()
            if number == end - 1:
                finish = found.end()
                break
        return start, finish
    count = max(1, len(tokens(folded)))
    return first * len(folded) // count, min(len(folded), -(-end * len(folded) // count))


@lru_cache(maxsize=1)
def model() -> Model:
    """The classifier that ships, read once. Raises InputError where the file is absent or not the one that shipped."""
    return checked(FILE, DIGEST)


def checked(file: Path, digest: str) -> Model:
    """The classifier in a file with this SHA-256. Raises InputError where it cannot be read or has another."""
    try:
        raw = file.read_bytes()
    except OSError:
        raise InputError([_problem(file, "cannot be read", "install the package again")]) from None
    if hashlib.sha256(raw).hexdigest() != digest:
        finding = "is not the file that shipped: its digest differs"
        raise InputError([_problem(file, finding, "install the package again")])
    return parsed(raw)


def parsed(raw: bytes) -> Model:
    """The classifier in a file's bytes: a line of JSON, then one byte for each weight."""
    head, _, weights = raw.partition(b"\n")
    return Model(msgspec.json.decode(head, type=Head), weights[: MASK + 1])


def _problem(file: Path, finding: str, fix: str) -> Problem:
    return Problem(file=file.name, finding=finding, fix=fix)
