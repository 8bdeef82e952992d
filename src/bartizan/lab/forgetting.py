"""Whether a model has forgotten people: membership is tested on it before and after they were taken out.

Both times the same signal tells the erased records from records that no model ever saw; the area under the curve is .5
where it cannot. Erased and strangers must be drawn alike, or the signal tells the two apart without any memory.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.attacks.membership.signals import Signal, signal
from bartizan.lab.roc import Roc, roc
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Scores

Answer: TypeAlias = Literal["forgotten", "remembered", "cannot tell"]
WIDEST: Final = 0.2
"""The widest interval of an area behind an erasure that still says something."""


class Forgetting(msgspec.Struct, frozen=True, kw_only=True):
    """Areas under the curve before and after, each within its interval."""

    before: Roc
    after: Roc

    @property
    def answer(self) -> Answer:
        """Forgotten: it was seen before, and is not seen now by an interval that is narrow enough.

        Remembered: it is seen now. Cannot tell: the test did not see it before either, there are too few records, or
        the model is now less sure of them than of strangers, which is no memory and no proof of none.
        """
        if self.after.low > 0.5:
            return "remembered"
        if self.before.low <= 0.5 or self.after.high < 0.5 or self.after.high - self.after.low > WIDEST:
            return "cannot tell"
        return "forgotten"

    @property
    def line(self) -> str:
        """The answer with its numbers."""
        areas = ", ".join(
            f"{name} {one.auc:.3f} ({one.low:.3f} to {one.high:.3f})"
            for name, one in (("before", self.before), ("after", self.after))
        )
        return f"{self.answer}: area {areas}; {self.after.members:,} erased, {self.after.non_members:,} strangers"


def forgetting(
    erased: Dataset,
    strangers: Dataset,
    *,
    before: tuple[Scores, Scores],
    after: tuple[Scores, Scores],
    by: Signal = "loss",
) -> Forgetting:
    """Test membership by a model's scores before and after: of erased (n, classes) and of strangers (m, classes).

    Raises ValueError where a group is empty.
    """
    areas = [
        roc(signal(of_erased, erased, by), signal(of_strangers, strangers, by), rates=())
        for of_erased, of_strangers in (before, after)
    ]
    return Forgetting(before=areas[0], after=areas[1])
