from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from bartizan.controls.adversarial_training import FastTraining
from bartizan.controls.lipschitz import CertifiedNetwork, Layer, chain, steepness
from bartizan.controls.robust_model import LipschitzTraining, Margin, MarginTraining
from bartizan.core.extras import need
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.torch_models import Training, cross_entropy
from tests.controls import short


@functools.cache
def bounded() -> CertifiedNetwork:
    found = LipschitzTraining(radius=0.1).harden(short.network()).fit(short.images()[0], 0)
    assert isinstance(found, CertifiedNetwork)
    return found


def test_most_answers_are_certified_at_the_radius_that_was_trained_for() -> None:
    test, plain = short.images()[1], short.plain()
    answer, radius = bounded().certify(test.x)
    assert ((answer == test.y) & (radius >= 0.1)).mean() > 0.5
    assert short.accuracy(bounded(), test) > short.accuracy(plain, test) - 0.05
    before = short.beaten(plain, test, short.pgd(plain, test, 0.1))
    assert short.beaten(bounded(), test, short.pgd(bounded(), test, 0.1)) < before - 0.08


def test_no_attack_within_the_certified_radius_changes_an_answer() -> None:
    test = short.images()[1].take(slice(0, 30))
    answer, radius = bounded().certify(test.x)
    for row in np.flatnonzero(radius > 1e-3):
        one = test.take([int(row)])
        one = one if one.y[0] == answer[row] else type(one)(x=one.x, y=answer[[row]], classes=10)
        near = short.pgd(bounded(), one, 0.999 * float(radius[row]), 12, norm="l2")
        assert bounded().labels(near)[0] == answer[row]


def test_the_certified_radius_of_a_linear_network_is_the_distance_to_its_boundary() -> None:
    torch = need("torch")
    nn, x = torch.nn, short.images()[1].x[:30]
    stretched = nn.Linear(64, 64, bias=False)
    stretched.weight.data = 3 * torch.eye(64)
    network = nn.Sequential(nn.Flatten(), stretched, nn.Linear(64, 3))
    answer, radius = CertifiedNetwork(network, short.network().domain, 3).certify(x)
    rows = 3 * network[2].weight.detach().numpy().astype(float)
    logits = x.reshape(30, -1) @ rows.T + network[2].bias.detach().numpy()
    assert (answer == logits.argmax(axis=1)).all()
    for one, label, found in zip(logits, answer, radius, strict=True):
        exact = min((one[label] - one[k]) / np.linalg.norm(rows[label] - rows[k]) for k in range(3) if k != label)
        assert found == pytest.approx(exact, rel=1e-3, abs=1e-5)
        assert found <= exact + 1e-7


def test_farther_out_answers_do_change() -> None:
    test = short.images()[1].take(slice(0, 60))
    assert short.beaten(bounded(), test, short.pgd(bounded(), test, 1.5, 12, norm="l2")) > 0.5


def layers() -> list[tuple[Any, tuple[int, ...]]]:
    nn = need("torch").nn
    return [
        (nn.Linear(7, 5), (7,)),
        (nn.Conv2d(2, 3, 3, padding=1), (2, 5, 6)),
        (nn.Conv2d(2, 3, 3), (2, 5, 6)),
        (nn.Conv2d(2, 3, (3, 2), stride=2, padding=(2, 0), dilation=(1, 2)), (2, 6, 6)),
        (nn.MaxPool2d(2), (2, 4, 4)),
        (nn.MaxPool2d(3, stride=2), (1, 7, 7)),
        (nn.AvgPool2d(3, stride=1), (1, 6, 6)),
        (nn.BatchNorm2d(2), (2, 3, 3)),
        (nn.LeakyReLU(0.2), (5,)),
        (nn.Tanh(), (5,)),
    ]


@pytest.mark.parametrize("which", range(10))
def test_no_pair_of_inputs_is_stretched_by_more_than_the_bound_of_a_layer(which: int) -> None:
    torch = need("torch")
    module, shape = layers()[which]
    if hasattr(module, "running_var"):
        module.running_var.uniform_(0.1, 2)
    module = module.double().eval()
    bound = steepness(Layer(module, shape))
    generator = torch.Generator().manual_seed(which)
    first = torch.randn((200, *shape), generator=generator, dtype=torch.float64)
    second = first + torch.randn((200, *shape), generator=generator, dtype=torch.float64) * 0.1
    single = torch.eye(math.prod(shape), dtype=torch.float64).reshape(-1, *shape)
    first, second = torch.cat([first, torch.zeros_like(single)]), torch.cat([second, single])
    apart, moved = (second - first).flatten(1).norm(dim=1), (module(second) - module(first)).flatten(1).norm(dim=1)
    assert bool((moved <= bound * apart * (1 + 1e-9)).all())


@pytest.mark.parametrize("which", [0, 1, 2, 3])
def test_the_bound_of_a_matrix_is_tight_enough_to_be_of_use(which: int) -> None:
    torch = need("torch")
    module, shape = layers()[which]
    module.requires_grad_(False)
    still = module(torch.zeros(1, *shape)).flatten()
    columns = [module(unit.reshape(1, *shape)).flatten() - still for unit in torch.eye(math.prod(shape))]
    exact = float(torch.linalg.matrix_norm(torch.stack(columns), 2))
    assert exact * (1 - 1e-4) <= steepness(Layer(module, shape)) <= exact * 1.6


def test_the_bound_learnt_with_is_nearly_the_one_certified_with() -> None:
    torch = need("torch")
    network = short.network(width=4).build()
    margin = Margin(cross_entropy, (1, 8, 8), 1.0, 0.0)
    generator = torch.Generator().manual_seed(0)
    for layer in chain(network, (1, 8, 8)):
        if layer.weighs:
            for _ in range(20):
                found = float(margin._steepness(layer, generator).detach())
            assert 0.6 * steepness(layer) < found <= steepness(layer) * (1 + 1e-5)


def test_a_layer_without_a_known_bound_is_named() -> None:
    nn = need("torch").nn

    def recipe(*parts: Any) -> Training:
        return Training(lambda: nn.Sequential(*parts), short.network().domain)

    flat = nn.Flatten()
    with pytest.raises(Unsuitable, match="LayerNorm"):
        LipschitzTraining().harden(recipe(flat, nn.LayerNorm(64), nn.Linear(64, 10)))
    with pytest.raises(Unsuitable, match="ends otherwise"):
        LipschitzTraining().harden(recipe(flat, nn.Linear(64, 10), nn.ReLU()))


def test_a_bounded_training_can_be_hardened_further_and_still_certifies() -> None:
    recipe = FastTraining().harden(LipschitzTraining().harden(short.network(epochs=1, width=4)))
    assert isinstance(recipe, MarginTraining)
    model = recipe.fit(short.images()[0].take(slice(0, 200)), 0)
    assert (model.certify(short.images()[1].x)[1] >= 0).all()
