"""What a grader hands back: signs a sample, and what else there is to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.core.errors import BudgetSpent
from bartizan.core.measurement import Curve, Example, Figure, Price, Rate
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import Labels

_EXAMPLES = 3
_LARGEST = 784
"""Values of the largest example that is kept: more would swell the file."""

Item = TypeVar("Item")


class Graded(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    flags: str
    """1 success, 0 none, - not counted: one sign a sample."""
    unchanged: bool = False
    """Whether the attack moved nothing at all."""
    why: str = ""
    baseline: Rate | None = None
    figures: tuple[Figure, ...] = ()
    curves: tuple[Curve, ...] = ()
    examples: tuple[Example, ...] = ()
    price: Price = Price()
    digests: dict[str, str] = {}

    @property
    def success(self) -> Rate:
        """How many of the counted samples the attack won."""
        return Rate(hits=self.flags.count("1"), trials=len(self.flags) - self.flags.count("-"))


def signs(won: NDArray[np.bool_], counted: NDArray[np.bool_] | None = None) -> str:
    """The flags, from what was won and what counts; both of shape (n,)."""
    counts = np.ones(len(won), bool) if counted is None else counted
    return "".join("-" if not c else "1" if w else "0" for w, c in zip(won, counts, strict=True))


def last_of(items: Iterator[Item]) -> tuple[Item | None, str]:
    """The last item before the end or before the budget was spent, and what the border said then."""
    last: Item | None = None
    try:
        for item in items:
            last = item
    except BudgetSpent as spent:
        return last, str(spent)
    return last, ""


def examples(
    before: Inputs, after: Inputs, was: Labels, now: Labels, chosen: NDArray[np.bool_], domain: Domain
) -> tuple[Example, ...]:
    """The first few chosen samples, for people to look at; none where a sample is too large to keep."""
    if domain.modality != "text" and domain.size > _LARGEST:
        return ()
    names = tuple(feature.name for feature in domain.features)
    return tuple(
        Example(
            before=_plain(before[i]),
            after=_plain(after[i]),
            shape=domain.shape,
            names=names,
            was=int(was[i]),
            now=int(now[i]),
        )
        for i in np.flatnonzero(chosen)[:_EXAMPLES]
    )


def _plain(sample: object) -> tuple[float, ...] | str:
    if isinstance(sample, str):
        return sample[:2000]
    return tuple(round(float(value), 5) for value in np.asarray(sample, float).ravel())
