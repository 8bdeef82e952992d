from __future__ import annotations

from bartizan.core.chat_results import ChatResults
from bartizan.core.evidence import Evidence
from bartizan.core.trial import LeftOut, Trial
from bartizan.lab.chat.baseline import since
from bartizan.lab.chat.breaches import breaches_of
from bartizan.lab.chat.coverage import coverage_of
from bartizan.lab.chat.evidence import evidence_of_trials
from tests.lab.chat.trials import run_of, trial

RISK = "direct_prompt_injection@bot"


def evidence(*trials: Trial) -> Evidence:
    (piece,) = evidence_of_trials(run_of(*trials, digest="sha256:d"), lambda _: (RISK,))
    return piece


def test_single_and_several_turns_are_counted_apart() -> None:
    trials = [trial(outcome="hit"), trial(), trial(outcome="hit", turns="multi"), trial(outcome="error")]
    (breach,) = breaches_of(trials, {}, lambda _: 4)
    assert str(breach.single).startswith("1 of 2")
    assert str(breach.multi).startswith("1 of 1")
    assert breach.severity == 4


def test_a_case_that_was_never_reached_is_no_breach() -> None:
    assert not breaches_of([trial(), trial(outcome="unscored"), trial(outcome="error")], {}, lambda _: None)


def test_a_breach_is_shown_by_the_trial_that_took_the_least_effort() -> None:
    dressed = trial(outcome="hit", variation="base64", effort=1, key="dressed")
    plain = trial(outcome="hit", key="plain")
    (breach,) = breaches_of([dressed, plain], {}, lambda _: None)
    assert (breach.shown_by, breach.effort, len(breach.ways)) == ("plain", 0, 2)


def test_the_worst_breach_comes_first() -> None:
    trials = [trial("mild", "hit", harm="availability"), trial("grave", "hit", harm="behaviour")]
    found = breaches_of(trials, {}, {"availability": 1, "behaviour": 5}.get)
    assert [one.case for one in found] == ["grave", "mild"]


def test_a_sample_is_lost_where_any_attack_reached_the_goal() -> None:
    piece = evidence(trial(), trial(outcome="hit", attack="search", strong=True), trial("d"))
    assert (piece.hits, piece.trials) == (1, 2)


def test_trying_again_makes_no_new_sample() -> None:
    piece = evidence(trial(), trial(repeat=1), trial(repeat=2, outcome="hit"), trial(prompt=1))
    assert (piece.hits, piece.trials) == (1, 2)


def test_what_weak_attacks_did_not_reach_proves_nothing() -> None:
    piece = evidence(trial("a"), trial("b"), trial("b", attack="search", strong=True))
    assert (piece.hits, piece.trials, piece.strong) == (0, 1, True)


def test_weak_attacks_alone_make_evidence_that_is_not_strong() -> None:
    piece = evidence(trial("a"), trial("b"))
    assert (piece.hits, piece.trials, piece.strong) == (0, 2, False)


def test_evidence_with_losses_is_strong_only_where_every_sample_was_searched() -> None:
    searched = trial("a", "hit", strong=True)
    assert evidence(searched, trial("b", strong=True)).strong
    assert not evidence(searched, trial("b")).strong


def test_errors_and_unscored_trials_are_evidence_of_nothing() -> None:
    broken = run_of(trial(outcome="error"), trial(outcome="unscored"))
    assert not evidence_of_trials(broken, lambda _: (RISK,))


def test_evidence_names_the_digest_of_what_was_tested() -> None:
    assert evidence(trial()).digests == {"configuration": "sha256:d"}
    assert evidence_of_trials(run_of(trial()), lambda _: (RISK,))[0].digests == {}


def test_coverage_names_every_threat_that_applies_tested_or_not() -> None:
    rows = coverage_of(
        [trial(), trial(attack="search", strong=True)], (), ("direct_prompt_injection", "goal_hijacking")
    )
    assert [(row.threat, row.tested, row.why) for row in rows] == [
        ("direct_prompt_injection", "searched", ""),
        ("goal_hijacking", "not_tested", "no case exercises it"),
    ]


def test_a_threat_that_a_narrowed_run_left_out_is_not_said_to_have_no_case() -> None:
    (row,) = coverage_of((), (), ("goal_hijacking",), narrowed="the run was narrowed to the cases a")
    assert (row.tested, row.why) == ("not_tested", "the run was narrowed to the cases a")


def test_coverage_says_why_a_surface_was_not_tested() -> None:
    left = LeftOut(
        case="c",
        title="t",
        threats=("direct_prompt_injection",),
        surfaces=("email",),
        layer="reasoning",
        why="nothing can be planted there",
    )
    rows = coverage_of([trial()], (left,), ("direct_prompt_injection",))
    assert [(row.surface, row.tested, row.why) for row in rows] == [
        ("email", "not_tested", "nothing can be planted there"),
        ("user_message", "tried", ""),
    ]


def test_a_threat_whose_trials_were_all_errors_is_not_tested() -> None:
    (row,) = coverage_of([trial(outcome="error")], (), ("direct_prompt_injection",))
    assert (row.tested, row.errors, row.why) == ("not_tested", 1, "because")


def test_only_what_was_tried_again_may_be_called_gone() -> None:
    before = ChatResults(name="b", runs=(run_of(trial("a", "hit"), trial("b", "hit"), trial("c", "hit"), trial("d")),))
    now = ChatResults(name="n", runs=(run_of(trial("a"), trial("c", "hit"), trial("d", "hit"), trial("e", "hit")),))
    news = since(before, now)
    assert news.gone == (("bot", "a"),)
    assert news.untried == (("bot", "b"),)
    assert news.still == (("bot", "c"),)
    assert news.new == (("bot", "d"),)
    assert news.unseen == (("bot", "e"),)
