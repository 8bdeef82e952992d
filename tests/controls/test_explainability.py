from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.explainability import Explainability
from bartizan.controls.explanation import occlusion, parts, permutation_importance, rank_agreement
from bartizan.controls.model_card import model_card
from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Card, Labels, Predictor, Scores, Unsuitable
from bartizan.targets.rig import Rig
from bartizan.targets.torch_models import Training
from tests import rigs


class Weighing(Predictor):
    """Score of class 1: .5 + .4 * (column 1) - .1 * (column 3), of five columns from -1 to 1."""

    @property
    def card(self) -> Card:
        domain = Domain(modality="table", shape=(5,), low=-1, high=1)
        return Card(name="weighing", classes=2, domain=domain, capabilities=frozenset({"labels", "scores"}))

    def scores(self, x: Inputs) -> Scores:
        high = 0.5 + 0.4 * x[:, 1] - 0.1 * x[:, 3]
        return np.column_stack([1 - high, high])

    def labels(self, x: Inputs) -> Labels:
        return np.asarray(self.scores(x).argmax(axis=1), np.int64)


class Moody(Weighing):
    """Explains nothing: its answers hang on the last digits of the sum."""

    def scores(self, x: Inputs) -> Scores:
        high = np.modf(np.abs(x.reshape(len(x), -1).sum(axis=1)) * 1e6)[0]
        return np.column_stack([1 - high, high])


def _plane(n: int = 300) -> Dataset:
    x = rigs.rng(6).uniform(-1, 1, (n, 5))
    return Dataset(x=x, y=Weighing().labels(x), classes=2)


def test_hiding_a_column_costs_what_it_weighs() -> None:
    x, background = _plane().x[:30], np.zeros((1, 5))
    why = occlusion(Weighing(), x, background, np.ones(30, np.int64))
    assert np.allclose(why[:, 1], 0.4 * x[:, 1])
    assert np.allclose(why[:, 3], -0.1 * x[:, 3])
    assert not why[:, [0, 2, 4]].any()


def test_parts_of_an_image_are_squares_and_all_channels_go_together() -> None:
    part = parts((2, 4, 5), 2).reshape(2, 4, 5)
    assert part[0].tolist() == [[0, 0, 1, 1, 2], [0, 0, 1, 1, 2], [3, 3, 4, 4, 5], [3, 3, 4, 4, 5]]
    assert (part[0] == part[1]).all()


def test_importance_by_shuffling_finds_the_columns_that_count_with_intervals() -> None:
    found = permutation_importance(Weighing(), _plane(), rigs.rng())
    assert [column for column, *_ in found[:2]] == [1, 3]
    assert found[0][2] > 0.3
    assert all((lost, low, high) == (0, 0, 0) for _, lost, low, high in found[2:])


def test_rank_agreement_is_spearmans() -> None:
    first, second = rigs.rng().normal(size=(2, 6, 9)).round(1)
    theirs = [need("scipy.stats").spearmanr(a, b).statistic for a, b in zip(first, second, strict=True)]
    assert np.allclose(rank_agreement(first, second), theirs)


def test_explanations_of_a_trained_network_are_faithful_stable_and_its_own() -> None:
    rig = rigs.digits()
    assert isinstance(rig.recipe, Training)
    short = Rig(
        name="d", target=rig.target, test=rig.test, train=rig.train, reserve=rig.reserve,
        recipe=rig.recipe.with_("short", epochs=4),
    )  # fmt: skip
    proofs = Explainability(samples=30, background=4, retrain=True).check(short, rigs.rng())
    assert [proof.passed for proof in proofs] == [True, True, True], [proof.what for proof in proofs]


def test_explanations_of_a_model_that_follows_chance_pass_neither_test() -> None:
    rig = Rig(name="moody", target=Moody(), test=_plane())
    faithful, stable = Explainability(samples=40, background=4).check(rig, rigs.rng())
    assert not faithful.passed, faithful.what
    assert not stable.passed, stable.what


def test_refused_inputs_are_not_explained_and_texts_cannot_be_yet() -> None:
    class Refusing(Weighing):
        def labels(self, x: Inputs) -> Labels:
            return np.full(len(x), REFUSED)

    with pytest.raises(Unsuitable, match="fewer than two"):
        Explainability().check(Rig(name="shut", target=Refusing(), test=_plane()), rigs.rng())


def test_a_model_card_has_counts_and_intervals_and_says_what_is_missing() -> None:
    rig = Rig(name="weighing", target=Weighing(), test=_plane(), train=_plane(50))
    text = model_card(rig, rigs.rng(), purpose="tries | things\n# out")
    assert "| all | 300 | 300 | 1.000 | 0.987 to 1.000 |" in text
    assert "- Purpose: tries \\| things # out" in text
    assert text.count("*not stated: add it*") == 3
    assert rig.train is not None
    assert rig.train.digest in text
    assert text.index("| 1 | +0.") < text.index("| 3 | +0.") < text.index("| 0 | +0.000 |")
