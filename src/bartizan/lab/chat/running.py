"""Makes many attempts at once, as many as the target bears, and keeps each trial as it ends.

A budget that is spent ends the run: what was not tried is told as such. A target that gives nothing but errors ends it
as well, since nothing more can be learnt from it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from bartizan.core.errors import BartizanError, BudgetSpent, Unreachable
from bartizan.core.trial import BenignTrial, Trial
from bartizan.lab.chat.attempt import Attempt
from bartizan.lab.chat.benign import Honest, try_honest
from bartizan.lab.chat.kept import KeptTrials
from bartizan.lab.chat.trying import Lab, judged_again, try_once

_IN_A_ROW = 10
"""So many errors one after the other, with no answer between them, say that the target is gone."""

_Plan = TypeVar("_Plan", Attempt, Honest)
_Done = TypeVar("_Done", Trial, BenignTrial)


class Ended(msgspec.Struct, kw_only=True):
    """What came, and how it ended. It is filled while the run goes on, so that an interrupted one is not lost."""

    trials: list[Trial] = []
    benign: list[BenignTrial] = []
    untried: int = 0
    why: str = ""
    """Why not all was tried; empty where all was."""
    is_gone: bool = False
    """Whether the target gave nothing but errors."""


async def run_all(
    attempts: Sequence[Attempt],
    honest: Sequence[Honest],
    lab: Lab,
    kept: KeptTrials,
    *,
    concurrency: int = 4,
    told: Callable[[Trial | BenignTrial], None] = lambda _: None,
    ended: Ended | None = None,
) -> Ended:
    """Honest tasks first, since a target that cannot do them proves nothing by withstanding; then all attempts."""
    ended = ended if ended is not None else Ended()
    streak = _Streak()

    def benign_came(one: BenignTrial) -> None:
        ended.benign.append(one)
        told(one)

    def trial_came(one: Trial) -> None:
        # what was said is needed of hits alone, and lies in the store: so long tests fit in memory
        ended.trials.append(one if one.outcome == "hit" else msgspec.structs.replace(one, transcript=None))
        told(one)

    tasks = ((one, kept.benign(one.key(lab.digest))) for one in honest)
    tries = ((one, kept.trial(one.key(lab.digest))) for one in attempts)
    try:
        await _each(tasks, lambda one, before: _honest(one, before, lab), benign_came, kept, concurrency, streak)
        await _each(tries, lambda one, before: _trial(one, before, lab), trial_came, kept, concurrency, streak)
    except BudgetSpent as why:
        ended.why = str(why)
    except Unreachable as why:
        ended.why, ended.is_gone = str(why), True
    ended.untried = len(attempts) - len(ended.trials) + len(honest) - len(ended.benign)
    return ended


async def _trial(one: Attempt, before: Trial | None, lab: Lab) -> Trial:
    return await (judged_again(one, before, lab) if before is not None else try_once(one, lab))


async def _honest(one: Honest, before: BenignTrial | None, lab: Lab) -> BenignTrial:
    return before if before is not None else await try_honest(one, lab)


class _Streak:
    """Errors of the target in a row. One that was answered and could not be judged says nothing of the target."""

    def __init__(self) -> None:
        self.length = 0

    def count(self, one: Trial | BenignTrial) -> None:
        if one.outcome == "unfit":  # nobody was asked
            return
        is_answered = isinstance(one, Trial) and one.transcript is not None
        self.length = self.length + 1 if one.outcome == "error" and not is_answered else 0
        if self.length >= _IN_A_ROW:
            raise Unreachable(f"{self.length} trials in a row were errors, the last: {one.why}")


async def _each(
    plans: Iterable[tuple[_Plan, _Done | None]],
    make: Callable[[_Plan, _Done | None], Awaitable[_Done]],
    came: Callable[[_Done], None],
    kept: KeptTrials,
    concurrency: int,
    streak: _Streak,
) -> None:
    waiting: Iterator[tuple[_Plan, _Done | None]] = iter(plans)

    async def work() -> None:
        for plan, before in waiting:
            done = await make(plan, before)
            came(done)
            if done is not before:
                kept.keep(done)
                streak.count(done)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, concurrency)):
                group.create_task(work())
    except BaseExceptionGroup as several:  # one is enough to tell; what is no error of ours comes first
        raise next(iter(_known(several.exceptions))) from None


def _known(errors: Sequence[BaseException]) -> Sequence[BaseException]:
    return sorted(errors, key=lambda one: (isinstance(one, BartizanError), not isinstance(one, BudgetSpent)))
