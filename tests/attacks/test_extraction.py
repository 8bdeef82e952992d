"""Extraction on real models: more queries, a better copy; and what a thief gets who is stopped, or given little."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from bartizan.attacks.extraction import ActiveQueries, Knockoff, QueryExtraction, RandomQueries
from bartizan.attacks.family import Knowledge
from bartizan.core.errors import BudgetSpent
from bartizan.core.extras import need
from bartizan.lab.fidelity import fidelity
from bartizan.lab.reference import rigs as reference
from bartizan.targets.border import Border, Budget
from bartizan.targets.data import split
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Scores, Unsuitable, Wrapped
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnPredictor, SklearnRecipe
from tests import rigs


def copies(attack: QueryExtraction, rig: Rig, *, recipe: bool = True, seed: int = 0) -> list[tuple[int, Predictor]]:
    """Queries spent and the copy, after each round."""
    border = Border(rig.target)
    knowledge = Knowledge(reserve=rig.reserve, recipe=rig.recipe if recipe else None)
    return [(border.ledger.queries, copy) for copy in attack.steal(border, knowledge, rigs.rng(seed))]


def rate(copy: Predictor, rig: Rig) -> float:
    return fidelity(copy, rig.target, rig.test).rate


@pytest.mark.parametrize(
    "attack",
    [
        RandomQueries(queries=256, draw="reserve", rounds=4),
        Knockoff(queries=140),
        Knockoff(queries=140, adaptive=True, rounds=5),
        ActiveQueries(queries=200, rounds=4),
    ],
    ids=lambda a: f"{a.id}{'-adaptive' if getattr(a, 'adaptive', False) else ''}",
)
def test_a_copy_of_a_linear_model_agrees_with_it_nearly_always_and_queries_are_as_said(attack: QueryExtraction) -> None:
    rig = rigs.tumours()
    found = copies(attack, rig)
    assert [spent for spent, _ in found] == attack.schedule()
    assert found[-1][0] == attack.queries
    assert rate(found[-1][1], rig) > 0.96


@functools.cache
def linear_digits() -> Rig:
    """Ten classes and a linear model, which is copied in no time."""
    data = reference.digits_data()
    train, test, reserve = split(data, (0.4, 0.2, 0.4), rigs.rng())
    recipe = SklearnRecipe(need("sklearn.linear_model").LogisticRegression(max_iter=300), reference.DIGITS)
    return Rig(name="digits", target=recipe.fit(train, 0), test=test, reserve=reserve, recipe=recipe)


def test_fidelity_grows_with_queries() -> None:
    rates = [rate(copy, linear_digits()) for _, copy in copies(Knockoff(queries=320, rounds=5), linear_digits())]
    assert len(rates) == 5
    assert rates == sorted(rates)
    assert rates[0] < 0.75
    assert rates[-1] > 0.95


def test_soft_answers_teach_more_than_hard_ones() -> None:
    rig = linear_digits()
    soft, hard = (
        [rate(copies(attack, rig, seed=seed)[-1][1], rig) for seed in range(4)]
        for attack in (
            Knockoff(queries=160, rounds=1, answers="scores"),
            Knockoff(queries=160, rounds=1, answers="labels"),
        )
    )
    assert np.mean(soft) > np.mean(hard) + 0.01


def test_a_network_is_distilled_from_scores_and_its_copy_has_gradients_to_attack_the_target_with() -> None:
    rig = rigs.digits()
    attack = Knockoff(queries=240, rounds=1, steps=120)
    [(_, copy)] = copies(attack, rig)
    assert rate(copy, rig) > 0.85
    x = rig.test.x[:100]
    _, pull = copy.differentiate(x)
    labels = rig.target.labels(x)
    uphill = pull(-np.eye(10)[labels])
    moved = np.clip(x + 0.3 * np.sign(uphill), 0, 1)
    noise = np.clip(x + 0.3 * rigs.rng().choice([-1, 1], x.shape).astype(np.float32), 0, 1)
    kept, kept_noise = (np.mean(rig.target.labels(some) == labels) for some in (moved, noise))
    assert kept < kept_noise - 0.2


def test_active_queries_beat_random_ones_of_the_same_number() -> None:
    rig = rigs.tumours()
    seeds = range(4)
    active = [rate(copies(ActiveQueries(queries=120, rounds=4), rig, seed=s)[-1][1], rig) for s in seeds]
    random = [
        rate(copies(RandomQueries(queries=120, rounds=1, draw="reserve"), rig, seed=s)[-1][1], rig) for s in seeds
    ]
    assert np.mean(active) > np.mean(random)


def test_without_a_recipe_an_ordinary_model_is_chosen_by_the_answers() -> None:
    rig = rigs.tumours("forest")
    [(_, copy)] = copies(Knockoff(queries=140, rounds=1), rig, recipe=False)
    assert rate(copy, rig) > 0.93


def test_a_budget_that_ends_in_the_middle_leaves_a_copy_of_all_that_was_answered() -> None:
    rig = rigs.tumours()
    border = Border(rig.target, Budget(queries=77))
    steal = Knockoff(queries=128, rounds=2).steal(border, Knowledge(reserve=rig.reserve, recipe=rig.recipe), rigs.rng())
    first, last = next(steal), next(steal)
    assert border.ledger.queries == 77
    assert first.card.digest != last.card.digest
    [(_, of_77)] = copies(Knockoff(queries=77, rounds=1), rig)
    assert last.card.digest == of_77.card.digest
    with pytest.raises(BudgetSpent, match="77 of 77"):
        next(steal)


def test_the_same_seed_steals_the_same_copy() -> None:
    rig = rigs.tumours("forest")
    attack = ActiveQueries(queries=60, rounds=2)
    first, second = (copies(attack, rig, seed=3)[-1][1].scores(rig.test.x) for _ in range(2))
    assert (first == second).all()


class Refusing(Wrapped):
    """Refuses what is classed as 0, so that the thief never learns of that class."""

    def labels(self, x: Inputs) -> Labels:
        labels = self.inner.labels(x)
        return np.where(labels == 0, REFUSED, labels)

    def scores(self, x: Inputs) -> Scores:
        scores = self.inner.scores(x)
        return np.where((scores.argmax(axis=1) == 0)[:, None], 0.0, scores)


@pytest.mark.parametrize("answers", ["scores", "labels"])
def test_what_is_refused_is_lost_and_a_missing_class_is_no_crash(answers: str) -> None:
    rig = rigs.tumours()
    target = Refusing(rig.target)
    attack = Knockoff(queries=60, rounds=1, answers="scores" if answers == "scores" else "labels")
    [copy] = attack.steal(target, Knowledge(reserve=rig.reserve, recipe=rig.recipe), rigs.rng())
    labels = copy.labels(rig.test.x)
    assert copy.card.classes == 2
    assert copy.scores(rig.test.x).shape == (len(rig.test), 2)
    if answers == "labels":
        assert (labels == 1).all()


def test_few_answers_that_lack_classes_give_a_copy_with_all_classes() -> None:
    rig = rigs.digits()
    [copy] = Knockoff(queries=6, rounds=1, answers="labels").steal(
        rig.target, Knowledge(reserve=rig.reserve), rigs.rng(1)
    )
    assert copy.card.classes == 10
    scores = copy.scores(rig.test.x)
    assert scores.shape == (len(rig.test), 10)
    assert (scores.argmax(axis=1) == copy.labels(rig.test.x)).all()
    assert (copy.labels(rig.test.x) == rig.target.labels(rig.test.x)).mean() > 0.15


def test_no_answer_no_copy() -> None:
    class Silent(Wrapped):
        def scores(self, x: Inputs) -> Scores:
            return np.zeros((len(x), 2))

    rig = rigs.tumours()
    assert list(Knockoff(queries=20).steal(Silent(rig.target), Knowledge(reserve=rig.reserve), rigs.rng())) == []


def test_knockoff_stops_where_the_reserve_ends() -> None:
    rig = rigs.tumours()
    assert rig.reserve is not None
    assert copies(Knockoff(queries=1000, rounds=2), rig)[-1][0] == len(rig.reserve)


def test_what_is_missing_is_said() -> None:
    rig = rigs.tumours()
    with pytest.raises(Unsuitable, match="needs a reserve"):
        list(Knockoff().steal(rig.target, Knowledge(), rigs.rng()))
    hard = SklearnPredictor(
        need("sklearn.linear_model").RidgeClassifier().fit(rig.test.x, rig.test.y), rig.target.card.domain
    )
    assert "scores" in Knockoff(answers="scores").unfit(hard)
    assert Knockoff().unfit(hard) == ""
    with pytest.raises(ValueError, match="rounds"):
        Knockoff(queries=3, rounds=4)
