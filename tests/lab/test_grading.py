"""Graders on real models: what an attack of each family came to, and what anybody would get without it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import ClassVar

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from bartizan.attacks.attribute import AttributeInference
from bartizan.attacks.extraction import Knockoff, RandomQueries
from bartizan.attacks.family import Attack, Exhaustion, Inversion, Knowledge, Membership, Poisoned, Poisoning
from bartizan.attacks.inversion import ScoreInversion
from bartizan.attacks.membership.threshold import Threshold
from bartizan.attacks.poisoning.backdoor import Backdoor
from bartizan.attacks.poisoning.label_flip import RandomLabelFlip
from bartizan.attacks.tampering import WeightTampering
from bartizan.core.measurement import Measurement
from bartizan.lab.cell import Cell
from bartizan.lab.grading.worth import worth_for_evasion
from bartizan.lab.run import Run
from bartizan.lab.store import Store
from bartizan.targets.border import Budget
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import Labels, Predictor, Pull, Scores, Wrapped
from bartizan.targets.rig import Rig
from tests.rigs import loans, messages, rng, tumours

DAY = "2026-11-22"


@functools.cache
def forest() -> Rig:
    return tumours("forest")


@pytest.fixture
def measure(tmp_path: object) -> Callable[..., Measurement]:
    """The measurement of an attack on a rig, made anew."""

    def of(attack: Attack, rig: Rig, **more: object) -> Measurement:
        cell = msgspec.structs.replace(Cell(attack=attack, samples=40), **more)
        return Run(rig, Store(tmp_path), today=DAY).measure(cell)  # type: ignore[arg-type]

    return of


Measure = Callable[..., Measurement]


def figure(run: Measurement, name: str) -> float:
    return next(one.value for one in run.figures if one.name == name)


class NoPoison(Poisoning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes no row, or counts on what sound models do anyway."""

    id: ClassVar[str] = "no_poison"
    title: ClassVar[str] = "No poison"
    threats: ClassVar[tuple[str, ...]] = ("data_poison",)  # type: ignore[assignment]
    source: ClassVar[str] = "none"

    marked: bool = False
    honest: bool = True

    def poison(
        self, train: Dataset, test: Dataset, domain: Domain, knowledge: Knowledge, rng: np.random.Generator
    ) -> Poisoned:
        """The data as they were."""
        changed = np.full(len(train), self.marked)
        return Poisoned(train=train, changed=changed, inputs=test.x, honest=test.y if self.honest else 1 - test.y)


def test_poison_that_changed_no_row_is_a_failed_attack(measure: Measure) -> None:
    run = measure(NoPoison(), tumours())
    assert run.outcome == "unchanged"
    assert run.why == "the attack changed no row"
    assert not run.counts


def test_what_the_sound_model_gets_wrong_too_is_no_success_of_poison(measure: Measure) -> None:
    run = measure(NoPoison(marked=True), tumours(), samples=142)
    assert run.success is not None
    assert run.success.hits == 0
    assert 0 < run.flags.count("-") < 15  # its ordinary mistakes
    assert figure(run, "accuracy lost to the attack") == 0
    assert figure(run, "share of rows that are the attacker's") == 1


def test_poison_that_only_hopes_for_ordinary_mistakes_counts_nothing_but_those(measure: Measure) -> None:
    run = measure(NoPoison(marked=True, honest=False), tumours(), samples=142)
    assert run.flags.count("0") < 15
    assert "1" not in run.flags


def test_flipped_labels_cost_accuracy_and_the_training_data_are_named(measure: Measure) -> None:
    run = measure(RandomLabelFlip(share=0.45), forest())
    assert run.success is not None
    assert run.success.hits > 0
    assert figure(run, "accuracy lost to the attack") > 0.02
    assert run.digests["train"] == forest().train.digest  # type: ignore[union-attr]
    assert run.price.fitting_seconds == 0


