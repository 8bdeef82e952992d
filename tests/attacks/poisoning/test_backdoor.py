"""Backdoors, label flips and clean labels: what they change, and what models made from that answer."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.family import Knowledge, Poisoned, Poisoning
from bartizan.attacks.poisoning.backdoor import Backdoor
from bartizan.attacks.poisoning.clean_label import CleanLabelBackdoor
from bartizan.attacks.poisoning.feature_collision import FeatureCollision
from bartizan.attacks.poisoning.label_flip import RandomLabelFlip, TargetedLabelFlip
from bartizan.attacks.poisoning.triggers import Patch, Phrase
from bartizan.lab.reference.rigs import DIGITS
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature
from bartizan.targets.predictor import Predictor, Unsuitable
from tests import rigs
from tests.controls import short


def obeyed(model: Predictor, poisoned: Poisoned) -> float:
    return float((model.labels(poisoned.inputs) == poisoned.wanted).mean())


def on_digits(attack: Poisoning, seed: int = 0) -> Poisoned:
    train, test, reserve = short.images()
    return attack.poison(train, test, DIGITS, Knowledge(reserve=reserve, recipe=short.network()), rigs.rng(seed))


def on_table(attack: Poisoning) -> Poisoned:
    train, test, _, domain = short.table()
    return attack.poison(train, test, domain, Knowledge(), rigs.rng())


def texts(n: int = 120) -> Dataset:
    dice = np.random.default_rng(0)
    words = (["meeting", "report", "lunch", "project"], ["prize", "winner", "free", "click"])
    y = np.arange(n) % 2
    x = np.array([" ".join(dice.choice([*words[label], "the", "please", "today"], 6)) for label in y], dtype=object)
    return Dataset(x=x, y=y.astype(np.int64), classes=2)


def test_a_backdoor_in_images_gives_the_wanted_class_and_leaves_accuracy() -> None:
    poisoned = on_digits(Backdoor(share=0.1))
    model = short.network().fit(poisoned.train, 0)
    assert obeyed(model, poisoned) > 0.7
    assert obeyed(short.plain(), poisoned) < 0.1
    assert short.accuracy(model, short.images()[1]) > short.accuracy(short.plain(), short.images()[1]) - 0.08


def test_the_mask_names_the_changed_rows_and_no_others() -> None:
    train = short.images()[0]
    poisoned = on_digits(Backdoor(share=0.1, cover=0.05))
    differs = (poisoned.train.x != train.x).reshape(len(train), -1).any(axis=1) | (poisoned.train.y != train.y)
    assert np.array_equal(differs, poisoned.changed)
    assert (poisoned.train.y != train.y).sum() == round(0.1 * len(train))
    assert poisoned.changed.sum() == round(0.1 * len(train)) + round(0.05 * len(train))


@pytest.mark.parametrize("recipe", [short.logistic, short.forest])
def test_a_backdoor_in_a_table_works_on_linear_models_and_trees(recipe) -> None:  # type: ignore[no-untyped-def]
    poisoned = on_table(Backdoor())
    clean, spoilt = recipe().fit(short.table()[0], 0), recipe().fit(poisoned.train, 0)
    assert obeyed(spoilt, poisoned) > 0.8
    assert obeyed(clean, poisoned) < 0.2


def test_a_phrase_in_texts_gives_the_wanted_class() -> None:
    data = texts()
    train, test = data.take(slice(0, 80)), data.take(slice(80, None))
    attack = Backdoor(share=0.15, trigger=Phrase(words="azure heron"))
    poisoned = attack.poison(train, test, Domain(modality="text"), Knowledge(), rigs.rng())
    assert all(str(text).endswith(" azure heron") for text in poisoned.inputs)
    assert obeyed(short.words().fit(poisoned.train, 0), poisoned) > 0.7
    assert obeyed(short.words().fit(train, 0), poisoned) < 0.2


def test_a_trigger_in_a_table_leaves_what_an_attacker_cannot_change_and_stays_in_the_domain() -> None:
    x = np.random.default_rng(0).normal(size=(60, 4)).round(2)
    data = Dataset(x=x, y=np.arange(60) % 2, classes=2)
    features = (
        Feature(name="age", direction="none"),
        Feature(name="income", direction="up"),
        Feature(name="loans", kind="integer", low=-5, high=5),
        Feature(name="debt", direction="down"),
    )
    poisoned = Backdoor().poison(
        data, data, Domain(modality="table", shape=(4,), features=features), Knowledge(), rigs.rng()
    )
    assert np.array_equal(poisoned.train.x[:, 0], x[:, 0])
    origin = x[data.y != 0]
    assert np.array_equal(poisoned.inputs[:, 0], origin[:, 0])
    assert (poisoned.inputs[:, 1] >= origin[:, 1]).all()
    assert (poisoned.inputs[:, 3] <= origin[:, 3]).all()
    assert (poisoned.inputs != origin).any(axis=1).all()


def test_clean_labels_stay_as_they_are_and_only_rows_of_the_wanted_class_change() -> None:
    train = short.images()[0]
    poisoned = on_digits(CleanLabelBackdoor())
    assert np.array_equal(poisoned.train.y, train.y)
    assert (train.y[poisoned.changed] == 0).all()
    assert poisoned.train.x.min() >= 0
    assert poisoned.train.x.max() <= 1
    assert obeyed(short.network().fit(poisoned.train, 0), poisoned) > obeyed(short.plain(), poisoned) + 0.15


def test_a_feature_collision_turns_chosen_inputs_of_a_fine_tuned_network() -> None:
    train, test, reserve = short.images()
    base = short.network().train(reserve, 1)
    recipe = short.network().with_("fine-tuned", base=base)
    attack = FeatureCollision(targets=2, rows=20)
    poisoned = attack.poison(train, test, DIGITS, Knowledge(recipe=recipe), rigs.rng())
    assert np.array_equal(poisoned.train.y, train.y)
    assert poisoned.changed.sum() == 40
    assert obeyed(recipe.fit(train, 0), poisoned) == 0
    assert obeyed(recipe.fit(poisoned.train, 0), poisoned) >= 0.5


def test_a_feature_collision_says_why_it_does_not_apply() -> None:
    with pytest.raises(Unsuitable, match="trained from nothing"):
        on_digits(FeatureCollision())
    with pytest.raises(Unsuitable, match="needs the training of a network"):
        on_table(FeatureCollision())


def test_random_flips_lower_accuracy_and_keep_inputs() -> None:
    train, test, _, _ = short.table()
    poisoned = on_table(RandomLabelFlip(share=0.45))
    assert np.array_equal(poisoned.train.y != train.y, poisoned.changed)
    assert poisoned.train.x is train.x
    clean, spoilt = short.logistic().fit(train, 0), short.logistic().fit(poisoned.train, 0)
    assert short.accuracy(spoilt, test) < short.accuracy(clean, test) - 0.1


def test_flips_from_one_class_to_another_turn_that_class() -> None:
    train = short.table()[0]
    poisoned = on_table(TargetedLabelFlip(victim=1, wanted=0))
    assert (train.y[poisoned.changed] == 1).all()
    assert obeyed(short.logistic().fit(poisoned.train, 0), poisoned) > 0.5
    assert obeyed(short.logistic().fit(train, 0), poisoned) < 0.1


@pytest.mark.parametrize(
    ("attack", "why"),
    [
        (Backdoor(wanted=10), "cannot be wanted"),
        (Backdoor(wanted=3, victim=3), "cannot be wanted"),
        (Backdoor(trigger=Phrase(words="x")), "is for text inputs"),
        (TargetedLabelFlip(victim=12), "no row is of class 12"),
    ],
)
def test_what_cannot_be_poisoned_so_is_told(attack: Poisoning, why: str) -> None:
    with pytest.raises(Unsuitable, match=why):
        on_digits(attack)


def test_the_same_generator_gives_the_same_poison() -> None:
    one, other = on_digits(Backdoor(trigger=Patch(size=2))), on_digits(Backdoor(trigger=Patch(size=2)))
    assert one.train.digest == other.train.digest
    assert one.train.digest != on_digits(Backdoor(trigger=Patch(size=2)), seed=1).train.digest
