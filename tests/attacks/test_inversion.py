"""Model inversion on digits and tumours: judged by likeness, never by the model's own confidence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import pytest

from bartizan.attacks.family import Knowledge
from bartizan.attacks.inversion import GradientInversion, ScoreInversion, baseline
from bartizan.core.errors import BudgetSpent
from bartizan.lab.reconstruction import grade
from bartizan.targets.border import Border, Budget
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Card, Wrapped
from tests import rigs
from tests.rigs import rng

CLASSES = np.arange(10)


def last(items: Iterator[Inputs]) -> Inputs:
    *_, end = items
    return end


@pytest.mark.parametrize("attack", [GradientInversion(steps=40), ScoreInversion(steps=40, samples=8)])
def test_a_likeness_is_nearer_to_its_class_than_what_anybody_could_paint(
    attack: GradientInversion | ScoreInversion,
) -> None:
    rig, knowing = rigs.digits(), Knowledge(reserve=rigs.digits().reserve)
    assert rig.train is not None
    made = last(attack.reconstruct(rig.target, CLASSES, knowing, rng()))
    found = grade(made, CLASSES, rig.train)
    anybody = grade(baseline(CLASSES, knowing, rig.target.card.domain), CLASSES, rig.train)
    assert found.to_mean.low > anybody.to_mean.high
    assert found.to_nearest.mean > anybody.to_nearest.mean + 0.05
    assert made.dtype == np.float32
    assert ((made >= 0) & (made <= 1)).all()


@pytest.mark.parametrize("attack", [GradientInversion(steps=40), ScoreInversion(steps=40, samples=8)])
def test_without_any_data_the_model_still_shows_something(attack: GradientInversion | ScoreInversion) -> None:
    rig = rigs.digits()
    assert rig.train is not None
    made = last(attack.reconstruct(rig.target, CLASSES, Knowledge(), rng()))
    assert grade(made, CLASSES, rig.train).to_mean.low > 0.3


def test_a_forest_and_a_table_are_inverted_by_scores() -> None:
    rig = rigs.tumours("forest")
    assert rig.train is not None
    classes = np.array([1, 0])
    made = last(ScoreInversion(steps=40).reconstruct(rig.target, classes, Knowledge(reserve=rig.reserve), rng()))
    assert min(grade(made, classes, rig.train).to_mean.each) > 0.7
    blank = last(ScoreInversion(steps=2).reconstruct(rig.target, classes, Knowledge(), rng()))
    assert blank.shape == (2, 30)


def test_the_budget_ends_it_and_what_was_found_until_then_is_kept() -> None:
    rig, knowing = rigs.digits(), Knowledge(reserve=rigs.digits().reserve)
    border = Border(rig.target, Budget(queries=10 * 2 * 2 * 5))
    made: list[Inputs] = []
    with contextlib.suppress(BudgetSpent):
        for one in GradientInversion(steps=40, starts=2).reconstruct(border, CLASSES, knowing, rng()):
            made.append(one)
    assert border.ledger.queries == border.budget.queries
    assert len(made) == 5
    sure = [rig.target.scores(one)[CLASSES, CLASSES].mean() for one in made]
    assert sure[-1] > sure[0]


def test_the_same_seed_paints_the_same_and_classes_come_in_the_order_asked() -> None:
    rig, knowing = rigs.digits(), Knowledge(reserve=rigs.digits().reserve)
    attack = GradientInversion(steps=15)
    once = last(attack.reconstruct(rig.target, CLASSES, knowing, rng(4)))
    assert (once == last(attack.reconstruct(rig.target, CLASSES, knowing, rng(4)))).all()
    asked = np.array([7, 7, 2])
    made = last(attack.reconstruct(rig.target, asked, knowing, rng()))
    assert (rig.target.labels(made) == asked).all()


class Dice(Wrapped):
    """Adds noise to each input."""

    def __init__(self, inner: Wrapped) -> None:
        super().__init__(inner)
        self.dice = rng(9)

    @property
    def card(self) -> Card:
        card = self.inner.card
        return Card(
            name=card.name, classes=card.classes, domain=card.domain, capabilities=card.capabilities, random=True
        )


def test_a_random_target_is_asked_several_times_a_step() -> None:
    border = Border(Dice(Border(rigs.digits().target)))
    last(GradientInversion(steps=3, starts=1).reconstruct(border, CLASSES, Knowledge(), rng()))
    assert border.ledger.queries == 3 * 10 * 2 * 4
    assert border.ledger.calls == 3 * 2 * 4
