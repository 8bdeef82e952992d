"""Whether scores mean the same in each group: the mean score against the share of favourable truths.

The gap of a group is its mean score less its rate (calibration in the large). The expected calibration error is the
mean distance in ten parts of the scale (Naeini et al., AAAI 2015); since chance alone makes it larger than zero, it is
told beside what it would be for scores that are right.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.counting import LEVELS, Scores
from bartizan.tables.fairness.resampling import Estimate, drawn_tables, floors, widest

PARTS: Final = 10
_CHANCES: Final = 200


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """People whose scores lie in one tenth of the scale."""

    people: int
    score: float
    """Their mean."""
    hits: int
    """Of them, with a favourable truth."""


class GroupCalibration(msgspec.Struct, frozen=True, kw_only=True):
    """A group's scores: numbers with intervals, or why there are none."""

    group: str
    people: int
    gap: Estimate | None
    """Mean score less rate: above zero, the group is scored too high."""
    error: float = 0.0
    """The expected calibration error."""
    by_chance: float = 0.0
    """What it would be below in 95 of 100 samples, were every score right."""
    parts: tuple[Part, ...] = ()
    why: str = ""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Scores in each group of a grouping."""

    groups: tuple[GroupCalibration, ...]
    widest: Estimate | None
    """The widest gap of any group, whichever way."""
    group: str = ""
    """Whose it is."""
    why: str = ""


def calibrated(scores: Scores, names: list[str], members: Any, asked: Asked, rng: np.random.Generator) -> Calibration:
    """Compare scores with truth in groups that `members` (wholes, groups) makes.

    Draws are of people by part of the scale and level of score: a level's mean score is taken as it is.
    """
    people = np.einsum("wg,glt->wlt", members, scores.people)
    total = np.einsum("wg,glt->wlt", members, scores.total)
    flat = people.reshape(len(names), -1).astype(np.int64)
    count, sums = flat.sum(axis=1), total.sum(axis=(1, 2))
    hits = people[:, :, 1].sum(axis=1)
    enough = count >= max(1, asked.minimum)
    gaps = (sums - hits) / np.maximum(count, 1)
    means = np.divide(total, people, out=np.zeros_like(total), where=people > 0).reshape(len(names), -1)
    offs = means - np.tile([0.0, 1.0], LEVELS)
    drawn = _drawn(flat, offs, asked.bootstraps, rng)
    groups = tuple(
        _group(name, people[i], total[i], gaps[i], drawn[:, i], rng)
        if enough[i]
        else GroupCalibration(
            group=name, people=int(count[i]), gap=None, why=f"{int(count[i]):,} scores; {asked.minimum:,} are needed"
        )
        for i, name in enumerate(names)
    )
    if not enough.any():
        return Calibration(groups=groups, widest=None, why="no group has enough scores")
    found = widest(gaps[enough], drawn[:, enough], floors(hits[enough], count[enough]))
    far = int(np.argmax(np.where(enough, np.abs(gaps), -1)))
    return Calibration(
        groups=groups, widest=msgspec.structs.replace(found, high=min(1.0, found.high)), group=names[far]
    )


def _drawn(flat: Any, offs: Any, times: int, rng: np.random.Generator) -> Any:
    """Gaps (times, groups) in people drawn anew: each group's are drawn from its own."""
    made = np.full((times, len(flat)), np.nan)
    for i, row in enumerate(flat):
        used = np.flatnonzero(row)
        if len(used):
            one = row[used][None, :]
            drawn = drawn_tables(one, [np.ones((1, 1))], times, rng)[0][:, 0]
            made[:, i] = drawn @ offs[i, used] / row.sum()
    return made


def _group(name: str, people: Any, total: Any, gap: float, drawn: Any, rng: np.random.Generator) -> GroupCalibration:
    low, high = np.quantile(drawn, [0.025, 0.975])
    tenths = people.astype(np.int64).reshape(PARTS, -1, 2).sum(axis=1)
    sums = total.reshape(PARTS, -1, 2).sum(axis=(1, 2))
    count, hits = tenths.sum(axis=1), tenths[:, 1]
    chance = rng.binomial(count, np.clip(sums / np.maximum(count, 1), 0, 1), size=(_CHANCES, PARTS))
    return GroupCalibration(
        group=name,
        people=int(count.sum()),
        gap=Estimate(value=float(gap), low=float(low), high=float(high)),
        error=float(np.abs(sums - hits).sum() / count.sum()),
        by_chance=float(np.quantile(np.abs(sums - chance).sum(axis=1) / count.sum(), 0.95)),
        parts=tuple(
            Part(people=int(n), score=float(s / n), hits=int(h)) for n, s, h in zip(count, sums, hits, strict=True) if n
        ),
    )
