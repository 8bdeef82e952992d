"""What must not lower a risk: runs that were not whole, and targets that withstand because they do nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bartizan.core.evidence import Evidence
from bartizan.core.measurement import Rate
from bartizan.core.trial import Trial
from bartizan.lab.chat.evidence import evidence_of_trials
from bartizan.lab.chat.scheme import Depth
from tests.lab.chat.trials import NOTHING, run_of, trial

RISK = "direct_prompt_injection@bot"
SEARCHED = tuple(trial(name, attack="search", strong=True) for name in "abcdef")


def evidence(*trials: Trial, **given: Any) -> Evidence:
    run = run_of(*trials, digest="sha256:d")
    utility = given.pop("done", run.utility.done)
    run = run_of(*trials, digest="sha256:d", **given)
    done = type(run.utility)(done=utility, done_under_attack=NOTHING, false_alarms=NOTHING)
    (piece,) = evidence_of_trials(run_of(*trials, digest="sha256:d", utility=done, **given), lambda _: (RISK,))
    return piece


def test_a_whole_run_without_a_loss_is_strong() -> None:
    piece = evidence(*SEARCHED)
    assert (piece.hits, piece.trials, piece.strong) == (0, 6, True)
    assert "Not strong" not in piece.note


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"narrowed": "the cases a"}, "narrowed to the cases a"),
        ({"untried": 3, "why": "the budget is spent: 10 requests"}, "3 planned trials were not made"),
        ({"is_gone": True}, "planned trials were not made"),
        ({"done": Rate(hits=0, trials=0)}, "no honest task was tried"),
        ({"done": Rate(hits=1, trials=3)}, "only 1 of 3 honest tasks"),
    ],
)
def test_a_run_that_was_not_whole_or_a_target_that_does_nothing_lowers_nothing(given: dict[str, Any], why: str) -> None:
    piece = evidence(*SEARCHED, **given)
    assert (piece.hits, piece.trials, piece.strong) == (0, 6, False)
    assert why in piece.note


@pytest.mark.parametrize("outcome", ["error", "unscored"])
def test_a_strong_attack_that_broke_or_could_not_be_judged_leaves_its_sample_open(outcome: str) -> None:
    broken = trial("g", outcome, attack="search", strong=True)
    piece = evidence(*SEARCHED, broken)
    assert (piece.trials, piece.strong) == (6, False)
    assert "on 1 samples a strong attack ended in an error or could not be judged" in piece.note


def test_a_second_search_does_not_close_what_another_left_open() -> None:
    piece = evidence(*SEARCHED, trial("a", "error", attack="another", strong=True))
    assert (piece.trials, piece.strong) == (5, False)


def test_what_was_lost_counts_whatever_else_happened() -> None:
    lost = trial("g", "hit", attack="search", strong=True)
    broken = trial("g", "error", attack="another", strong=True)
    piece = evidence(*SEARCHED, lost, broken, narrowed="the cases g", untried=5)
    assert (piece.hits, piece.trials, piece.strong) == (1, 7, False)
    assert evidence(*SEARCHED, lost, broken).strong


def test_weak_attacks_that_broke_and_words_that_fit_nowhere_open_nothing() -> None:
    assert evidence(*SEARCHED, trial("a", "error"), trial("g", "unfit", attack="search", strong=True)).strong


def test_evidence_is_as_old_as_the_oldest_trial_in_it() -> None:
    old = trial("g", attack="search", strong=True, held_on="2024-05-01")
    assert evidence(*SEARCHED, old).held_on == "2024-05-01"
    assert evidence(*SEARCHED).held_on == "2026-11-22"


def test_doubts_come_first_in_the_note_so_that_no_cut_takes_them_away() -> None:
    names = ", ".join(f"case-{n}" for n in range(200))
    piece = evidence(*SEARCHED, narrowed=f"the cases {names}")
    assert piece.note.startswith("Not strong: the run was narrowed")


def test_a_depth_says_to_what_it_is_narrowed() -> None:
    assert Depth().narrowed == ""
    assert Depth(cases=("a", "b"), attacks=("plain",)).narrowed == "the cases a, b and the attacks plain"
