"""What guards changed: samples of two runs are paired, and what was judged on one side only counts nowhere."""

from __future__ import annotations

import msgspec
import pytest

from bartizan.core.chat_results import ChatRun
from bartizan.core.trial import BenignTrial, Trial, TrialOutcome
from bartizan.lab.chat.breaches import utility_of
from bartizan.lab.chat.paired import change, paired
from bartizan.lab.effect import paired_interval


def _trial(case: str, outcome: TrialOutcome, *, attack: str = "plain", threat: str = "jailbreak") -> Trial:
    return Trial(
        key=f"{case}{attack}", case=case, title=case, attack=attack, threats=(threat,), outcome=outcome, why=""
    )


def _task(task: str, outcome: str, *, suspicious: bool = False) -> BenignTrial:
    return msgspec.convert(
        {"key": task, "task": task, "title": task, "suspicious": suspicious, "outcome": outcome, "why": ""}, BenignTrial
    )


def _run(trials: list[Trial], benign: list[BenignTrial] | None = None) -> ChatRun:
    done = tuple(benign or [])
    return ChatRun(
        label="A", target="a", held_on="2026-03-02", trials=tuple(trials), benign=done, utility=utility_of(done)
    )


def test_a_sample_is_lost_where_any_attack_on_it_won_and_counts_once() -> None:
    before = _run([_trial("a", "hit"), _trial("a", "miss", attack="b"), _trial("c", "hit", threat="evasion")])
    after = _run([_trial("a", "miss"), _trial("a", "miss", attack="b"), _trial("c", "hit", threat="evasion")])
    found = paired(before, after)
    assert found.whole is not None
    assert (found.whole.without.hits, found.whole.without.trials, found.whole.with_.hits) == (2, 2, 1)
    assert [(one.name, one.difference) for one in found.threats] == [("jailbreak", -1.0), ("evasion", 0.0)]
    assert found.unpaired == 0


def test_what_was_not_judged_on_both_sides_counts_nowhere_and_is_told() -> None:
    before = _run([_trial("a", "hit"), _trial("b", "hit"), _trial("c", "hit")])
    after = _run([_trial("a", "error"), _trial("b", "miss")])
    found = paired(before, after)
    assert found.whole is not None
    assert (found.whole.without.trials, found.unpaired) == (1, 2)


def test_a_guard_that_breaks_everything_is_not_taken_for_one_that_stops_everything() -> None:
    found = paired(_run([_trial("a", "hit")]), _run([_trial("a", "error")]))
    assert found.whole is None


def test_honest_tasks_and_false_alarms_are_paired_as_well() -> None:
    before = _run([], [_task("t", "done"), _task("s", "done", suspicious=True), _task("u", "done")])
    after = _run([], [_task("t", "refused"), _task("s", "refused", suspicious=True), _task("u", "error")])
    found = paired(before, after)
    assert found.honest is not None
    assert found.alarms is not None
    assert (found.honest.difference, found.honest.without.trials) == (-1.0, 1)
    assert found.alarms.difference == 1.0


@pytest.mark.parametrize("pairs", [[(1, 0)] * 9 + [(1, 1)], [(0, 1), (1, 0)], [(0, 0)]])
def test_the_interval_is_that_of_paired_samples_with_its_sign_turned(pairs: list[tuple[int, int]]) -> None:
    found = change("x", pairs)
    low, high = paired_interval(pairs)
    assert found is not None
    assert (found.low, found.high) == (-high, -low)
    assert found.low <= found.difference <= found.high
