from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.data_distortion import Cutout, Mixup, TrainingNoise, TrainingSqueeze
from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Prepared
from bartizan.core.extras import need
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.torch_models import Training
from tests.controls import short


@pytest.mark.parametrize("control", [TrainingNoise(strength=0.2), Cutout(), Mixup()], ids=lambda c: c.variant)
def test_a_network_trained_on_altered_images_keeps_its_accuracy(control: Hardening) -> None:
    train, test, _ = short.images()
    model = control.harden(short.network(epochs=10)).fit(train, 0)
    assert short.accuracy(model, test) > short.accuracy(short.plain(), test) - 0.05


def test_noise_in_training_makes_small_changes_matter_less() -> None:
    train, test, _ = short.images()
    noisy = TrainingNoise(strength=0.3).harden(short.network(epochs=12)).fit(train, 0)
    before = short.beaten(short.plain(), test, short.pgd(short.plain(), test, 0.1))
    assert short.beaten(noisy, test, short.pgd(noisy, test, 0.1)) < before - 0.1


def test_a_network_that_saw_holes_answers_better_where_a_patch_is_covered() -> None:
    train, test, _ = short.images()
    cut = Cutout(side=0.4).harden(short.network(epochs=12)).fit(train, 0)
    covered = test.x.copy()
    covered[..., 2:5, 2:5] = 0
    assert short.beaten(cut, test, covered) < short.beaten(short.plain(), test, covered) - 0.1


def test_other_models_are_fitted_to_noisy_copies() -> None:
    train, test, _, domain = short.table()
    recipe = TrainingNoise(strength=0.05, copies=3).harden(short.forest(10))
    assert isinstance(recipe, Prepared)
    copies = recipe.change(train, np.random.default_rng(0))
    assert len(copies) == 3 * len(train)
    spread = ((copies.x - np.tile(train.x, (3, 1))) / domain.span()).std()
    assert spread == pytest.approx(0.05, rel=0.1)
    assert short.accuracy(recipe.fit(train, 0), test) > 0.88


def seen_by(control: Hardening) -> tuple[np.ndarray, np.ndarray]:
    """What the usual loss is given of a batch of ones."""
    torch, seen = need("torch"), []

    def usual(network: object, x: object, y: object, generator: object) -> object:
        seen.append((np.asarray(x), np.asarray(y)))
        return torch.zeros(())

    recipe = control.harden(Training(short.network().build, short.network().domain, loss=usual))
    assert isinstance(recipe, Training)
    x, y = torch.ones(40, 1, 8, 8), torch.arange(40) % 10
    recipe.loss(None, x, y, torch.Generator().manual_seed(0))
    return seen[0]


def test_cutout_blanks_one_square_of_each_image() -> None:
    x, y = seen_by(Cutout(side=0.5))
    blank = (x == 0).reshape(40, -1).sum(axis=1)
    assert blank.max() == 16
    assert blank.min() >= 4
    assert len(np.unique(x, axis=0)) > 5
    assert (y == np.arange(40) % 10).all()


def test_squeezed_training_data_hold_few_values() -> None:
    train = short.images()[0]
    recipe = TrainingSqueeze(bits=2).harden(short.network())
    assert isinstance(recipe, Prepared)
    assert len(np.unique(recipe.change(train, np.random.default_rng(0)).x)) == 4
    with pytest.raises(Unsuitable, match="neighbouring pixels"):
        TrainingSqueeze(window=3).harden(short.forest())


def test_squares_are_cut_out_of_images_only() -> None:
    nn = need("torch").nn
    table = Training(lambda: nn.Linear(30, 2), short.table()[3])
    with pytest.raises(Unsuitable, match="reads a table"):
        Cutout().harden(table)
