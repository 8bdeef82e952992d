from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.ensemble import Council, EnsembleRecipe, Rule, VoteEnsemble
from bartizan.controls.input_distortion import Squeezing
from bartizan.targets.border import Border
from bartizan.targets.predictor import REFUSED
from tests.controls import short


def test_an_attack_made_on_one_network_fools_a_vote_of_others_less_often_than_one_made_on_the_vote() -> None:
    train, test, _ = short.images()
    council = VoteEnsemble(members=3, share=0.8).harden(short.network()).fit(train, 0)
    one = short.plain()
    replayed, adapted = short.pgd(one, test, 0.1), short.pgd(council, test, 0.1)
    assert short.beaten(council, test, replayed) < short.beaten(one, test, replayed) - 0.1
    assert short.beaten(council, test, adapted) > short.beaten(council, test, replayed) + 0.05
    assert short.accuracy(council, test) > short.accuracy(one, test) - 0.04


def test_members_that_saw_less_of_the_poison_outvote_it() -> None:
    train, test, _, _ = short.table()
    poisoned, _ = short.flipped(train, 0.25)
    tree = short.forest(1)
    alone = short.accuracy(tree.fit(poisoned, 0), test)
    assert short.accuracy(VoteEnsemble(members=21, share=0.3).harden(tree).fit(poisoned, 0), test) > alone + 0.1


@pytest.mark.parametrize("rule", ["vote", "mean", "median"])
def test_a_council_answers_as_a_predictor_by_each_rule(rule: Rule) -> None:
    train, test, _, _ = short.table()
    council = Border(VoteEnsemble(members=5, rule=rule).harden(short.forest(5)).fit(train, 0))
    assert (council.labels(test.x) == council.scores(test.x).argmax(axis=1)).all()
    assert short.accuracy(council, test) > 0.88
    assert council.card.capabilities == {"labels", "scores"}


def test_inputs_on_which_members_disagree_are_refused() -> None:
    train, test, _, _ = short.table()
    council = VoteEnsemble(members=5, quorum=1.0).harden(short.forest(2)).fit(train, 0)
    assert isinstance(council, Council)
    agreed = council.votes(test.x).max(axis=1) == 5
    assert 0 < agreed.mean() < 1
    assert ((council.labels(test.x) != REFUSED) == agreed).all()
    assert (council.scores(test.x).any(axis=1) == agreed).all()
    kept = test.take(np.flatnonzero(agreed))
    assert short.accuracy(council, kept) > 0.93


@pytest.mark.parametrize("rule", ["vote", "mean"])
def test_what_every_member_refuses_is_refused(rule: Rule) -> None:
    target = Squeezing().mount(short.plain(), short.images()[2], np.random.default_rng(0))
    x = short.images()[1].x[:3].copy()
    x[1] = np.nan
    council = Border(Council([target, target], rule=rule))
    assert (council.labels(x) == REFUSED).tolist() == [False, True, False]
    assert not council.scores(x)[1].any()


def test_members_may_be_made_by_different_recipes() -> None:
    train, test, _, _ = short.table()
    mixed = EnsembleRecipe((short.forest(5), short.logistic(), short.forest(3)), VoteEnsemble())
    assert short.accuracy(mixed.fit(train, 0), test) > 0.9
    assert mixed.digest != EnsembleRecipe((short.forest(5), short.logistic()), VoteEnsemble()).digest


def test_the_gradient_of_a_council_is_the_slope_of_its_mean_probability() -> None:
    members = [short.network(epochs=1, width=4).fit(short.images()[0].take(slice(0, 150)), seed) for seed in (0, 1)]
    council, x = Council(members), short.images()[1].x[:6]
    logits, pull = council.differentiate(x)
    mean = np.mean([member.scores(x) for member in members], axis=0)
    assert np.allclose(np.exp(logits), mean, atol=1e-5)
    weights, way = np.random.default_rng(0).standard_normal((2, 6, 640))[:, :, :64]
    gradient = pull(weights[:, :10]).reshape(6, -1)
    step = (5e-3 * way).reshape(x.shape).astype(np.float32)
    up, down = council.differentiate(x + step)[0], council.differentiate(x - step)[0]
    slope = ((up - down) * weights[:, :10]).sum(axis=1) / 1e-2
    assert np.allclose((gradient * way).sum(axis=1), slope, rtol=0.1, atol=0.3)
