"""What holds for every hardening that trains again, and for every guard that alters inputs."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from bartizan.controls.adversarial_rows import AdversarialRows
from bartizan.controls.adversarial_training import FastTraining, PgdTraining, TradesTraining
from bartizan.controls.aggregation import PartitionAggregation
from bartizan.controls.data_distortion import Cutout, Mixup, TrainingNoise, TrainingSqueeze
from bartizan.controls.distillation import DefensiveDistillation, RobustDistillation
from bartizan.controls.ensemble import VoteEnsemble
from bartizan.controls.family import Hardening, Trusting
from bartizan.controls.input_distortion import Compression, InputDistortion, Noise, Smooth, Squeezing
from bartizan.controls.more_data import Augmentation, MoreData
from bartizan.controls.poison_robust import FinePruning, RejectNegative
from bartizan.controls.robust_model import LipschitzTraining
from bartizan.controls.small_model import SmallModel
from bartizan.controls.smoothing import Smoothing
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.recipe import Recipe
from tests.controls import short

NETWORKS: tuple[type[Hardening], ...] = (
    PgdTraining,
    FastTraining,
    TradesTraining,
    RobustDistillation,
    DefensiveDistillation,
    LipschitzTraining,
    Mixup,
    Cutout,
)
ANY: tuple[type[Hardening], ...] = (
    AdversarialRows,
    TrainingNoise,
    TrainingSqueeze,
    VoteEnsemble,
    PartitionAggregation,
    Augmentation,
    SmallModel,
    MoreData,
    FinePruning,
    RejectNegative,
)
GUARDS: tuple[type[InputDistortion], ...] = (Squeezing, Noise, Smooth, Compression, Smoothing)
NUMBERS = [
    *(kind for kind in NETWORKS if kind is not DefensiveDistillation),
    AdversarialRows,
    TrainingNoise,
    TrainingSqueeze,
    Augmentation,
]


def hardened(control: Hardening, recipe: Recipe) -> Recipe:
    if isinstance(control, Trusting):
        return control.harden_with(recipe, short.images()[2])
    return control.harden(recipe)


def other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value / 2 + 0.01
    return {"linf": "l2", "vote": "mean"}[str(value)]


@pytest.mark.parametrize("kind", NETWORKS + ANY, ids=lambda kind: kind.__name__)
def test_the_digest_of_a_hardened_recipe_covers_every_parameter(kind: type[Hardening]) -> None:
    recipe = short.network()
    plain = hardened(kind(), recipe)
    assert plain.digest == hardened(kind(), short.network()).digest != recipe.digest
    for name, value in msgspec.structs.asdict(kind()).items():
        changed = msgspec.structs.replace(kind(), **{name: other(value)})
        assert hardened(changed, recipe).digest != plain.digest, name


@pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.__name__)
def test_what_changes_gradients_is_unsuitable_for_a_forest_and_says_so(kind: type[Hardening]) -> None:
    with pytest.raises(Unsuitable, match="RandomForest"):
        kind().harden(short.forest())


@pytest.mark.parametrize("kind", NUMBERS, ids=lambda kind: kind.__name__)
def test_what_changes_numbers_is_unsuitable_for_texts_and_says_so(kind: type[Hardening]) -> None:
    with pytest.raises(Unsuitable, match="texts"):
        kind().harden(short.words())


@pytest.mark.parametrize("kind", [MoreData, FinePruning, RejectNegative], ids=lambda kind: kind.__name__)
def test_what_leans_on_clean_data_is_unsuitable_without_any(kind: type[Trusting]) -> None:
    with pytest.raises(Unsuitable, match="needs clean data"):
        kind().harden(short.network())
    with pytest.raises(Unsuitable):
        kind().harden_with(short.network(), short.images()[2].take([]))


@pytest.mark.parametrize("kind", [PgdTraining, VoteEnsemble, RobustDistillation], ids=lambda k: k.__name__)
def test_the_same_seed_makes_the_same_model(kind: type[Hardening]) -> None:
    train, recipe = short.images()[0].take(slice(0, 60)), hardened(kind(), short.network(epochs=1, width=4))
    assert recipe.fit(train, 3).card.digest == recipe.fit(train, 3).card.digest != recipe.fit(train, 4).card.digest


def test_hardenings_can_be_put_on_top_of_each_other() -> None:
    train, test, _ = short.images()
    recipe: Recipe = TrainingSqueeze(bits=4).harden(short.network(epochs=6))
    for control in (TrainingNoise(), FastTraining(), Cutout(), VoteEnsemble(members=2)):
        recipe = control.harden(recipe)
    assert all(name in recipe.name for name in ("squeeze", "noise", "fast", "cutout", "vote"))
    assert short.accuracy(recipe.fit(train, 0), test) > 0.3


@pytest.mark.parametrize("kind", GUARDS, ids=lambda kind: kind.__name__)
def test_a_guard_refuses_texts_with_a_reason(kind: type[InputDistortion]) -> None:
    recipe = short.words()
    texts = Dataset(x=np.array(["buy now", "see you"], object), y=np.array([1, 0]), classes=2)
    with pytest.raises(Unsuitable, match="texts"):
        kind().mount(recipe.fit(texts, 0), texts, np.random.default_rng(0))


@pytest.mark.parametrize("kind", GUARDS, ids=lambda kind: kind.__name__)
def test_a_guard_answers_an_empty_batch(kind: type[InputDistortion]) -> None:
    target = kind().mount(short.plain(), short.images()[2], np.random.default_rng(0))
    nothing = short.images()[1].x[:0]
    assert target.labels(nothing).shape == (0,)
    assert target.scores(nothing).shape == (0, 10)
    logits, pull = target.differentiate(nothing)
    assert logits.shape == (0, 10)
    assert pull(np.zeros((0, 10))).shape == nothing.shape


@pytest.mark.parametrize("kind", [PgdTraining, Smoothing, PartitionAggregation], ids=lambda kind: kind.__name__)
def test_a_parameter_out_of_range_is_named(kind: type) -> None:
    name = kind.__struct_fields__[0]  # type: ignore[attr-defined]
    with pytest.raises(msgspec.ValidationError, match=name):
        msgspec.convert({name: -1}, kind)
