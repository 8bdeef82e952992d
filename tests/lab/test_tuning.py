"""The front of a sweep: what is on it, what meets an appetite, what is recommended."""

from __future__ import annotations

import pytest

from bartizan.attacks.square import Square
from bartizan.controls.guards.obscure_confidence import ObscureConfidence
from bartizan.core.front import Appetite, Front, Setting
from bartizan.core.measurement import Measurement
from bartizan.lab.cell import Cell, in_words
from bartizan.lab.tuning import WITHOUT, candidates, cells_for, front_of
from tests.lab.measurements import measured

CONTROL = ObscureConfidence()
TRIED = candidates(CONTROL, {"digits": [1, 2, 3]})


def behind(digits: int) -> tuple[str, ...]:
    return (in_words(ObscureConfidence(digits=digits)),)


def run(flags: str, digits: int | None = None, accuracy: int = 95, latency: float = 1.0, seed: int = 0) -> Measurement:
    controls = behind(digits) if digits else ()
    return measured(flags, controls=controls, accuracy=(accuracy, 100), latency=latency, seed=seed)


def front(*runs: Measurement, **appetite: float) -> Front:
    return front_of("obscure_confidence", TRIED, runs, Appetite(**appetite))


def named(found: Front, label: str) -> Setting:
    return next(one for one in found.settings if one.label == label)


def test_a_sweep_tries_the_bare_target_and_every_combination() -> None:
    tried = candidates(CONTROL, {"digits": [1, 2]})
    assert [one.label for one in tried] == [WITHOUT, "digits=1", "digits=2"]
    assert tried[0].control is None
    with pytest.raises(ValueError, match="'sigma' is no parameter of obscure_confidence; it has "):
        candidates(CONTROL, {"sigma": [1]})
    with pytest.raises(ValueError, match="Expected `int"):
        candidates(CONTROL, {"digits": ["many"]})


def test_only_the_bare_cells_of_an_experiment_are_swept() -> None:
    cells = [Cell(attack=Square()), Cell(attack=Square(), controls=(CONTROL,)), Cell(attack=Square(), seed=1)]
    assert len(cells_for(cells, TRIED)) == 2 * 4


def test_what_another_setting_beats_in_all_is_not_on_the_front() -> None:
    found = front(
        run("1" * 100), run("1" * 50 + "0" * 50, 1, 90), run("1" * 60 + "0" * 40, 2, 89), run("0" * 100, 3, 80)
    )
    assert [one.label for one in found.settings if one.on_front] == [WITHOUT, "digits=1", "digits=3"]


def test_the_upper_end_of_the_interval_must_meet_what_is_stated() -> None:
    found = front(run("1" * 100), run("1" * 8 + "0" * 92, 1), run("0" * 100, 2, 90), success=0.1)
    assert not named(found, "digits=1").meets  # 8 % are below 10 %, and up to 15 % are possible
    assert named(found, "digits=2").meets
    assert found.recommended == "digits=2"


def test_of_those_that_meet_it_the_most_accurate_one_is_recommended() -> None:
    found = front(run("1" * 100), run("0" * 100, 1, 90), run("0" * 100, 2, 93), success=0.1)
    assert found.recommended == "digits=2"
    assert "keeps the most accuracy" in found.why


def test_lost_accuracy_is_counted_from_the_bare_target_and_latency_as_it_is() -> None:
    runs = (run("1" * 100), run("0" * 100, 1, 90), run("0" * 100, 2, 93, latency=9.0))
    assert not named(front(*runs, accuracy_loss=0.03), "digits=1").meets
    assert named(front(*runs, accuracy_loss=0.03), "digits=2").meets
    assert front(*runs, success=0.1, latency_ms=5.0).recommended == "digits=1"


def test_where_nothing_meets_it_nothing_is_recommended_and_it_says_what_was_wanted() -> None:
    found = front(run("1" * 100), run("1" * 100, 1), success=0.1)
    assert found.recommended == ""
    assert found.why.startswith("no setting meets what was stated: ")


def test_a_setting_that_hides_gradients_is_not_recommended() -> None:
    seeing = measured("0" * 100, attack="pgd", controls=behind(1), strong=True)
    blind = measured("1" * 30 + "0" * 70, controls=behind(1))
    found = front(run("1" * 100), seeing, blind, success=0.5)
    assert named(found, "digits=1").masks_gradients
    assert found.recommended == ""
    assert "that does not merely hide gradients" in found.why


def test_seeds_add_up_and_what_was_not_measured_is_left_out() -> None:
    found = front(run("1" * 10), run("1" * 10, seed=1), run("0" * 10, 1), run("1" * 10, 1, seed=1))
    assert [one.label for one in found.settings] == [WITHOUT, "digits=1"]
    assert named(found, "digits=1").success.trials == 20
    assert named(found, "digits=1").success.hits == 10
    assert named(found, "digits=1").seeds == (0, 1)
    assert front().settings == ()
    assert front().recommended == ""
