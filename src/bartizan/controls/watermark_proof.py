"""What a watermark needs whichever way it was made: a secret, what follows from it, and a test that can be believed."""

from __future__ import annotations

import hashlib
import hmac
import os

import numpy as np

from bartizan.controls.family import Proof
from bartizan.core.extras import need
from bartizan.core.interval import wilson
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor, Unsuitable

VARIABLE = "BARTIZAN_WATERMARK"
"""The environment variable that the secret is read from where none is given."""
ACCIDENT = 1e-6
"""A match counts as proof where a model made without the secret matches as well less often than this."""


def secret_of(given: str) -> bytes:
    """The secret that was given, or that of the environment. Unsuitable where there is none."""
    text = given or os.environ.get(VARIABLE, "")
    if not text:
        raise Unsuitable(f"a watermark follows from a secret: set the environment variable {VARIABLE}")
    return text.encode()


def stream(secret: bytes, purpose: str) -> np.random.Generator:
    """Numbers that nobody can foresee without the secret; the same ones each time."""
    digest = hmac.new(secret, purpose.encode(), hashlib.sha256).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def resembles(target: Predictor, marks: Dataset, chances: int | None = None) -> Proof:
    """Whether the target gives the marked answers too often for chance.

    ``chances``: how many answers a mark was drawn from, uniformly and apart from any model; all classes unless told.
    The test is binomial, one-sided and exact.
    """
    hits, trials = int((target.labels(marks.x) == marks.y).sum()), len(marks)
    accident = accidental(hits, trials, 1 / (chances or marks.classes))
    low, high = wilson(hits, trials)
    what = (
        f"{hits} of {trials} markers match ({low:.2f} to {high:.2f}); "
        f"a model made without the secret matches as many with a chance of {accident:.1e}"
    )
    if accidental(trials, trials, 1 / (chances or marks.classes)) > ACCIDENT:
        what += f"; {trials} markers are too few for proof in any case"
    return Proof(passed=accident <= ACCIDENT, what=what, hits=hits, trials=trials)


def accidental(hits: int, trials: int, chance: float) -> float:
    """How likely so many hits or more are by chance alone; 1 where there are none."""
    return float(need("scipy.special").bdtrc(hits - 1, trials, chance)) if hits else 1.0
