"""Blurred scores keep the decision and hide the rest."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.guards.obscure_confidence import LabelOnly, ObscureConfidence, obscured
from bartizan.targets.border import Border
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels, Lacking, Predictor, Unsuitable
from tests import rigs

WAYS = (
    ObscureConfidence(digits=1),
    ObscureConfidence(digits=0),
    ObscureConfidence(digits=None, top=1),
    ObscureConfidence(digits=2, top=3, temperature=4.0),
    ObscureConfidence(digits=None, temperature=0.5),
)


@pytest.mark.parametrize("how", WAYS, ids=str)
def test_obscured_scores_are_probabilities_with_the_same_decision(how: ObscureConfidence) -> None:
    rig = rigs.digits()
    target = Border(how.mount(rig.target, rig.test, rigs.rng()))
    scores = target.scores(rig.test.x)
    assert (scores.argmax(axis=1) == rig.target.labels(rig.test.x)).all()
    assert (target.labels(rig.test.x) == rig.target.labels(rig.test.x)).all()


def test_rounding_down_leaves_the_rest_to_the_answered_class() -> None:
    scores = np.array([[0.34, 0.33, 0.33], [0.0, 0.0, 0.0], [0.05, 0.05, 0.9]])
    found = obscured(scores, ObscureConfidence(digits=1))
    assert np.allclose(found, np.array([[0.4, 0.3, 0.3], [0, 0, 0], [0, 0, 1]]))


def test_the_top_few_keep_their_score_and_the_others_share_the_rest() -> None:
    found = obscured(np.array([[0.5, 0.3, 0.15, 0.05]]), ObscureConfidence(digits=None, top=2))
    assert np.allclose(found, [[0.5, 0.3, 0.1, 0.1]])


def test_temperature_flattens() -> None:
    found = obscured(np.array([[0.8, 0.2]]), ObscureConfidence(digits=None, temperature=2.0))
    assert np.allclose(found, [[2 / 3, 1 / 3]])


def test_fewer_values_are_told_apart_the_coarser_the_rounding() -> None:
    scores = rigs.tumours().target.scores(rigs.tumours().test.x)
    told = [len(np.unique(obscured(scores, ObscureConfidence(digits=d))[:, 0])) for d in (0, 1, 2, 4)]
    assert told == sorted(told)
    assert told[0] == 2
    assert told[1] <= 11


def climbed(target: Predictor, x: Inputs, labels: Labels, steps: int) -> Inputs:
    """A search by scores as Square does it: keep a random change where the score of the class falls."""
    rng, x = rigs.rng(5), x.copy()
    rows = np.arange(len(x))
    best = target.scores(x)[rows, labels]
    for _ in range(steps):
        tried = np.clip(x + 0.4 * rng.choice([-1, 0, 0, 1], x.shape).astype(x.dtype), 0, 1)
        found = target.scores(tried)[rows, labels]
        better = found < best
        x[better], best[better] = tried[better], found[better]
    return x


def test_a_search_by_scores_finds_less_through_coarse_scores_and_nothing_through_labels_alone() -> None:
    rig = rigs.digits()
    x, labels = rig.test.x[:60], rig.target.labels(rig.test.x[:60])
    coarse = ObscureConfidence(digits=0).mount(rig.target, rig.test, rigs.rng())
    fooled = [np.mean(rig.target.labels(climbed(t, x, labels, 12)) != labels) for t in (rig.target, coarse)]
    assert fooled[0] > fooled[1] + 0.1
    alone = LabelOnly().mount(rig.target, rig.test, rigs.rng())
    assert alone.card.capabilities == {"labels"}
    assert (alone.labels(x) == labels).all()
    with pytest.raises(Lacking, match="no scores"):
        climbed(alone, x, labels, 1)
    with pytest.raises(Lacking, match="no gradients"):
        alone.differentiate(x)


def test_where_there_are_no_scores_there_is_nothing_to_obscure() -> None:
    rig = rigs.tumours()
    alone = LabelOnly().mount(rig.target, rig.test, rigs.rng())
    with pytest.raises(Unsuitable, match="nothing to obscure"):
        ObscureConfidence().mount(alone, rig.test, rigs.rng())
