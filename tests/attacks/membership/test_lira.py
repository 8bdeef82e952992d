"""LiRA on a forest that has learnt its data by heart, online and offline, with and without a cache."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from bartizan.attacks.family import Knowledge
from bartizan.attacks.membership.lira import LiRA
from bartizan.attacks.membership.shadows import shadows
from bartizan.attacks.membership.threshold import Threshold
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor, Scores, Unsuitable, Wrapped
from tests.attacks.membership.overfit import Shelf, Spent, recipe, tumours
from tests.rigs import rng


class Watched(Spent):
    """A recipe that remembers what it was fitted to."""

    def __init__(self) -> None:
        super().__init__(recipe(10))
        self.fitted: list[Dataset] = []

    def fit(self, data: Dataset, seed: int) -> Predictor:
        self.fitted.append(data)
        return self.inner.fit(data, seed)


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_members_of_an_overfit_forest_are_found_and_those_of_a_stranger_are_not(mode: str) -> None:
    case = tumours()
    shelf = Shelf()
    attack = LiRA(shadows=8, mode=mode)  # type: ignore[arg-type]
    knowing = msgspec.structs.replace(case.knowledge, store=shelf)
    guilty = case.curve(attack.suspect(case.target, case.records, knowing, rng()))
    assert guilty.low > 0.7
    innocent = case.curve(attack.suspect(case.stranger, case.records, knowing, rng()))
    assert innocent.low < 0.5 < innocent.high


def test_it_finds_more_at_a_low_rate_of_false_alarms_than_a_threshold() -> None:
    case = tumours()
    lira = case.curve(LiRA(shadows=8).suspect(case.target, case.records, case.knowledge, rng()))
    plain = case.curve(Threshold().suspect(case.target, case.records, case.knowledge, rng()))
    assert lira.found[1].hits > plain.found[1].hits
    assert lira.auc > plain.auc


def test_a_second_attack_trains_nothing_and_says_the_same() -> None:
    case, watched = tumours(), Watched()
    knowing = Knowledge(population=case.records, recipe=watched, store=Shelf())
    first = LiRA(shadows=4).suspect(case.target, case.records, knowing, rng())
    assert len(watched.fitted) == 4
    again = LiRA(shadows=4).suspect(case.target, case.records, knowing, rng())
    assert len(watched.fitted) == 4
    assert (first == again).all()
    LiRA(shadows=4).suspect(case.target, case.records, knowing, rng(1))
    assert len(watched.fitted) == 8


def test_the_cache_makes_no_difference_to_the_scores() -> None:
    case = tumours()
    without = LiRA(shadows=4).suspect(case.target, case.records, case.knowledge, rng(3))
    kept = msgspec.structs.replace(case.knowledge, store=Shelf())
    assert (without == LiRA(shadows=4).suspect(case.target, case.records, kept, rng(3))).all()


def test_every_record_is_in_half_of_the_shadows_and_they_are_fitted_to_what_is_said() -> None:
    case, watched = tumours(), Watched()
    made = shadows(case.records, Knowledge(population=case.records, recipe=watched), 6, 0, join=True)
    assert (made.trained.sum(axis=0) == 3).all()
    for trained, data in zip(made.trained, watched.fitted, strict=True):
        assert sorted(map(tuple, data.x)) == sorted(map(tuple, case.records.x[trained]))
        assert 0 < abs(data.y.mean() - 0.5) < 0.2


def test_records_outside_the_population_are_joined_to_it_or_never_trained_on() -> None:
    case, watched = tumours(), Watched()
    asked = case.records.take(slice(0, 30))
    apart = Knowledge(population=case.reserve, recipe=watched)
    assert not shadows(asked, apart, 4, 0, join=False).trained.any()
    assert all(len(data) in (84, 85) for data in watched.fitted)
    assert (shadows(asked, apart, 4, 0, join=True).trained.sum(axis=0) == 2).all()
    scores = LiRA(shadows=4, mode="offline").suspect(case.target, asked, apart, rng())
    assert np.isfinite(scores).all()


def test_copies_of_a_record_stay_together() -> None:
    case = tumours()
    twice = case.records.take(slice(0, 50)).join(case.records.take(slice(0, 50)))
    made = shadows(twice, Knowledge(population=twice, recipe=recipe(3)), 4, 0, join=True)
    assert (made.trained[:, :50] == made.trained[:, 50:]).all()


def test_without_population_or_recipe_it_is_unsuitable_and_says_what_is_missing() -> None:
    case = tumours()
    with pytest.raises(Unsuitable, match="how the model is made"):
        LiRA().suspect(case.target, case.records, Knowledge(population=case.records), rng())
    with pytest.raises(Unsuitable, match="among which the training data are"):
        LiRA().suspect(case.target, case.records, Knowledge(recipe=recipe()), rng())


class Mute(Wrapped):
    """Refuses every other input."""

    def scores(self, x: Scores) -> Scores:
        said = self.inner.scores(x)
        said[::2] = 0.0
        return said


def test_what_the_target_refuses_says_nothing() -> None:
    case = tumours()
    scores = LiRA(shadows=4).suspect(Mute(case.target), case.records, case.knowledge, rng())
    assert (scores[::2] == 0).all()
    assert np.isfinite(scores).all()
    assert scores[1::2].any()


@pytest.mark.parametrize("bad", [{"shadows": 3}, {"shadows": 7}, {"smoothing": 0.0}, {"smoothing": 1.0}])
def test_parameters_that_give_no_distribution_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"shadows|smoothing"):
        LiRA(**bad)  # type: ignore[arg-type]


def test_only_many_shadows_count_as_a_strong_attack() -> None:
    assert LiRA(shadows=16).strong
    assert not LiRA(shadows=8).strong