def test_a_backdoor_wins_what_the_sound_model_answers_honestly(measure: Measure) -> None:
    run = measure(Backdoor(), messages())
    assert run.success is not None
    assert run.success.hits > 0.8 * run.success.trials
    assert figure(run, "accuracy lost to the attack") < 0.1
    assert run.examples


def test_tampered_weights_obey_and_a_model_without_weights_does_not_apply(measure: Measure) -> None:
    run = measure(WeightTampering(), tumours())
    assert run.success is not None
    assert run.success.hits > 0
    assert run.digests["model"] == tumours().target.card.digest
    other = measure(WeightTampering(), loans())
    assert other.outcome == "not_applicable"
    assert "no coefficients" in other.why


def test_tampering_leaves_the_model_that_is_attacked_as_it_was(measure: Measure) -> None:
    rig = tumours()
    before = rig.target.scores(rig.test.x)
    measure(WeightTampering(), rig)
    np.testing.assert_array_equal(rig.target.scores(rig.test.x), before)


class Pointing(Membership, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points at records at random, at all alike, or knows."""

    id: ClassVar[str] = "pointing"
    title: ClassVar[str] = "Pointing"
    threats: ClassVar[tuple[str, ...]] = ("membership_inference",)  # type: ignore[assignment]
    source: ClassVar[str] = "none"

    how: str = "random"

    def suspect(
        self, target: Predictor, records: Dataset, knowledge: Knowledge, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """By the dice, none, or the truth: members come first."""
        if self.how == "random":
            return rng.random(len(records))
        if self.how == "alike":
            return np.zeros(len(records))
        return -np.arange(len(records), dtype=float)


def test_who_points_at_random_finds_no_more_members_than_strangers(measure: Measure) -> None:
    run = measure(Pointing(), tumours(), samples=280)
    assert run.success is not None
    assert run.baseline is not None
    assert abs(figure(run, "area under the ROC curve") - 0.5) < 0.1
    low, high = run.success.interval
    assert low <= (run.baseline.value or 0) <= high


def test_who_scores_all_alike_has_failed_and_who_knows_finds_all(measure: Measure) -> None:
    assert measure(Pointing(how="alike"), tumours()).outcome == "unchanged"
    run = measure(Pointing(how="knows"), tumours(), samples=280)
    assert figure(run, "area under the ROC curve") == 1
    assert run.success is not None
    assert run.success.value == 1


def test_members_are_rows_of_the_training_data_and_strangers_are_not(measure: Measure) -> None:
    run = measure(Threshold(), forest(), samples=280)
    assert figure(run, "area under the ROC curve") > 0.5  # a forest remembers
    (curve,) = run.curves
    assert curve.points[0].x == 0
    assert curve.points[-1].y == 1
    few = msgspec.structs.replace(forest(), train=forest().train.take(slice(0, 5)))  # type: ignore[union-attr]
    assert "too few: 20 of each at least" in measure(Threshold(), few).why


def test_a_hidden_column_counts_against_what_anybody_could_guess_without_the_model(measure: Measure) -> None:
    run = measure(AttributeInference(), loans(), samples=60)
    assert run.baseline is not None
    assert run.baseline.trials == run.success.trials == 60  # type: ignore[union-attr]
    gain = figure(run, "told beyond what anybody could guess")
    assert gain == pytest.approx((run.success.hits - run.baseline.hits) / 60)  # type: ignore[union-attr]
    assert run.why.startswith("the hidden column is '")
    wrong = measure(AttributeInference(), loans(), hidden="salary of the neighbour")
    assert wrong.outcome == "not_applicable"
    assert "there is no column 'salary of the neighbour' to hide" in wrong.why


class Copying(Inversion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hands in noise, or the mean of what the attacker has."""

    id: ClassVar[str] = "copying"
    title: ClassVar[str] = "Copying"
    threats: ClassVar[tuple[str, ...]] = ("model_inversion_and_membership_inference",)  # type: ignore[assignment]
    source: ClassVar[str] = "none"

    noise: bool = True

    def reconstruct(
        self, target: Predictor, classes: Labels, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """One for each class."""
        assert knowledge.reserve is not None
        x = knowledge.reserve.x
        yield rng.normal(size=(len(classes), *x.shape[1:])) if self.noise else np.stack([x.mean(axis=0)] * len(classes))


def test_noise_is_no_likeness_however_sure_the_model_is_and_the_mean_of_the_reserve_is_the_baseline(
    measure: Measure,
) -> None:
    run = measure(Copying(), tumours())
    assert run.success is not None
    assert run.success.trials == 2
    assert run.success.hits == 0
    same = measure(Copying(noise=False), tumours())
    assert same.baseline is not None
    assert same.success is not None
    assert same.success.hits <= same.baseline.hits


def test_an_inversion_that_the_budget_stops_before_its_first_likeness_counts_nothing(measure: Measure) -> None:
    run = measure(ScoreInversion(), tumours(), budget=Budget(queries=1))
    assert run.outcome == "stopped"
    assert "of 1 queries are spent" in run.why


def test_a_copy_counts_beyond_a_constant_answer(measure: Measure) -> None:
    run = measure(Knockoff(queries=120), forest())
    assert run.success is not None
    assert run.baseline is not None
    assert run.success.trials == len(forest().test)
    assert run.success.hits > run.baseline.hits > 0.5 * run.baseline.trials
    assert run.curves[0].points[-1].x == run.price.queries == 120
    assert 0 < figure(run, "agreement beyond a constant answer") <= 1


def test_an_extraction_cut_short_is_graded_by_its_last_copy(measure: Measure) -> None:
    cut = measure(RandomQueries(queries=1000), tumours(), budget=Budget(queries=150))
    assert cut.price.queries <= 150
    assert "of 150 queries are spent" in cut.why
    assert cut.outcome == "measured"
    least = measure(Knockoff(queries=200), tumours(), budget=Budget(queries=2))
    assert least.price.queries <= 2


class Repeating(Exhaustion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same inputs, or the same message many times over."""

    id: ClassVar[str] = "repeating"
    title: ClassVar[str] = "Repeating"
    threats: ClassVar[tuple[str, ...]] = ("ai_resource_exhaustion",)  # type: ignore[assignment]
    modalities: ClassVar[tuple[str, ...]] = ("table", "text")  # type: ignore[assignment]
    source: ClassVar[str] = "none"

    times: int = 1

    def propose(
        self,
        target: Predictor,
        origin: Dataset,
        cost: Callable[[Inputs], NDArray[np.float64]],
        rng: np.random.Generator,
    ) -> Iterator[Inputs]:
        """So many times."""
        yield np.array([" ".join([str(text)] * self.times) for text in origin.x], dtype=object)


def test_only_an_input_that_takes_several_times_as_long_exhausts_and_the_same_inputs_are_a_failed_attack(
    measure: Measure,
) -> None:
    dear = measure(Repeating(times=3000), messages(), samples=4)
    assert dear.success is not None
    assert dear.success.value == 1
    assert dear.figures[0].value > 3
    assert measure(Repeating(), messages(), samples=4).outcome == "unchanged"


def test_a_perfect_copy_is_worth_as_much_for_evasion_as_the_model_itself_and_a_constant_one_nothing() -> None:
    rig = tumours()
    perfect = worth_for_evasion(rig.target, rig.target, rig.test, rng())
    assert perfect is not None
    assert perfect.n == 50
    assert perfect.value > 0.5
    assert perfect.low is not None
    assert perfect.low < perfect.value
    stuck = worth_for_evasion(Constant(rig.target), rig.target, rig.test, rng())
    assert stuck is not None
    assert stuck.value < perfect.value / 2


class Constant(Wrapped):
    """Gives every input the same scores, without a slope."""

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """Zeros."""
        return np.zeros((len(x), self.card.classes)), lambda weights: np.zeros_like(x)
