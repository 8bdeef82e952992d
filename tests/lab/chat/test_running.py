from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from bartizan.core.errors import BudgetSpent, InputError
from bartizan.core.trial import BenignTrial, Trial
from bartizan.lab.chat.kept import KeptTrials
from bartizan.lab.chat.running import Ended, run_all
from bartizan.lab.chat.scheme import Scheme
from bartizan.lab.chat.tasks_of import honest_for
from bartizan.targets.chat.assistant import TrialFailed
from tests.lab.chat.cases import SAY_TOKEN, TELL_SECRET, lab, planned
from tests.lab.chat.parrots import Parrot, down


def run(parrot: Parrot, plan: Scheme, store: Path, *, at_once: int = 4, benign: bool = False) -> Ended:
    honest = honest_for(parrot.card) if benign else ()
    with KeptTrials(store, lab(parrot).digest) as kept:
        return asyncio.run(run_all(plan.attempts, honest, lab(parrot), kept, concurrency=at_once))


def outcomes(ended: Ended) -> list[tuple[str, int, int, str]]:
    return sorted((one.case, one.prompt, one.repeat, one.outcome) for one in ended.trials)


def test_everything_that_is_planned_is_tried_once(tmp_path: Path) -> None:
    parrot = Parrot()
    ended = run(parrot, planned(parrot, SAY_TOKEN, TELL_SECRET), tmp_path)
    assert [one[-1] for one in outcomes(ended)] == ["hit", "hit", "hit", "hit", "miss", "miss"]
    assert (ended.untried, ended.why) == (0, "")


def test_what_was_tried_is_not_tried_again(tmp_path: Path) -> None:
    first, second = Parrot(), Parrot()
    plan = planned(first, SAY_TOKEN, TELL_SECRET)
    before, after = run(first, plan, tmp_path), run(second, plan, tmp_path)
    assert second.asked == 0
    assert outcomes(before) == outcomes(after)


def test_another_digest_is_tried_anew(tmp_path: Path) -> None:
    first, second = Parrot(), Parrot(digest="p2")
    run(first, planned(first, SAY_TOKEN), tmp_path)
    run(second, planned(second, SAY_TOKEN), tmp_path)
    assert second.asked == first.asked


def test_two_targets_of_one_deployment_do_not_share_their_trials(tmp_path: Path) -> None:
    first, second = Parrot(), Parrot()
    second.card = msgspec.structs.replace(second.card, name="the other parrot")
    run(first, planned(first, SAY_TOKEN), tmp_path)
    run(second, planned(second, SAY_TOKEN), tmp_path)
    assert second.asked == first.asked > 0


def test_half_a_line_of_a_machine_that_died_is_tried_again_and_the_rest_is_not(tmp_path: Path) -> None:
    parrot, again = Parrot(), Parrot()
    plan = planned(parrot, SAY_TOKEN, TELL_SECRET)
    run(parrot, plan, tmp_path)
    (file,) = tmp_path.rglob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-20])
    ended = run(again, plan, tmp_path)
    assert (again.asked, len(ended.trials)) == (1, len(plan.attempts))
    third = Parrot()
    run(third, plan, tmp_path)
    assert third.asked == 0


def test_no_more_than_so_many_are_in_flight(tmp_path: Path) -> None:
    parrot = Parrot()
    run(parrot, planned(parrot, SAY_TOKEN, TELL_SECRET, repeats=20), tmp_path, at_once=5)
    assert parrot.most_in_flight == 5


def test_the_outcome_does_not_depend_on_how_many_run_at_once(tmp_path: Path) -> None:
    one, many = Parrot(), Parrot()
    plan = planned(one, SAY_TOKEN, TELL_SECRET, repeats=5)
    alone = run(one, plan, tmp_path / "a", at_once=1)
    assert outcomes(alone) == outcomes(run(many, plan, tmp_path / "b", at_once=16))


def test_a_spent_budget_ends_the_run_and_is_told(tmp_path: Path) -> None:
    parrot = Parrot(breaks=lambda n: BudgetSpent("the budget is spent: 3 requests") if n > 3 else None)
    ended = run(parrot, planned(parrot, SAY_TOKEN, TELL_SECRET), tmp_path, at_once=1)
    assert len(ended.trials) == 3
    assert (ended.untried, ended.why, ended.is_gone) == (3, "the budget is spent: 3 requests", False)


def test_a_target_that_gives_nothing_but_errors_ends_the_run(tmp_path: Path) -> None:
    parrot = Parrot(breaks=down)
    ended = run(parrot, planned(parrot, SAY_TOKEN, repeats=50), tmp_path, at_once=1)
    assert ended.is_gone
    assert {one.outcome for one in ended.trials} == {"error"}
    assert len(ended.trials) < 50


def test_a_target_that_breaks_now_and_then_is_asked_to_the_end(tmp_path: Path) -> None:
    parrot = Parrot(breaks=lambda n: TrialFailed("broken", again=False) if n % 3 == 0 else None)
    ended = run(parrot, planned(parrot, SAY_TOKEN, repeats=30), tmp_path, at_once=1)
    counted = [one.outcome for one in ended.trials]
    assert (counted.count("hit"), counted.count("error"), ended.untried) == (20, 10, 0)


def test_errors_are_tried_again_next_time(tmp_path: Path) -> None:
    broken, sound = Parrot(breaks=lambda _: TrialFailed("broken", again=False)), Parrot()
    plan = planned(broken, SAY_TOKEN)
    run(broken, plan, tmp_path)
    assert [one[-1] for one in outcomes(run(sound, plan, tmp_path))] == ["hit", "hit"]


def test_honest_tasks_come_first_and_are_told_apart(tmp_path: Path) -> None:
    parrot = Parrot()
    seen: list[Trial | BenignTrial] = []
    honest = honest_for(parrot.card)
    with KeptTrials(tmp_path, "p") as kept:
        plan = planned(parrot, SAY_TOKEN)
        asyncio.run(run_all(plan.attempts, honest, lab(parrot), kept, concurrency=2, told=seen.append))
    kinds = [isinstance(one, BenignTrial) for one in seen]
    assert kinds == sorted(kinds, reverse=True)
    assert any(kinds)


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "chat").write_text("a file stands in the way")
    parrot = Parrot()
    with pytest.raises(InputError, match="cannot be written"):
        run(parrot, planned(parrot, SAY_TOKEN), tmp_path)
    assert parrot.asked == 0
