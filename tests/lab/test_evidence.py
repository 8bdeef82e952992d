from __future__ import annotations

from bartizan.core.measurement import Measurement, Rate
from bartizan.lab.evidence import evidence_of
from tests.lab.measurements import measured


def at_the_model(run: Measurement) -> tuple[str, ...]:
    return tuple(f"{threat}@model" for threat in run.threats)


def test_several_attacks_on_one_risk_are_one_piece_and_the_worst_counts_sample_by_sample() -> None:
    (piece,) = evidence_of([measured("1100-"), measured("0110-", attack="pgd", strong=True)], at_the_model)
    assert piece.risk == "evasion@model"
    assert piece.counts == (3, 4)
    assert piece.strong
    assert piece.what == "Square; Pgd: the worst of them, sample by sample"
    assert piece.digests == {"model": "a" * 64}


def test_runs_behind_controls_are_a_piece_of_their_own_that_names_them() -> None:
    bare, behind = evidence_of(
        [measured("11"), measured("01", controls=("input_distortion/noise(sigma=0.1)", "rate_limit()"))], at_the_model
    )
    assert bare.with_controls == ()
    assert behind.with_controls == ("input_distortion", "rate_limit")


def test_what_anybody_gets_without_the_attack_is_taken_off_and_said() -> None:
    chance = Rate(hits=10, trials=100)
    (piece,) = evidence_of([measured("1" * 30 + "0" * 70, baseline=chance)], at_the_model)
    assert piece.counts == (20, 100)
    assert "30 of 100 in all; what would be found without the attack is taken off" in piece.note


def test_of_attacks_with_a_baseline_only_the_best_counts_since_chances_would_add_up() -> None:
    chance = Rate(hits=10, trials=100)
    runs = [measured("1" * 20 + "0" * 80, baseline=chance), measured("0" * 75 + "1" * 25, attack="b", baseline=chance)]
    (piece,) = evidence_of(runs, at_the_model)
    assert piece.counts == (15, 100)


def test_an_attack_that_counted_nothing_is_no_evidence() -> None:
    assert evidence_of([measured("---")], at_the_model) == ()


def test_a_run_without_a_risk_is_no_evidence() -> None:
    assert evidence_of([measured("10")], lambda run: ()) == ()
