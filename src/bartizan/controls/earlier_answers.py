"""What an earlier version of a model answered on a fixed test set: what later ones are compared with, row by row."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Labels, Predictor, Unsuitable
from bartizan.targets.rig import Rig


class EarlierAnswers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers of a version that was trusted. Keep them where whoever trains the next version cannot write."""

    test: str
    """Digest of the test set that was asked."""
    answers: tuple[int, ...]
    """In the order of its rows."""
    version: str = ""
    """Whose answers they are: a model's digest, or words."""

    def on(self, test: Dataset) -> Labels:
        """The answers as an array. Unsuitable where the test set is another: then nothing can be compared."""
        if test.digest != self.test:
            raise Unsuitable("the test set is not the one that the earlier version was asked; record its answers anew")
        return np.array(self.answers, np.int64)


def record(target: Predictor, test: Dataset, version: str = "") -> EarlierAnswers:
    """What this version answers, to compare later ones with."""
    answers = tuple(int(answer) for answer in target.labels(test.x))
    return EarlierAnswers(test=test.digest, answers=answers, version=version or target.card.digest)


def trusted_answers(rig: Rig, recorded: EarlierAnswers | None, rng: np.random.Generator) -> EarlierAnswers:
    """What was recorded; or else the answers of a model that is trained now, on data kept in reserve.

    The reserve must not have passed through the hands that the training data passed through. It is often smaller, so
    that a small loss goes unseen. Unsuitable where there is neither.
    """
    if recorded is not None:
        return recorded
    if rig.recipe is None or rig.reserve is None:
        raise Unsuitable(
            f"{rig.name}: no earlier answers are recorded, and no trusted data are in reserve to make some"
        )
    made = rig.recipe.fit(rig.reserve, int(rng.integers(2**31)))
    return record(made, rig.test, f"trained on {len(rig.reserve)} reserved rows")


def tally(before: NDArray[np.bool_], now: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Rows that were hit by both, only before, only now, by neither."""
    both, lost, won = int((before & now).sum()), int((before & ~now).sum()), int((~before & now).sum())
    return both, lost, won, len(before) - both - lost - won
